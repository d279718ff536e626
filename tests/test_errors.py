from __future__ import annotations

import ast
import inspect
import re

import pytest

from pondpilot_secrets import errors
from tests.rules.source import SOURCE, files

FAMILY = [
    value
    for _, value in inspect.getmembers(errors, inspect.isclass)
    if issubclass(value, errors.SecretError) and value is not errors.SecretError
]
GROUPS = [error for error in FAMILY if error.__base__ is errors.SecretError]
CLASSES = [error for error in FAMILY if error not in GROUPS]
DESIGN = {
    1001: "KeychainAccessDenied", 1002: "SecretNotFound", 1003: "InvalidCredentials", 1004: "PlatformNotSupported",
    1005: "EncryptionFailed", 1006: "DecryptionFailed", 1007: "RateLimitExceeded", 1008: "DuckDBIntegration",
}  # fmt: skip


@pytest.mark.parametrize(("code", "name"), DESIGN.items())
def test_the_designs_codes_keep_their_names(code: int, name: str) -> None:
    assert [error.__name__ for error in CLASSES if error.code == code] == [name + "Error"]


def test_every_error_has_a_code_of_its_own() -> None:
    codes = [error.code for error in CLASSES]
    assert len(codes) == len(set(codes))
    assert min(codes) == 1001


@pytest.mark.parametrize("error", CLASSES)
def test_every_error_says_when_it_is_raised(error: type[errors.SecretError]) -> None:
    assert (error.__doc__ or "").startswith("Raised when ")


@pytest.mark.parametrize("error", CLASSES)
def test_exit_statuses_stay_clear_of_the_shells_own(error: type[errors.SecretError]) -> None:
    status = error.code - 1000 + 9
    assert 10 <= status < 126


def test_every_error_is_in_one_of_five_groups() -> None:
    assert {group.__name__ for group in GROUPS} == {
        "KeychainError", "PolicyError", "DataError", "DuckDBError", "InputError",
    }  # fmt: skip
    assert {error.__base__ for error in CLASSES} == set(GROUPS)


def test_the_tree_in_the_documentation_is_that_of_the_classes() -> None:
    drawn = re.findall(r"^ +[*-] (\w+)(?: \((\d+)\))?", inspect.getdoc(errors) or "", re.MULTILINE)
    by_code = sorted(CLASSES, key=lambda error: error.code)
    expected = []
    for group in sorted(GROUPS, key=lambda group: [name for name, _ in drawn].index(group.__name__)):
        expected.append((group.__name__, ""))
        expected += [(error.__name__, str(error.code)) for error in by_code if error.__base__ is group]
    assert drawn == expected


def test_no_group_is_raised() -> None:
    names = {"SecretError", *(group.__name__ for group in GROUPS)}
    raised = [
        f"{file.path}:{node.lineno}"
        for file in files(SOURCE)
        for node in file.nodes
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in names
    ]
    assert raised == []
