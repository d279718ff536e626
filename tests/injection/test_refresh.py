"""A changed secret reaches every instance of this process that has it, and one that fails does not keep the others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pondpilot_secrets.injection import attach as attaching
from pondpilot_secrets.injection import instance_state
from pondpilot_secrets.injection.instance_state import Attachment
from pondpilot_secrets.injection.refresh import Refresh, refresh_secret
from tests.duckdb_versions import extension_is_packaged
from tests.injection.helpers import apply, connect, injector, make_secret, names_in, secret_type_named, shown

if TYPE_CHECKING:
    import duckdb

    from pondpilot_secrets.models import SecretCredentials

HTTP = secret_type_named("http")
POSTGRES = secret_type_named("postgres")


def token(value: str, name: str = "mine", *, of: SecretCredentials | None = None) -> SecretCredentials:
    """A secret, or the next revision of one."""
    if of is None:
        return make_secret("http", name, {"bearer_token": value})
    return make_secret("http", name, {"bearer_token": value}, id=of.metadata.id, revision=of.metadata.revision + 1)


def test_every_instance_that_has_it_gets_the_new_values_under_each_of_its_names() -> None:
    one, two, without = connect(), connect(), connect()
    old = token("first")
    apply(one, old)
    apply(one, old, "alias")
    apply(two, old)
    apply(without, token("other's", "other"))
    new = token("second", of=old)
    assert refresh_secret(new, HTTP) == Refresh(instances=2)
    for con, name in ((one, "mine"), (one, "alias"), (two, "mine")):
        assert "second" in shown(con, name)
        assert injector().is_current(con, name, new.metadata.id, 2)
    assert names_in(without) == ["other"]


def test_secret_that_no_instance_has_is_brought_to_none() -> None:
    con = connect()
    assert refresh_secret(token("first"), HTTP) == Refresh()
    assert names_in(con, marks=True) == []


def test_how_long_it_stays_is_left_as_it_was() -> None:
    leased, kept = connect(), connect()
    old = token("first")
    apply(kept, old)
    with injector().lease(leased) as lease:
        lease.apply(old, HTTP)
        assert refresh_secret(token("second", of=old), HTTP).instances == 2
        assert "second" in shown(leased, "mine")
    assert names_in(leased, marks=True) == []
    assert names_in(kept) == ["mine"]


def test_instance_whose_connections_are_closed_is_passed_over() -> None:
    closed, con = connect(), connect()
    old = token("first")
    apply(closed, old)
    apply(con, old)
    closed.close()
    assert refresh_secret(token("second", of=old), HTTP) == Refresh(instances=1)
    assert "second" in shown(con, "mine")


@extension_is_packaged("httpfs")  # a second type
def test_secret_that_was_dropped_or_replaced_meanwhile_stays_as_it_is() -> None:
    dropped, taken = connect(), connect()
    old = token("first")
    apply(dropped, old)
    apply(taken, old)
    dropped.execute("DROP TEMPORARY SECRET mine")
    taken.execute("CREATE OR REPLACE TEMPORARY SECRET mine (TYPE s3, SECRET 'users own')")
    assert refresh_secret(token("second", of=old), HTTP) == Refresh()
    assert names_in(dropped) == []
    assert "users own" in shown(taken, "mine")


def test_instance_that_refuses_does_not_keep_the_others_from_their_new_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))  # DuckDB 1.4.4 writes there whatever secret_directory says
    refusing = connect(allow_persistent_secrets="true", secret_directory=str(tmp_path / "secrets"))
    con = connect()
    old = token("first")
    apply(refusing, old)
    apply(con, old)
    refusing.execute("CREATE PERSISTENT SECRET mine (TYPE http, BEARER_TOKEN 'users own')")
    refresh = refresh_secret(token("second", of=old), HTTP)
    assert refresh.instances == 1
    (why,) = refresh.failed
    assert "persistent" in why
    assert "second" not in why
    assert "second" in shown(con, "mine")


def attached(con: duckdb.DuckDBPyConnection, secret: SecretCredentials, alias: str) -> None:
    """Attach its database, noted as the vault does."""
    apply(con, secret)
    attaching.attach(con, secret, POSTGRES, "mine", alias)
    state = instance_state.state_of(con)
    assert state is not None
    state.attachments[alias] = Attachment(secret.metadata.id, "mine", read_only=True)


def test_attached_database_is_attached_again_or_keeps_its_old_values(postgres_server) -> None:
    server, con = postgres_server, connect()
    fields = {"host": server.host, "port": str(server.port), "user": server.user, "database": server.database}
    old = make_secret("postgres", fields={**fields, "password": server.password})
    attached(con, old, "shop")

    def revision(number: int, password: str) -> SecretCredentials:
        return make_secret("postgres", fields={**fields, "password": password}, id=old.metadata.id, revision=number)

    assert refresh_secret(revision(2, server.password), POSTGRES) == Refresh(instances=1, attached=("shop",))
    refused = refresh_secret(revision(3, "another password"), POSTGRES)
    assert refused == Refresh(instances=1, stale=("shop",))
    assert con.execute("SELECT count(*) FROM shop.public.orders").fetchone() == (3,)
    con.execute("DETACH shop")
    assert refresh_secret(revision(4, server.password), POSTGRES) == Refresh(instances=1)
    databases = [name for (name,) in con.execute("SELECT database_name FROM duckdb_databases()").fetchall()]
    assert not [name for name in databases if name.startswith("shop")]
