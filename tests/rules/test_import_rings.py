"""No two files import each other in a ring; imports inside functions and for type checkers count."""

from __future__ import annotations

import tomllib
from collections.abc import Container, Mapping

from tests.rules.source import ROOT, SOURCE, files, imported_names, module_name
from tests.rules.violations import assert_none


def imports_of_files() -> dict[str, set[str]]:
    """What each module imports of the others."""
    by_name = {module_name(file): file for file in files(SOURCE)}
    return {
        name: {_nearest(imported, by_name) for imported in imported_names(file)} - {name, ""}
        for name, file in by_name.items()
        if not file.path.endswith("/__init__.py")
    }


def _nearest(name: str, modules: Container[str]) -> str:
    """The module that a dotted name is, or is taken from; nothing for one of another package."""
    while name and name not in modules:
        name = name.rpartition(".")[0]
    return name


def rings(imports: Mapping[str, set[str]]) -> list[list[str]]:
    """The groups of modules in which each reaches each other one."""
    reached = {name: _reach(name, imports) for name in imports}
    groups = {tuple(sorted({name} | {other for other in reached[name] if name in reached[other]})) for name in imports}
    return sorted(list(group) for group in groups if len(group) > 1)


def _reach(start: str, imports: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    ahead = [*imports[start]]
    while ahead:
        name = ahead.pop()
        if name in imports and name not in seen:
            seen.add(name)
            ahead += imports[name]
    return seen


def test_no_file_is_in_a_ring() -> None:
    assert_none("files in rings of imports", (name for ring in rings(imports_of_files()) for name in ring))


def test_import_linter_leaves_out_nothing() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    assert [it["ancestors"] for it in contracts if it["type"] == "acyclic_siblings"] == [["pondpilot_secrets"]]
    assert [it for it in contracts if it.keys() & {"ignore_imports", "skip_descendants"}] == []
    assert not settings["tool"]["importlinter"].get("exclude_type_checking_imports", False)


def test_a_ring_is_found() -> None:
    assert rings({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]
