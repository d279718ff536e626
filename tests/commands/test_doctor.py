"""The doctor runs every check, opens nothing, and asks nobody."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

from pondpilot_secrets.commands.checks.outcome import CheckOutcome, Health
from pondpilot_secrets.commands.doctor import DoctorRequest, outcomes_of
from pondpilot_secrets.commands.registry import dispatch
from pondpilot_secrets.commands.rekey import RekeyRequest
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.errors import VaultError
from pondpilot_secrets.secure import SecureString
from tests.commands.requests import later
from tests.vault.parts import parts


def subjects(session: Session) -> dict[str, Health]:
    """The worst that is said of each subject."""
    worst: dict[str, Health] = {}
    order = list(Health)
    for outcome in dispatch(session, "doctor", DoctorRequest()).checks:
        worst[outcome.subject] = max(worst.get(outcome.subject, Health.OK), outcome.health, key=order.index)
    return worst


def test_a_vault_in_order_is_ok(warehouse: Session) -> None:
    result = dispatch(warehouse, "doctor", DoctorRequest())
    assert result.ok
    assert [outcome for outcome in result.checks if outcome.health is Health.BROKEN] == []
    assert [outcome.subject for outcome in result.checks][:4] == ["program", "vault folder", "database", "keychain"]


def test_without_a_vault_it_makes_none(session: Session, home: Path) -> None:
    assert dispatch(session, "doctor", DoctorRequest()).ok
    assert not home.exists()
    assert not home.with_name("pond.key").exists()


def test_a_damaged_database_is_broken_and_the_other_checks_go_on(warehouse: Session, home: Path) -> None:
    warehouse.close()
    for file in home.glob("metadata.db*"):
        file.write_bytes(b"no database" * 1000)
    assert not dispatch(warehouse, "doctor", DoctorRequest()).ok
    found = subjects(warehouse)
    assert found["database"] is Health.BROKEN
    assert {"program", "vault folder", "clock", "duckdb", "plain-text secrets"} <= set(found)


def test_a_missing_encrypted_file_is_broken_and_the_other_checks_go_on(warehouse: Session, home: Path) -> None:
    warehouse.close()
    (home / "secrets.db").unlink()
    found = subjects(warehouse)
    assert found["store"] is Health.BROKEN
    assert (found["clock"], found["duckdb"]) == (Health.OK, Health.OK)
    (missing,) = [
        outcome
        for outcome in dispatch(warehouse, "doctor", DoctorRequest()).checks
        if outcome.subject == "store" and outcome.health is Health.BROKEN
    ]
    assert "missing" in missing.message


def test_a_check_that_fails_in_an_unknown_way_names_the_kind_of_failure_and_nothing_else(session: Session) -> None:
    def a_check(session: Session) -> Iterator[CheckOutcome]:
        raise RuntimeError("marker-value")

    assert outcomes_of(a_check, session) == [
        CheckOutcome("a check", Health.BROKEN, "could not be checked: RuntimeError")
    ]


def test_what_a_check_said_before_it_failed_is_kept(session: Session) -> None:
    def half(session: Session) -> Iterator[CheckOutcome]:
        yield CheckOutcome("half", Health.OK, "so far")
        raise VaultError("no further", hint="mind the gap")

    assert outcomes_of(half, session) == [
        CheckOutcome("half", Health.OK, "so far"),
        CheckOutcome("half", Health.BROKEN, "no further", "mind the gap"),
    ]


def test_it_asks_nobody_and_opens_nothing(warehouse: Session) -> None:
    def ask(_: bool) -> SecureString:
        raise AssertionError("somebody was asked")

    with dataclasses.replace(warehouse, ask_passphrase=lambda _: SecureString("horse")) as session:
        dispatch(session, "vault.rekey", RekeyRequest(passphrase=True))
    with later(warehouse, ask_passphrase=ask) as session:
        assert dispatch(session, "doctor", DoctorRequest()).ok
        assert not parts(session.manager).store.is_open


def test_a_secret_that_has_expired_makes_it_not_ok(warehouse: Session) -> None:
    warehouse.manager.update_secret("warehouse", expires="2026-01-01")
    result = dispatch(warehouse, "doctor", DoctorRequest())
    assert not result.ok
    assert [outcome.subject for outcome in result.checks if outcome.health is Health.BROKEN] == ["expiry"]
