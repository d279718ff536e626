"""What is applied, dropped, kept and leased, seen through the injector that all of them go through."""

from __future__ import annotations

import contextlib
import gc
import threading
from pathlib import Path

import duckdb
import pytest

from pondpilot_secrets.errors import DuckDBIntegrationError, InvalidCredentialsError, NameConflictError
from pondpilot_secrets.injection.extensions import Extensions
from pondpilot_secrets.injection.injector import Injector, Lease
from tests.injection.helpers import KIND, KIND_TYPE, apply, as_listed, connect, injector, make_secret, names_in, shown


def test_secret_is_created_under_its_own_name_and_found_by_other_cursors():
    con = connect()
    assert apply(con, make_secret(KIND, "prod")) == "prod"
    assert names_in(con.cursor()) == ["prod"]
    assert "=example-secret" in shown(con, "prod")


def test_secret_is_created_under_an_alias():
    con = connect()
    assert apply(con, make_secret(KIND, "prod"), "other name") == "other name"
    assert names_in(con) == ["other name"]


def test_name_with_quotes_and_statements_in_it_is_only_a_name():
    con = connect()
    name = 'a"; DROP SECRET "x'
    apply(con, make_secret(KIND, name))
    assert names_in(con) == [as_listed('a"; DROP SECRET "x')]
    assert injector().clear(con) == [name]
    assert names_in(con, marks=True) == []


def test_unchanged_secret_is_known_without_a_query():
    con, secret = connect(), make_secret(KIND)
    apply(con, secret)
    about = secret.metadata
    assert injector().is_current(con, "mine", about.id, 1)
    assert injector().is_current(con, "MINE", about.id, 1)
    assert not injector().is_current(con, "mine", about.id, 2)
    assert not injector().is_current(con, "other", about.id, 1)
    assert injector().applied(con) == {"mine": (about.id, 1)}


def test_rotated_secret_is_replaced_on_next_apply():
    con, secret = connect(), make_secret(KIND)
    apply(con, secret)
    rotated = make_secret(KIND, value="newer", id=secret.metadata.id, revision=2)
    apply(con, rotated)
    assert "=newer" in shown(con, "mine")
    assert not injector().is_current(con, "mine", secret.metadata.id, 1)


def test_secret_that_the_user_dropped_comes_back_when_asked_after_forgetting():
    con, secret = connect(), make_secret(KIND)
    apply(con, secret)
    con.execute("DROP TEMPORARY SECRET mine")
    injector().invalidate(con)
    assert not injector().is_current(con, "mine", secret.metadata.id, 1)
    apply(con, secret)
    assert names_in(con) == ["mine"]


def test_two_connections_to_one_file_share_one_instance(tmp_path: Path):
    first, second = connect(str(tmp_path / "a.db")), connect(str(tmp_path / "a.db"))
    secret = make_secret(KIND)
    apply(first, secret)
    apply(second, secret)
    assert injector().is_current(second, "mine", secret.metadata.id, 1)
    assert len(names_in(second, marks=True)) == 2
    first.close()
    assert injector().clear(second) == ["mine"]


def test_instance_is_known_after_the_connection_that_filled_it_is_gone(tmp_path: Path):
    con, other = connect(str(tmp_path / "a.db")), connect(str(tmp_path / "a.db"))
    secret = make_secret(KIND)
    apply(con, secret)
    con.close()
    del con
    gc.collect()
    assert apply(other, secret) == "mine"
    assert injector().clear(other) == ["mine"]


def test_new_instance_of_the_same_file_starts_empty(tmp_path: Path):
    secret = make_secret(KIND)
    con = connect(str(tmp_path / "a.db"))
    apply(con, secret)
    con.close()
    con = connect(str(tmp_path / "a.db"))
    assert not injector().is_current(con, "mine", secret.metadata.id, 1)
    assert names_in(con, marks=True) == []


def test_mark_goes_with_the_last_secret_and_comes_with_the_next():
    con = connect()
    other = con.cursor()
    apply(con, make_secret(KIND, "one"))
    injector().drop(con, ["one"])
    assert names_in(con, marks=True) == []
    apply(other, make_secret(KIND, "two"))
    apply(con, make_secret(KIND, "three"))
    assert len(names_in(con, marks=True)) == 3
    assert sorted(injector().clear(con)) == ["three", "two"]


def test_failed_apply_leaves_nothing():
    con = connect()
    secret = make_secret("s3", fields={"key_id": "a" * 9, "secret": "b" * 9}, provider="credential_chain")
    with pytest.raises((DuckDBIntegrationError, InvalidCredentialsError)):
        apply(con, make_secret("ducklake", fields={"catalog_type": "postgres", "catalog_secret": "absent"}))
    assert names_in(con, marks=True) == []
    assert secret.metadata.provider == "credential_chain"


def test_closed_connection_is_an_error_of_ours():
    con = connect()
    con.close()
    with pytest.raises(DuckDBIntegrationError, match="closed"):
        apply(con, make_secret(KIND))


def test_rollback_of_the_user_does_not_take_the_secret():
    con, secret = connect(), make_secret(KIND)
    con.execute("BEGIN")
    con.execute("SELECT 1")
    apply(con, secret)
    con.execute("ROLLBACK")
    assert names_in(con) == ["mine"]


def test_aborted_transaction_of_the_user_is_no_obstacle():
    con = connect()
    con.execute("BEGIN")
    with contextlib.suppress(duckdb.Error):
        con.execute("SELECT * FROM nowhere")
    apply(con, make_secret(KIND))
    con.execute("ROLLBACK")
    assert names_in(con) == ["mine"]


def test_pending_result_of_the_user_survives():
    con = connect()
    con.execute("SELECT * FROM range(5)")
    apply(con, make_secret(KIND))
    assert len(con.fetchall()) == 5


def test_injectors_of_one_process_agree_about_an_instance():
    con, secret = connect(), make_secret(KIND)
    one, other = Injector(Extensions(offline=True)), Injector(Extensions(offline=True))
    assert one.apply(con, secret, KIND_TYPE) == "mine"
    assert other.is_current(con, "mine", secret.metadata.id, 1)
    assert other.clear(con) == ["mine"]
    assert one.applied(con) == {}


def test_lease_cannot_take_what_is_not_there():
    con, secret = connect(), make_secret(KIND)
    lease = injector().lease(con)
    assert isinstance(lease, Lease)
    assert not lease.take("mine", secret.metadata.id, 1)
    apply(con, secret)
    assert not lease.take("mine", secret.metadata.id, 2)
    lease.end()
    assert names_in(con) == ["mine"]


def test_lease_leaves_the_instance_as_it_was():
    con = connect()
    with injector().lease(con) as lease:
        lease.apply(make_secret(KIND), KIND_TYPE)
        assert names_in(con) == ["mine"]
    assert names_in(con, marks=True) == []


def test_lease_ends_when_the_block_fails():
    con = connect()
    lease = injector().lease(con)
    lease.apply(make_secret(KIND), KIND_TYPE)
    with pytest.raises(ZeroDivisionError), lease:
        raise ZeroDivisionError
    assert names_in(con, marks=True) == []


def test_secret_that_was_applied_before_stays_after_the_lease():
    con, secret = connect(), make_secret(KIND)
    apply(con, secret)
    with injector().lease(con) as lease:
        assert lease.take("mine", secret.metadata.id, 1)
    assert names_in(con) == ["mine"]


def test_nested_leases_drop_the_secret_after_the_outermost():
    con, secret = connect(), make_secret(KIND)
    with injector().lease(con) as outer:
        outer.apply(secret, KIND_TYPE)
        with injector().lease(con.cursor()) as inner:
            inner.apply(secret, KIND_TYPE)
            inner.apply(secret, KIND_TYPE)
        assert names_in(con) == ["mine"]
    assert names_in(con) == []


def test_overlapping_leases_drop_the_secret_after_the_last():
    con, secret = connect(), make_secret(KIND)
    first, second = injector().lease(con), injector().lease(con)
    first.apply(secret, KIND_TYPE)
    assert second.take("mine", secret.metadata.id, 1)
    first.end()
    first.end()
    assert names_in(con) == ["mine"]
    second.end()
    assert names_in(con) == []


def test_secret_applied_for_good_inside_a_lease_stays():
    con, secret = connect(), make_secret(KIND)
    with injector().lease(con) as lease:
        lease.apply(secret, KIND_TYPE)
        assert injector().keep(con, "mine", secret.metadata.id, 1)
    assert names_in(con) == ["mine"]


def test_rotation_inside_a_lease_leaves_nothing_either():
    con, secret = connect(), make_secret(KIND)
    with injector().lease(con) as outer, injector().lease(con) as inner:
        outer.apply(secret, KIND_TYPE)
        inner.apply(make_secret(KIND, id=secret.metadata.id, revision=2), KIND_TYPE)
    assert names_in(con) == []


def test_lease_does_not_take_the_name_of_another_secret_of_ours():
    con = connect()
    apply(con, make_secret(KIND, "one"), "shared")
    with pytest.raises(NameConflictError), injector().lease(con) as lease:
        lease.apply(make_secret(KIND, "two"), KIND_TYPE, name="shared")
    assert names_in(con) == ["shared"]


def test_secret_made_again_in_the_vault_replaces_the_old_one_of_its_name():
    con = connect()
    apply(con, make_secret(KIND))
    apply(con, make_secret(KIND, value="newer"))
    assert "newer" in shown(con, "mine")
    apply(con, make_secret("postgres", fields={"password": "p"}))
    assert injector().clear(con) == ["mine"]


def test_lease_on_a_connection_that_was_closed_inside_ends_quietly(tmp_path: Path):
    con, other = connect(str(tmp_path / "a.db")), connect(str(tmp_path / "a.db"))
    with injector().lease(con) as lease:
        lease.apply(make_secret(KIND), KIND_TYPE)
        apply(other, make_secret(KIND, "stays"))
        con.close()
    assert names_in(other) == ["stays"]
    with injector().lease(other) as lease:
        lease.apply(make_secret(KIND), KIND_TYPE)
        other.close()


def test_clear_inside_a_lease_is_no_error_at_its_end():
    con = connect()
    with injector().lease(con) as lease:
        lease.apply(make_secret(KIND), KIND_TYPE)
        injector().clear(con)
    assert names_in(con, marks=True) == []


def test_threads_that_apply_at_once_leave_one_marker_and_one_secret_each():
    con = connect()
    handles = [con.cursor() for _ in range(8)]
    secrets = [make_secret(KIND, f"secret{number % 4}", id=f"id{number % 4}") for number in range(8)]
    threads = [threading.Thread(target=apply, args=pair) for pair in zip(handles, secrets, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names_in(con, marks=True)) == 5
    assert len(injector().clear(con)) == 4


def test_statements_are_one_listing_one_marker_one_create_and_one_of_blanks():
    con = connect()
    apply(con, make_secret(KIND, "warm"))
    injector().clear(con)
    con.execute("CALL enable_logging('QueryLog', storage = 'memory')")
    secret = make_secret(KIND)
    apply(con, secret)
    assert injector().keep(con, "mine", secret.metadata.id, 1)
    apply(con, make_secret(KIND, "second"))
    con.execute("CALL disable_logging()")
    log = [line for (line,) in con.execute("SELECT message FROM duckdb_logs() WHERE type = 'QueryLog'").fetchall()]
    ours = [line for line in log if "logging" not in line]
    assert [line.split("(")[0].strip()[:24] for line in ours if "duckdb_extensions" not in line] == [
        "SELECT name, type, persi",
        "CREATE TEMPORARY SECRET ",
        "CREATE TEMPORARY SECRET ",
        "SELECT $1, $1, $1",
        "SELECT name, type, persi",
        "CREATE TEMPORARY SECRET ",
        "SELECT $1, $1, $1",
    ]
    assert "example-secret" not in "".join(log)
    assert "AKIAEXAMPLE" not in "".join(log)
