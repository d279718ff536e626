"""The audit log of an open vault: its key, its records and its failures."""

from __future__ import annotations

from pathlib import Path

import pytest

from pondpilot_secrets import EVERYTHING, SecretsManager
from pondpilot_secrets.access.audit import Action, AuditEntry
from pondpilot_secrets.errors import AuditBrokenError, KeychainUnavailableError, PolicyDeniedError, UsageError
from pondpilot_secrets.keychain.memory import Fail, items_of
from pondpilot_secrets.vault.audit_trail import AuditKey, AuditTrail
from tests.vault.parts import parts
from tests.vault.stores import S3, code_of, open_vault, values


def test_a_lost_key_of_the_log_stops_all_that_must_be_recorded_until_a_person_begins_anew(
    vault: SecretsManager,
) -> None:
    vault.save_secret("s3", "prod", S3)
    keychain, own = parts(vault).keychain, f"vault:{parts(vault).metadata.setting('vault_id')}"
    keychain.delete(own)
    vault.lock()
    assert code_of(lambda: vault.get_secret("prod")) == 1012
    assert code_of(lambda: vault.delete_secret("prod")) == 1012
    parts(vault).metadata.set_setting("vault_id", "another")  # looking for another key is no way round it
    assert code_of(lambda: vault.get_secret("prod")) == 1012
    vault.restart_audit("the keychain was emptied")
    assert values(vault, "prod") == S3
    check = parts(vault).audit.verify()
    assert (check.ok, check.earlier_rows) == (True, 1)


def test_the_log_of_a_new_vault_can_be_begun_anew(home: Path, store: str) -> None:
    with open_vault(home, store) as vault:
        vault.restart_audit("why not")
        vault.save_secret("s3", "prod", S3)
        assert parts(vault).audit.verify().ok
        assert "vault:None" not in parts(vault).keychain.list_accounts()
        vault.delete_secret("prod")


@pytest.fixture
def made(home: Path):
    """A vault in memory with one secret."""
    with SecretsManager.open(home, "memory") as opened:
        opened.save_secret("s3", "lake", S3)
        yield opened


def trail_of(vault: SecretsManager) -> AuditTrail:
    return parts(vault).use_cases.trail


def last(vault: SecretsManager) -> tuple[str, str, int | None]:
    (record,) = vault.audit_records(limit=1)
    return record.action, record.outcome, record.code


def test_the_key_is_read_once_and_again_after_it_was_wiped(made: SecretsManager) -> None:
    key = parts(made).shared.audit_key
    first = key.open()
    assert key.open() is first
    key.close()
    assert first.closed
    assert not key.is_open
    again = key.open()
    assert again is not first
    assert trail_of(made).log.key is again, "the log goes on under the key that was read again"


def test_a_key_that_is_gone_is_told_by_where_it_was(made: SecretsManager, home: Path) -> None:
    made.lock()
    items_of(home).overwrite(f"vault:{parts(made).state.vault_id}", None)
    assert not trail_of(made).has_key()
    with pytest.raises(AuditBrokenError, match="a keychain in memory"):
        _ = trail_of(made).log
    with pytest.raises(AuditBrokenError):
        trail_of(made).make_key()


def test_a_key_is_made_for_a_log_that_is_empty(home: Path) -> None:
    with SecretsManager.open(home, "memory") as vault:
        opened = parts(vault)
        with opened.store.prepared() as new, opened.lock:
            opened.store.create(new)  # and the process dies before the key is made
    with SecretsManager.open(home, "memory") as vault:
        vault.save_secret("s3", "lake", S3)
        assert vault.verify_audit().ok


def test_what_no_transaction_covers_is_recorded_before_and_when_it_fails(made: SecretsManager) -> None:
    seen = []

    def fail() -> None:
        with trail_of(made).intent(Action.REKEY, "to other keys"):
            seen.append(last(made))
            raise UsageError("no")

    with pytest.raises(UsageError):
        fail()
    assert seen == [("rekey", "ok", None)]
    assert last(made) == ("rekey", "failed", UsageError.code)


def test_a_denial_is_told_from_a_failure(made: SecretsManager) -> None:
    lake = made.find_secret("lake")
    for error, outcome in ((PolicyDeniedError("no"), "denied"), (KeychainUnavailableError("gone"), "failed")):
        with pytest.raises(type(error)), trail_of(made).recording_failures(Action.REVEAL, [lake]):
            raise error
        assert last(made) == ("reveal", outcome, error.code)


def test_an_error_goes_before_a_log_that_cannot_be_written(made: SecretsManager, home: Path) -> None:
    made.lock()
    items_of(home).add_fault(Fail(KeychainUnavailableError("gone")), call="get")
    with pytest.raises(PolicyDeniedError), trail_of(made).recording_failures(Action.REVEAL, []):
        raise PolicyDeniedError("no")


def test_a_transaction_that_fails_keeps_neither_the_deed_nor_its_record(made: SecretsManager) -> None:
    def fail() -> None:
        with trail_of(made).transaction() as log:
            parts(made).state.set_limits({"use_all": "1/1"})
            log.append([AuditEntry(Action.SETTING)])
            raise KeyError("x")

    before = made.limits()
    with pytest.raises(KeyError):
        fail()
    assert made.limits() == before
    assert last(made)[0] == "save"


def test_a_vault_without_a_number_has_no_account_for_a_key(home: Path) -> None:
    with SecretsManager.open(home, "memory") as vault:
        opened = parts(vault)
        key = AuditKey(opened.store, opened.state, opened.metadata.database)
        assert key.account_of_vault() is None
        AuditTrail(opened.metadata.database, key, EVERYTHING).try_to_record(Action.USE, [], UsageError("no"))
        assert opened.state.store is None, "a vault was made to record a failure"
