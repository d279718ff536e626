"""Creating a secret in an instance: when it is created again, which names are refused, and what is noted of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pondpilot_secrets.errors import (
    DuckDBIntegrationError,
    InvalidCredentialsError,
    NameConflictError,
    PolicyDeniedError,
    UsageError,
)
from pondpilot_secrets.injection import create_secret
from pondpilot_secrets.injection.create_secret import SecretSpec
from pondpilot_secrets.injection.extensions import Extensions
from pondpilot_secrets.injection.instance_state import AppliedSecret, SecretRow
from pondpilot_secrets.models import SecretCredentials
from tests.injection.helpers import KIND, apply, as_listed, connect, make_secret, names_in, secret_type_named, shown

if TYPE_CHECKING:
    import duckdb


def ensure(
    con: duckdb.DuckDBPyConnection, secret: SecretCredentials, name: str | None = None, **options: Any
) -> AppliedSecret:
    """Create a secret as the injector does, without its leases."""
    secret_type = secret_type_named(secret.metadata.type)
    spec = SecretSpec(secret, secret_type, create_secret.check_duckdb_name(secret, name), {}, **options)
    with create_secret.cursor_of(con) as cursor:
        Extensions(offline=True).ensure(cursor, secret_type.extensions)
        instance, found = create_secret.attach_state(con, cursor)
        with instance.lock:
            return create_secret.ensure_secret(cursor, instance, found, spec)


def inject_only(secret: SecretCredentials) -> SecretCredentials:
    return SecretCredentials(replace(secret.metadata, inject_only=True), secret.credentials)


def test_name_inside_duckdb_is_the_secrets_own_or_the_alias() -> None:
    secret = make_secret(KIND, "prod")
    assert create_secret.check_duckdb_name(secret, None) == "prod"
    assert create_secret.check_duckdb_name(secret, "other name") == "other name"


@pytest.mark.parametrize("name", ["", "a\0b", "\ud800"])
def test_name_that_duckdb_cannot_hold_is_refused(name: str) -> None:
    with pytest.raises(InvalidCredentialsError):
        create_secret.check_duckdb_name(make_secret(KIND), name)


def test_name_of_a_marker_is_refused() -> None:
    with pytest.raises(UsageError):
        create_secret.check_duckdb_name(make_secret(KIND), "__PONDPILOT_x")


def test_closed_connection_has_no_cursor() -> None:
    con = connect()
    con.close()
    with pytest.raises(DuckDBIntegrationError, match="closed"), create_secret.cursor_of(con):
        pass


def test_cursor_is_closed_after_its_block_and_the_connection_is_not() -> None:
    con = connect()
    with create_secret.cursor_of(con) as cursor:
        assert cursor.execute("SELECT 1").fetchone() == (1,)
    with pytest.raises(Exception, match="closed"):
        cursor.execute("SELECT 1")
    assert con.execute("SELECT 2").fetchone() == (2,)


def test_what_was_created_is_noted() -> None:
    con, secret = connect(), make_secret(KIND, scopes=("s3://one/", "s3://two'/"))
    entry = ensure(con, secret)
    assert (entry.name, entry.id, entry.revision, entry.duckdb_type) == ("mine", secret.metadata.id, 1, "s3")
    assert entry.scope == "s3://one/"
    assert len("example-secret") in entry.lengths
    assert not entry.shown
    assert not entry.partial
    assert not entry.kept
    assert entry.leases == 0


def test_secret_with_a_map_is_noted_as_shown_by_every_listing() -> None:
    assert ensure(connect(), make_secret("http", fields={"extra_http_headers": '{"X-Key": "v"}'})).shown


def test_scopes_are_bound_as_a_list() -> None:
    con = connect()
    ensure(con, make_secret(KIND, scopes=("s3://one/", "s3://two'/")))
    assert con.execute("SELECT scope FROM duckdb_secrets() WHERE name = 'mine'").fetchone() == (
        ["s3://one/", "s3://two'/"],
    )


def test_secret_is_found_again_by_name_id_and_revision() -> None:
    con, secret = connect(), make_secret(KIND)
    entry = ensure(con, secret)
    id = secret.metadata.id  # noqa: A001
    assert create_secret.find_applied(con, "MINE", id, 1) is entry
    assert create_secret.find_applied(con, "mine", id, 2) is None
    assert create_secret.find_applied(con, "mine", "another id", 1) is None
    assert create_secret.find_applied(con, "other", id, 1) is None
    assert create_secret.find_applied(connect(), "mine", id, 1) is None
    entry.partial = True  # fields of it are in an ATTACH only
    assert create_secret.find_applied(con, "mine", id, 1) is None


def test_secret_that_is_up_to_date_is_not_created_again() -> None:
    con, secret = connect(), make_secret("http", fields={"bearer_token": "first"})
    entry = ensure(con, secret)
    same_revision = make_secret("http", fields={"bearer_token": "second"}, id=secret.metadata.id)
    assert ensure(con, same_revision) is entry
    assert "first" in shown(con, "mine")


def test_new_revision_is_created_in_place_and_keeps_its_leases() -> None:
    con, secret = connect(), make_secret("http", fields={"bearer_token": "first"})
    entry = ensure(con, secret)
    entry.leases = 1
    rotated = make_secret("http", fields={"bearer_token": "a longer second"}, id=secret.metadata.id, revision=2)
    assert ensure(con, rotated) is entry
    assert (entry.revision, entry.leases, entry.lengths) == (2, 1, (len("a longer second"),))
    assert "a longer second" in shown(con, "mine")


def test_secret_that_the_user_dropped_is_created_again() -> None:
    con, secret = connect(), make_secret("http", fields={"bearer_token": "first"})
    ensure(con, secret)
    con.execute("DROP TEMPORARY SECRET mine")
    ensure(con, secret)
    assert "first" in shown(con, "mine")


def test_another_secret_of_the_vault_takes_the_name_only_while_nobody_leases_it() -> None:
    con = connect()
    first, second = (make_secret("http", name, {"bearer_token": name}) for name in ("first", "second"))
    entry = ensure(con, first, "shared")
    with pytest.raises(NameConflictError, match="another secret of the vault"):
        ensure(con, second, "shared", leased=True)
    entry.leases = 1
    with pytest.raises(NameConflictError, match="another secret of the vault"):
        ensure(con, second, "shared")
    assert "first" in shown(con, "shared")
    entry.leases = 0
    assert ensure(con, second, "shared").id == second.metadata.id
    assert "second" in shown(con, "shared")


def test_temporary_secret_of_the_user_is_not_replaced_without_being_asked() -> None:
    con = connect()
    con.execute("CREATE TEMPORARY SECRET \"Mine\" (TYPE http, BEARER_TOKEN 'users own')")
    with pytest.raises(NameConflictError):
        apply(con, make_secret(KIND, "MINE"))
    assert "users own" in shown(con, "Mine")
    assert names_in(con, marks=True) == [as_listed("Mine")]
    apply(con, make_secret(KIND, "MINE"), replace=True)
    assert "example-secret" in shown(con, "MINE")


def test_persistent_secret_of_the_user_is_neither_replaced_nor_made_ambiguous(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))  # DuckDB 1.4.4 writes there whatever secret_directory says
    con = connect(allow_persistent_secrets="true", secret_directory=str(tmp_path / "secrets"))
    con.execute("CREATE PERSISTENT SECRET mine (TYPE http, BEARER_TOKEN 'users own')")
    for replacing in (False, True):
        with pytest.raises(NameConflictError, match="persistent"):
            apply(con, make_secret(KIND), replace=replacing)
    assert names_in(con, marks=True) == ["mine"]


def test_inject_only_secret_is_refused_where_duckdb_shows_secrets() -> None:
    secret = inject_only(make_secret("http", fields={"bearer_token": "hidden"}))
    con = connect()
    with pytest.raises(PolicyDeniedError, match="unredacted"):
        ensure(con, secret)
    assert names_in(con) == []
    con = connect(allow_unredacted_secrets="false")
    ensure(con, secret)
    assert names_in(con) == ["mine"]


def test_what_duckdb_refuses_is_not_noted_and_its_value_not_told() -> None:
    """Iceberg logs in when the secret is created, here at a port where nobody answers."""
    con = connect()
    fields = {"client_id": "id", "client_secret": "marker-word", "oauth2_server_uri": "http://127.0.0.1:1/token"}
    with pytest.raises(DuckDBIntegrationError, match="refused the secret 'mine'") as raised:
        ensure(con, make_secret("iceberg", fields=fields))
    assert "marker-word" not in str(raised.value)
    with create_secret.cursor_of(con) as cursor:
        instance, found = create_secret.attach_state(con, cursor)
        assert instance.entries == {}
        assert set(found) == {instance.marker}
        create_secret.detach_state_if_empty(instance, cursor)
        create_secret.detach_state_if_empty(instance, cursor)  # has nothing left to do
    assert names_in(con, marks=True) == []


def test_marker_stays_while_a_secret_is_left() -> None:
    con = connect()
    ensure(con, make_secret("http", fields={"bearer_token": "t"}))
    with create_secret.cursor_of(con) as cursor:
        instance, _ = create_secret.attach_state(con, cursor)
        create_secret.detach_state_if_empty(instance, cursor)
    assert not instance.detached
    assert names_in(con, marks=True) == sorted(["mine", instance.marker])


@pytest.mark.parametrize(
    ("row", "ours"),
    [
        (SecretRow("mine", "s3", False, "memory"), True),
        (SecretRow("mine", "http", False, "memory"), False),
        (SecretRow("mine", "s3", True, "local_file"), False),
    ],
)
def test_secret_that_took_the_place_of_ours_is_told_by_its_type_and_storage(row: SecretRow, ours: bool) -> None:
    assert create_secret.is_ours([row], AppliedSecret("mine", "id", 1, "s3")) is ours
    assert not create_secret.is_ours([], AppliedSecret("mine", "id", 1, "s3"))
