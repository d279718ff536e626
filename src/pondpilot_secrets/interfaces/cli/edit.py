"""`pond edit`: change a secret."""

from __future__ import annotations

from dataclasses import replace

import click

from pondpilot_secrets.interfaces.cli.invocation import Invocation, global_options, pass_invocation
from pondpilot_secrets.interfaces.cli.output import note, print_json
from pondpilot_secrets.interfaces.cli.parameter_types import SECRET, FieldWord

EPILOG = """\b
A field is given as for `pond add`; `field=` removes it, `field` alone asks for its new value.

\b
Examples:
  pond edit warehouse password
  pond edit warehouse host=db2.example.com port=
  pond edit prod_s3 secret=@- --tag prod --tag eu
  pond edit prod_s3 --scope s3://prod/ --description "the lake of the shop"
"""


@click.command("edit", epilog=EPILOG)
@click.argument("name", type=SECRET)
@click.argument("words", metavar="[FIELD=VALUE]...", nargs=-1, type=FieldWord())
@click.option("--name", "new_name", metavar="NAME", help="Its new name.")
@click.option("--scope", "scopes", multiple=True, metavar="SCOPE", help="Its new scopes; '' for the type's own.")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Its new tags; '' for none.")
@click.option("--description", metavar="TEXT", help="Its new description; '' for none.")
@click.option("--expires", metavar="WHEN", help="When it expires: 2026-12-31, or 12h, 30d from now; '' for never.")
@click.option(
    "--inject-only/--no-inject-only",
    default=None,
    help="Hand it to DuckDB only; shown again only if every sensitive field is given a new value.",
)
@global_options
@pass_invocation
def command(
    invocation: Invocation,
    name: str,
    words: tuple[str, ...],
    new_name: str | None,
    scopes: tuple[str, ...],
    tags: tuple[str, ...],
    description: str | None,
    expires: str | None,
    inject_only: bool | None,
) -> None:
    """Change the given fields, name, scopes, tags or description of a secret, and nothing else."""
    from pondpilot_secrets.commands.edit import EditRequest
    from pondpilot_secrets.commands.registry import dispatch
    from pondpilot_secrets.commands.show import FindRequest
    from pondpilot_secrets.interfaces.cli.error_output import CommandLineError
    from pondpilot_secrets.interfaces.cli.fields import FieldReader

    given = EditRequest(name, new_name, {}, _given(scopes), _given(tags), description, expires, inject_only)
    if not words and given == EditRequest(name):
        raise CommandLineError(
            "nothing to change is given", hint=f"`pond edit {name} FIELD` asks for a field's new value"
        )
    with invocation.session() as session:
        secret = dispatch(session, "find", FindRequest(name)).secret
        with FieldReader.of(secret) as reader:
            request = replace(given, name=secret.id, fields=reader.read(words))
            result = dispatch(session, "edit", request)
    if invocation.json:
        print_json(result)
    else:
        note(f"changed {result.secret.name}")


def _given(texts: tuple[str, ...]) -> tuple[str, ...] | None:
    """None where the option was not given; an empty text stands for none of them."""
    return tuple(text for text in texts if text) if texts else None
