"""A type's fields as text, for `pond add TYPE --help`."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_COLUMNS = 88


def type_help(facts: Mapping[str, Any]) -> str:
    """Return the help of a type, made from what `describe_type` says."""
    lines = [f"pond add {facts['name']} NAME [FIELD=VALUE]...", "", f"{facts['label']}: {facts['help']}"]
    lines += _scope(facts)
    providers = facts["providers"]
    for number, provider in enumerate(providers):
        if len(providers) > 1:
            default = " (when --provider is left out)" if number == 0 else ""
            lines += ["", f"--provider {provider['name']}{default}: {provider['help']}"]
        lines += ["", *_fields(provider["fields"])] if provider["fields"] else ["", "  no fields"]
    if facts["example"]:
        lines += ["", "Then:", *("  " + line for line in facts["example"].strip().splitlines())]
    return "\n".join(lines)


def _scope(facts: Mapping[str, Any]) -> Iterable[str]:
    scope = facts["scope"]
    if scope["required"]:
        yield "A scope is needed: " + " or ".join(f"--scope {each}…" for each in scope["schemes"])
    elif scope["defaults"]:
        yield "Without --scope it is used for " + ", ".join(scope["defaults"])


def _fields(fields: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for field in fields:
        marks = [word for word in ("required", "sensitive") if field[word]]
        marks += [f"default {field['default']}"] if "default" in field else []
        marks += ["one of " + ", ".join(field["choices"])] if "choices" in field else []
        marks += ["also " + ", ".join(field["aliases"])] if "aliases" in field else []
        yield from textwrap.wrap(
            f"{field['name']}" + (f" ({'; '.join(marks)})" if marks else ""),
            _COLUMNS,
            initial_indent="  ",
            subsequent_indent="      ",
        )
        yield from textwrap.wrap(field["help"], _COLUMNS, initial_indent="      ", subsequent_indent="      ")
