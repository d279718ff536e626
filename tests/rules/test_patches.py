"""A test that replaces a part of our own modules is in a list, with its reason; the list holds nothing that is gone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache

from tests.rules.patches import PATCHES
from tests.rules.source import PACKAGE, TESTS, SourceFile, files
from tests.rules.violations import assert_none

PATCHING = {"setattr", "delattr", "object", "patch"}
"""`monkeypatch.setattr`, `monkeypatch.delattr`, `patch.object` and `mock.patch`."""


def patched(file: SourceFile) -> set[str]:
    """What a test file replaces that is ours, or that cannot be told from its text: `full_text.LARGE`."""
    found = set()
    foreign, ours = _imports(file)
    for target in _targets(file):
        root = target.split(".")[0]
        if target.startswith(f"{PACKAGE}.") or (
            root not in foreign and "." in target and not _is_library(target, ours)
        ):
            found.add(target)
    return found


@cache
def _imports(file: SourceFile) -> tuple[set[str], set[str]]:
    """The names that a file binds by importing: those of other packages, and those of ours."""
    foreign, ours = set(), set()
    for node in file.nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = getattr(node, "module", None) or node.names[0].name
            names = {alias.asname or alias.name.split(".")[0] for alias in node.names}
            (ours if module.split(".")[0] in (PACKAGE, "tests") else foreign).update(names)
    return foreign, ours


def _is_library(target: str, ours: set[str]) -> bool:
    """Whether it is `os.fsync`, given as text, or `store.os.urandom`, which reaches a library through a module."""
    parts = target.split(".")
    return parts[0] in LIBRARIES or (parts[0] in ours and len(parts) > 2 and parts[1] in LIBRARIES)


LIBRARIES = {"builtins", "importlib", "os", "sys", "sysconfig", "time"}


def _targets(file: SourceFile) -> Iterator[str]:
    """What each patch of a file replaces, as far as it can be read: `module.name`, or `module.<expression>`."""
    for node in file.nodes:
        if isinstance(node, ast.Call) and _called(node.func) in PATCHING and node.args:
            yield _target(node.args)
        elif isinstance(node, ast.Assign | ast.AugAssign):
            yield from _assigned_in_modules(file, node)


def _called(function: ast.expr) -> str:
    """The name of a patching function; nothing for the built-in `setattr` and for methods of other things."""
    if isinstance(function, ast.Attribute):
        owner = ast.unparse(function.value)
        return function.attr if owner.rpartition(".")[2] in ("monkeypatch", "patch", "mock", "context") else ""
    return "patch" if isinstance(function, ast.Name) and function.id == "patch" else ""


def _target(arguments: list[ast.expr]) -> str:
    first = arguments[0]
    if isinstance(first, ast.Constant):
        return str(first.value)
    name = arguments[1] if len(arguments) > 1 else None
    return f"{ast.unparse(first)}.{name.value if isinstance(name, ast.Constant) else '*'}"


def _assigned_in_modules(file: SourceFile, node: ast.Assign | ast.AugAssign) -> Iterator[str]:
    """An assignment to an attribute of a module or class of ours, which is a patch that nobody takes back."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    for target in [each for it in targets for each in (it.elts if isinstance(it, ast.Tuple) else [it])]:
        owner = target.value if isinstance(target, ast.Attribute) else None
        if isinstance(owner, ast.Name) and owner.id in _imports(file)[1] and not _must_fail(file, node):
            yield ast.unparse(target)


def _must_fail(file: SourceFile, node: ast.AST) -> bool:
    """Whether a statement stands in a `with pytest.raises(…)`: it tries that nothing can be assigned there."""
    blocks = [it for it in file.nodes if isinstance(it, ast.With) and "raises(" in ast.unparse(it.items[0])]
    return any(node is inner for block in blocks for inner in ast.walk(block))


def found_patches() -> dict[str, set[str]]:
    patches = {file.path: patched(file) for file in files(TESTS)}
    return {path: targets for path, targets in patches.items() if targets}


def test_every_patch_of_our_own_modules_has_its_reason() -> None:
    found = {f"{path}: {target}" for path, targets in found_patches().items() for target in targets}
    listed = {f"{path}: {target}" for path, targets in PATCHES.items() for target in targets}
    assert_none("patches without a reason", found - listed)
    assert listed - found == set(), "the list names patches that are gone"


def test_reasons_are_sentences() -> None:
    assert [reason for targets in PATCHES.values() for reason in targets.values() if len(reason.split()) < 4] == []


def test_what_counts_as_a_patch() -> None:
    text = """
import time
from pondpilot_secrets.metadata import full_text, listing
from unittest.mock import patch

def test_x(monkeypatch, vault):
    monkeypatch.setattr(full_text, "LARGE", 1)
    monkeypatch.setattr(full_text.os, "urandom", bytes)
    monkeypatch.setattr(time, "time", bytes)
    monkeypatch.setattr("os.fsync", bytes)
    monkeypatch.setattr("pondpilot_secrets.errors.SecretError", bytes)
    monkeypatch.delattr(vault.keychain, name)
    with patch.object(listing, "_FEW", 1):
        listing._FEW = 2
        listing._MANY, other = 2, 3
    with pytest.raises(AttributeError):
        listing._FROZEN = 2
    setattr(vault, "x", 1)
"""
    assert patched(SourceFile("a.py", text, ast.parse(text))) == {
        "full_text.LARGE", "listing._FEW", "listing._MANY", "pondpilot_secrets.errors.SecretError", "vault.keychain.*",
    }  # fmt: skip
