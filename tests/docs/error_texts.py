"""The texts of our errors as the source has them: one with `…` for whatever a call puts in.

Read from the syntax tree, so that no error needs to be raised. A text that is put together before it reaches the error
is not among those of the classes, but is among all texts.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import TYPE_CHECKING

from pondpilot_secrets import errors
from tests.docs.pages import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = ROOT / "src" / "pondpilot_secrets"
HOLE = "…"


@cache
def trees() -> tuple[ast.Module, ...]:
    return tuple(ast.parse(path.read_text("utf-8")) for path in sorted(SOURCE.rglob("*.py")))


def template(node: ast.expr) -> str | None:
    """A text with `…` for what is put in, and quoted where `!r` quotes it; None for what is no text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return re.sub(f"{HOLE}{HOLE}+", HOLE, "".join(map(_piece, node.values)))
    return None


def _piece(part: ast.expr) -> str:
    if isinstance(part, ast.Constant):
        return str(part.value)
    assert isinstance(part, ast.FormattedValue)
    return f"'{HOLE}'" if part.conversion == ord("r") else HOLE


@cache
def codes() -> dict[str, int]:
    """The code of every class of errors, those that derive from ours in other modules too."""
    found = {name: each.code for name, each in vars(errors).items() if _is_error(each)}
    classes = [node for tree in trees() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    for _ in range(3):  # a class may derive from one that derives from ours
        for each in classes:
            for base in each.bases:
                if isinstance(base, ast.Name) and base.id in found:
                    found.setdefault(each.name, found[base.id])
    return found


def _is_error(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, errors.SecretError)


@cache
def raised() -> frozenset[tuple[int, str]]:
    """The code and the text of every error that is made with a text of its own."""
    return frozenset(_raised())


def _raised() -> Iterator[tuple[int, str]]:
    for tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                text = template(node.args[0])
                if node.func.id in codes() and text is not None:
                    yield codes()[node.func.id], text


@cache
def all_texts() -> frozenset[str]:
    """Every text that the source holds."""
    nodes = (node for tree in trees() for node in ast.walk(tree) if isinstance(node, ast.Constant | ast.JoinedStr))
    return frozenset(text for text in map(template, nodes) if text)
