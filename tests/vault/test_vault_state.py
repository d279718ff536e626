"""What a vault remembers of itself is typed, shared between processes, and read again whenever it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pondpilot_secrets.access.limit import Limit
from pondpilot_secrets.access.presence.mode import GRACE, PresenceMode
from pondpilot_secrets.access.rate_limits import DEFAULTS
from pondpilot_secrets.metadata.store import MetadataStore
from pondpilot_secrets.vault.vault_state import VaultState


@pytest.fixture
def metadata(home: Path) -> Iterator[MetadataStore]:
    with MetadataStore.open(home / "metadata.db") as opened:
        yield opened


@pytest.fixture
def state(metadata: MetadataStore) -> VaultState:
    return VaultState(metadata)


def test_a_new_vault_has_defaults_and_nothing_else(state: VaultState) -> None:
    assert (state.vault_id, state.created_at, state.store, state.store_reason) == (None, None, None, None)
    assert (state.key_file, state.announced_key_file, state.moving_from) == (None, None, None)
    assert not state.is_moving()
    assert state.limits() == DEFAULTS
    assert (*state.presence(), state.presence_ticket) == (PresenceMode.ON, GRACE, None)


def test_its_making_is_remembered_as_one(state: VaultState) -> None:
    state.record_creation("id", "2026-01-01", "file", "it was asked for", Path("/keys/a"))
    assert (state.vault_id, state.created_at, state.store) == ("id", "2026-01-01", "file")
    assert (state.store_reason, state.key_file) == ("it was asked for", Path("/keys/a"))


def test_a_key_file_is_announced_and_then_remembered(state: VaultState) -> None:
    state.announce_key_file(Path("/keys/b"))
    assert (state.key_file, state.announced_key_file) == (None, Path("/keys/b"))
    state.remember_key_file(Path("/keys/b"))
    assert (state.key_file, state.announced_key_file) == (Path("/keys/b"), None)
    state.remember_key_file(None)
    assert state.key_file is None


def test_a_move_names_the_store_that_has_copies_on_each_side_of_the_switch(state: VaultState) -> None:
    state.record_creation("id", "2026-01-01", "system", "it answered", None)
    state.begin_move("file")
    assert (state.is_moving(), state.stores_with_copies(), state.moving_from) == (True, ["file"], None)
    state.switch_store("file", "it was moved", Path("/keys/a"))
    assert (state.store, state.store_reason, state.key_file) == ("file", "it was moved", Path("/keys/a"))
    assert (state.is_moving(), state.stores_with_copies(), state.moving_from) == (True, ["system"], "system")
    state.forget_copies("system")
    assert (state.is_moving(), state.stores_with_copies()) == (False, [])


def test_the_stores_own_name_is_never_one_with_copies(state: VaultState, metadata: MetadataStore) -> None:
    state.record_creation("id", "2026-01-01", "system", "it answered", None)
    metadata.set_setting("moving_from", "system")
    assert state.stores_with_copies() == []


def test_limits_are_set_by_name_and_none_brings_the_default_back(state: VaultState) -> None:
    state.set_limits({"reveal_each": "2/3600", "use_all": "1/1"})
    assert state.limits() == DEFAULTS._replace(reveal_each=Limit(2, 3600), use_all=Limit(1, 1))
    state.set_limits({"reveal_each": None})
    assert state.limits() == DEFAULTS._replace(use_all=Limit(1, 1))


def test_a_change_of_presence_ends_the_last_answer(state: VaultState) -> None:
    state.set_presence_ticket("v1 …")
    state.set_presence(PresenceMode.OFF, None)
    assert (*state.presence(), state.presence_ticket) == (PresenceMode.OFF, GRACE, None)
    state.set_presence(None, 5.0)
    assert state.presence() == (PresenceMode.OFF, 5.0)


def test_what_another_process_sets_is_there_at_the_next_look(state: VaultState, home: Path) -> None:
    with MetadataStore.open(home / "metadata.db") as elsewhere:
        VaultState(elsewhere).set_limits({"use_all": "7/7"})
        VaultState(elsewhere).set_presence(PresenceMode.OFF, 1.0)
    assert state.limits().use_all == (7, 7)
    assert state.presence() == (PresenceMode.OFF, 1.0)


def test_what_is_set_in_a_transaction_that_fails_is_not_set(state: VaultState, metadata: MetadataStore) -> None:
    def fail() -> None:
        with metadata.transaction():
            state.switch_store("file", "it was moved", None)
            raise KeyError("x")

    with pytest.raises(KeyError):
        fail()
    assert state.store is None
