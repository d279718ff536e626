"""Hostile texts as names, tags, descriptions, scopes, aliases, searches and filters."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.errors import (
    InvalidCredentialsError,
    NameConflictError,
    NameTakenError,
    SecretError,
    SecretNotFoundError,
    UsageError,
)
from pondpilot_secrets.injection.quoting import MARKER_PREFIX, folded
from pondpilot_secrets.metadata.case_folding import fold
from pondpilot_secrets.metadata.full_text import FullTextIndex
from pondpilot_secrets.models import SecretMetadata
from tests.injection.helpers import connect
from tests.services.postgres import PostgresServer
from tests.torture.conftest import Figure
from tests.torture.hostile_texts import endless_texts, known_texts
from tests.torture.scale import scaled
from tests.torture.tally import Tally
from tests.vault.parts import parts
from tests.vault.stores import open_vault, unlimited

WORD_CASES, SEARCH_CASES, ALIAS_CASES = scaled(3_000, 120), scaled(5_000, 300), scaled(150, 6)
FIELDS = {"key_id": "k", "secret": "a value that nobody sees"}
REFUSED = (InvalidCredentialsError, NameTakenError)


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SecretsManager]:
    monkeypatch.setenv("POND_OFFLINE", "1")
    with open_vault(tmp_path / "vault", "file") as opened:
        yield unlimited(opened)


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with connect() as opened:
        opened.execute("CREATE TABLE canary AS FROM range(3)")
        yield opened


def as_name(vault: SecretsManager, con: duckdb.DuckDBPyConnection, text: str) -> None:
    saved = vault.save_secret("s3", text, FIELDS)
    assert saved.name == text == vault.find_secret(text).name == vault.find_secret(saved.id).name
    is_applied_as(vault, con, saved, text)


def as_new_name(vault: SecretsManager, con: duckdb.DuckDBPyConnection, text: str) -> None:
    vault.save_secret("s3", "before", FIELDS)
    assert vault.update_secret("before", name=text).name == text
    is_applied_as(vault, con, vault.find_secret(text), text)


def as_alias(vault: SecretsManager, con: duckdb.DuckDBPyConnection, text: str) -> None:
    is_applied_as(vault, con, vault.save_secret("s3", "plain", FIELDS), text or "plain", alias=text)


def is_applied_as(
    vault: SecretsManager, con: duckdb.DuckDBPyConnection, saved: SecretMetadata, name: str, alias: str | None = None
) -> None:
    """Hold that DuckDB has exactly this secret, under exactly this name, and the canary."""
    if alias == "id":
        name = saved.duckdb_alias
    with vault.applied(con, saved.name, alias=alias):
        rows = con.cursor().execute("SELECT name FROM duckdb_secrets()").fetchall()
        assert sorted(found for (found,) in rows if not found.startswith(MARKER_PREFIX)) == [folded(name)]
    assert con.execute("SELECT count(*) FROM canary").fetchone() == (3,)
    assert con.execute("SELECT count(*) FROM duckdb_secrets()").fetchone() == (0,)


def as_tag(vault: SecretsManager, _con: duckdb.DuckDBPyConnection, text: str) -> None:
    saved = vault.save_secret("s3", "tagged", FIELDS, tags=[text, "other"])
    expected = tuple(dict.fromkeys(tag for tag in (text.strip(), "other") if tag))
    assert saved.tags == vault.find_secret("tagged").tags == expected
    for tag in expected:
        assert [secret.name for secret in vault.list_secrets(tag=tag)] == ["tagged"]


def as_description(vault: SecretsManager, _con: duckdb.DuckDBPyConnection, text: str) -> None:
    vault.save_secret("s3", "told", FIELDS, description=text)
    assert vault.find_secret("told").description == (text or None)
    assert vault.update_secret("told", description=text + ".").description == text + "."


def as_scope(vault: SecretsManager, con: duckdb.DuckDBPyConnection, text: str) -> None:
    saved = vault.save_secret("s3", "scoped", FIELDS, scope=f"s3://{text}")
    assert len(saved.scopes) == 1
    assert saved.scopes[0] in (f"s3://{text}", f"s3://{text}/")
    with vault.applied(con, "scoped"):
        assert scopes_of(con, "scoped") == list(saved.scopes)
    for elsewhere in (f"s3://{text.partition('/')[0]}-evil/x", "s3://x" + saved.scopes[0]):
        if saved.scopes[0] not in ("s3://", "s3:///"):
            assert not elsewhere.startswith(saved.scopes[0]) or "/" in text


def as_scope_of_a_database(vault: SecretsManager, con: duckdb.DuckDBPyConnection, text: str) -> None:
    saved = vault.save_secret("postgres", "scoped", {"password": "p"}, scope=text)
    assert vault.find_secret("scoped").scopes == saved.scopes == (() if text == "*" else (text,))
    with vault.applied(con, "scoped"):
        assert scopes_of(con, "scoped") == []  # DuckDB's extension has no use for it


def scopes_of(con: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    row = con.cursor().execute("SELECT scope FROM duckdb_secrets() WHERE name = ?", [name]).fetchone()
    assert row is not None
    return list(row[0])


PLACES: tuple[Callable[[SecretsManager, duckdb.DuckDBPyConnection, str], None], ...] = (
    as_name, as_new_name, as_alias, as_tag, as_description, as_scope, as_scope_of_a_database,
)  # fmt: skip


@pytest.mark.timeout(1200)
def test_hostile_words_are_kept_exactly_or_refused(
    vault: SecretsManager, con: duckdb.DuckDBPyConnection, figure: Figure
) -> None:
    tally = Tally()
    for place, text in zip(itertools.cycle(PLACES), itertools.islice(endless_texts(), WORD_CASES), strict=False):
        try:
            place(vault, con, text)
            tally.add("exact")
        except REFUSED:
            tally.add("refused")
        except UsageError as error:
            assert text.lower().startswith(MARKER_PREFIX), error  # noqa: PT017
            tally.add("refused")
        vault.delete_secrets([secret.id for secret in vault.list_secrets()])
    assert con.execute("SELECT count(*) FROM canary").fetchone() == (3,)
    figure(tally.line("hostile input, names, tags, descriptions, scopes, aliases"))


@pytest.fixture
def full_of_them(vault: SecretsManager) -> SecretsManager:
    """A vault with the full-text index, and a secret for every hostile text that can be a name."""
    vault.save_secret("s3", "first", FIELDS)
    FullTextIndex(parts(vault).metadata.database, large=1).create_if_large()
    vault.delete_secret("first")
    for number, text in enumerate(known_texts()[:120]):
        for name in (text, f"secret {number}"):
            try:
                vault.save_secret("s3", name, FIELDS, tags=[text], description=text)
                break
            except SecretError:
                continue
    assert parts(vault).metadata._full_text.is_present()
    return vault


@pytest.mark.timeout(1200)
def test_hostile_searches_and_filters_find_what_is_there_and_nothing_else(
    full_of_them: SecretsManager, con: duckdb.DuckDBPyConnection, figure: Figure
) -> None:
    vault, tally = full_of_them, Tally()
    everything = vault.list_secrets()
    assert len(everything) > 100
    for number, text in enumerate(itertools.islice(endless_texts(), SEARCH_CASES)):
        way = (searched, tagged, typed, looked_up, partial(applied, con))[number % 5]
        tally.add(way(vault, everything, text))
    assert [secret.name for secret in vault.list_secrets()] == [secret.name for secret in everything]
    assert parts(vault).metadata.database.row("PRAGMA integrity_check")[0] == "ok"
    figure(tally.line("hostile input, searches, filters and look-ups"))


def searched(vault: SecretsManager, everything: list[SecretMetadata], text: str) -> str:
    try:
        found = {secret.id for secret in vault.list_secrets(search=text)}
    except UsageError:  # more than 100 words
        return "refused"
    words = fold(text).split()
    if not any("\ud800" <= letter <= "\udfff" for letter in text):
        assert found >= {secret.id for secret in everything if all(word in fold(secret.name) for word in words)}
    return "found" if found else "not found"


def tagged(vault: SecretsManager, everything: list[SecretMetadata], text: str) -> str:
    found = {secret.id for secret in vault.list_secrets(tag=text)}
    assert found == {secret.id for secret in everything if fold(text) in map(fold, secret.tags)}
    return "found" if found else "not found"


def typed(vault: SecretsManager, _everything: list[SecretMetadata], text: str) -> str:
    assert vault.list_secrets(type=text) == []
    return "not found"


def looked_up(vault: SecretsManager, everything: list[SecretMetadata], text: str) -> str:
    named = [secret for secret in everything if fold(secret.name) == fold(text)]
    try:
        assert [vault.find_secret(text)] == named
    except SecretNotFoundError:
        assert named == []
        return "not found"
    return "found"


def applied(con: duckdb.DuckDBPyConnection, vault: SecretsManager, everything: list[SecretMetadata], text: str) -> str:
    """What takes a name opens that secret or none, whatever the call."""
    calls: tuple[Callable[[], Any], ...] = (
        lambda: vault.get_secret(text).close(),
        lambda: vault.environment([text]),
        lambda: vault.describe_secret(text),
    )
    named = any(fold(secret.name) == fold(text) for secret in everything)
    for call in (*calls, lambda: vault.apply(con, text)):
        try:
            call()
            assert named
        except SecretNotFoundError:
            assert not named
        except UsageError:
            assert text.lower().startswith(MARKER_PREFIX)
    vault.clear_secrets(con)
    return "found" if named else "not found"


@pytest.mark.timeout(1200)
def test_a_database_is_attached_under_any_alias_or_none(
    vault: SecretsManager, postgres_server: PostgresServer, figure: Figure
) -> None:
    server, tally = postgres_server, Tally()
    fields = {"host": server.host, "port": server.port, "database": server.database}
    vault.save_secret("postgres", "shop", fields | {"user": server.user, "password": server.password})
    for text in itertools.islice(endless_texts(), ALIAS_CASES):
        with connect() as con:
            con.execute("CREATE TABLE canary AS FROM range(3)")
            try:
                assert vault.attach(con, "shop", as_=text) == text
                names = con.execute("SELECT database_name FROM duckdb_databases() WHERE NOT internal").fetchall()
                assert sorted(names) == sorted([("memory",), (text,)])
                tally.add("exact")
            except (InvalidCredentialsError, NameConflictError):
                tally.add("refused")
            assert con.execute("SELECT count(*) FROM canary").fetchone() == (3,)
    figure(tally.line("hostile input, aliases of databases"))
