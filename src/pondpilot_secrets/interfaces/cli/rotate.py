"""`pond rotate`: give a secret new values, once they work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pondpilot_secrets.interfaces.cli.invocation import Invocation, global_options, pass_invocation
from pondpilot_secrets.interfaces.cli.options import TIMEOUT
from pondpilot_secrets.interfaces.cli.output import note, print_json
from pondpilot_secrets.interfaces.cli.parameter_types import SECRET, FieldWord

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pondpilot_secrets.commands.results import SecretInfo
    from pondpilot_secrets.interfaces.cli.fields import FieldReader
    from pondpilot_secrets.secure import SecureString

EPILOG = """\b
Without fields it asks for each sensitive one that is set. The new values are tested first; if they do not work, the old
ones stay. Sessions that have the secret applied take the new values when they apply it next.

\b
Examples:
  pond rotate warehouse
  pond rotate prod_s3 key_id=AKIAIOSFODNN7EXAMPLE secret=@-
  pond rotate api token=@new-token.txt --target https://api.example.com/health.json
"""


@click.command("rotate", epilog=EPILOG)
@click.argument("name", type=SECRET)
@click.argument("words", metavar="[FIELD=VALUE]...", nargs=-1, type=FieldWord())
@click.option("--target", metavar="TARGET", help="The path, URL or database to test it with.")
@click.option("--no-test", is_flag=True, help="Save the new values without a test.")
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
    """Give a secret new values; they are tested before the old ones are dropped."""
    from pondpilot_secrets.commands.registry import dispatch
    from pondpilot_secrets.commands.rotate import RotateRequest
    from pondpilot_secrets.commands.show import FindRequest
    from pondpilot_secrets.interfaces.cli.fields import FieldReader

    with invocation.session() as session:
        secret = dispatch(session, "find", FindRequest(name)).secret
        with FieldReader.of(secret) as reader:
            values = reader.read(words) if words else _ask_for_sensitive(reader, secret)
            request = RotateRequest(secret.id, values, expires, not no_test, target, timeout)
            result = dispatch(session, "rotate", request)
    if invocation.json:
        print_json(result)
    else:
        test = "not tested" if result.test is None else f"tested in {result.test.elapsed * 1000:.0f} ms"
        note(f"rotated {result.secret.name} ({test})")


def _ask_for_sensitive(reader: FieldReader, secret: SecretInfo) -> Mapping[str, SecureString | None]:
    from pondpilot_secrets.interfaces.cli.error_output import CommandLineError

    sensitive = [field for field in reader.provider.fields if field.sensitive and field.name in secret.field_names]
    if not sensitive:
        raise CommandLineError(
            f"{secret.name} has no sensitive value to rotate", hint="`pond edit` changes its other fields"
        )
    return reader.read([field.name for field in sensitive])
