"""Failures of every kind with marker secrets: the marker is in no message, traceback, variable, log, audit row or reply."""

from __future__ import annotations

import itertools
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.interfaces.cli import prompt
from tests.integration.marker import MARKER, PLAIN_MARKER, files_with_a_marker, occurrences
from tests.services.echoing_server import FORMS, EchoingServer
from tests.torture import failing_here, failing_servers
from tests.torture.conftest import Figure
from tests.torture.in_process import pond
from tests.torture.leaks import NothingFailedError, shown_by
from tests.torture.scale import FULL, scaled
from tests.torture.tally import Tally
from tests.vault.stores import open_vault, unlimited

LEAST = scaled(500, 60)


class World(NamedTuple):
    """What failures are made with."""

    vault: SecretsManager
    folder: Path
    echo: EchoingServer
    servers: tuple[Any, ...]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[World]:
    names = ("postgres_server", "mariadb_server", *(("seaweedfs_server",) if FULL else ()))
    servers = tuple(request.getfixturevalue(name) for name in names)
    for name, value in {"OFFLINE": "1", "HOME": f"{tmp_path}/vault", "KEY_FILE": f"{tmp_path}/vault.key"}.items():
        monkeypatch.setenv(f"POND_{name}", value)
    monkeypatch.setenv("MARKER", MARKER)
    monkeypatch.setattr(prompt, "has_terminal", lambda: False)
    with EchoingServer(MARKER, PLAIN_MARKER) as echo, open_vault(tmp_path / "vault", "file") as vault:
        yield World(unlimited(vault), tmp_path, echo, servers)


@pytest.mark.timeout(1800)
def test_no_induced_failure_shows_a_value(world: World, figure: Figure) -> None:
    cases = [
        *failing_servers.cases(world.vault, world.echo, world.servers),
        *failing_here.cases(world.vault, world.folder),
        *command_lines(),
    ]
    assert len({name for name, _ in cases}) == len(cases), "two cases are the same"
    assert len(cases) >= 500
    tally, leaks = Tally(), []
    for name, action in cases if FULL else some_of_each(cases)[:LEAST]:
        try:
            # What was given for a name stays one in our frames: nobody can know that it is a value.
            shown = shown_by(action, frames=not name.startswith("name:"))
        except NothingFailedError as nothing:
            raise AssertionError(f"{name}: {nothing}") from None
        how = sorted(set(occurrences(shown.encode("utf-8", "replace"))))
        leaks += [f"{name}: {', '.join(how)}\n{where(shown)}"] if how else []
        tally.add(name.partition(":")[0])
    assert not leaks, f"{len(leaks)} leaks\n" + "\n".join(leaks[:20])
    assert tally.total >= LEAST
    assert files_with_a_marker(world.folder / "vault") == []
    figure(tally.line("induced errors without a trace of the value"))


def some_of_each(cases: list[tuple[str, Callable[[], Any]]]) -> list[tuple[str, Callable[[], Any]]]:
    """The cases in an order that is mixed but always the same, one of each group after the other."""
    random.Random(7).shuffle(cases)
    before: Counter[str] = Counter()
    turns = []
    for case in cases:
        group = case[0].partition(":")[0]
        turns.append(before[group])
        before[group] += 1
    return [case for _, case in sorted(zip(turns, cases, strict=True), key=lambda pair: pair[0])]


def command_lines() -> Iterator[tuple[str, Callable[[], Any]]]:
    """The same through the command line, in words, in JSON, and with the places in the code."""
    commands: list[tuple[str, ...]] = [
        *(
            ("sql", name, "-c", "SELECT 1")
            for name in ("postgres password", "mysql user", "lake_uri", "client", "changed 1", "duck")
        ),
        *(("sql", name, "-c", "FROM glob('s3://bucket/*')") for name in ("s3", "nobody")),
        *(("test", name) for name in ("postgres password", "mysql password", "lake_password", "unity", "quack")),
        *(
            (word, "gone", *more)
            for word, *more in (("reveal", "secret"), ("shell",), ("exec", "--", "true"), ("show",))
        ),
        ("add", "s3", "new", "key_id=k", f"secret={MARKER}"),
        ("add", "http", "new", "bearer_token=env:MARKER", "extra_http_headers=env:MARKER", "--scope", "*"),
        ("add", "s3", "new", "key_id=k", MARKER),
        ("edit", "s3", "use_ssl=env:MARKER"),
        ("edit", "postgres password", "uri=env:MARKER"),
    ]
    for words, mode in itertools.product(commands, ((), ("--json",), ("--trace",))):
        yield f"command line: {' '.join((*mode, *words))}", partial(pond, *mode, *words)


def where(shown: str) -> str:
    """The lines that show too much, for whoever has to mend it."""
    found = [
        line[:300] for line in shown.splitlines() if any(True for _ in occurrences(line.encode("utf-8", "replace")))
    ]
    return "\n".join(found[:4])


def test_what_is_looked_for_would_be_found() -> None:
    """The search knows every form that the echoing server writes, so that a leak could not hide in one."""
    blind = {"html-numbers", "escaped", "quoted-printable", "cut", "spaced"}
    for form in set(FORMS) - blind:
        assert list(occurrences(FORMS[form](f"x{MARKER}y").encode(), (MARKER,))), form

    def fails_loudly() -> None:
        value = MARKER
        raise ValueError(len(value), json.dumps(MARKER))

    assert list(occurrences(shown_by(fails_loudly).encode()))
