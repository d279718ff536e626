"""A writer that is to be killed: `python -m tests.torture.crash_worker HOME STORE KEY SEED OPERATIONS`.

It waits for a line, opens the vault, and changes it without end, saying of each operation when it begins and when it is
done. The line is `go`, or `go N` with operations in JSON after it: then it kills itself at the N-th step of them, a step
being each statement that SQLite runs and each exchange with the D-Bus; with N 0 it only counts the steps.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import sys
from collections.abc import Callable
from typing import Any

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.keychain import bus as buses
from tests.torture.operations import Operation, carry_out, chosen
from tests.vault.parts import parts


def say(word: str, detail: object = None) -> None:
    os.write(1, json.dumps([word, detail]).encode() + b"\n")


def without_end(vault: SecretsManager, rng: random.Random, kinds: list[str]) -> None:
    while True:
        operation = chosen(rng, kinds, [row.name for row in vault.list_secrets()])
        one(vault, operation)


def one(vault: SecretsManager, operation: Operation) -> None:
    say("begin", operation)
    carry_out(vault, operation)
    say("done")


class Steps:
    """Counts what an operation does to the world, and dies at one of its steps."""

    def __init__(self, fatal: int) -> None:
        self.fatal = fatal
        self.count = 0
        self.counting = False
        real_connect, real_exchange = sqlite3.connect, buses.Bus._exchange

        def connect(*arguments: Any, **options: Any) -> sqlite3.Connection:
            connection = real_connect(*arguments, **options)
            connection.set_trace_callback(self.step)
            return connection

        def exchange(bus: buses.Bus, messages: Any, more: int = 0) -> Any:
            self.step("D-Bus")
            replies = real_exchange(bus, messages, more)
            self.step("D-Bus answered")
            return replies

        sqlite3.connect = connect  # type: ignore[assignment]
        buses.Bus._exchange = exchange  # type: ignore[method-assign]

    def step(self, _what: str) -> None:
        if self.counting:
            self.count += 1
            if self.count == self.fatal:
                os.kill(os.getpid(), signal.SIGKILL)


def step_by_step(fatal: int, opened: Callable[[], SecretsManager], operations: list[Operation]) -> None:
    """Count from the first step of the operations; where there are none, from the first step of making the vault."""
    steps = Steps(fatal)
    steps.counting = not operations
    with opened() as vault:
        _ = parts(vault).audit  # so that the store is open
        vault.get_secrets([row.name for row in vault.list_secrets()])
        steps.counting = True
        for operation in operations:
            one(vault, operation)
        steps.counting = False
    say("steps", steps.count)


def main(home: str, store: str, key: str, seed: str = "", kinds: str = "") -> None:
    def opened() -> SecretsManager:
        return SecretsManager.open(home, store, key_file=key or None)

    line = sys.stdin.readline()
    if line == "go\n":
        vault = opened()
        say("ready")
        without_end(vault, random.Random(seed), kinds.split(","))
    elif line:
        _, fatal, operations = line.split(" ", 2)
        step_by_step(int(fatal), opened, json.loads(operations))


if __name__ == "__main__":
    main(*sys.argv[1:])
