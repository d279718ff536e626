"""Who makes a secret value closes it, errors included: each command fails in every way it can, and no value is left open.

Two numbers are held to none after each command: values that still live, and values that ended without having been closed,
which only the garbage collector has wiped.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pondpilot_secrets import KeychainUnavailableError, SecretsManager, SecureString
from pondpilot_secrets.commands.registry import COMMANDS
from pondpilot_secrets.interfaces.cli import app
from pondpilot_secrets.testing import Fail, Lose, MemoryItems, Tear, forget_items_of, items_of
from tests.secure.watching import Watch, watched

INTERNAL = 70
"""The exit status of an error that is no `SecretError`."""

FOR_EVER = float("inf")
SAVE = ("s3", "new", "key_id=env:KEY", "secret=env:VALUE")
WORDS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "add": (
        SAVE,
        ("s3", "prod", "key_id=env:KEY", "secret=env:VALUE"),
        (*SAVE, "use_ssl=maybe"),
        (*SAVE, "no_field=x"),
    ),
    "ls": ((), ("--type", "nonsense")),
    "show": (("prod",), ("gone",)),
    "reveal": (("prod", "secret"), ("gone", "secret"), ("prod", "no_field"), ("prod", "session_token")),
    "edit": (("prod", "secret=env:VALUE"), ("gone", "secret=env:VALUE"), ("prod", "use_ssl=env:VALUE")),
    "rename": (("prod", "other"), ("gone", "other"), ("prod", "warehouse")),
    "rm": (("prod", "--yes"), ("prod", "gone", "--yes")),
    "rotate": (
        ("prod", "secret=env:VALUE", "--no-test"),
        ("gone", "secret=env:VALUE"),
        ("warehouse", "password=env:VALUE"),
        ("prod", "use_ssl=env:VALUE", "--no-test"),
    ),
    "test": (("warehouse",), ("gone",), ("prod",)),
    "sql": (
        ("prod", "-c", "SELECT 1"),
        ("prod", "-c", "nonsense"),
        ("warehouse", "-c", "SELECT 1"),
        ("gone", "-c", "SELECT 1"),
    ),
    "shell": (("gone",), ("warehouse",)),
    "exec": (("gone", "--", "true"), ("prod", "--", "no-such-program")),
    "audit ls": ((), ("gone",)),
    "audit verify": ((),),
    "audit export": ((),),
    "audit restart": (("--reason", "a test"),),
    "doctor": ((),),
    "vault status": ((),),
    "vault init": ((),),
    "vault unlock": ((),),
    "vault limits": (("--use-all", "60/minute"), ("--use-all", "nonsense")),
    "vault presence": (("on",), ("off",), ("--grace", "-1")),
    "vault move": (("--to", "file"), ("--to", "nowhere"), ("--to", "memory")),
    "vault rekey": (("--key-file", "{folder}/new.key"), ("--key-file", "{folder}/no/new.key"), ()),
    "vault recovery-codes": ((),),
    "vault use-recovery-code": (
        ("--code-file", "{folder}/code", "--key-file", "{folder}/new.key"),
        ("--code-file", "{folder}/wrong-code", "--key-file", "{folder}/new.key"),
        ("--code-file", "{folder}/none", "--key-file", "{folder}/new.key"),
    ),
    "vault repair": (("--yes",),),
}
"""For each command what is typed after it: first in a way that works on a vault that is well, then in ways that do not."""

NEVER_WORKS_HERE = {
    "exec": "a program that is there takes the place of this process",
    "shell": "a shell wants a terminal",
    "test": "no server answers",
    "vault init": "the vault is there already",
}
"""Commands whose first line fails too."""


@dataclass
class World:
    """A vault with two secrets, the commands that work on it, and what they leave.

    Attributes:
        folder: where it lies, with its key file.
        store: the name of its store.
        variables: what the next commands find in their environment.
    """

    folder: Path
    store: str
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.folder / "vault"

    @property
    def items(self) -> MemoryItems:
        return items_of(self.home)

    def make(self) -> None:
        """Make the vault, and in an encrypted file a recovery code that opens it."""
        with SecretsManager.open(self.home, self.store, key_file=self.folder / "pond.key") as vault:
            vault.save_secret("s3", "prod", {"key_id": "AKIA", "secret": "marker-value"})
            fields = {"host": "127.0.0.1", "port": "1", "user": "ana", "password": "marker-value"}
            vault.save_secret("postgres", "warehouse", fields)
            codes = vault.make_recovery_codes(1) if self.store == "file" else []
        (self.folder / "wrong-code").write_text("AAAAA-AAAAA-AAAAA-AAAAA")
        for code in codes:
            with code:
                (self.folder / "code").write_text(code.expose())

    def pond(self, *words: str) -> tuple[int, Watch]:
        """Carry out a command line in this process, and return its exit status and what it left."""
        with watched() as watch, self._streams():
            status = app.run([word.format(folder=self.folder) for word in words])
        return status, watch

    @contextlib.contextmanager
    def _streams(self) -> Iterator[None]:
        before = sys.stdin, sys.stdout, sys.stderr
        with contextlib.ExitStack() as stack:
            sys.stdin = stack.enter_context(Path(os.devnull).open(encoding="utf-8"))
            sys.stdout = stack.enter_context((self.folder / "out").open("w", encoding="utf-8"))
            sys.stderr = stack.enter_context((self.folder / "err").open("w", encoding="utf-8"))
            try:
                yield
            finally:
                sys.stdin, sys.stdout, sys.stderr = before


def nothing(world: World) -> None:
    """All is well: what fails then is the command line."""


def locked(world: World) -> None:
    world.items.locked = True


def unreadable(world: World) -> None:
    for call in ("get", "get_many"):
        world.items.add_fault(Fail(KeychainUnavailableError("gone")), call=call, times=FOR_EVER)


def unwritable(world: World) -> None:
    for call in ("set", "set_many", "delete"):
        world.items.add_fault(Fail(KeychainUnavailableError("gone")), call=call, times=FOR_EVER)


def written_and_then_gone(world: World) -> None:
    for call in ("set", "set_many", "delete"):
        world.items.add_fault(Fail(KeychainUnavailableError("gone"), after=True), call=call, times=FOR_EVER)


def losing(world: World) -> None:
    for account in world.items.accounts():
        if not account.startswith("vault"):
            world.items.add_fault(Lose(), account=account, times=FOR_EVER)
            world.items.overwrite(account, None)


def torn(world: World) -> None:
    for account, payload in world.items.snapshot().items():
        world.items.overwrite(account, payload[: len(payload) // 2])


def torn_reply(world: World) -> None:
    world.items.add_fault(Tear(5), call="get_many", times=FOR_EVER)


def without_audit(world: World) -> None:
    with contextlib.closing(sqlite3.connect(world.home / "metadata.db")) as connection:
        connection.executescript(
            "CREATE TRIGGER broken BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no more audit'); END"
        )


def read_only(world: World) -> None:
    world.variables["POND_READ_ONLY"] = "1"


def another_key(world: World) -> None:
    (world.folder / "pond.key").write_bytes(b"another key, which opens nothing")


def other_bytes_in_the_file(world: World) -> None:
    with contextlib.closing(sqlite3.connect(world.home / "secrets.db")) as connection, connection:
        assert connection.execute("UPDATE items SET ciphertext = x'00' || substr(ciphertext, 2)").rowcount > 0


def without_metadata(world: World) -> None:
    (world.home / "metadata.db").write_bytes(b"this is no database, and was never one" * 200)


def at_the_limit(world: World) -> None:
    with SecretsManager.open(world.home, world.store, key_file=world.folder / "pond.key") as vault:
        vault.change_limits({"use_all": "1/day", "reveal_each": "1/day"})
        vault.get_secret("prod").close()
        vault.environment(["prod"])["AWS_ACCESS_KEY_ID"].close()


FAULTS: Mapping[str, tuple[Callable[[World], None], ...]] = {
    "memory": (
        nothing, locked, unreadable, unwritable, written_and_then_gone, losing, torn, torn_reply, without_audit, read_only,
        without_metadata, at_the_limit,
    ),
    "file": (nothing, another_key, other_bytes_in_the_file, without_audit, read_only, without_metadata),
}  # fmt: skip


@contextlib.contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def attempt(world: World, fault: Callable[[World], None], line: tuple[str, ...]) -> tuple[int, Watch]:
    """Carry out a command line on a new vault after something has gone wrong with it."""
    world.make()
    fault(world)
    settings = {"HOME": world.home, "KEY_FILE": world.folder / "pond.key", "STORE": world.store, "OFFLINE": "1"}
    variables = {f"POND_{name}": str(value) for name, value in settings.items()}
    with environment({**variables, "HOME": str(world.folder), "KEY": "AKIA", "VALUE": "marker", **world.variables}):
        status, watch = world.pond(*line)
    forget_items_of(world.home)
    assert status != INTERNAL, f"{line} after {fault.__name__}: {(world.folder / 'err').read_text('utf-8')}"
    return status, watch


@pytest.fixture(scope="module", autouse=True)
def _only_new_objects() -> Iterator[None]:
    """Spare each collection what the tests before have left: late in a whole run, one command would take minutes."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("command", WORDS)
def test_no_value_is_left_open(command: str, tmp_path: Path) -> None:
    left: dict[str, Watch] = {}
    worked = failed = 0
    cases = [(store, fault, words) for store in FAULTS for fault in FAULTS[store] for words in WORDS[command]]
    for number, (store, fault, words) in enumerate(cases):
        world = World(tmp_path / f"{number}", store)
        world.folder.mkdir()
        status, watch = attempt(world, fault, (*command.split(), *words))
        worked, failed = worked + (status == 0), failed + (status != 0)
        if watch.still_open or watch.dropped:
            left[f"{store} after {fault.__name__}: {' '.join(words)}"] = watch
    assert left == {}
    assert failed > 0
    assert (worked > 0) != (command in NEVER_WORKS_HERE)


def test_every_command_is_tried() -> None:
    assert set(WORDS) == {command.words for command in COMMANDS.values() if command.words is not None}


def test_a_value_that_nobody_closes_is_noticed() -> None:
    with watched() as watch:
        SecureString("dropped")
        kept = SecureString("kept")
        with SecureString("closed"):
            pass
    assert (len(watch.dropped), len(watch.still_open)) == (1, 1)
    kept.close()
