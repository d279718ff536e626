"""DuckDB's errors as ours: with every value redacted, and without DuckDB's own exception hanging on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pondpilot_secrets.errors import DuckDBIntegrationError, SecretError
from pondpilot_secrets.redaction.redact import redact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pondpilot_secrets.secure import SecureString

Result = TypeVar("Result")


def call_duckdb(
    action: Callable[[], Result], values: Iterable[SecureString], doing: str, hint: str | None = None
) -> Result:
    """Carry out an action that talks to DuckDB; raises `DuckDBIntegrationError` with a redacted text when it fails."""
    try:
        return action()
    except SecretError:
        raise
    except Exception as error:  # noqa: BLE001 - DuckDB raises several kinds, extensions further ones
        failure = redacted_error(error, values, doing, hint)
    try:
        raise failure
    finally:
        del failure  # or the error and this frame would hold each other, and every value of our callers, for a while


def redacted_error(
    error: BaseException, values: Iterable[SecureString], doing: str, hint: str | None = None
) -> DuckDBIntegrationError:
    """Return an error to raise instead of DuckDB's, with its text redacted.

    Raise it outside the `except` block: inside, Python would hang the original, which holds the value, on it.
    """
    # Before its lines are joined: a value that holds a line end would not be known any more afterwards.
    text = _first_lines(redact(str(error), values))
    return DuckDBIntegrationError(f"{doing}: {text}", hint=hint)


def _first_lines(text: str) -> str:
    """Drop the lines of advice that DuckDB adds, and its picture of the statement."""
    kept = []
    for line in text.strip().splitlines():
        if line.startswith(("LINE ", "For more info", "Candidate extensions")):
            break
        kept.append(line)
    return " ".join(" ".join(kept).split())
