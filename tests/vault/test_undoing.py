"""A write that fails half-way is taken back in both stores; where that cannot be done, the error says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.access.audit import AuditLog
from pondpilot_secrets.errors import (
    KeychainUnavailableError,
    PromptDismissedError,
    SecretError,
    SecretNotFoundError,
    VaultBusyError,
    VaultError,
)
from tests.vault.half_done import half_edited
from tests.vault.parts import parts
from tests.vault.stores import open_vault

VALUES = {"key_id": "K", "secret": "old-value"}

WRITES: dict[str, Callable[[SecretsManager], object]] = {
    "save": lambda vault: vault.save_secret("s3", "fresh", VALUES),
    "edit": lambda vault: vault.update_secret("kept", fields={"secret": "new-value"}, scope="s3://new/"),
    "delete": lambda vault: vault.delete_secrets(["kept", "other"]),
}


@pytest.fixture(autouse=True)
def kept(vault: SecretsManager) -> None:
    for name in ("kept", "other"):
        vault.save_secret("s3", name, VALUES, scope=f"s3://{name}/")


@pytest.fixture(params=WRITES)
def write(request: pytest.FixtureRequest) -> Callable[[SecretsManager], object]:
    return WRITES[request.param]


def refuse(monkeypatch: pytest.MonkeyPatch, where: object, method: str, error: SecretError, after: int = 0) -> None:
    """Let a method fail after so many calls, as a disk that fills up or a keychain that locks would."""
    call, calls = getattr(where, method), []

    def failing(*arguments: object, **options: object) -> object:
        calls.append(1)
        if len(calls) > after:
            raise error
        return call(*arguments, **options)

    monkeypatch.setattr(where, method, failing)


def assert_as_before(vault: SecretsManager) -> None:
    assert [row.name for row in vault.list_secrets()] == ["kept", "other"]
    assert parts(vault).metadata.incomplete_writes() == []
    for name in ("kept", "other"):
        with vault.get_secret(name) as secret:
            assert {field: value.expose() for field, value in secret.credentials.items()} == VALUES
            assert secret.metadata.scopes == (f"s3://{name}/",)
    with pytest.raises(SecretNotFoundError):
        vault.find_secret("fresh")


def test_what_cannot_be_recorded_is_taken_back(
    vault: SecretsManager, home: Path, store: str, write: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    full = VaultError("cannot write metadata.db: the disk is full", hint="free some space")
    with monkeypatch.context() as patch:
        refuse(patch, AuditLog, "append", full)
        with pytest.raises(VaultError, match="disk is full") as caught:
            write(vault)
    assert "incomplete" not in caught.value.message
    assert_as_before(vault)
    vault.close()
    with open_vault(home, store) as reopened:
        assert_as_before(reopened)


def test_what_the_keychain_refuses_in_the_middle_is_taken_back(
    vault: SecretsManager, write: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = KeychainUnavailableError("the keychain went away")
    keychain = parts(vault).keychain
    with monkeypatch.context() as patch:
        method = "delete" if write is WRITES["delete"] else "set_many"
        refuse(patch, keychain, method, gone, after=1 if method == "delete" else 0)
        with pytest.raises(KeychainUnavailableError):
            write(vault)
    assert_as_before(vault)


def test_where_nothing_can_be_taken_back_the_error_says_so_and_the_next_writer_settles_it(
    vault: SecretsManager, store: str, write: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        for method in ("mark_ready", "finish_update", "remove", "unmark_deleting", "roll_back_update"):
            refuse(patch, parts(vault).metadata, method, VaultError("cannot write metadata.db", hint="free some space"))
        refuse(
            patch, parts(vault).metadata, "mark_deleting", VaultError("x", hint="y"), after=write is WRITES["delete"]
        )
        # Those before anything is written; the system's keychain reads a single item by the same call.
        reads = {WRITES["save"]: 0, WRITES["edit"]: 1 + (store == "system"), WRITES["delete"]: 1}[write]
        refuse(patch, parts(vault).keychain, "get_many", KeychainUnavailableError("gone"), after=reads)
        with pytest.raises(VaultError, match="is incomplete") as caught:
            write(vault)
    assert "the next command that writes completes it or rolls it back" in (caught.value.hint or "")
    vault.save_secret("s3", "next", VALUES)
    assert parts(vault).metadata.incomplete_writes() == []
    names = {row.name for row in vault.list_secrets()}
    for name in names:
        vault.get_secret(name).close()
    assert len(names) in (1, 3, 4)
    assert parts(vault).audit.verify().ok


@pytest.mark.parametrize("write", ["edit", "delete"], indirect=True)
def test_a_prompt_that_is_dismissed_before_the_old_item_is_read_begins_nothing(
    vault: SecretsManager, write: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        refuse(patch, parts(vault).keychain, "get_many", PromptDismissedError("the prompt was dismissed"))
        with pytest.raises(PromptDismissedError) as caught:
            write(vault)
    assert "incomplete" not in caught.value.message
    assert parts(vault).metadata.incomplete_writes() == []
    vault.save_secret("s3", "another", VALUES)  # whose recovery would finish what was begun
    vault.delete_secret("another")
    assert_as_before(vault)


def test_an_edit_that_is_refused_leaves_an_unsettled_one_as_it_was(
    vault: SecretsManager,
) -> None:
    half_edited(vault, "kept", VALUES | {"secret": "new-value"})
    database = parts(vault).metadata.database
    anchor = database.row("SELECT * FROM audit_anchor")
    database.change("DELETE FROM audit_anchor")  # where the log is broken, recovery must wait
    with pytest.raises(VaultBusyError):
        vault.update_secret("kept", fields={"secret": "another"})
    database.change(f"INSERT INTO audit_anchor VALUES ({', '.join('?' * len(anchor))})", anchor)
    assert len(parts(vault).metadata.incomplete_writes()) == 1
    vault.save_secret("s3", "next", VALUES)  # finishes it
    with vault.get_secret("kept") as secret:
        assert secret.credentials["secret"].expose() == "new-value"
    vault.delete_secret("next")
