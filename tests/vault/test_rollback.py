"""A write that fails half-way is taken back in both stores; where that cannot be done, the error says so."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.errors import (
    AuditBrokenError,
    KeychainUnavailableError,
    PromptDismissedError,
    SecretError,
    SecretNotFoundError,
    VaultBusyError,
    VaultError,
)
from pondpilot_secrets.keychain.memory import Fail, MemoryItems, items_of
from pondpilot_secrets.vault import rollback
from tests.vault.failing_database import COMPLETING, RECORDING, refusing
from tests.vault.half_done import half_edited
from tests.vault.parts import parts
from tests.vault.stores import STORES, open_vault

VALUES = {"key_id": "K", "secret": "old-value"}

WRITES: dict[str, Callable[[SecretsManager], object]] = {
    "save": lambda vault: vault.save_secret("s3", "fresh", VALUES),
    "edit": lambda vault: vault.update_secret("kept", fields={"secret": "new-value"}, scope="s3://new/"),
    "delete": lambda vault: vault.delete_secrets(["kept", "other"]),
}


@pytest.fixture(params=(*STORES, "memory"))
def store(request: pytest.FixtureRequest) -> str:
    """Each real store, and the one in memory, whose faults are chosen."""
    if request.param == "system":
        request.getfixturevalue("keychain_environment")
    return str(request.param)


@pytest.fixture
def vault(home: Path, store: str) -> Iterator[SecretsManager]:
    with open_vault(home, store) as opened:
        for name in ("kept", "other"):
            opened.save_secret("s3", name, VALUES, scope=f"s3://{name}/")
        yield opened


in_memory = pytest.mark.parametrize("store", ["memory"], indirect=True)


@pytest.fixture
def items(home: Path) -> MemoryItems:
    return items_of(home)


@pytest.fixture(params=WRITES)
def write(request: pytest.FixtureRequest) -> Callable[[SecretsManager], object]:
    return WRITES[request.param]


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
    vault: SecretsManager, home: Path, store: str, write: Callable[..., object]
) -> None:
    with refusing(vault, RECORDING), pytest.raises(AuditBrokenError, match="nothing was done") as caught:
        write(vault)
    assert "incomplete" not in caught.value.message
    assert_as_before(vault)
    vault.close()
    with open_vault(home, store) as reopened:
        assert_as_before(reopened)


@in_memory
def test_what_the_keychain_refuses_in_the_middle_is_taken_back(
    vault: SecretsManager, items: MemoryItems, write: Callable[..., object]
) -> None:
    gone = KeychainUnavailableError("the keychain went away")
    if write is WRITES["delete"]:
        items.add_fault(Fail(gone), call="delete", nth=2)
    else:
        items.add_fault(Fail(gone, after=True), call="set_many")  # the item is there, and its reply was lost
    with pytest.raises(KeychainUnavailableError):
        write(vault)
    assert_as_before(vault)


@in_memory
def test_where_nothing_can_be_taken_back_the_error_says_so_and_the_next_writer_completes_it(
    vault: SecretsManager, items: MemoryItems, write: Callable[..., object]
) -> None:
    snapshots = 0 if write is WRITES["save"] else 1  # a save reads nothing before it writes
    items.add_fault(Fail(KeychainUnavailableError("gone")), call="get_many", nth=1 + snapshots, times=math.inf)
    with refusing(vault, COMPLETING), pytest.raises(VaultError, match="is incomplete") as caught:
        write(vault)
    assert "the next command that writes completes it or rolls it back" in (caught.value.hint or "")
    items.clear_faults()
    vault.save_secret("s3", "next", VALUES)
    assert parts(vault).metadata.incomplete_writes() == []
    names = {row.name for row in vault.list_secrets()}
    for name in names:
        vault.get_secret(name).close()
    assert len(names) in (1, 3, 4)
    assert vault.verify_audit().ok


@in_memory
@pytest.mark.parametrize("write", ["edit", "delete"], indirect=True)
def test_a_prompt_that_is_dismissed_before_the_old_item_is_read_begins_nothing(
    vault: SecretsManager, items: MemoryItems, write: Callable[..., object]
) -> None:
    items.add_fault(Fail(PromptDismissedError("the prompt was dismissed")), call="get_many")
    with pytest.raises(PromptDismissedError) as caught:
        write(vault)
    assert "incomplete" not in caught.value.message
    assert parts(vault).metadata.incomplete_writes() == []
    vault.save_secret("s3", "another", VALUES)  # whose recovery would complete what was begun
    vault.delete_secret("another")
    assert_as_before(vault)


def test_an_edit_that_is_refused_leaves_an_incomplete_one_as_it_was(vault: SecretsManager) -> None:
    half_edited(vault, "kept", VALUES | {"secret": "new-value"})
    database = parts(vault).metadata.database
    anchor = database.row("SELECT * FROM audit_anchor")
    database.change("DELETE FROM audit_anchor")  # where the log is broken, recovery must wait
    with pytest.raises(VaultBusyError):
        vault.update_secret("kept", fields={"secret": "another"})
    database.change(f"INSERT INTO audit_anchor VALUES ({', '.join('?' * len(anchor))})", anchor)
    assert len(parts(vault).metadata.incomplete_writes()) == 1
    vault.save_secret("s3", "next", VALUES)  # completes it
    with vault.get_secret("kept") as secret:
        assert secret.credentials["secret"].expose() == "new-value"
    vault.delete_secret("next")


@in_memory
@pytest.mark.parametrize("write", ["save"], indirect=True)
def test_what_is_no_error_of_ours_is_taken_back_too(
    vault: SecretsManager, items: MemoryItems, write: Callable[..., object]
) -> None:
    items.add_fault(Fail(KeyboardInterrupt(), after=True), call="set_many")
    with pytest.raises(KeyboardInterrupt):
        write(vault)
    assert_as_before(vault)


@in_memory
def test_a_step_that_fails_is_told_by_its_return_and_never_raised(vault: SecretsManager) -> None:
    def refuse() -> None:
        raise SecretError("no")

    assert rollback._attempt(lambda: None)
    assert not rollback._attempt(refuse)
