"""Every source module has one test module, in the same place: `src/pondpilot_secrets/a/b.py` and `tests/a/test_b.py`.

What a test module is about can then be told from its path, and a module without a test cannot be overlooked. A test
module that mirrors nothing is about a behaviour of several modules: `behaviours.py` says which.
"""

from __future__ import annotations

import ast
from pathlib import PurePosixPath

from tests.rules.behaviours import BEHAVIOURS
from tests.rules.source import PACKAGE, SOURCE, TESTS, SourceFile, files, imported_names, module_name
from tests.rules.violations import assert_none

OF_THE_WHOLE = ("docs", "integration", "memory", "rules", "services", "torture")
"""Folders of `tests/` that mirror nothing."""

RUN_BY_ITS_COMMAND = f"{PACKAGE}.interfaces."
"""Modules of an interface are tried as a user would, so that their tests need not import them."""


def sources_by_test() -> dict[str, SourceFile]:
    """The source modules that have a test, by the path of that test. What only re-exports or numbers needs none."""
    return {
        mirror_of(file): file for file in files(SOURCE) if PurePosixPath(file.path).name != "_version.py" and does(file)
    }


def does(file: SourceFile) -> bool:
    """Whether a file has anything of its own; the `__init__.py` of most packages has not."""
    return not file.path.endswith("/__init__.py") or any(
        isinstance(node, ast.FunctionDef | ast.ClassDef) for node in file.tree.body
    )


def mirror_of(file: SourceFile) -> str:
    path = PurePosixPath(file.path.removeprefix(f"src/{PACKAGE}/"))
    name = (path.parent.name or PACKAGE) if path.stem == "__init__" else path.stem
    return str(PurePosixPath("tests") / path.parent / f"test_{name}.py")


def mirroring_tests() -> dict[str, SourceFile]:
    """The test modules in folders that mirror `src/`, by their paths."""
    return {
        file.path: file
        for file in files(TESTS)
        if PurePosixPath(file.path).name.startswith("test_") and file.path.split("/")[1] not in OF_THE_WHOLE
    }


def tries(test: SourceFile, source: SourceFile) -> bool:
    """Whether a test module has a test, and imports what it is named for, from there or from its package."""
    name = module_name(source)
    has_a_test = any(isinstance(it, ast.FunctionDef) and it.name.startswith("test_") for it in test.nodes)
    if name.startswith(RUN_BY_ITS_COMMAND):
        return has_a_test
    own_names = {node.name for node in source.tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    imported = imported_names(test)
    from_the_package = {f"{name.rpartition('.')[0]}.{own}" for own in own_names}
    return has_a_test and any(it == name or it.startswith(f"{name}.") or it in from_the_package for it in imported)


def test_every_source_module_has_its_test_module() -> None:
    assert_none("source modules without a test module", sources_by_test().keys() - mirroring_tests().keys())


def test_every_other_test_module_is_about_a_behaviour_that_is_named() -> None:
    assert_none(
        "test modules that mirror nothing", mirroring_tests().keys() - sources_by_test().keys() - set(BEHAVIOURS)
    )


def test_the_list_of_behaviours_is_current() -> None:
    assert BEHAVIOURS.keys() - mirroring_tests().keys() == set()
    assert BEHAVIOURS.keys() & sources_by_test().keys() == set()


def test_every_mirrored_test_module_tries_its_source() -> None:
    sources, tests = sources_by_test(), mirroring_tests()
    idle = [path for path in sources.keys() & tests.keys() if not tries(tests[path], sources[path])]
    assert_none("test modules that do not import their source", idle)
