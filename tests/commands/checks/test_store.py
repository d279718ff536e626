"""The checks of the store: what is in it, what opens it, and what the environment says against it."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import pytest

from pondpilot_secrets.commands.checks.outcome import CheckOutcome, Health
from pondpilot_secrets.commands.checks.store import store
from pondpilot_secrets.commands.recovery_codes import MakeCodesRequest
from pondpilot_secrets.commands.registry import dispatch
from pondpilot_secrets.commands.rekey import RekeyRequest
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.commands.store_move import MoveRequest
from pondpilot_secrets.secure import SecureString
from tests.commands.requests import later
from tests.interfaces.cli.pond import Pond
from tests.services.keyring_daemon import KeyringDaemon

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")


def checked(session: Session) -> dict[str, list[CheckOutcome]]:
    found: dict[str, list[CheckOutcome]] = {}
    for outcome in store(session):
        found.setdefault(outcome.subject, []).append(outcome)
    return found


def one(session: Session, subject: str) -> CheckOutcome:
    (outcome,) = checked(session)[subject]
    return outcome


def test_without_a_vault_it_says_what_one_would_be(session: Session) -> None:
    assert "a new vault would be file" in one(session, "store").message


def test_a_vault_in_order_says_where_and_what_opens_it(warehouse: Session) -> None:
    assert one(warehouse, "store").message == "file, because it was asked for"
    assert one(warehouse, "key file").message == f"{warehouse.key_file}, closed to others"
    assert one(warehouse, "encrypted file").message == "opens with a key file"
    assert "recovery codes" not in checked(warehouse)
    for code in dispatch(warehouse, "vault.recovery_codes", MakeCodesRequest(2)).codes:
        code.close()
    assert one(warehouse, "recovery codes").message == "2 are left"


def test_a_key_file_that_the_vault_remembers_need_not_be_named(warehouse: Session) -> None:
    with later(warehouse) as session:
        assert one(session, "key file").health is Health.OK


def test_a_lost_key_file_is_broken_and_named(warehouse: Session) -> None:
    Path(str(warehouse.key_file)).unlink()
    with later(warehouse) as session:
        outcome = one(session, "key file")
        assert outcome.health is Health.BROKEN
        assert outcome.message == f"the vault remembers {warehouse.key_file}, which cannot be read"
        assert outcome.hint
    with later(warehouse, key_file="/nowhere/x.key") as wrong:
        assert one(wrong, "key file").message == "POND_KEY_FILE names /nowhere/x.key, which cannot be read"


@posix
def test_a_key_file_that_others_can_read_is_broken_with_the_way_to_fix_it(warehouse: Session) -> None:
    Path(str(warehouse.key_file)).chmod(0o644)
    outcome = one(warehouse, "key file")
    assert outcome.health is Health.BROKEN
    assert outcome.hint == f"chmod 600 '{warehouse.key_file}'"


def test_a_vault_that_a_passphrase_opens_needs_no_key_file(
    warehouse: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dataclasses.replace(warehouse, ask_passphrase=lambda _: SecureString("horse")) as session:
        dispatch(session, "vault.rekey", RekeyRequest(passphrase=True))
    file = tmp_path / "passphrase"
    file.write_text("horse\n")
    file.chmod(0o600)
    monkeypatch.setenv("POND_PASSPHRASE_FILE", str(file))
    with later(warehouse) as session:
        found = checked(session)
        assert "key file" not in found
        assert found["encrypted file"][0].message == "opens with a passphrase"
        assert found["passphrase file"] == [CheckOutcome("passphrase file", Health.OK, f"{file}, closed to others")]
    file.unlink()
    with later(warehouse) as session:
        assert one(session, "passphrase file").health is Health.BROKEN


def test_another_store_than_the_vaults_is_broken_with_both_ways_out(
    warehouse: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POND_STORE", "system")
    with later(warehouse) as session:
        (first, second) = checked(session)["store"]
    assert first.health is Health.OK
    assert second.health is Health.BROKEN
    assert "POND_STORE says system, but the secrets are in the file store" in second.message
    assert second.hint == "unset POND_STORE, or `pond vault move --to system`"


@pytest.mark.usefixtures("keychain_environment")
def test_after_a_move_to_the_keychain_no_key_is_looked_for(warehouse: Session) -> None:
    dispatch(warehouse, "vault.move", MoveRequest("system"))
    with later(warehouse) as session:
        found = checked(session)
        assert "key file" not in found
        assert "encrypted file" not in found
        assert found["keychain"][0].health is Health.OK
    with later(warehouse, key_file=warehouse.key_file) as back:
        dispatch(back, "vault.move", MoveRequest("file"))


# --- keychains, each in a process of its own ---


def keychain_of(pond: Pond, service: KeyringDaemon, store: str = "system") -> dict[str, str | None]:
    pond.variables = {**service.environment, "POND_STORE": store, "POND_KEY_FILE": ""}
    checks = pond("doctor", "--json").json()["checks"]
    (outcome,) = [outcome for outcome in checks if outcome["subject"] == "keychain"]
    return {key: outcome[key] for key in ("health", "message", "hint")}


@pytest.fixture
def pond(tmp_path: Path) -> Pond:
    return Pond(tmp_path)


def test_a_locked_keychain_is_told_from_none_and_how_to_unlock_it(
    pond: Pond, locked_secret_service: KeyringDaemon
) -> None:
    found = keychain_of(pond, locked_secret_service)
    assert found["health"] == "broken"
    assert "is locked" in str(found["message"])
    assert "gnome-keyring-daemon --unlock" in str(found["hint"])
    assert locked_secret_service.locked


def test_no_keychain_is_broken_only_where_one_is_needed(pond: Pond, no_secret_service: KeyringDaemon) -> None:
    assert keychain_of(pond, no_secret_service)["health"] == "broken"
    assert keychain_of(pond, no_secret_service, "auto")["health"] == "warning"
    found = keychain_of(pond, no_secret_service, "file")
    assert found["health"] == "ok"
    assert str(found["message"]).startswith("not needed")


def test_an_unlocked_keychain_is_ok(pond: Pond, secret_service: KeyringDaemon) -> None:
    found = keychain_of(pond, secret_service)
    assert (found["health"], found["hint"]) == ("ok", None)
