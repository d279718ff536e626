"""Threads, processes and people at once: nobody waits for ever, and nothing is held while a person is asked."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import duckdb
import pytest

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.commands.query import QueryRequest
from pondpilot_secrets.commands.registry import dispatch
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.secure import SecureString
from tests.vault.stores import open_vault, unlimited

VALUES = {"key_id": "K", "secret": "the-value"}
PATIENCE = 20


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "vault"
    with SecretsManager.open(home, "file", passphrase="horse") as vault:
        vault.save_secret("s3", "lake", VALUES)
    return home


def run_all(*works) -> list[BaseException]:
    """Run each in a thread of its own, and give what they raised; fails when one does not end."""
    errors: list[BaseException] = []

    def run(work) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            errors.append(error)

    threads = [threading.Thread(target=run, args=(work,), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    end = time.monotonic() + PATIENCE
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    assert not any(thread.is_alive() for thread in threads), "they wait for each other"
    return errors


@pytest.mark.parametrize("attempt", range(3))
def test_a_reader_and_a_writer_that_open_the_vault_together_both_end(home: Path, attempt: int) -> None:
    asked = threading.Event()

    def passphrase(_new: bool) -> SecureString:
        asked.set()
        time.sleep(0.2)
        return SecureString("horse")

    with SecretsManager.open(home, "file", passphrase=passphrase) as vault:

        def edit() -> None:
            asked.wait(PATIENCE)
            vault.update_secret("lake", tags=[f"tag{attempt}"])

        assert run_all(lambda: vault.get_secret("lake").close(), edit) == []
        assert vault.find_secret("lake").tags == (f"tag{attempt}",)


def test_locking_beside_readers_and_writers_stops_nobody(home: Path) -> None:
    with SecretsManager.open(home, "file", passphrase="horse") as vault:
        unlimited(vault)
        end = time.monotonic() + 2

        def read() -> None:
            while time.monotonic() < end:
                vault.get_secret("lake").close()

        def edit() -> None:
            while time.monotonic() < end:
                vault.update_secret("lake", tags=["busy"])

        def lock() -> None:
            while time.monotonic() < end:
                vault.lock()
                time.sleep(0.05)

        errors = run_all(read, read, edit, lock)
        assert [error for error in errors if isinstance(error, (AttributeError, TypeError))] == []
        vault.get_secret("lake").close()


@pytest.mark.parametrize("what", ["tags", "fields"])
def test_nobody_waits_while_a_person_is_asked_for_the_passphrase(home: Path, what: str) -> None:
    changes = {"tags": ["new"]} if what == "tags" else {"fields": {"secret": "new"}}
    took = []

    def passphrase(_new: bool) -> SecureString:
        began = time.monotonic()
        with SecretsManager.open(home, "file", passphrase="horse") as other:
            other.get_secret("lake").close()
            other.save_secret("s3", "another", VALUES)
        took.append(time.monotonic() - began)
        return SecureString("horse")

    with SecretsManager.open(home, "file", passphrase=passphrase) as vault:
        vault.update_secret("lake", **changes)
    assert took[0] < 3


def test_a_query_that_ends_leaves_the_secrets_of_another_on_the_same_file(tmp_path: Path) -> None:
    file = tmp_path / "shared.duckdb"
    duckdb.connect(str(file)).close()
    with open_vault(tmp_path / "queries", "file") as vault:
        vault.save_secret("http", "api", {"token": "t"}, scope="https://api.example.com/")
        vault.save_secret("s3", "lake", VALUES)
    variables = {"home": tmp_path / "queries", "key_file": tmp_path / "queries.key"}
    with Session(**variables) as first, Session(**variables) as second:
        names = "SELECT name FROM duckdb_secrets() WHERE type IN ('http', 's3') AND name NOT LIKE '\\_%' ESCAPE '\\'"
        slow = dispatch(first, "query", QueryRequest(f"{names}; {names}", ("api",), str(file)))
        assert next(slow).rows == (("api",),)
        done = dispatch(second, "query", QueryRequest(f"{names} ORDER BY name", ("lake", "api"), str(file)))
        assert [batch.rows for batch in done] == [(("api",), ("lake",))]
        assert [batch.rows for batch in slow] == [(("api",),)]
