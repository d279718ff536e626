"""Beginning the log again: the older records stay, and are told from those that can be verified."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pondpilot_secrets import Access, Grant, SecretsManager
from pondpilot_secrets.errors import AuditBrokenError, PolicyDeniedError
from pondpilot_secrets.keychain.memory import items_of
from pondpilot_secrets.vault.audit_restart import AuditRestart
from tests.vault.parts import parts
from tests.vault.stores import S3


@pytest.fixture
def vault(home: Path) -> Iterator[SecretsManager]:
    with SecretsManager.open(home, "memory") as opened:
        opened.save_secret("s3", "lake", S3)
        yield opened


def lose_key(vault: SecretsManager, home: Path) -> None:
    vault.lock()
    items_of(home).overwrite(f"vault:{parts(vault).state.vault_id}", None)


@pytest.mark.parametrize("lost", ["key", "anchor"])
def test_a_log_that_is_broken_goes_on_under_a_new_chain(vault: SecretsManager, home: Path, lost: str) -> None:
    if lost == "key":
        lose_key(vault, home)
    else:
        parts(vault).metadata.database.change("DELETE FROM audit_anchor")
    with pytest.raises(AuditBrokenError):
        vault.get_secret("lake")
    vault.restart_audit("it was broken by a test")
    vault.get_secret("lake").close()
    check = vault.verify_audit()
    assert (check.ok, check.earlier_rows > 0) == (True, True)
    restarted = [record for record in vault.audit_records() if record.action == "restart"]
    assert [record.detail for record in restarted] == ["it was broken by a test"]


def test_a_key_in_memory_that_the_store_has_lost_is_not_gone_on_with(vault: SecretsManager, home: Path) -> None:
    items_of(home).overwrite(f"vault:{parts(vault).state.vault_id}", None)
    vault.restart_audit("the item was deleted under our hands")
    vault.lock()
    assert vault.verify_audit().ok


def test_it_takes_the_grants_to_export_and_to_write(vault: SecretsManager) -> None:
    for missing in (Grant.EXPORT, Grant.WRITE):
        caller = vault.with_access(Access("web", frozenset(Grant) - {missing}))
        with pytest.raises(PolicyDeniedError, match=missing):
            caller.restart_audit("because")
    assert vault.verify_audit().earlier_rows == 0


def test_a_new_vault_is_made_for_it(home: Path) -> None:
    with SecretsManager.open(home, "memory") as vault:
        cases = parts(vault).use_cases
        AuditRestart(cases.guard, cases.unit()).restart("from the start")
        assert vault.vault_status().store == "memory"
        assert vault.verify_audit().ok
