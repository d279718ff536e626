"""A type's fields as text, for `pond add TYPE --help`."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pondpilot_secrets.commands.types import FieldInfo, TypeInfo

_COLUMNS = 88


def type_help(secret_type: TypeInfo) -> str:
    """Return the help of a type."""
    lines = [f"pond add {secret_type.name} NAME [FIELD=VALUE]...", "", f"{secret_type.label}: {secret_type.help}"]
    lines += _scope(secret_type)
    for number, provider in enumerate(secret_type.providers):
        if len(secret_type.providers) > 1:
            default = " (when --provider is left out)" if number == 0 else ""
            lines += ["", f"--provider {provider.name}{default}: {provider.help}"]
        lines += ["", *_fields(provider.fields)] if provider.fields else ["", "  no fields"]
    if secret_type.example:
        lines += ["", "Then:", *("  " + line for line in secret_type.example.strip().splitlines())]
    return "\n".join(lines)


def _scope(secret_type: TypeInfo) -> Iterable[str]:
    if secret_type.scope_required:
        yield "A scope is needed: " + " or ".join(f"--scope {each}…" for each in secret_type.scope_schemes)
    elif secret_type.default_scopes:
        yield "Without --scope it is used for " + ", ".join(secret_type.default_scopes)


def _fields(fields: Iterable[FieldInfo]) -> Iterable[str]:
    for field in fields:
        marks = [word for word, there in (("required", field.required), ("sensitive", field.sensitive)) if there]
        marks += [] if field.default is None else [f"default {field.default}"]
        marks += ["one of " + ", ".join(field.choices)] if field.choices else []
        marks += ["also " + ", ".join(field.aliases)] if field.aliases else []
        line = field.name + (f" ({'; '.join(marks)})" if marks else "")
        yield from textwrap.wrap(line, _COLUMNS, initial_indent="  ", subsequent_indent="      ")
        yield from textwrap.wrap(field.help, _COLUMNS, initial_indent="      ", subsequent_indent="      ")
