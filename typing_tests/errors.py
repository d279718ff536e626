"""Errors in groups, and what their classes carry besides code, message and hint."""

from __future__ import annotations

from typing import assert_type

from pondpilot_secrets import (
    DataError,
    DuckDBError,
    InputError,
    InvalidCredentialsError,
    KeychainError,
    KeychainLockedError,
    PolicyError,
    RateLimitExceededError,
    SecretError,
    SecretsManager,
)


def catching(vault: SecretsManager) -> str:
    try:
        vault.delete_secret("prod")
    except RateLimitExceededError as error:
        assert_type(error.retry_after, float)
    except InvalidCredentialsError as error:
        assert_type(error.field, str | None)
    except (KeychainError, PolicyError, DataError, DuckDBError, InputError) as error:
        assert_type(error.code, int)
        assert_type(error.hint, str | None)
    except SecretError as error:
        return error.message
    return ""


def a_group_holds_its_errors(error: KeychainLockedError) -> KeychainError:
    return error


def and_no_others(error: KeychainLockedError) -> PolicyError:
    return error  # type: ignore[return-value]
