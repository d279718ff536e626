"""The public surface: what a program may import, from where, and at what cost."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator

import pytest

import pondpilot_secrets
from pondpilot_secrets import SecretsManager
from tests.rules.source import PACKAGE, ROOT, SOURCE, SourceFile, files, imported_names
from tests.rules.violations import assert_none
from tests.test_imports import imported_modules

PUBLIC_MODULES = {PACKAGE, f"{PACKAGE}.testing", f"{PACKAGE}.plugins"}
MAY_USE_THE_PUBLIC_SURFACE = ("interfaces", "integrations", "commands", "testing", "plugins")
"""The packages above the facade, which have it from the public surface as any program does."""

FACADE = sorted(
    {kind.__module__.removeprefix(f"{PACKAGE}.").replace(".", "/") + ".py" for kind in SecretsManager.__mro__[:-1]}
)
"""The modules that the public calls are defined in."""

TYPING_TESTS = sorted((ROOT / "typing_tests").glob("*.py"))
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "docs").rglob("*.py")),
    *TYPING_TESTS,
    ROOT / "scripts" / "demo.py",
]
IMPORT = re.compile(r"\b(?:from|import)\s+(pondpilot_secrets(?:\.\w+)*)")


def module(path: str) -> SourceFile:
    return next(file for file in files(SOURCE) if file.path == f"src/{PACKAGE}/{path}")


def test_importing_the_package_imports_nothing_else() -> None:
    assert imported_modules("import pondpilot_secrets") == {"__future__", PACKAGE, f"{PACKAGE}._version"}


@pytest.mark.parametrize("name", pondpilot_secrets.__all__)
def test_every_public_name_can_be_had(name: str) -> None:
    assert getattr(pondpilot_secrets, name) is not None
    assert name in dir(pondpilot_secrets)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        pondpilot_secrets.nonsense  # type: ignore[attr-defined]  # noqa: B018


def test_type_checkers_and_the_interpreter_take_every_name_from_the_same_module() -> None:
    block = next(node for node in module("__init__.py").tree.body if isinstance(node, ast.If))
    checked = {
        alias.name: node.module.removeprefix(f"{PACKAGE}.")
        for node in block.body
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
    taken = {name: pondpilot_secrets._MODULES.get(name, "errors") for name in checked}
    assert checked == taken
    assert {*checked, "__version__"} == set(pondpilot_secrets.__all__)


def annotated(tree: ast.AST) -> Iterator[ast.expr]:
    """The annotations of the public functions and methods of a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            yield from (it.annotation for it in arguments if it.annotation is not None)
            if node.returns is not None:
                yield node.returns


@pytest.mark.parametrize("path", FACADE)
def test_whatever_the_facade_takes_or_gives_is_public(path: str) -> None:
    facade = module(path)
    ours = {
        alias.name
        for node in facade.nodes
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE)
        for alias in node.names
    }
    named = {it.id for each in annotated(facade.tree) for it in ast.walk(each) if isinstance(it, ast.Name)}
    assert (named & ours) - set(pondpilot_secrets.__all__) == set()


@pytest.mark.parametrize("name", sorted(PUBLIC_MODULES - {PACKAGE}))
def test_the_other_public_modules_hand_on_what_they_list(name: str) -> None:
    public = importlib.import_module(name)
    assert public.__all__ == sorted(public.__all__)
    assert {name for name in vars(public) if not name.startswith("_")} - {"annotations"} == set(public.__all__)


def test_nothing_below_the_facade_reaches_up_through_the_public_surface() -> None:
    found = {
        f"{file.path}: {name}"
        for file in files(SOURCE)
        if file.path.split("/")[2].removesuffix(".py") not in MAY_USE_THE_PUBLIC_SURFACE
        for name in imported_names(file) - {PACKAGE}
        if name.removeprefix(f"{PACKAGE}.") in pondpilot_secrets.__all__
    }
    assert found - {f"src/{PACKAGE}/__init__.py: {PACKAGE}.__version__"} == set()


def test_documentation_and_examples_import_from_the_public_modules_alone() -> None:
    found = {
        f"{page.relative_to(ROOT)}: {name}"
        for page in PAGES
        for name in IMPORT.findall(page.read_text("utf-8"))
        if name not in PUBLIC_MODULES
    }
    assert_none("documentation that imports from deeper", found)


@pytest.mark.parametrize("name", [name for name in dir(SecretsManager) if not name.startswith("_")])
def test_every_public_call_has_a_typing_test(name: str) -> None:
    assert any(f".{name}(" in page.read_text("utf-8") for page in TYPING_TESTS)
