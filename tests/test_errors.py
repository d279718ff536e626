from __future__ import annotations

import inspect

import pytest

from pondpilot_secrets import errors

CLASSES = [
    value
    for _, value in inspect.getmembers(errors, inspect.isclass)
    if issubclass(value, errors.SecretError) and value is not errors.SecretError
]
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
