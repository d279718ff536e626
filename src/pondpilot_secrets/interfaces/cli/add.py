"""`pond add`: save a new secret."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from pondpilot_secrets.interfaces.cli.invocation import Invocation, global_options, pass_invocation
from pondpilot_secrets.interfaces.cli.output import note, print_json, say
from pondpilot_secrets.interfaces.cli.parameter_types import TYPE, FieldWord

if TYPE_CHECKING:
    from pondpilot_secrets.interfaces.cli.fields import FieldReader
    from pondpilot_secrets.secret_types.base import Field
    from pondpilot_secrets.secure import SecureString

EPILOG = """\b
A field is given as
  field=text           where it is not sensitive; field=@@text for a text that begins with @
  field=@FILE          the content of a file, without a line end at its end
  field=@-             standard input, likewise
  field=env:VARIABLE   a variable of the environment
  field                asks for it; so does leaving out what is needed

\b
Examples:
  pond add postgres warehouse host=db.example.com user=ana
  pond add s3 prod_s3 key_id=AKIAIOSFODNN7EXAMPLE region=eu-west-1 --scope s3://prod/
  pond add http api bearer_token=@token.txt --scope https://api.example.com/
  pond add s3 lake --provider credential_chain chain=sso profile=prod
  pond add --fields s3
"""


class AddCommand(click.Command):
    """`add`, whose help after a type is about that type."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Show a type's fields for `pond add TYPE --help`."""
        if {"--help", "-h"} & set(args) and not args[0].startswith("-"):
            _show_fields(ctx, args[0])
        return super().parse_args(ctx, args)


def _fields_option(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None and not ctx.resilient_parsing:
        _show_fields(ctx, value)


def _show_fields(ctx: click.Context, type_name: str) -> None:
    from pondpilot_secrets.commands.registry import dispatch
    from pondpilot_secrets.commands.types import TypesRequest

    invocation = ctx.ensure_object(Invocation)
    with invocation.session() as session:
        result = dispatch(session, "types", TypesRequest(type_name))
    if invocation.json or "--json" in sys.argv:
        print_json(result.types[0])
    else:
        from pondpilot_secrets.interfaces.cli.type_help import type_help

        say(type_help(result.types[0]))
    ctx.exit()


@click.command("add", cls=AddCommand, epilog=EPILOG)
@click.argument("type_name", metavar="TYPE", type=TYPE)
@click.argument("name")
@click.argument("words", metavar="[FIELD=VALUE]...", nargs=-1, type=FieldWord())
@click.option(
    "--scope", "scopes", multiple=True, metavar="SCOPE", help="Where the secret is used, such as s3://bucket/."
)
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="A word to find it by; may be given several times.")
@click.option("--description", metavar="TEXT", help="What it is for.")
@click.option(
    "--expires", metavar="WHEN", help="When it expires: 2026-12-31, or 12h, 30d from now; a JWT tells itself."
)
@click.option("--inject-only", is_flag=True, help="Hand it to DuckDB only: nobody is ever shown its values.")
@click.option("--provider", metavar="NAME", help="DuckDB's provider; the type's first one when left out.")
@click.option(
    "--fields",
    metavar="TYPE",
    type=TYPE,
    expose_value=False,
    is_eager=True,
    callback=_fields_option,
    help="Show the fields of a type.",
)
@global_options
@pass_invocation
def command(
    invocation: Invocation,
    type_name: str,
    name: str,
    words: tuple[str, ...],
    scopes: tuple[str, ...],
    tags: tuple[str, ...],
    description: str | None,
    expires: str | None,
    inject_only: bool,
    provider: str | None,
) -> None:
    """Save a new secret of a TYPE under a NAME; asks for what is missing, sensitive fields without echo."""
    from pondpilot_secrets.commands.add import AddRequest
    from pondpilot_secrets.commands.registry import dispatch
    from pondpilot_secrets.interfaces.cli.fields import FieldReader
    from pondpilot_secrets.secret_types import registry
    from pondpilot_secrets.secret_types.validation import provider_named, validate_name

    secret_type = registry.get(type_name)
    chosen = provider_named(secret_type, provider)
    validate_name(name)
    with FieldReader(secret_type, chosen) as reader, invocation.session() as session:
        values = reader.read(words)
        _ask_for_missing(reader, values)
        given = {field: value for field, value in values.items() if value is not None}
        request = AddRequest(
            secret_type.name, name, given, chosen.name, scopes, tags, description, expires, inject_only
        )
        result = dispatch(session, "add", request)
    if invocation.json:
        print_json(result)
    else:
        note(f"saved {result.secret.name} ({result.secret.type})")


def _ask_for_missing(reader: FieldReader, values: dict[str, SecureString | None]) -> None:
    """Ask for required fields, and for the sensitive one that the others call for, where there is a terminal."""
    from pondpilot_secrets.interfaces.cli.prompt import has_terminal

    if not has_terminal():
        return
    for field in reader.provider.fields:
        if field.required and field.name not in values:
            values[field.name] = reader.ask(field)
    main = _main_sensitive(reader, values)
    if main is not None:
        answer = reader.ask(main, optional=True)
        values[main.name] = answer or None


def _main_sensitive(reader: FieldReader, values: dict[str, SecureString | None]) -> Field | None:
    """The sensitive field to ask for: the one that a rule misses, else the provider's first, if none is given at all."""
    from pondpilot_secrets.secret_types.validation import problems

    sensitive = [field for field in reader.provider.fields if field.sensitive]
    if reader.provider.name != reader.secret_type.providers[0].name or not sensitive:
        return None
    given = {name: value for name, value in values.items() if value is not None}
    missed = {problem.field for problem in problems(reader.secret_type, reader.provider, given)}
    for field in sensitive:
        if field.name in missed and field.name not in given:
            return field
    return None if any(field.name in given for field in sensitive) else sensitive[0]
