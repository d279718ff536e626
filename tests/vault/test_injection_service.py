"""Handing secrets to DuckDB: current ones again for nothing, referred ones first, and each error without a value."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.errors import DuckDBIntegrationError, SecretNotFoundError, UsageError
from pondpilot_secrets.vault.injection_service import BY_ID, InjectionService
from tests.vault.parts import parts
from tests.vault.stores import S3

NAMES = "SELECT name FROM duckdb_secrets() WHERE name NOT LIKE '\\_%' ESCAPE '\\' ORDER BY name"


@pytest.fixture
def vault(home: Path) -> Iterator[SecretsManager]:
    with SecretsManager.open(home, "memory") as opened:
        opened.save_secret("s3", "one", S3, scope="s3://one/")
        opened.save_secret("s3", "two", S3, scope="s3://two/")
        opened.save_secret("postgres", "catalog", {"host": "127.0.0.1", "port": 1, "password": "marker-password"})
        opened.save_secret(
            "ducklake", "lake", {"catalog_secret": "catalog", "catalog_type": "postgres", "data_path": "/d"}
        )
        yield opened


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def there(con: duckdb.DuckDBPyConnection) -> list[str]:
    return [name for (name,) in con.execute(NAMES).fetchall()]


def reads(vault: SecretsManager) -> int:
    return len([record for record in vault.audit_records(limit=None) if record.action == "apply"])


def test_what_is_there_in_its_present_revision_is_not_read_again(
    vault: SecretsManager, con: duckdb.DuckDBPyConnection
) -> None:
    assert vault.apply(con, "one", "two") == ["one", "two"]
    assert reads(vault) == 2
    assert vault.apply(con, "two", "one") == ["two", "one"]
    assert reads(vault) == 2
    vault.update_secret("one", fields={"secret": "rotated"})
    assert vault.apply(con, "one", "two") == ["one", "two"]
    assert reads(vault) == 3


def test_a_secret_can_have_another_name_inside_duckdb(vault: SecretsManager, con: duckdb.DuckDBPyConnection) -> None:
    by_id = vault.find_secret("one").duckdb_alias
    assert vault.apply(con, "one", alias=BY_ID) == [by_id]
    assert vault.apply(con, "two", alias="mine") == ["mine"]
    assert there(con) == ["mine", by_id]
    with pytest.raises(UsageError, match="one alias"):
        vault.apply(con, "one", "two", alias="both")


def test_the_secrets_that_one_refers_to_are_created_first(
    vault: SecretsManager, con: duckdb.DuckDBPyConnection
) -> None:
    assert vault.apply(con, "lake") == ["lake"]
    assert there(con) == ["catalog", "lake"]


def test_a_block_leaves_what_was_there_before_and_nothing_else(
    vault: SecretsManager, con: duckdb.DuckDBPyConnection
) -> None:
    vault.apply(con, "two")
    with vault.applied(con, "one", "two") as names:
        assert names == ["one", "two"]
        assert there(con) == ["one", "two"]
    assert there(con) == ["two"]
    assert vault.clear_secrets(con) == ["two"]


def test_a_connection_of_ours_is_hardened_and_has_its_secrets(vault: SecretsManager) -> None:
    with vault.connect("one") as con:
        assert there(con) == ["one"]
        assert con.execute("SELECT current_setting('allow_persistent_secrets')").fetchone() == (False,)
    with vault.connected("two") as con:
        assert there(con) == ["two"]


def test_a_database_that_does_not_answer_is_told_without_the_password(
    vault: SecretsManager, con: duckdb.DuckDBPyConnection
) -> None:
    for attempt in (
        lambda: vault.attach(con, "catalog"),
        lambda: vault.attach(con, "lake"),
        lambda: vault.connect("catalog"),
    ):
        with pytest.raises(DuckDBIntegrationError) as caught:
            attempt()
        assert "marker" not in f"{caught.value} {caught.value.hint}"


def test_a_secret_that_there_is_not_changes_nothing(vault: SecretsManager, con: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(SecretNotFoundError):
        vault.apply(con, "one", "nobody")
    assert there(con) == []


def test_refreshing_what_is_nowhere_opens_nothing(vault: SecretsManager) -> None:
    service = parts(vault).use_cases.injection()
    assert isinstance(service, InjectionService)
    before = reads(vault)
    assert service.refresh("one").instances == 0
    assert reads(vault) == before
