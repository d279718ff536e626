"""What is known of each DuckDB instance, by the connections that belong to it and by the marker in it."""

from __future__ import annotations

import gc

import duckdb

from pondpilot_secrets.injection.instance_state import (
    AppliedSecret,
    InstanceState,
    InstanceStates,
    list_secrets,
    open_connection,
)
from tests.injection.helpers import connect, names_in


def test_connections_of_one_instance_share_its_state_and_one_marker() -> None:
    states, con = InstanceStates(limit=8), connect()
    other = con.cursor()
    state, found = states.attach_state(con, con)
    assert found == {}
    assert states.state_of(other) is None  # not seen yet
    again, _ = states.attach_state(other, other)
    assert again is state
    assert names_in(con, marks=True) == [state.marker]


def test_an_instance_without_a_marker_is_not_ours() -> None:
    states, con = InstanceStates(limit=8), connect()
    assert states.find_state(con, list_secrets(con)) is None
    assert len(states) == 0


def test_a_detached_state_takes_its_marker_along_and_keeps_the_extensions() -> None:
    states, con = InstanceStates(limit=8), connect()
    state, _ = states.attach_state(con, con)
    state.extensions.add("httpfs")
    states.detach_state(state, con)
    assert states.state_of(con) is None
    assert names_in(con, marks=True) == []
    assert states.extensions_loaded(con) == {"httpfs"}


def test_instances_with_a_secret_are_found_by_its_id() -> None:
    states, (one, two) = InstanceStates(limit=8), (connect(), connect())
    first, _ = states.attach_state(one, one)
    states.attach_state(two, two)
    first.entries["mine"] = AppliedSecret("mine", "id-1", 1, "s3")
    assert states.instances_with("id-1") == [first]
    assert states.instances_with("id-2") == []


def test_instances_that_are_gone_do_not_pile_up() -> None:
    states = InstanceStates(limit=8)
    for number in range(30):
        con = duckdb.connect()
        states.remember(con, InstanceState(f"__pondpilot_{number}"))
        con.close()
        del con
    gc.collect()
    assert len(states) <= 9


def test_an_instance_that_a_connection_is_left_to_is_never_forgotten() -> None:
    states, kept = InstanceStates(limit=4), connect()
    state, _ = states.attach_state(kept, kept)
    for number in range(30):
        con = duckdb.connect()
        states.remember(con, InstanceState(f"__pondpilot_{number}"))
        del con
    gc.collect()
    assert states.state_of(kept) is state
    assert state in states._by_marker.values()


def test_the_first_connection_that_is_open_is_taken() -> None:
    closed, con = connect(), connect()
    closed.close()
    assert open_connection([closed, con]) is con
    assert open_connection([closed]) is None
