"""What the package needs at run time is what it imports: nothing is missing, and nothing is installed for nothing."""

from __future__ import annotations

import re
import sys
import tomllib

from tests.rules.source import PACKAGE, ROOT, SOURCE, files, imported_names
from tests.rules.violations import assert_none

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
ONLY_WHERE_INSTALLED = {
    "LocalAuthentication": "presence",
    "winrt": "presence",
}
"""Modules of optional packages, by the extra that brings them; the code does without them where they are missing."""


def modules(requirements: list[str]) -> set[str]:
    """The modules that these requirements bring; each of them is named as its package is."""
    return {re.split(r"[^\w.-]", requirement)[0].replace("-", "_") for requirement in requirements}


def imported() -> set[str]:
    top = {name.partition(".")[0] for file in files(SOURCE) for name in imported_names(file)}
    return top - {PACKAGE} - sys.stdlib_module_names


def test_every_package_that_is_imported_is_required() -> None:
    assert imported() - modules(PROJECT["dependencies"]) - ONLY_WHERE_INSTALLED.keys() == set()


def test_every_requirement_is_imported() -> None:
    assert_none("requirements that nothing imports", modules(PROJECT["dependencies"]) - imported())


def test_every_optional_module_is_imported_and_its_extra_is_there() -> None:
    assert ONLY_WHERE_INSTALLED.keys() - imported() == set()
    assert set(ONLY_WHERE_INSTALLED.values()) - PROJECT["optional-dependencies"].keys() == set()
