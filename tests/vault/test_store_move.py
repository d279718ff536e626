"""Moving to another store: everything or nothing, whatever either store does on the way."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from pondpilot_secrets import Draft, SecretsManager, SecureString, StoreMove
from pondpilot_secrets.errors import (
    CredentialCorruptError,
    KeychainUnavailableError,
    SecretError,
    UsageError,
)
from pondpilot_secrets.keychain.memory import Fail, MemoryItems, Tear, items_of
from pondpilot_secrets.vault import store_move
from pondpilot_secrets.vault.unit_of_work import Work
from tests.vault.parts import parts
from tests.vault.stores import S3

NAMES = [f"n{number}" for number in range(5)]


@pytest.fixture
def key(home: Path) -> Path:
    return home.with_suffix(".key")


@pytest.fixture
def moved(home: Path, key: Path) -> Path:
    """A vault in the memory store, which may move to the file and back."""
    with SecretsManager.open(home, "memory", key_file=key) as vault:
        for name in NAMES:
            vault.save_secret("s3", name, {**S3, "secret": f"of {name}"})
    return home


def values(vault: SecretsManager) -> dict[str, str]:
    found = {}
    for name, secret in zip(NAMES, vault.get_secrets(NAMES), strict=True):
        with secret:
            found[name] = secret.credentials["secret"].expose()
    return found


ALL = {name: f"of {name}" for name in NAMES}


def items(home: Path) -> MemoryItems:
    return items_of(home)


def test_everything_moves_and_nothing_is_left_behind(moved: Path, key: Path) -> None:
    seen = []
    with SecretsManager.open(moved, key_file=key) as vault:
        move = vault.move_store("file", progress=lambda done, of: seen.append((done, of)))
        assert move == StoreMove(5, "memory", "file")
        assert values(vault) == ALL, "the vault goes on with the store that it moved to"
        assert items(moved).accounts() == []
        assert vault.move_store("memory") == StoreMove(5, "file", "memory")
        assert values(vault) == ALL
        assert vault.verify_audit().ok
    assert seen == [(6, 6)]  # the log's key is one of them
    assert not (moved / "secrets.db").exists()


def test_it_is_recorded(moved: Path, key: Path) -> None:
    with SecretsManager.open(moved, key_file=key) as vault:
        vault.move_store("file")
        (record,) = vault.audit_records(limit=1)
        assert record.detail == "memory to file"
        assert vault.vault_status().reason == "it was moved there from the memory store"


def test_a_passphrase_is_asked_for_while_nothing_is_held(moved: Path) -> None:
    def ask(new: bool) -> SecureString:
        assert new
        with SecretsManager.open(moved) as other:
            other.save_secret("s3", "meanwhile", S3)
        return SecureString("horse")

    with SecretsManager.open(moved) as vault:
        assert vault.move_store("file", passphrase=ask).moved == 6
    with SecretsManager.open(moved, passphrase="horse") as vault:
        assert values(vault) == ALL


def test_the_store_that_was_asked_for_does_not_matter_to_a_move(moved: Path, key: Path) -> None:
    with SecretsManager.open(moved, "file", key_file=key) as vault:  # as POND_STORE may say ahead of time
        assert vault.move_store("file").moved == 5
        assert values(vault) == ALL


@pytest.mark.parametrize("call", ["get_many", "set_many"])
def test_a_move_that_fails_leaves_the_vault_as_it_was(moved: Path, key: Path, call: str) -> None:
    with SecretsManager.open(moved, key_file=key) as vault:
        if call == "set_many":
            vault.move_store("file")
        source = vault.vault_status().store
        items(moved).add_fault(Fail(lambda: KeychainUnavailableError("gone")), call=call)
        with pytest.raises(KeychainUnavailableError):
            vault.move_store("memory" if call == "set_many" else "file")
        items(moved).clear_faults()
        assert vault.vault_status().store == source
        assert not parts(vault).state.is_moving()
        assert values(vault) == ALL
    assert (moved / "secrets.db").exists() is (source == "file")


def test_a_copy_that_does_not_come_back_as_it_was_is_no_copy(moved: Path, key: Path) -> None:
    with SecretsManager.open(moved, key_file=key) as vault:
        vault.move_store("file")
        items(moved).add_fault(Tear(10), call="set_many")
        with pytest.raises(CredentialCorruptError, match="does not give back") as caught:
            vault.move_store("memory")
        assert "nothing was moved" in (caught.value.hint or "")
        assert values(vault) == ALL


def test_what_was_lost_before_is_named_and_stops_nothing(moved: Path, key: Path) -> None:
    with SecretsManager.open(moved, key_file=key) as vault:
        items(moved).overwrite(vault.find_secret("n2").account, None)
        assert vault.move_store("file") == StoreMove(4, "memory", "file", ("n2",))


class LeavesCopies:
    """The recovery step where the old store is locked."""

    def is_pending(self) -> bool:
        return True

    def run(self, work: Work) -> None:
        del work


def test_copies_that_cannot_be_removed_now_are_told_and_removed_by_the_same_command(moved: Path, key: Path) -> None:
    with SecretsManager.open(moved, key_file=key) as vault:
        opened, cases = parts(vault), parts(vault).use_cases
        mover = store_move.StoreMover(cases.guard, cases.unit(), opened.state, opened.store, LeavesCopies())
        with pytest.raises(UsageError, match="everything was moved, but the memory store still holds copies"):
            mover.move("file")
        assert (vault.vault_status().store, vault.vault_status().moving_from) == ("file", "memory")
        assert len(items(moved).accounts()) == 6
        assert vault.move_store("file") == StoreMove(0, "memory", "file")
        assert items(moved).accounts() == []
        assert values(vault) == ALL


def test_a_vault_that_is_there_already_or_not_yet_is_refused(home: Path, moved: Path, key: Path) -> None:
    with SecretsManager.open(moved, key_file=key) as vault:
        with pytest.raises(UsageError, match="in the memory store already"):
            vault.move_store("memory")
        with pytest.raises(UsageError, match="no store named"):
            vault.move_store("nowhere")
    with SecretsManager.open(home.with_name("new"), key_file=key) as vault:
        with pytest.raises(UsageError, match="nothing to move"):
            vault.move_store("file")
        assert vault.vault_status().store is None


def test_many_secrets_are_copied_in_batches_that_are_told(home: Path, key: Path) -> None:
    count, seen = store_move.AT_ONCE + 5, []
    with SecretsManager.open(home, "memory", key_file=key) as vault:
        vault.save_secrets([Draft("s3", f"n{number}", S3) for number in range(count)])
        assert vault.move_store("file", progress=lambda done, of: seen.append((done, of))).moved == count
    assert seen == [(store_move.AT_ONCE, count + 1), (count + 1, count + 1)]


def test_without_a_key_for_the_new_file_nothing_is_begun(moved: Path) -> None:
    with SecretsManager.open(moved) as vault:
        with pytest.raises(UsageError, match="needs a key"):
            vault.move_store("file")
        assert not parts(vault).state.is_moving()
        assert values(vault) == ALL


def test_what_the_old_store_refuses_is_an_error_and_no_loss(moved: Path, key: Path) -> None:
    with SecretsManager.open(moved, key_file=key) as vault:
        _ = parts(vault).audit
        items(moved).add_fault(Fail(lambda: KeychainUnavailableError("gone")), call="get_many", times=math.inf)
        with pytest.raises(SecretError):
            vault.move_store("file")
        items(moved).clear_faults()
        assert values(vault) == ALL
