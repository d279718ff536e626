"""`pytest --fast`, which `make test-fast` runs: what a change is tried with many times a day.

It leaves out whatever starts a server, scans memory, crashes processes or measures, and what is marked `slow`. `make test`
leaves nothing out, and runs the rest in the same way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

LEFT_OUT = ("integration", "memory", "services", "torture")
"""Folders of `tests/`."""

KEYCHAIN = "keychain_environment"
"""The fixture that starts a keychain; a test that tries every store in turn asks for it where the store is `system`."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fast", action="store_true", help="leave out what needs servers and what takes long")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--fast"):
        left_out = [item for item in items if takes_long(item, _servers())]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


def _servers() -> set[str]:
    """The fixtures that start one."""
    from tests.services import fixtures  # a plugin, which pytest has to import first

    return {name for name in vars(fixtures) if not name.startswith("__")} | {KEYCHAIN}


def takes_long(item: pytest.Item, servers: set[str]) -> bool:
    folder = item.path.relative_to(item.config.rootpath / "tests").parts[0]
    return folder in LEFT_OUT or item.get_closest_marker("slow") is not None or not servers.isdisjoint(_asks_for(item))


def _asks_for(item: pytest.Item) -> Iterator[str]:
    """The fixtures of a test, and its parameters: a store or a server that a fixture asks for by its name."""
    yield from getattr(item, "fixturenames", ())
    parameters = getattr(item, "callspec", None)
    for value in parameters.params.values() if parameters else ():
        if isinstance(value, str):
            yield KEYCHAIN if value == "system" else value
