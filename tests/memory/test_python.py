"""From the store into DuckDB and out again, in Python: how many copies there are at each step, and where.

Counted are copies in any encoding, and pieces of them from 16 letters on. `Copy.spilled` is left out, and has a test of
its own.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from pondpilot_secrets.vault.drafts import Draft
from tests.memory.scan import Copy
from tests.memory.shapes import MARKER, SHAPES
from tests.memory.watched import Watched
from tests.services.fixtures import running
from tests.services.postgres import PostgresServer
from tests.vault.stores import open_vault

ONE_BY_ONE = "\n".join(f"with vault.applied(con, {name!r}): here({name!r})" for name in SHAPES)
OPEN = """
with vault.get_secret("ascii") as secret:
    here("open")
for name in {names}:
    vault.get_secret(name).close()
here("wiped")
"""


def unprotected(found: list[Copy]) -> list[str]:
    """What was found outside of our own locked pages."""
    return [str(copy) for copy in found if not copy.mapping.protected and not copy.spilled]


def test_an_open_secret_is_in_protected_memory_once_and_a_closed_one_nowhere(filled: Path, store: str) -> None:
    with Watched(filled, store, OPEN.format(names=list(SHAPES))) as program:
        opened = program.copies("open", MARKER)
        assert [copy.whole for copy in opened if copy.mapping.protected] == [True]
        assert unprotected(opened) == []
        assert not [copy for copy in program.copies("wiped", MARKER) if not copy.spilled]


def test_pieces_on_the_stack_are_of_the_dynamic_linker(filled: Path, store: str) -> None:
    """Where every function is looked up beforehand, no register is saved, and nothing at all is left."""
    with Watched(filled, store, OPEN.format(names=list(SHAPES)), LD_BIND_NOW="1") as program:
        assert [copy.mapping.protected for copy in program.copies("open", MARKER)] == [True]
        assert program.copies("wiped", MARKER) == []


def test_an_applied_secret_is_in_duckdb_once_and_nowhere_else(filled: Path, store: str) -> None:
    with Watched(filled, store, ONE_BY_ONE) as program:
        for name in SHAPES:
            found = program.copies(name, MARKER)
            assert [copy.whole for copy in found if not copy.spilled] == [True], f"{name}: {[*map(str, found)]}"
            assert not any(copy.mapping.protected for copy in found)
        assert unprotected(program.copies("done", MARKER)) == []
        assert unprotected(program.copies("closed", MARKER)) == []


def test_clearing_leaves_no_copy(filled: Path, store: str) -> None:
    names = [name for name in SHAPES if name != "basic"]
    code = f"vault.apply(con, *{names})\nhere('applied')\nvault.clear_secrets(con)\nhere('cleared')"
    with Watched(filled, store, code) as program:
        assert len(unprotected(program.copies("applied", MARKER))) == len(names)
        assert program.copies("cleared", MARKER) == []
        assert program.copies("closed", MARKER) == []


IN_A_HOST = range(3)
"""Whole copies in memory that DuckDB freed: mostly 0 or 1. In such a program nobody tells glibc to overwrite it."""


def test_in_a_program_of_somebody_else_clearing_leaves_two_copies_at_most(filled: Path, store: str) -> None:
    names = [name for name in SHAPES if name != "basic"]
    code = f"vault.apply(con, *{names})\nhere('applied')\nvault.clear_secrets(con)\nhere('cleared')"
    with Watched(filled, store, code, WATCH_AS_HOST="1") as program:
        applied = [copy for copy in program.copies("applied", MARKER) if copy.whole]
        assert len(applied) - len(names) in IN_A_HOST, [*map(str, applied)]
        left = [copy for copy in program.copies("cleared", MARKER) if copy.whole]
        assert len(left) in IN_A_HOST, [*map(str, left)]


def test_two_hundred_secrets_in_one_batch_leave_no_copy(home: Path, store: str) -> None:
    names = [f"s{number}" for number in range(200)]
    with open_vault(home, store) as vault:
        vault.save_secrets([Draft("s3", name, {"key_id": "K", "secret": f"{MARKER}-{name}"}) for name in names])
    code = f"""
names = {names}
opened = vault.get_secrets(names)
here("open")
for secret in opened:
    secret.close()
here("wiped")
vault.apply(con, *names)
here("applied")
vault.clear_secrets(con)
here("cleared")
"""
    with Watched(home, store, code) as program:
        opened = program.copies("open", MARKER)
        assert sum(copy.mapping.protected for copy in opened) == len(names)
        assert unprotected(opened) == []
        assert unprotected(program.copies("wiped", MARKER)) == []
        assert len(unprotected(program.copies("applied", MARKER))) == len(names)
        assert unprotected(program.copies("cleared", MARKER)) == []


def test_a_saved_and_an_edited_secret_leave_no_copy_in_the_process_that_wrote_it(home: Path, store: str) -> None:
    """The value comes from a file, straight into a SecureString, as the command line reads it."""
    path = home.with_suffix(".value")
    path.write_text(MARKER)
    code = f"""
from pathlib import Path
from pondpilot_secrets.interfaces.cli.fields import _file
vault.save_secret("postgres", "it", {{"host": "h", "password": _file(None, Path({str(path)!r}))}}, tags=["a"])
here("saved")
vault.update_secret("it", fields={{"user": "ana"}})
vault.update_secret("it", tags=["b"])
here("edited")
"""
    with Watched(home, store, code) as program:
        found = program.copies("saved", MARKER)
        assert unprotected(found) == []
        assert unprotected(program.copies("edited", MARKER)) == []
        assert [*map(str, program.copies("closed", MARKER))] == []


class MarkedServer(PostgresServer):
    password = MARKER


@pytest.fixture(scope="module")
def marked_server():
    yield from running(MarkedServer())


WHILE_ATTACHED = range(3, 9)
"""DuckDB's secret, the connection strings of the catalog and of its connections, and what libpq keeps of them."""

AFTER_DETACH = range(4)
"""Connection strings that threads of DuckDB's freed: none in most runs, up to three were seen on a busy machine."""

ATTACHED = """
vault.attach(con, "shop")
here("attached")
con.execute("DETACH shop")
vault.clear_secrets(con)
here("detached")
assert vault.test_secret("shop").ok
here("tested")
"""


def test_a_detached_database_and_a_tested_secret_leave_no_copy(
    home: Path, store: str, marked_server: MarkedServer
) -> None:
    server = marked_server
    fields = {"host": server.host, "port": server.port, "user": server.user, "database": server.database}
    with open_vault(home, store) as vault:
        vault.save_secret("postgres", "shop", {**fields, "password": MARKER})
    with Watched(home, store, ATTACHED) as program:
        attached = program.copies("attached", MARKER)
        assert not any(copy.mapping.protected for copy in attached)
        assert len(attached) in WHILE_ATTACHED, [*map(str, attached)]
        detached = unprotected(program.copies("detached", MARKER))
        assert len(detached) in AFTER_DETACH, detached
        tested = unprotected(program.copies("tested", MARKER))
        assert len(tested) in AFTER_DETACH, tested


CACHED = """
import time
for _ in range(3):
    vault.get_secret("it").close()
here("cached")
time.sleep(1.5)
here("expired")
"""


def test_a_cached_secret_lies_once_in_protected_memory_and_nowhere_when_its_time_is_over(
    home: Path, store: str
) -> None:
    with open_vault(home, store) as vault:
        vault.save_secret("s3", "it", {"key_id": "k", "secret": MARKER})
    with Watched(home, store, CACHED, POND_CACHE_SECONDS="1") as program:
        cached = [copy for copy in program.copies("cached", MARKER) if not copy.spilled]
        assert [copy.mapping.protected for copy in cached] == [True], [*map(str, cached)]
        assert [str(copy) for copy in program.copies("expired", MARKER) if not copy.spilled] == []
