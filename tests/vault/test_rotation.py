"""Rotating: the new value is tried on the real server before the old one is dropped, and live connections follow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.errors import DuckDBIntegrationError, RotationRefusedError
from pondpilot_secrets.injection.refresh import Refresh
from pondpilot_secrets.models import TestReason, TestResult
from pondpilot_secrets.vault.drafts import Changes
from pondpilot_secrets.vault.rotation import ProbeOptions, RotationSteps, SecretRotation
from tests.services.http_server import HTTPDataServer
from tests.services.postgres import PostgresServer
from tests.vault.parts import parts
from tests.vault.stores import open_vault


@pytest.fixture
def vault(home: Path):
    with open_vault(home, "file") as opened:
        yield opened


def value(vault: SecretsManager, name: str, field: str) -> str:
    with vault.get_secret(name) as secret:
        return secret.credentials[field].expose()


def api(vault: SecretsManager, server: HTTPDataServer, token: str) -> None:
    vault.save_secret("http", "api", {"token": token}, scope=f"{server.base_url}/")


def test_a_value_that_works_takes_the_place_of_the_old_one(
    vault: SecretsManager, http_data_server: HTTPDataServer
) -> None:
    api(vault, http_data_server, "expired-token")
    rotation = vault.rotate_secret("api", {"token": http_data_server.token}, target=http_data_server.url)
    assert rotation.test is not None
    assert rotation.test.ok
    assert (rotation.secret.revision, rotation.secret.name) == (2, "api")
    assert value(vault, "api", "bearer_token") == http_data_server.token
    assert "rotate" in [entry.action for entry in parts(vault).audit_reader.entries()]


def test_a_value_that_does_not_work_changes_nothing(vault: SecretsManager, http_data_server: HTTPDataServer) -> None:
    api(vault, http_data_server, http_data_server.token)
    with pytest.raises(RotationRefusedError) as caught:
        vault.rotate_secret("api", {"token": "marker-wrong"}, target=http_data_server.url)
    assert caught.value.code == 1025
    assert "refused the credentials" in caught.value.message
    assert "marker" not in f"{caught.value.message} {caught.value.hint}"
    assert value(vault, "api", "bearer_token") == http_data_server.token
    assert vault.find_secret("api").revision == 1
    failed = [entry for entry in parts(vault).audit_reader.entries() if entry.outcome == "failed"]
    assert [(entry.action, entry.code) for entry in failed] == [("rotate", 1025)]


def test_what_cannot_be_tried_is_not_kept_unless_asked(vault: SecretsManager, http_data_server: HTTPDataServer) -> None:
    vault.save_secret("http", "api", {"token": "old"}, scope="*")
    with pytest.raises(RotationRefusedError, match="did not pass its test") as caught:
        vault.rotate_secret("api", {"token": "new"})
    assert "--no-test" in (caught.value.hint or "")
    assert vault.rotate_secret("api", {"token": "new"}, test=False).test is None
    assert value(vault, "api", "bearer_token") == "new"


def test_live_instances_have_the_new_value_at_once(vault: SecretsManager, http_data_server: HTTPDataServer) -> None:
    api(vault, http_data_server, "expired-token")
    query = f"SELECT count(*) FROM '{http_data_server.url}'"
    with duckdb.connect() as kept, duckdb.connect() as leased, duckdb.connect() as without:
        vault.apply(kept, "api")
        with vault.applied(leased, "api"):
            with pytest.raises(duckdb.Error):
                kept.sql(query).fetchall()
            rotation = vault.rotate_secret("api", {"token": http_data_server.token}, target=http_data_server.url)
            assert rotation.refresh.instances == 2
            assert kept.sql(query).fetchall() == leased.sql(query).fetchall() == [(3,)]
        assert leased.sql("SELECT count(*) FROM duckdb_secrets()").fetchall() == [(0,)]
        assert kept.sql("SELECT name FROM duckdb_secrets() WHERE name = 'api'").fetchall() == [("api",)]
        assert without.sql("SELECT count(*) FROM duckdb_secrets()").fetchall() == [(0,)]


def test_an_attached_database_is_attached_anew(vault: SecretsManager, postgres_server: PostgresServer) -> None:
    fields = {"host": "127.0.0.1", "port": postgres_server.port, "user": postgres_server.user}
    fields |= {"password": postgres_server.password, "database": postgres_server.database}
    vault.save_secret("postgres", "shop", fields)
    with duckdb.connect() as con:
        alias = vault.attach(con, "shop")
        rotation = vault.rotate_secret("shop", {"application_name": "rotated", "password": postgres_server.password})
        assert rotation.refresh.attached == (alias,)
        said = con.sql("FROM postgres_query('shop', 'SELECT current_setting(''application_name'')')").fetchall()
        assert said == [("rotated",)]
        con.execute("USE shop")
        assert vault.rotate_secret("shop", {"application_name": "again"}).refresh.attached == (alias,)
        assert con.sql("SELECT count(*) FROM public.orders").fetchall() == [(3,)]


def test_a_wrong_value_that_was_not_tried_does_not_take_a_database_away(
    vault: SecretsManager, postgres_server: PostgresServer
) -> None:
    fields = {"host": "127.0.0.1", "port": postgres_server.port, "user": postgres_server.user}
    fields |= {"password": postgres_server.password, "database": postgres_server.database}
    vault.save_secret("postgres", "shop", fields)
    with duckdb.connect() as con:
        vault.attach(con, "shop")
        assert vault.rotate_secret("shop", {"password": "wrong"}, test=False).refresh.stale == ("shop",)
        assert con.sql("SELECT count(*) FROM shop.public.orders").fetchall() == [(3,)]


def test_an_instance_whose_connections_are_closed_is_passed_over(vault: SecretsManager) -> None:
    vault.save_secret("s3", "prod", {"key_id": "k", "secret": "old"})
    con = duckdb.connect()
    vault.apply(con, "prod")
    con.close()
    assert vault.rotate_secret("prod", {"secret": "new"}, test=False).refresh.instances == 0
    assert value(vault, "prod", "secret") == "new"


def test_an_instance_that_cannot_be_renewed_keeps_no_other_from_it(vault: SecretsManager) -> None:
    vault.save_secret("s3", "prod", {"key_id": "old-key", "secret": "old"})
    with duckdb.connect() as taken, duckdb.connect() as dropped, duckdb.connect() as good:
        for con in (taken, dropped, good):
            vault.apply(con, "prod")
        taken.execute("CREATE OR REPLACE TEMPORARY SECRET prod (TYPE http, BEARER_TOKEN 'of the user')")
        dropped.execute("DROP TEMPORARY SECRET prod")
        rotation = vault.rotate_secret("prod", {"key_id": "new-key", "secret": "new"}, test=False)
        assert rotation.refresh.instances == 1
        assert rotation.refresh.failed == ()
        shown = [
            con.sql("SELECT type, secret_string FROM duckdb_secrets() WHERE name = 'prod'").fetchall()
            for con in (taken, dropped, good)
        ]
        assert [row[0] for row in shown[0]] == ["http"]
        assert shown[1] == []
        assert "new-key" in shown[2][0][1]


def test_what_fails_in_one_instance_is_told(vault: SecretsManager, tmp_path: Path) -> None:
    vault.save_secret("s3", "prod", {"key_id": "old-key", "secret": "old"})
    with duckdb.connect() as first, duckdb.connect() as second:
        first.execute(f"SET secret_directory = '{tmp_path}'")  # DuckDB 1.4 ignores it among the settings of `connect`
        for con in (first, second):
            vault.apply(con, "prod")
        first.execute("CREATE PERSISTENT SECRET prod (TYPE s3, KEY_ID 'of the user')")
        refresh = vault.rotate_secret("prod", {"key_id": "new-key", "secret": "new"}, test=False).refresh
        assert refresh.instances == 1
        (told,) = refresh.failed
        assert told.startswith("DuckDB holds a persistent secret named 'prod'")


def rotation_with(vault: SecretsManager, **steps: Any) -> SecretRotation:
    """A rotation whose steps are a test's own, where it gives any."""
    opened, cases = parts(vault), parts(vault).use_cases
    own = RotationSteps(
        cases.writer().candidate, cases.probes().probe, cases.writer().update, cases.injection().refresh
    )
    given = {name: steps.get(name, getattr(own, name)) for name in ("candidate", "probe", "update", "refresh")}
    return SecretRotation(cases.guard, opened.metadata, cases.trail, RotationSteps(**given))


def test_without_a_test_nothing_is_tried(vault: SecretsManager) -> None:
    vault.save_secret("s3", "prod", {"key_id": "old-key", "secret": "old"})

    def never(*_: object) -> TestResult:
        raise AssertionError("tried")

    rotation = rotation_with(vault, candidate=never, probe=never)
    done = rotation.rotate("prod", Changes(fields={"secret": "new"}), ProbeOptions(needed=False))
    assert (done.test, done.secret.revision) == (None, 2)


def test_a_refusal_is_recorded_and_closes_what_was_tried(vault: SecretsManager) -> None:
    vault.save_secret("s3", "prod", {"key_id": "old-key", "secret": "old"})
    tried = []

    def refuse(secret, target, timeout) -> TestResult:
        with secret:
            tried.append((secret.credentials["secret"].expose(), target, timeout))
        return TestResult(False, TestReason.NO_TARGET, "no target", 0.0)

    with pytest.raises(RotationRefusedError) as caught:
        rotation_with(vault, probe=refuse).rotate("prod", Changes(fields={"secret": "new"}), ProbeOptions(timeout=2.0))
    assert "--no-test" in (caught.value.hint or "")
    assert tried == [("new", None, 2.0)]
    assert [(e.action, e.outcome) for e in vault.audit_records(limit=2)] == [("rotate", "failed"), ("test", "ok")]
    assert value(vault, "prod", "secret") == "old"


def test_what_cannot_be_refreshed_does_not_undo_the_rotation(vault: SecretsManager) -> None:
    vault.save_secret("s3", "prod", {"key_id": "old-key", "secret": "old"})

    def refuse(_: str) -> Refresh:
        raise DuckDBIntegrationError("the instance is busy")

    rotation = rotation_with(vault, refresh=refuse)
    done = rotation.rotate("prod", Changes(fields={"secret": "new"}), ProbeOptions(needed=False))
    assert done.refresh == Refresh(failed=("the instance is busy",))
    assert value(vault, "prod", "secret") == "new"
