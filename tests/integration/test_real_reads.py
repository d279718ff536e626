"""Every type reads from a real server with the right credential, and is refused for the right reason with a wrong one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pondpilot_secrets import SecretError, TestReason
from tests.integration.cases import CASES, Case, Saved, save
from tests.vault.stores import open_vault


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def saved(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Saved]:
    monkeypatch.setenv("POND_OFFLINE", "1")
    with open_vault(tmp_path / "vault", "file") as vault:
        yield save(request.param, vault, request)


def connect(saved: Saved, name: str) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB with the secret applied, or its database attached as `it`."""
    con = duckdb.connect()
    if saved.case.attached:
        saved.vault.attach(con, name, as_="it")
    else:
        saved.vault.apply(con, name)
    saved.case.prepare(saved.server, con)
    return con


def only(*cases: Case) -> pytest.MarkDecorator:
    """Hold a test to some of the cases."""
    return pytest.mark.parametrize("saved", cases, ids=lambda case: case.name, indirect=True)


def test_the_right_credential_reads_rows(saved: Saved) -> None:
    with connect(saved, "it") as con:
        assert len(con.execute(saved.case.query(saved.server)).fetchall()) >= 1


def test_a_wrong_credential_is_refused_for_the_right_reason(saved: Saved) -> None:
    with pytest.raises((SecretError, duckdb.Error)) as caught, connect(saved, "wrong") as con:
        con.execute(saved.case.query(saved.server)).fetchall()
    assert re.search(saved.case.refused, str(caught.value)), caught.value


@only(*(case for case in CASES if not case.attached))
def test_without_any_credential_nothing_is_read(saved: Saved) -> None:
    with connect(saved, "it") as con:
        saved.vault.clear_secrets(con)
        with pytest.raises(duckdb.Error):
            con.execute(saved.case.query(saved.server)).fetchall()


@only(*(case for case in CASES if case.tested))
def test_a_connection_test_tells_right_from_wrong(saved: Saved) -> None:
    target = saved.case.target(saved.server)
    right = saved.vault.test_secret("it", target)
    assert right.ok, right
    wrong = saved.vault.test_secret("wrong", target)
    assert (wrong.ok, wrong.reason) == (False, saved.case.reason), wrong
    assert right.elapsed < 5 > wrong.elapsed


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.type in ("postgres", "s3", "http")], ids=lambda c: c.name
)
def test_an_unreachable_server_is_told_from_a_wrong_credential(
    case: Case, tmp_path: Path, request, monkeypatch
) -> None:
    monkeypatch.setenv("POND_OFFLINE", "1")
    nowhere = {"postgres": {"port": 9}, "s3": {"endpoint": "127.0.0.1:9"}, "http": {}}[case.type]
    with open_vault(tmp_path / "vault", "file") as vault:
        server = request.getfixturevalue(case.fixture)
        scope = "http://127.0.0.1:9/" if case.type == "http" else case.scope(server)
        vault.save_secret(case.type, "it", {**case.fields(server), **nowhere}, scope=scope)
        result = vault.test_secret("it", "http://127.0.0.1:9/data.csv" if case.type == "http" else None)
    assert result.reason is TestReason.UNREACHABLE, result
