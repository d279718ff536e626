"""The files that the rules are about, parsed once."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "pondpilot_secrets"
SOURCE = ROOT / "src" / PACKAGE
TESTS = ROOT / "tests"


@dataclass(frozen=True, eq=False)
class SourceFile:
    """One Python file.

    Attributes:
        path: where it is, from the root of the repository, with forward slashes.
        text: what it says.
        tree: its syntax tree.
    """

    path: str
    text: str
    tree: ast.Module

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the tree; several rules look at all of them, and a walk takes longer than the look."""
        return tuple(ast.walk(self.tree))


@cache
def files(folder: Path) -> tuple[SourceFile, ...]:
    """Every Python file below a folder, by its path."""
    return tuple(_read(path) for path in sorted(folder.rglob("*.py")))


def _read(path: Path) -> SourceFile:
    text = path.read_text("utf-8")
    return SourceFile(path.relative_to(ROOT).as_posix(), text, ast.parse(text))


def module_name(file: SourceFile) -> str:
    """The dotted name of a file of `src/`: `pondpilot_secrets.vault.reader`."""
    parts = file.path.removeprefix("src/").removesuffix(".py").split("/")
    return ".".join(part for part in parts if part != "__init__")


@cache
def imported_names(file: SourceFile) -> frozenset[str]:
    """All that a file imports, anywhere in it: modules, and each name with the module that it is taken from."""
    names: set[str] = set()
    for node in file.nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(file, node)
            names |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    return frozenset(names)


def _absolute(file: SourceFile, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = file.path.removeprefix("src/").split("/")[: -node.level]
    return ".".join([*package, *([node.module] if node.module else [])])
