"""`pond rotate`: put new values in the place of old ones, once they work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pondpilot_secrets.interfaces.cli.invocation import Invocation, global_options, pass_invocation
from pondpilot_secrets.interfaces.cli.options import TIMEOUT
from pondpilot_secrets.interfaces.cli.output import note, print_json
from pondpilot_secrets.interfaces.cli.parameter_types import SECRET, FieldWord

if TYPE_CHECKING:
    from pondpilot_secrets.interfaces.cli.fields import FieldReader
    from pondpilot_secrets.models import SecretMetadata
    from pondpilot_secrets.secure import SecureString

EPILOG = """\b
Without fields it asks for each sensitive one that is set. The new values are tried first; if they do not work, the old ones
stay. Sessions that have the secret applied take the new values when they apply it next.

\b
Examples:
  pond rotate warehouse
  pond rotate prod_s3 key_id=AKIAIOSFODNN7EXAMPLE secret=@-
  pond rotate api token=@new-token.txt --target https://api.example.com/health.json
"""


@click.command("rotate", epilog=EPILOG)
@click.argument("name", type=SECRET)
@click.argument("words", metavar="[FIELD=VALUE]...", nargs=-1, type=FieldWord())
@click.option("--target", metavar="TARGET", help="The path, URL or database to try it on.")
@click.option("--no-test", is_flag=True, help="Keep the new values untried.")
@click.option("--expires", metavar="WHEN", help="When the new value expires: 2026-12-31, or 12h, 30d from now.")
@TIMEOUT
@global_options
@pass_invocation
def command(
    invocation: Invocation,
    name: str,
    words: tuple[str, ...],
    target: str | None,
    no_test: bool,
    expires: str | None,
    timeout: float,
) -> None:
    """Give a secret new values; they are tried before the old ones are dropped."""
    from pondpilot_secrets.commands.rotating import RotateRequest, rotate
    from pondpilot_secrets.commands.showing import NameRequest, find
    from pondpilot_secrets.interfaces.cli.fields import FieldReader

    with invocation.session() as session:
        about = find(session, NameRequest(name)).secret
        reader = FieldReader.of(about)
        values = reader.read(words) if words else _asked(reader, about)
        result = rotate(session, RotateRequest(about.id, values, expires, not no_test, target, timeout))
    if invocation.json:
        print_json(result)
    else:
        tried = "untried" if result.test is None else f"tried in {result.test.elapsed * 1000:.0f} ms"
        note(f"rotated {result.secret.name} ({tried})")


def _asked(reader: FieldReader, about: SecretMetadata) -> dict[str, SecureString | None]:
    from pondpilot_secrets.interfaces.cli.error_output import CommandLineError

    sensitive = [field for field in reader.provider.fields if field.sensitive and field.name in about.field_names]
    if not sensitive:
        raise CommandLineError(
            f"{about.name} has no sensitive value to be rotated", hint="`pond edit` changes its other fields"
        )
    return {field.name: reader.ask(field) for field in sensitive}
