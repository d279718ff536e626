"""The words of a command line that name something, with their completion."""

from __future__ import annotations

import contextlib
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from pondpilot_secrets.interfaces.cli.invocation import Invocation

if TYPE_CHECKING:
    from collections.abc import Iterable

_WORD = re.compile(r"(?!-)[\w.@%+/-]+")


class SecretName(click.ParamType[str]):
    """The name or id of a secret."""

    name = "secret"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Complete names from the vault, without asking the keychain or a person anything."""
        del param
        return [
            CompletionItem(secret.name, help=secret.type)
            # bash puts the word on the command line as it is, where `$(…)` in it would be carried out.
            if _WORD.fullmatch(secret.name)
            else CompletionItem(secret.id, help=secret.name)
            for secret in _secrets(ctx)
            if secret.name.lower().startswith(incomplete.lower())
        ]


class TypeName(click.ParamType[str]):
    """The name of a secret type."""

    name = "type"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Complete from the registry."""
        del ctx, param
        from pondpilot_secrets.secret_types import registry

        return [
            CompletionItem(each.name, help=each.help)
            for each in registry.all_types()
            if each.name.startswith(incomplete.lower())
        ]


class FieldWord(click.ParamType[str]):
    """A field of the type, or of the secret, that was named before: `field=value`, or `field` alone."""

    name = "field"

    def __init__(self, suffix: str = "=") -> None:
        self._suffix = suffix

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Complete the fields of the type (`add`) or of the secret's type (`edit`, `reveal`)."""
        del param
        if "=" in incomplete:
            return []
        with contextlib.suppress(Exception):  # a completion that fails must not disturb a command line
            return [
                CompletionItem(field.name + self._suffix, help=field.label)
                for field in self._fields(ctx)
                if field.name.startswith(incomplete.lower())
            ]
        return []

    def _fields(self, ctx: click.Context) -> Iterable[Any]:
        from pondpilot_secrets.secret_types import registry
        from pondpilot_secrets.secret_types.validation import provider_named

        if ctx.params.get("type_name"):
            secret_type = registry.get(ctx.params["type_name"])
            return provider_named(secret_type, ctx.params.get("provider")).fields
        wanted = ctx.params["name"].lower()
        secret = next(each for each in _secrets(ctx) if wanted in (each.name.lower(), each.id))
        fields = provider_named(registry.get(secret.type), secret.provider).fields
        return fields if self._suffix else [field for field in fields if field.name in secret.field_names]


class Moment(click.ParamType["datetime"]):
    """A moment in ISO 8601, in local time unless it says otherwise."""

    name = "moment"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read the moment."""
        if isinstance(value, datetime):
            return value
        try:
            return datetime.fromisoformat(str(value)).astimezone()
        except (ValueError, OverflowError):
            self.fail("this is not a time; give it as 2026-11-24 or 2026-11-24T18:00", param, ctx)


def _secrets(ctx: click.Context) -> list[Any]:
    with contextlib.suppress(Exception), ctx.ensure_object(Invocation).session() as session:
        from pondpilot_secrets.commands.list import ListRequest
        from pondpilot_secrets.commands.registry import dispatch

        return list(dispatch(session, "list", ListRequest()).secrets)
    return []


SECRET = SecretName()
TYPE = TypeName()
