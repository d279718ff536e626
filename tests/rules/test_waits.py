"""A test that sleeps or reads the machine's clock is in a list, with its reason; the list holds nothing that is gone."""

from __future__ import annotations

import ast

from tests.rules.source import TESTS, SourceFile, files
from tests.rules.violations import assert_none
from tests.rules.waits import WAITS

CLOCKS = {"sleep", "time", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "process_time"}


def waits(file: SourceFile) -> set[str]:
    """The functions of the module `time` that a file calls and that wait, or say what time it is."""
    bound = {
        alias.asname or alias.name
        for node in file.nodes
        if isinstance(node, ast.ImportFrom) and node.module == "time"
        for alias in node.names
    }
    called = {ast.unparse(node.func) for node in file.nodes if isinstance(node, ast.Call)}
    return {
        name.removeprefix("time.") for name in called if name.removeprefix("time.") in CLOCKS and _of_time(name, bound)
    }


def _of_time(name: str, bound: set[str]) -> bool:
    return name.startswith("time.") or name in bound


def test_every_sleep_and_every_bar_in_seconds_has_its_reason() -> None:
    found = {f"{file.path}: {call}" for file in files(TESTS) for call in waits(file)}
    listed = {f"{path}: {call}" for path, calls in WAITS.items() for call in calls}
    assert_none("waits without a reason", found - listed)
    assert listed - found == set(), "the list names waits that are gone"


def test_reasons_are_sentences() -> None:
    assert [reason for calls in WAITS.values() for reason in calls.values() if len(reason.split()) < 4] == []


def test_what_counts_as_a_wait() -> None:
    text = "import time\nfrom time import sleep\nsleep(1)\ntime.monotonic()\nclock.time()\ntime.gmtime()\n"
    assert waits(SourceFile("a.py", text, ast.parse(text))) == {"sleep", "monotonic"}
