"""MotherDuck as far as it goes without a network: its extension cannot be loaded, so statement and variables are held."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pondpilot_secrets import SecretError, SecretsManager
from pondpilot_secrets.injection.attach import attach_statement
from pondpilot_secrets.injection.statements import create
from pondpilot_secrets.secret_types import registry
from pondpilot_secrets.secret_types.mapping import create_parameters
from tests.vault.stores import open_vault

TOKEN = "eyJ'marker"


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SecretsManager]:
    monkeypatch.setenv("POND_OFFLINE", "1")
    with open_vault(tmp_path / "vault", "file") as opened:
        opened.save_secret("motherduck", "md", {"token": TOKEN, "database": "sales"})
        yield opened


class Recorder:
    """Stands where DuckDB's cursor would, and keeps what it is given."""

    def execute(self, statement: str, values: list[Any]) -> None:
        self.statement, self.values = statement, list(values)


def test_the_secret_is_created_with_its_token_bound(vault: SecretsManager) -> None:
    recorder = Recorder()
    secret_type = registry.get("motherduck")
    with vault.get_secret("md") as secret, create_parameters(secret_type, "config", secret.credentials, {}) as made:
        create(recorder, "md", ("motherduck", "config"), made.values, (), replace=True)  # type: ignore[arg-type]
    assert recorder.statement == 'CREATE OR REPLACE TEMPORARY SECRET "md" (TYPE motherduck, PROVIDER config, token ?)'
    assert len(recorder.values) == 1


def test_its_databases_are_attached_under_their_own_names(vault: SecretsManager) -> None:
    with vault.get_secret("md") as secret:
        assert attach_statement(secret, registry.get("motherduck"), "md", "md", True) == "ATTACH 'md:sales'"


def test_programs_get_the_token_in_the_variable_that_motherduck_reads(vault: SecretsManager) -> None:
    variables = vault.environment(["md"])
    assert {name: value.expose() for name, value in variables.items()} == {
        "motherduck_token": TOKEN,
        "MOTHERDUCK_TOKEN": TOKEN,
    }


@pytest.mark.timeout(60)
def test_offline_it_says_that_the_extension_is_missing(vault: SecretsManager) -> None:
    with duckdb.connect() as con, pytest.raises(SecretError) as caught:
        vault.apply(con, "md")
    assert caught.value.code == 1019
    assert "motherduck" in caught.value.message
    assert "marker" not in f"{caught.value} {caught.value.hint}"
