"""The few texts that stand in a statement because no prepared statement takes them: names, and the targets of ATTACH."""

from __future__ import annotations

from pondpilot_secrets.errors import InvalidCredentialsError

MARKER_PREFIX = "__pondpilot_"
"""Secrets whose names begin like this are markers that we leave in an instance."""


def identifier(name: str) -> str:
    """Return a name as a quoted identifier.

    Raises `InvalidCredentialsError` for an empty name, for a NUL, and for text that is not Unicode.
    """
    if not name:
        raise InvalidCredentialsError("a name inside DuckDB must not be empty", field="name")
    _check(name, "a name inside DuckDB")
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a text as a string literal, in which DuckDB knows no escape but the doubled quote.

    For targets and options of ATTACH only, none of which is ever secret. Raises as `identifier` does; it may be empty.
    """
    _check(text, "what is attached")
    return "'" + text.replace("'", "''") + "'"


def option(value: str | int | bool) -> str:
    """Return an option's value as it stands in a statement."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else literal(value)


def folded(name: str) -> str:
    """Return a name as DuckDB compares names of secrets: ASCII letters in lower case, all others as they are."""
    return (
        name.lower() if name.isascii() else "".join(letter.lower() if letter.isascii() else letter for letter in name)
    )


def _check(text: str, what: str) -> None:
    if "\0" in text:
        raise InvalidCredentialsError(f"{what} must not hold a NUL character", field="name")
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise InvalidCredentialsError(f"{what} must be valid Unicode", field="name")
