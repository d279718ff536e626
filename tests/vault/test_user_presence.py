"""Presence in the whole: asked before a value is shown or exported, never for use, and not where a file opens the vault."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pondpilot_secrets import NewKeys, SecretsManager, SecureString
from pondpilot_secrets.access.presence.base import PresenceStatus
from pondpilot_secrets.errors import PresenceRefusedError
from pondpilot_secrets.keychain.memory import items_of
from pondpilot_secrets.vault import user_presence
from tests.vault.parts import parts
from tests.vault.stores import S3, Clock, open_asking


class Somebody:
    """A person who is asked by a platform that this machine is not."""

    name = "somebody"

    def __init__(self) -> None:
        self.questions: list[str] = []
        self.answer = True

    def available(self) -> PresenceStatus:
        return PresenceStatus(True, "somebody in a test")

    def confirm(self, reason: str, deadline: float = 60.0) -> None:
        del deadline
        self.questions.append(reason)
        if not self.answer:
            raise PresenceRefusedError("somebody said no")


@pytest.fixture
def somebody() -> Somebody:
    return Somebody()


@pytest.fixture
def vault(home: Path, somebody: Somebody) -> Iterator[SecretsManager]:
    with open_asking(home, "memory", lambda _: (somebody,)) as opened:
        opened.save_secret("s3", "prod", S3)
        yield opened


def details(vault: SecretsManager) -> list[tuple[str, str, str | None]]:
    return [(e.action, e.outcome, e.detail) for e in parts(vault).audit_reader.entries(None)]


def test_somebody_is_asked_before_a_value_is_shown_and_not_again_within_the_grace(
    vault: SecretsManager, somebody: Somebody
) -> None:
    vault.get_secret("prod").close()
    vault.get_secret("prod").close()
    assert somebody.questions == ["reveal 'prod'"]
    assert details(vault)[:2] == [
        ("reveal", "ok", "within the grace"),
        ("reveal", "ok", "confirmed by somebody"),
    ]


def test_using_and_listing_ask_nobody(vault: SecretsManager, somebody: Somebody) -> None:
    with duckdb.connect() as con:
        vault.apply(con, "prod")
    vault.describe_secret("prod")
    vault.list_secrets()
    for value in vault.environment(["prod"]).values():
        value.close()
    assert somebody.questions == []


def test_a_no_shows_nothing_and_is_recorded_as_a_denial(vault: SecretsManager, somebody: Somebody, home: Path) -> None:
    somebody.answer = False
    before = len(items_of(home).calls)
    with pytest.raises(PresenceRefusedError) as caught:
        vault.get_secret("prod")
    assert caught.value.code == 1024
    assert items_of(home).calls[before:] == []
    entry = parts(vault).audit_reader.entries(1)[0]
    assert (entry.action, entry.outcome, entry.code, entry.secret_name) == ("reveal", "denied", 1024, "prod")


def test_switching_it_off_is_asked_for_and_recorded(vault: SecretsManager, somebody: Somebody) -> None:
    vault.change_presence(grace=0)
    somebody.answer = False
    with pytest.raises(PresenceRefusedError):
        vault.change_presence("off")
    somebody.answer = True
    vault.change_presence("off")
    assert vault.presence_status().mode == "off"
    somebody.questions.clear()
    vault.get_secret("prod").close()
    assert somebody.questions == []
    assert ("reveal", "ok", "presence off") in details(vault)
    assert ("setting", "ok", "presence off") in details(vault)


def test_what_another_process_switched_is_seen_at_the_next_use(
    vault: SecretsManager, somebody: Somebody, home: Path
) -> None:
    with open_asking(home, "memory", lambda _: (somebody,)) as other:
        other.change_presence("off")
    somebody.questions.clear()
    vault.get_secret("prod").close()
    assert somebody.questions == []
    with open_asking(home, "memory", lambda _: (somebody,)) as other:
        other.change_presence("on")
    vault.get_secret("prod").close()
    assert somebody.questions == ["reveal 'prod'"]


@pytest.mark.parametrize(
    "change",
    [
        lambda vault: vault.move_store("file", passphrase="passphrase"),
        lambda vault: vault.change_limits({"reveal_each": "1000/minute"}),
        lambda vault: vault.restart_audit("because"),
    ],
    ids=["move", "limits", "restart"],
)
def test_what_protects_the_vault_is_not_changed_without_asking(
    vault: SecretsManager, somebody: Somebody, change
) -> None:
    somebody.answer = False
    before = vault.limits()
    with pytest.raises(PresenceRefusedError):
        change(vault)
    assert parts(vault).state.store == "memory"
    assert vault.limits() == before
    assert vault.verify_audit().earlier_rows == 0


def test_a_vault_that_a_file_opens_asks_nobody(home: Path, somebody: Somebody) -> None:
    with open_asking(home, "file", lambda _: (somebody,), key_file=home.with_suffix(".key")) as vault:
        vault.save_secret("s3", "prod", S3)
        vault.get_secret("prod").close()
        assert details(vault)[0] == ("reveal", "ok", "opened with a key file")
    with open_asking(home, "file", lambda _: (somebody,)) as vault:  # the place of the key file is remembered
        vault.get_secret("prod").close()
    assert somebody.questions == []


def test_naming_some_file_gets_nobody_past_the_question(
    home: Path, somebody: Somebody, keychain_environment: object
) -> None:
    key = home.with_suffix(".key")
    somebody.answer = False
    with SecretsManager.open(home, "file", key_file=key) as vault:
        vault.save_secret("s3", "prod", S3)
        vault.rekey(NewKeys(keychain=True))
    for key_file in (None, key):
        with (
            open_asking(home, "file", lambda _: (somebody,), key_file=key_file) as vault,
            pytest.raises(PresenceRefusedError),
        ):
            vault.get_secret("prod")


def test_a_passphrase_that_was_just_typed_is_presence_enough(home: Path, somebody: Somebody) -> None:
    typed = []
    clock = Clock()

    def ask(new: bool) -> SecureString:
        typed.append(new)
        return SecureString("correct horse")

    with open_asking(home, "file", lambda _: (somebody,), passphrase=ask, clock=clock) as vault:
        vault.save_secret("s3", "prod", S3)
        vault.get_secret("prod").close()
        assert details(vault)[0] == ("reveal", "ok", "confirmed by the passphrase")
        assert somebody.questions == []
        clock.now += 10**6
        vault.get_secret("prod").close()
    assert somebody.questions == ["reveal 'prod'"]
    assert typed == [True]


def test_where_nobody_can_be_asked_the_log_says_so_and_a_while_later_it_is_looked_again(home: Path) -> None:
    clock, looked = Clock(), []

    def nobody(_: object) -> tuple[()]:
        looked.append(clock.now)
        return ()

    with open_asking(home, "memory", nobody, clock=clock) as vault:
        vault.save_secret("s3", "prod", S3)
        for _ in range(3):
            vault.get_secret("prod").close()
            assert details(vault)[0] == ("reveal", "ok", "nobody can be asked here")
        assert looked == [0.0]
        clock.now += user_presence._BELIEVED
        vault.get_secret("prod").close()
        assert looked == [0.0, user_presence._BELIEVED]


def test_showing_how_the_vault_asks_asks_nobody(home: Path, somebody: Somebody) -> None:
    with SecretsManager.open(home, "file", passphrase="horse") as vault:
        vault.save_secret("s3", "prod", S3)

    def never(_new: bool) -> SecureString:
        raise AssertionError("nobody is to be asked")

    with open_asking(home, "auto", lambda _: (somebody,), passphrase=never) as vault:
        status = vault.presence_status()
    assert (status.mode, status.remaining, status.exempt) == ("on", 0.0, None)


def test_a_log_without_a_key_lets_no_older_answer_count(vault: SecretsManager, somebody: Somebody, home: Path) -> None:
    vault.get_secret("prod").close()
    vault.lock()
    items_of(home).overwrite(f"vault:{parts(vault).state.vault_id}", None)
    somebody.questions.clear()
    vault.restart_audit("the key was lost")
    assert somebody.questions == ["begin the audit log again"]
