from __future__ import annotations

import contextlib
import gc
import weakref

import pytest

from pondpilot_secrets.errors import DuckDBIntegrationError, UsageError
from pondpilot_secrets.injection.duckdb_errors import call_duckdb
from pondpilot_secrets.secure import REDACTED, SecureString


def test_raised_error_holds_neither_the_original_nor_the_value():
    def fail() -> None:
        raise ValueError("bad secret-value here")

    with pytest.raises(DuckDBIntegrationError) as raised:
        call_duckdb(fail, [SecureString("secret-value")], "trying")
    assert str(raised.value) == f"trying: bad {REDACTED} here"
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None


def test_our_own_errors_pass_as_they_are():
    def fail() -> None:
        raise UsageError("as it was")

    with pytest.raises(UsageError, match="as it was"):
        call_duckdb(fail, (), "trying")


def test_an_error_does_not_keep_the_values_of_its_callers_until_the_collector_runs():
    secret = SecureString("some-value")
    reference = weakref.ref(secret)
    gc.disable()
    try:
        with contextlib.suppress(DuckDBIntegrationError):
            call_duckdb(lambda: 1 / 0, [secret], "dividing")
        del secret
        assert reference() is None
    finally:
        gc.enable()
