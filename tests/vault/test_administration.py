"""Looking after a vault through the facade: what each call needs, and that a look changes nothing."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pondpilot_secrets import Access, Anchor, Grant, NewKeys, SecretsManager, SecureString
from pondpilot_secrets.errors import PolicyDeniedError, UsageError
from pondpilot_secrets.keychain.memory import items_of
from pondpilot_secrets.vault.administration import VaultAdministration
from tests.vault.stores import S3


@pytest.fixture
def vault(home: Path) -> Iterator[SecretsManager]:
    with SecretsManager.open(home, "memory") as opened:
        opened.save_secret("s3", "lake", S3)
        yield opened


LOOKS: dict[str, Callable[[SecretsManager], object]] = {
    "audit_records": lambda vault: vault.audit_records(),
    "each_audit_record": lambda vault: list(vault.each_audit_record()),
    "verify_audit": lambda vault: vault.verify_audit(),
    "audit_anchor": lambda vault: vault.audit_anchor(),
    "limits": lambda vault: vault.limits(),
    "presence_status": lambda vault: vault.presence_status(),
    "vault_status": lambda vault: vault.vault_status(),
    "key_slots": lambda vault: vault.key_slots(),
    "find_corruption": lambda vault: vault.find_corruption(),
}
CHANGES: dict[str, tuple[tuple[Grant, ...], Callable[[SecretsManager], object]]] = {
    "restart_audit": ((Grant.EXPORT, Grant.WRITE), lambda vault: vault.restart_audit("because")),
    "change_limits": ((Grant.EXPORT, Grant.WRITE), lambda vault: vault.change_limits({"use_all": "1/minute"})),
    "change_presence": ((Grant.EXPORT, Grant.WRITE), lambda vault: vault.change_presence("off")),
    "init_vault": ((Grant.WRITE,), lambda vault: vault.init_vault()),
    "unlock": ((Grant.USE,), lambda vault: vault.unlock()),
    "move_store": ((Grant.EXPORT, Grant.WRITE), lambda vault: vault.move_store("file")),
    "rekey": ((Grant.EXPORT, Grant.WRITE), lambda vault: vault.rekey(NewKeys(passphrase="horse"))),
    "make_recovery_codes": ((Grant.EXPORT, Grant.WRITE), lambda vault: vault.make_recovery_codes(1)),
    "recover_with_code": (
        (Grant.EXPORT, Grant.WRITE),
        lambda vault: vault.recover_with_code(SecureString("x"), NewKeys(passphrase="horse")),
    ),
    "repair": ((Grant.WRITE,), lambda vault: vault.repair([])),
}


def test_every_call_is_tried_here() -> None:
    public = {name for name, _ in inspect.getmembers(VaultAdministration, inspect.isfunction) if name[0] != "_"}
    assert public == {*LOOKS, *CHANGES, "require"}


@pytest.mark.parametrize("look", LOOKS)
def test_a_look_needs_the_grant_to_list_and_changes_nothing(vault: SecretsManager, look: str) -> None:
    before = [record.seq for record in vault.audit_records()]
    LOOKS[look](vault)
    assert [record.seq for record in vault.audit_records()] == before
    with pytest.raises(PolicyDeniedError, match="`list`"):
        LOOKS[look](vault.with_access(Access("web", frozenset(Grant) - {Grant.LIST})))


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_needs_its_grants_and_is_recorded_as_denied_without(vault: SecretsManager, change: str) -> None:
    grants, call = CHANGES[change]
    for missing in grants:
        with pytest.raises(PolicyDeniedError, match=f"`{missing}`"):
            call(vault.with_access(Access("web", frozenset(Grant) - {missing})))
        (record,) = vault.audit_records(limit=1)
        assert (record.interface, record.outcome) == ("web", "denied")


def test_records_are_found_by_name_id_and_moment(vault: SecretsManager) -> None:
    lake = vault.find_secret("lake")
    vault.save_secret("s3", "other", S3)
    assert [record.action for record in vault.audit_records(secret="lake")] == ["save"]
    vault.delete_secret("lake")
    assert [record.action for record in vault.audit_records(secret=lake.id)] == ["delete", "save"]
    assert vault.audit_records(secret="lake") == []
    assert vault.audit_records(since=datetime.now(UTC) + timedelta(hours=1)) == []
    assert [record.action for record in vault.each_audit_record()] == ["save", "save", "delete"]


def test_an_anchor_that_was_kept_elsewhere_finds_a_log_that_was_put_back(vault: SecretsManager) -> None:
    anchor = vault.audit_anchor()
    assert anchor is not None
    vault.save_secret("s3", "other", S3)
    assert vault.verify_audit(anchor).ok
    assert not vault.verify_audit(Anchor(anchor.seq, bytes(32))).ok
    assert not vault.verify_audit(Anchor(anchor.seq + 5, anchor.mac)).ok


def test_a_vault_is_made_once(home: Path) -> None:
    with SecretsManager.open(home, "memory") as vault:
        vault.init_vault()
        assert vault.vault_status().store == "memory"
        with pytest.raises(UsageError, match="already, in the memory store"):
            vault.init_vault()


def test_unlocking_asks_the_store(home: Path, vault: SecretsManager) -> None:
    items_of(home).locked = True
    vault.unlock()
    assert not items_of(home).locked
    vault.get_secret("lake").close()
