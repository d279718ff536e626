"""One name, one thing: no class and no file of the package shares its name with another."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import PurePosixPath

from tests.rules.source import SOURCE, files
from tests.rules.violations import assert_none

MAY_SHARE = {
    "__init__": "every package has one",
    "base": "the contract that the other files of its folder keep",
    "registry": "the table of what the other files of its package define",
}
"""File names that are no names of things."""

NAMED_FOR_COMMANDS = ("src/pondpilot_secrets/interfaces/", "src/pondpilot_secrets/commands/")
"""Files in here are named for the command, or the group of commands, that they decode or carry out."""


def twice(names: list[tuple[str, str]]) -> list[str]:
    """Each name that stands in more than one place, with its places."""
    places: dict[str, list[str]] = defaultdict(list)
    for name, place in names:
        places[name].append(place)
    return [f"{name}: {', '.join(sorted(where))}" for name, where in places.items() if len(where) > 1]


def test_class_names_are_unique() -> None:
    classes = [
        (node.name, file.path) for file in files(SOURCE) for node in file.nodes if isinstance(node, ast.ClassDef)
    ]
    assert_none("classes that share a name", twice(classes))


def test_file_names_are_unique() -> None:
    paths = [PurePosixPath(file.path) for file in files(SOURCE) if not file.path.startswith(NAMED_FOR_COMMANDS)]
    names = [(path.stem, str(path)) for path in paths if path.stem not in MAY_SHARE]
    assert_none("files that share a name", twice(names))


def test_a_name_in_two_places_is_found() -> None:
    assert twice([("Row", "b"), ("Column", "a"), ("Row", "a")]) == ["Row: a, b"]
