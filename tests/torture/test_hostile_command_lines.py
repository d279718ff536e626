"""Hostile texts as words of the command line, as variables, in the shell: a plain answer that steers no terminal."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.commands.problem_details import ProblemDetails
from pondpilot_secrets.errors import InvalidCredentialsError
from pondpilot_secrets.injection.quoting import folded, identifier
from pondpilot_secrets.injection.shell_script import ShellScriptBuilder
from pondpilot_secrets.interfaces.cli import duckdb_shell, prompt
from tests.interfaces.cli.pond import Ended, Pond
from tests.torture.conftest import Figure
from tests.torture.hostile_texts import SHELL, SQL, endless_texts, known_texts
from tests.torture.in_process import pond
from tests.torture.scale import scaled
from tests.torture.tally import Tally
from tests.vault.stores import open_vault, unlimited

WORD_CASES, VARIABLE_CASES = scaled(1_600, 100), scaled(200, 20)
PROCESS_CASES, SHELL_CASES = scaled(40, 3), scaled(60, 12)
CANARY = "value-that-nobody-sees-7f3a"
# 1002, 1003, 1008, 1009 and 1022 of errors.py; 0 and 1 are no errors, 2 is for words that make no sense, 127 of a shell.
FORESEEN = {0, 1, 2, 11, 12, 17, 18, 31}
STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

Words = tuple[str, ...]
COMMANDS: tuple[Callable[[str], Words], ...] = (
    lambda text: ("add", "http", text, "bearer_token=env:CANARY", "--scope", "*"),
    lambda text: ("add", text, "x", "a=b"),
    lambda text: ("add", "s3", "x", text),
    lambda text: ("add", "s3", "x", f"key_id={text}", "secret=env:CANARY"),
    lambda text: ("add", "s3", "x", "key_id=k", f"secret={text}"),
    lambda text: ("add", "s3", "x", "key_id=k", "secret=env:HOSTILE", "--tag", text, "--description", text),
    lambda text: ("add", "http", "x", "bearer_token=env:HOSTILE", "--scope", text),
    lambda text: ("add", "s3", "x", "--provider", text),
    lambda text: ("add", "--fields", text),
    lambda text: ("ls", text),
    lambda text: ("ls", "--tag", text, "--type", "s3"),
    lambda text: ("ls", "--type", text),
    lambda text: ("ls", "--limit", text),
    lambda text: ("show", text),
    lambda text: ("edit", "base", "--tag", text, "--description", text),
    lambda text: ("edit", "base", text),
    lambda text: ("edit", text, "--tag", "x"),
    lambda text: ("rename", "base", text),
    lambda text: ("rm", "--yes", text),
    lambda text: ("reveal", text, "secret"),
    lambda text: ("reveal", "base", text),
    lambda text: ("test", text),
    lambda text: ("test", "web", "--target", text, "--timeout", "0.01"),
    lambda text: ("test", "nobody", "--timeout", text),
    lambda text: ("sql", text, "-c", "SELECT 1"),
    lambda text: ("sql", "-c", f"SELECT {sql(text)} AS {sql(text, chr(34))}"),
    lambda text: ("sql", "-c", "SELECT 1", "--format", text),
    lambda text: ("sql", "--database", f"/nonexistent/{text}", "-c", "SELECT 1"),
    lambda text: ("sql", "-f", text),
    lambda text: ("vault", text),
    lambda text: ("vault", "move", "--to", text),
    lambda text: ("completion", text),
    lambda text: (text,),
    lambda text: (text, text),
    lambda text: ("--" + text, "ls"),
)


def sql(text: str, quote: str = "'") -> str:
    return quote + text.replace(quote, quote * 2) + quote


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A vault with two secrets, and an environment that leads to it; nobody can be asked anything."""
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    home = tmp_path / "vault"
    variables = {"POND_HOME": str(home), "POND_STORE": "file", "POND_KEY_FILE": str(home.with_suffix(".key"))}
    for name, value in {**variables, "POND_OFFLINE": "1", "CANARY": CANARY}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(prompt, "has_terminal", lambda: False)
    with open_vault(home, "file") as vault:
        unlimited(vault).save_secret("s3", "base", {"key_id": "k", "secret": CANARY})
        vault.save_secret("http", "web", {"bearer_token": CANARY}, scope="http://127.0.0.1:9/")
    return home


def judged(ended: Ended, words: Words) -> str:
    """Hold that an answer is one that a person can read, and return what it was."""
    told = f"{words!r}: {ended.status}\n{ended.out[-500:]}\n{ended.err[-500:]}"
    assert ended.status in FORESEEN, told
    assert not STEERING.search(ended.out + ended.err), told
    assert "Traceback" not in ended.out + ended.err, told
    assert CANARY not in ended.err, told
    if ended.status < 2:
        return "accepted"
    if "--json" in words:
        assert set(json.loads(ended.err)["error"]) == {field.name for field in fields(ProblemDetails)}, told
    else:
        assert re.match(r"error \d{4}: ", ended.err), told
    return "refused"


def as_words(text: str) -> str:
    """What can be a word of a command line at all: no NUL, and surrogates only as Python makes them of odd bytes."""
    return os.fsdecode(text.replace("\0", "").encode("utf-8", "surrogatepass"))


@pytest.mark.timeout(1200)
def test_hostile_words_are_answered_plainly(home: Path, monkeypatch: pytest.MonkeyPatch, figure: Figure) -> None:
    tally = Tally()
    for command, text in zip(itertools.cycle(COMMANDS), itertools.islice(endless_texts(), WORD_CASES), strict=False):
        monkeypatch.setenv("HOSTILE", as_words(text))
        words = command(as_words(text))
        if tally.total % 2:
            words = (*words, "--json")
        if words[0] in ("shell", "exec"):  # that would take this process's place
            continue
        tally.add(judged(pond(*words), words))
        put_back(home)
    assert tally.total >= WORD_CASES - 10
    assert list(Path.cwd().iterdir()) == []
    figure(tally.line("hostile input, words of the command line"))


def put_back(home: Path) -> None:
    """Bring the vault back to its two secrets."""
    with open_vault(home, "file") as vault:
        there = {secret.name for secret in vault.list_secrets()}
        if there != {"base", "web"}:
            vault.delete_secrets([secret.id for secret in vault.list_secrets()])
            vault.save_secret("s3", "base", {"key_id": "k", "secret": CANARY})
            vault.save_secret("http", "web", {"bearer_token": CANARY}, scope="http://127.0.0.1:9/")


@pytest.mark.timeout(1200)
def test_hostile_variables_are_answered_plainly(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, figure: Figure
) -> None:
    tally = Tally()
    names = ("POND_STORE", "POND_OFFLINE", "POND_HOME", "POND_KEY_FILE", "POND_PASSPHRASE_FILE")
    texts = (text for text in endless_texts() if ".." not in text)
    for name, text in zip(itertools.cycle(names), itertools.islice(texts, VARIABLE_CASES), strict=False):
        value = as_words(text)
        if name.endswith(("HOME", "FILE")):
            value = value if value.startswith("~") else f"{tmp_path}/made/{value}"
        with monkeypatch.context() as changed:
            changed.setenv(name, value)
            words = ("vault", "unlock") if "FILE" in name else ("vault", "status")
            ended = pond(*words, *(["--json"] if tally.total % 2 else []))
        assert ended.status in FORESEEN | {15, 27}, (name, value, ended)  # 1006: it does not open; 1018: not to be made
        assert not STEERING.search(ended.out + ended.err), (name, value, ended)
        tally.add("refused" if ended.status else "accepted")
    figure(tally.line("hostile input, POND_ variables"))


@pytest.fixture
def process(tmp_path: Path) -> Pond:
    made = Pond(tmp_path, {"CANARY": CANARY})
    made.ok("add", "s3", "base", "key_id=k", "secret=env:CANARY")
    return made


@pytest.mark.timeout(600)
def test_hostile_words_of_real_processes_are_answered_plainly(process: Pond, figure: Figure) -> None:
    tally = Tally()
    commands = (*COMMANDS[:30], lambda text: ("exec", text, "--", "true"))
    texts = itertools.islice(endless_texts(), 3, 3 + PROCESS_CASES)
    for command, text in zip(itertools.cycle(commands[::7]), texts, strict=False):
        words = command(as_words(text)[:10_000])
        tally.add(judged(process(*words), words))
    assert process("exec", "base", "--", "").status == 127
    figure(tally.line("hostile input, real processes"))


@pytest.mark.timeout(600)
def test_hostile_names_scopes_and_values_cannot_steer_the_shell(process: Pond, tmp_path: Path, figure: Figure) -> None:
    tally, kept = Tally(), dict[str, str]()
    with SecretsManager.open(tmp_path / "vault", "file", key_file=tmp_path / "pond.key") as vault:
        for number, text in enumerate(itertools.islice(known_texts(), SHELL_CASES)):
            fields = {"key_id": "k", "secret": CANARY, "http_proxy": "proxy", "http_proxy_username": text}
            try:
                vault.save_secret("s3", f"{number} {text}", fields, scope=f"s3://{text}")
            except InvalidCredentialsError:
                tally.add("refused")
            else:
                kept[folded(f"{number} {text}")] = text
                tally.add("exact")
    listing = f"COPY (SELECT name, secret_string FROM duckdb_secrets()) TO '{tmp_path}/listing.json' (ARRAY true)"
    process.ok("shell", *kept, "-c", listing)
    shown = {row["name"]: row["secret_string"] for row in json.loads((tmp_path / "listing.json").read_text())}
    assert set(shown) == set(kept)
    for name, text in kept.items():
        assert f"http_proxy_username={text};" in shown[name] + ";"
    assert not list(tmp_path.rglob("pwned"))
    figure(tally.line("hostile input, DuckDB's own shell"))


def test_a_line_end_in_what_is_attached_begins_no_command_of_the_shell(tmp_path: Path) -> None:
    program = duckdb_shell.find()
    assert program is not None, "the package duckdb-cli is part of [dev]"
    hostile = [text for text in (*SQL, *SHELL) if "\n" in text]
    builder = ShellScriptBuilder()
    for text in hostile:
        builder.attach(f"ATTACH ':memory:' AS {identifier(text)}")
    with builder.finish() as script:
        path = tmp_path / "script.sql"
        path.write_text(script.text("/dev/null"))
    query = "SELECT database_name AS name FROM duckdb_databases() WHERE NOT internal"
    command = [program.path, "-init", str(path), "-json", "-c", query]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True, timeout=60)
    names = {row["name"] for row in json.loads(done.stdout[done.stdout.index(b"[{") :])}
    assert names == {"memory", *hostile}
    assert sorted(each.name for each in tmp_path.iterdir()) == ["script.sql"]
