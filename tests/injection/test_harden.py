from __future__ import annotations

import duckdb
import pytest

from pondpilot_secrets.errors import DuckDBIntegrationError
from pondpilot_secrets.injection.harden import harden, hardened_config
from tests.injection.helpers import apply, make_secret


def test_fresh_instance_closes_every_door_and_still_takes_our_secrets(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))  # where a persistent secret would go, were it not refused
    con = duckdb.connect()
    assert harden(con) == {}
    apply(con, make_secret("s3"))
    with pytest.raises(duckdb.Error, match="disabled"):
        con.execute("CREATE PERSISTENT SECRET p (TYPE http)")
    with pytest.raises(duckdb.Error, match="unredacted secrets is disabled"):
        con.execute("FROM duckdb_secrets(redact=false)")
    with pytest.raises(duckdb.Error, match="locked"):
        con.execute("SET GLOBAL allow_unredacted_secrets = true")
    assert harden(con) == {}


def test_used_instance_tells_what_could_not_be_closed(tmp_path):
    con = duckdb.connect(config={"allow_unredacted_secrets": "true"})
    con.execute(f"SET secret_directory = '{tmp_path}'")
    con.execute("FROM duckdb_secrets()")
    assert set(harden(con)) == {"allow_persistent_secrets", "secret_directory"}
    with pytest.raises(duckdb.Error, match="unredacted secrets is disabled"):
        con.execute("FROM duckdb_secrets(redact=false)")


def test_configuration_can_stay_open():
    con = duckdb.connect()
    assert harden(con, lock=False) == {}
    con.execute("SET threads = 1")


def test_config_closes_the_doors_from_the_start():
    con = duckdb.connect(config=hardened_config())
    con.execute("FROM duckdb_secrets()")
    assert harden(con) == {}


def test_closed_connection_is_an_error_of_ours():
    con = duckdb.connect()
    con.close()
    with pytest.raises(DuckDBIntegrationError, match="closed"):
        harden(con)
