"""What every kind of store has in common, and what one without key slots says."""

from __future__ import annotations

from pathlib import Path

import pytest

from pondpilot_secrets.errors import UsageError
from pondpilot_secrets.keychain.memory import MemoryStore
from pondpilot_secrets.keychain.registry import STORES
from pondpilot_secrets.keychain.store_kind import Capability, StoreContext, StoreKind


def test_a_kind_without_its_methods_cannot_be_made() -> None:
    class Incomplete(StoreKind):
        name = "incomplete"
        label = "an incomplete store"

    with pytest.raises(TypeError, match="abstract"):
        Incomplete()  # type: ignore[abstract]


def test_a_kind_outlives_the_process_unless_it_says_otherwise() -> None:
    assert StoreKind.capabilities == frozenset({Capability.PERSISTENT})
    assert not MemoryStore().can(Capability.PERSISTENT)
    assert MemoryStore().can(Capability.TRANSACTIONS)


@pytest.mark.parametrize("kind", STORES, ids=lambda kind: kind.name)
def test_a_kind_with_key_slots_has_them_and_any_other_says_that_it_has_none(kind: StoreKind, tmp_path: Path) -> None:
    context = StoreContext(tmp_path)
    assert not kind.holds_items(context)
    if not kind.can(Capability.KEY_SLOTS):
        assert kind.slot_kinds(context) == ()
        with pytest.raises(UsageError, match="only an encrypted file has key slots") as caught:
            kind.open_with(context, [])
        assert kind.label in caught.value.message


def test_a_context_shows_no_passphrase(tmp_path: Path) -> None:
    assert "horse" not in repr(StoreContext(tmp_path, passphrase="correct horse"))
