"""Presence in the whole: asked before a value is shown or exported, never for use, and not where a file opens the vault."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from pondpilot_secrets import SecretsManager, SecureString
from pondpilot_secrets.access.presence import platform_checks, policy
from pondpilot_secrets.access.presence.base import PresenceStatus
from pondpilot_secrets.commands.presence import PresenceRequest
from pondpilot_secrets.commands.registry import dispatch
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.errors import PresenceRefusedError
from tests.vault.parts import parts

S3 = {"key_id": "AKIA", "secret": "marker-secret"}


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
def somebody(monkeypatch: pytest.MonkeyPatch) -> Somebody:
    person = Somebody()
    monkeypatch.setattr(platform_checks, "presence_checks", lambda passphrase=None: (person,))
    monkeypatch.setattr(policy, "policy_is_installed", lambda: True)
    return person


@pytest.fixture
def vault(home: Path, keychain_environment: object):
    with SecretsManager.open(home, "system") as opened:
        opened.save_secret("s3", "prod", S3)
        yield opened
        opened.delete_secret("prod")


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


def test_a_no_shows_nothing_and_is_recorded_as_a_denial(
    vault: SecretsManager, somebody: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    somebody.answer = False
    asked = []
    monkeypatch.setattr(parts(vault).keychain, "get_many", asked.append)
    with pytest.raises(PresenceRefusedError) as caught:
        vault.get_secret("prod")
    assert caught.value.code == 1024
    assert asked == []
    entry = parts(vault).audit_reader.entries(1)[0]
    assert (entry.action, entry.outcome, entry.code, entry.secret_name) == ("reveal", "denied", 1024, "prod")


def test_switching_it_off_is_asked_for_and_recorded(vault: SecretsManager, somebody: Somebody, home: Path) -> None:
    with Session(home=home, store="system") as session:
        dispatch(session, "vault.presence", PresenceRequest(grace=0.0))
        somebody.answer = False
        with pytest.raises(PresenceRefusedError):
            dispatch(session, "vault.presence", PresenceRequest("off"))
        somebody.answer = True
        assert dispatch(session, "vault.presence", PresenceRequest("off")).mode == "off"
    somebody.questions.clear()
    vault.get_secret("prod").close()
    assert somebody.questions == []
    assert ("reveal", "ok", "presence off") in details(vault)
    assert ("setting", "ok", "presence off") in details(vault)


def test_moving_the_vault_to_another_key_is_asked_for(vault: SecretsManager, somebody: Somebody) -> None:
    somebody.answer = False
    with pytest.raises(PresenceRefusedError):
        vault.move_store("file", passphrase="passphrase")
    assert parts(vault).metadata.setting("store") == "system"


def test_a_vault_that_a_file_opens_asks_nobody(home: Path, somebody: Somebody) -> None:
    with SecretsManager.open(home, "file", key_file=home.with_suffix(".key")) as vault:
        vault.save_secret("s3", "prod", S3)
        vault.get_secret("prod").close()
        assert details(vault)[0] == ("reveal", "ok", "opened with a key file")
    with SecretsManager.open(home, "file") as vault:  # the place of the key file is remembered
        vault.get_secret("prod").close()
    assert somebody.questions == []


def test_a_passphrase_that_was_just_typed_is_presence_enough(home: Path, somebody: Somebody) -> None:
    typed = []

    def ask(new: bool) -> SecureString:
        typed.append(new)
        return SecureString("correct horse")

    with SecretsManager.open(home, "file", passphrase=ask) as vault:
        vault.save_secret("s3", "prod", S3)
        vault.get_secret("prod").close()
        assert details(vault)[0] == ("reveal", "ok", "confirmed by the passphrase")
        assert somebody.questions == []
        parts(vault).store.passphrase_asked_at = 0.0 - 10**6
        vault.get_secret("prod").close()
    assert somebody.questions == ["reveal 'prod'"]


def test_where_nobody_can_be_asked_the_log_says_so(vault: SecretsManager, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform_checks, "presence_checks", lambda passphrase=None: ())
    vault.get_secret("prod").close()
    assert details(vault)[0] == ("reveal", "ok", "nobody can be asked here")


def test_showing_how_the_vault_asks_asks_nobody(home: Path, somebody: Somebody) -> None:
    with SecretsManager.open(home, "file", passphrase="horse") as vault:
        vault.save_secret("s3", "prod", S3)

    def never(_new: bool) -> SecureString:
        raise AssertionError("nobody is to be asked")

    with SecretsManager.open(home, passphrase=never) as vault:
        status = vault.presence_status()
    assert (status.mode, status.remaining, status.exempt) == ("on", 0.0, None)
