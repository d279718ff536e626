"""The vault that is crashed: its workers, the journal of what they acknowledged, and the look at what is left."""

from __future__ import annotations

import contextlib
import json
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.keychain.system_store import open_system_keychain
from pondpilot_secrets.models import SecretState
from tests.torture.operations import Model, Operation, after, carry_out, chosen, found
from tests.vault.parts import parts
from tests.vault.stores import unlimited


class Worker:
    """A process that has loaded everything and waits for its line."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "tests.torture.crash_worker", *arguments]
        pipe = subprocess.PIPE
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `end`
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=self._errors, text=True)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._orders, self._words = self.process.stdin, self.process.stdout

    def begin(self, line: str) -> None:
        self._orders.write(line + "\n")
        self._orders.close()

    def first_word(self) -> list[list[Any]]:
        """Wait for the first thing it says; nothing where it died before."""
        return _whole([self._words.readline()])

    def end(self, *, kill: bool) -> tuple[list[list[Any]], int, str]:
        """Wait for its end; return the rest of what it said, its exit status and its standard error."""
        if kill:
            self.process.kill()
        journal = _whole(self._words)
        status = self.process.wait(60)
        self._errors.seek(0)
        errors = self._errors.read().decode()
        for file in (self._orders, self._words, self._errors):
            file.close()
        return journal, status, errors


def _whole(lines: Iterable[str]) -> list[list[Any]]:
    """Read a journal; of the line in which the writer was killed nothing counts, as nothing was begun or done by then."""
    return [json.loads(line) for line in lines if line.endswith("\n")]


class CrashedVault:
    """One vault, and all that a test knows of it."""

    def __init__(self, folder: Path, store: str, *, with_key: bool) -> None:
        self.home, self.first_key = folder / "vault", folder / "first.key"
        self.store = store
        # A vault that is rekeyed has to remember where its key is; one that is moved is told.
        self.key = str(self.first_key) if with_key else ""
        self.model: Model = {}
        self.acknowledged = self.recovered = self.half_done = self.in_operation = self.kills = 0
        self.strangers = set(system_accounts())
        key_file = self.first_key if store == "file" or with_key else None
        with SecretsManager.open(self.home, store, key_file=key_file) as vault:
            assert parts(vault).audit.verify().ok
            unlimited(vault)

    def worker(self, seed: str = "", kinds: str = "") -> Worker:
        return Worker(str(self.home), "auto", self.key, seed, kinds)

    def keep_between(self, fewest: int, most: int, rng: random.Random) -> None:
        """Save or delete secrets until there are so many."""
        with SecretsManager.open(self.home, key_file=self.key or None) as vault:
            while not fewest <= len(self.model) <= most:
                operation = chosen(rng, ["save" if len(self.model) < fewest else "delete"], list(self.model))
                carry_out(vault, operation)
                self.model = after(self.model, operation)

    def look(self, journal: list[list[Any]]) -> None:
        """Take the journal of a dead worker into the model, and hold the vault against it."""
        self.kills += 1
        self.half_done += self._is_half_done()
        begun = self._acknowledge(journal)
        with SecretsManager.open(self.home, key_file=self.key or None) as vault:
            self._hold(vault, begun)

    def _acknowledge(self, journal: list[list[Any]]) -> Operation | None:
        begun: Operation | None = None
        for word, detail in journal:
            if word == "begin":
                begun = detail
            elif word == "done" and begun is not None:
                self.model, begun = after(self.model, begun), None
                self.acknowledged += 1
        self.in_operation += begun is not None
        return begun

    def _is_half_done(self) -> bool:
        """Whether the vault's own records tell of something unfinished, before anybody mends it."""
        with contextlib.closing(sqlite3.connect(self.home / "metadata.db")) as connection:
            rows = connection.execute("SELECT count(*) FROM secrets WHERE state <> 'ready'").fetchone()[0]
            moves = connection.execute(
                "SELECT count(*) FROM settings WHERE key IN ('moving_from', 'moving_to', 'next_key_file')"
            ).fetchone()[0]
        return bool(rows or moves)

    def _hold(self, vault: SecretsManager, begun: Operation | None) -> None:
        present = found(vault)
        possible = [self.model] if begun is None else [self.model, after(self.model, begun)]
        assert present in possible, f"{short(begun)}: {differences(present, possible[0])}"
        self.recovered += begun is not None and present != self.model
        self.model = present
        assert parts(vault).metadata.incomplete_writes() == []
        assert {row.state for row in vault.list_secrets()} <= {SecretState.READY}
        self._hold_no_orphan(vault)
        verified = parts(vault).audit.verify()
        assert verified.ok, verified
        assert verified.rows >= self.acknowledged

    def _hold_no_orphan(self, vault: SecretsManager) -> None:
        store = parts(vault).metadata.setting("store")
        items = set(parts(vault).keychain.list_accounts())
        known = {row.account for row in vault.list_secrets()} | {f"vault:{parts(vault).metadata.setting('vault_id')}"}
        in_system = set(system_accounts()) - self.strangers
        if store == "system":
            assert items - self.strangers == known
            left = [path.name for path in self.home.glob("secrets.db*")]
            assert left == [], dict(parts(vault).metadata.database.rows("SELECT key, value FROM settings"))
        else:
            assert items == known
            assert in_system == set()


def system_accounts() -> list[str]:
    keychain = open_system_keychain()
    try:
        return keychain.list_accounts()
    finally:
        keychain.close()


def differences(present: Model, expected: Model) -> str:
    """Name what differs, without a screenful of values."""
    names = [name for name in present.keys() | expected.keys() if present.get(name) != expected.get(name)]
    return "; ".join(f"{name}: {short(expected.get(name))} became {short(present.get(name))}" for name in names)


def short(secret: object) -> str:
    return str(secret)[:200]


def killed_after(worker: Worker, seconds: float, *, once_ready: bool) -> list[list[Any]]:
    """Let a worker run for so long, kill it, and return its journal."""
    worker.begin("go")
    first = worker.first_word() if once_ready else []
    time.sleep(seconds)
    journal, status, errors = worker.end(kill=True)
    assert status == -signal.SIGKILL, errors
    return first + journal


def killed_at(worker: Worker, step: int, operations: list[Operation]) -> tuple[list[list[Any]], int]:
    """Let a worker kill itself at a step; return its journal and how many steps there were, 0 where it died."""
    worker.begin(f"go {step} {json.dumps(operations)}")
    journal, status, errors = worker.end(kill=False)
    assert status in (0, -signal.SIGKILL), errors
    if status == 0:
        assert journal[-1][0] == "steps", errors
        return journal[:-1], int(journal[-1][1])
    return journal, 0
