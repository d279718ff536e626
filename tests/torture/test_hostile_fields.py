"""Hostile texts in every field of every type: kept and handed to DuckDB exactly as they were, or refused with 1003."""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from pondpilot_secrets import SecretsManager, SecureString
from pondpilot_secrets.errors import InvalidCredentialsError
from pondpilot_secrets.secret_types.base import Field, FieldKind, Provider, SecretType
from pondpilot_secrets.secret_types.mapping import create_parameters
from tests.injection.helpers import connect, held, plain
from tests.secret_types.samples import FIELDS, valid_fields
from tests.torture.conftest import Figure
from tests.torture.hostile_texts import MADE, endless_texts
from tests.torture.scale import scaled
from tests.torture.tally import Tally
from tests.vault.stores import open_vault, unlimited

KNOWN_CASES, MADE_CASES, JSON_CASES = scaled(7_000, 150), scaled(2_000, 60), scaled(1_000, 40)
MAPS = (FieldKind.MAP, FieldKind.HEADER_MAP)
# These ask the machine they run on or a server when the secret is created; MotherDuck's extension needs a network to load.
NOT_APPLIED_HERE = {"credential_chain", "managed_identity", "motherduck", "env"}
LOGIN_AT_CREATION = {"client_id", "client_secret", "oauth2_server_uri", "oauth2_scope"}
SHOWN_AS = {
    ("postgres", "database"): ("dbname", ""),
    ("r2", "account_id"): ("endpoint", ".r2.cloudflarestorage.com"),
}
NOTE = "SELECT message FROM duckdb_logs WHERE type = 'QueryLog' AND message ILIKE '%SECRET%'"


class Bench:
    """A vault, and a DuckDB with a canary table and its query log on, that cases are carried out in."""

    def __init__(self, folder: Path, vault: SecretsManager) -> None:
        self.folder, self.vault, self.tally = folder, vault, Tally()
        self.con = connect()
        self.con.execute("CREATE TABLE canary AS FROM range(3)")
        self.con.execute("CALL enable_logging('QueryLog', storage = 'memory')")
        vault.save_secret("s3", "other", {"key_id": "k", "secret": "s"})

    def case(self, kind: SecretType, provider: Provider, field: Field, text: str) -> None:
        """Save, read back and apply one secret whose field holds the text."""
        fields: dict[str, Any] = {**self._companions(kind, provider, field), field.name: text}
        scope = "*" if kind.scope_required else None
        try:
            saved = self.vault.save_secret(kind.name, "case", fields, provider=provider.name, scope=scope)
        except InvalidCredentialsError as error:
            if field.kind is not FieldKind.REFERENCE:  # those name secrets, which is nothing to be hidden
                assert len(text) < 8 or text not in f"{error} {error.hint}"  # noqa: PT017
            self.tally.add("refused")
            return
        try:
            self._reads_back(field, text)
            self.tally.add("exact, in DuckDB too" if self._is_applied(kind, provider, field, fields) else "exact")
        finally:
            self.vault.delete_secret(saved.id)

    def _companions(self, kind: SecretType, provider: Provider, field: Field) -> dict[str, str]:
        return companions(kind.name, provider.name, field.name, self.folder)

    def _reads_back(self, field: Field, text: str) -> None:
        with self.vault.get_secret("case") as secret:
            found = secret.credentials[field.name].expose()
        if field.kind is FieldKind.BOOLEAN:
            assert found == str(text.strip().lower() in ("true", "yes", "on", "1")).lower()
        elif field.kind is FieldKind.CHOICE:
            assert found.lower() == text.lower()
        elif field.kind is FieldKind.REFERENCE:
            assert found == self.vault.find_secret(text).id
        else:
            assert found == text

    def _is_applied(self, kind: SecretType, provider: Provider, field: Field, fields: dict[str, Any]) -> bool:
        if {provider.name, kind.name} & NOT_APPLIED_HERE or (
            kind.name == "iceberg" and LOGIN_AT_CREATION & set(fields)
        ):
            return False
        self.con.execute("CALL truncate_duckdb_logs()")
        with self.vault.applied(self.con, "case") as names:
            cursor = self.con.cursor()
            rows = cursor.execute(
                "SELECT name FROM duckdb_secrets() WHERE name NOT LIKE '!_!_pond%' ESCAPE '!'"
            ).fetchall()
            expected = {"case", "other"} if self._refers(provider, fields) else {"case"}
            assert names == ["case"]
            assert {name for (name,) in rows} == expected
            self._arrived(kind, provider, field)
        self._nothing_happened(field, fields)
        return True

    @staticmethod
    def _refers(provider: Provider, fields: dict[str, Any]) -> bool:
        return any(each.kind is FieldKind.REFERENCE and each.name in fields for each in provider.fields)

    def _arrived(self, kind: SecretType, provider: Provider, field: Field) -> None:
        references = {each.name: "other" for each in provider.fields if each.kind is FieldKind.REFERENCE}
        with (
            self.vault.get_secret("case") as secret,
            create_parameters(kind, provider.name, secret.credentials, references) as made,
        ):
            sent = {key: plain(bound) for key, bound in made.values.items()}
        mine = {key: value for key, value in sent.items() if key == field.name} or sent
        for name, wanted in mine.items():
            key, ending = SHOWN_AS.get((kind.name, name), (name, ""))
            assert held(self.con, "case", key, wanted + ending if ending else wanted), (
                f"{kind.name} {field.name}: {key} did not arrive exactly"
            )

    def _nothing_happened(self, field: Field, fields: dict[str, Any]) -> None:
        """One CREATE for each secret of ours and one for our marker, no value in any, and the canary lives."""
        cursor = self.con.cursor()
        log = [message for (message,) in cursor.execute(NOTE).fetchall() if "duckdb_" not in message]
        created = [message for message in log if message.startswith("CREATE")]
        mine = [message for message in created if "__pondpilot_" not in message]
        assert len(created) - len(mine) == 1, created
        assert sorted({message.split('"')[1] for message in mine}) in (["case"], ["case", "other"]), mine
        assert len(mine) == len({message.split('"')[1] for message in mine}), mine
        assert all(HARMLESS.fullmatch(message) for message in log if not message.startswith("CREATE")), log
        value = str(fields[field.name])
        if len(value) >= 8 and not value.isidentifier():
            assert not any(value in message for message in log), log
        assert cursor.execute("SELECT count(*) FROM canary").fetchone() == (3,)


HARMLESS = re.compile(
    r'DROP TEMPORARY SECRET IF EXISTS "[^"]*"|SELECT \$\d+(, \$\d+)*|SELECT name, storage FROM which_secret\(\?, \?\)'
)
"""What else DuckDB is told: that a secret goes, blanks over what it freed, and whether a secret is still there."""


@cache
def companions(kind: str, provider: str, field: str, folder: Path) -> dict[str, str]:
    """Fields that make a secret whole around one of them."""
    found = next(each for each in FIELDS if (each[0].name, each[1].name, each[2].name) == (kind, provider, field))
    fields = valid_fields(*found[:2], folder, found[2])
    return {name: value.expose() for name, value in fields.items() if name != field}


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setenv("POND_OFFLINE", "1")
    with open_vault(tmp_path / "vault", "file") as vault:
        made = Bench(tmp_path, unlimited(vault))
        yield made
        made.con.close()


@pytest.mark.timeout(1200)
def test_known_hostile_texts_arrive_exactly_or_are_refused(bench: Bench, figure: Figure) -> None:
    # Every field meets the next text: their counts have no common divisor for long, so that all pairs come in time.
    pairs = zip(itertools.cycle(FIELDS), endless_texts(), strict=False)
    for (kind, provider, field), text in itertools.islice(pairs, KNOWN_CASES):
        bench.case(kind, provider, field, text)
    assert bench.tally.total == KNOWN_CASES
    assert bench.tally.counts["exact, in DuckDB too"] > KNOWN_CASES / 10
    figure(bench.tally.line("hostile input, known texts in fields"))


@pytest.mark.timeout(1200)
def test_made_up_texts_arrive_exactly_or_are_refused(bench: Bench, figure: Figure) -> None:
    targets = [each for each in FIELDS if each[2].sensitive or each[2].kind is FieldKind.TEXT]
    # By the text itself, because hypothesis carries out anew what failed.
    for_hypothesis(MADE_CASES, lambda text: bench.case(*targets[zlib.crc32(ascii(text).encode()) % len(targets)], text))
    assert bench.tally.total >= MADE_CASES
    figure(bench.tally.line("hostile input, texts that hypothesis made in fields"))


@pytest.mark.timeout(1200)
def test_hostile_names_and_values_of_json_maps_arrive_exactly_or_are_refused(bench: Bench, figure: Figure) -> None:
    targets = itertools.cycle(each for each in FIELDS if each[2].kind in MAPS)
    for text in itertools.islice(endless_texts(), JSON_CASES):
        entries = ({"X-Hostile": text}, {text: "value"}, {text: text, "X-Other": text})[bench.tally.total % 3]
        bench.case(*next(targets), json.dumps(entries, ensure_ascii=bench.tally.total % 2 == 0))
    assert bench.tally.total == JSON_CASES
    figure(bench.tally.line("hostile input, JSON maps"))


def for_hypothesis(count: int, carry_out: Callable[[str], None]) -> None:
    """Have hypothesis make that many texts, the same in every run."""

    @settings(
        max_examples=count, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(MADE)
    def run(text: str) -> None:
        carry_out(text)

    run()


@pytest.mark.parametrize(
    "value",
    [b"bytes", bytearray(b"b"), memoryview(b"b"), ["a"], object(), {"a": 1}, {1: "a"}, {"a": b"b"}, {"\ud800": "a"}],
)
def test_what_is_no_text_is_refused(bench: Bench, value: Any) -> None:
    for name in ("secret", "extra_http_headers"):
        with pytest.raises(InvalidCredentialsError):
            bench.vault.save_secret("s3", "case", {"key_id": "k", "secret": "s", name: value})
    with pytest.raises(InvalidCredentialsError):
        bench.vault.update_secret("other", fields={"secret": value})


def test_a_secure_string_that_is_not_utf8_is_refused(bench: Bench) -> None:
    with pytest.raises(InvalidCredentialsError, match="UTF-8"):
        bench.vault.save_secret("s3", "case", {"key_id": "k", "secret": SecureString(b"\xff\xfe")})


def test_a_map_never_makes_duckdb_forget_how_to_list_its_secrets(bench: Bench) -> None:
    fields = {"key_id": "k", "secret": "s"}
    for entries in ({"a": "1", "A": "2"}, {"": "x"}):
        with pytest.raises(InvalidCredentialsError):
            bench.vault.save_secret("s3", "case", {**fields, "refresh_info": entries})
    bench.vault.save_secret("s3", "case", {**fields, "refresh_info": {"key": "a", "value": "b"}})
    with contextlib.closing(duckdb.connect()) as con:
        bench.vault.apply(con, "case")
        assert len(con.execute("FROM duckdb_secrets()").fetchall()) == 2
