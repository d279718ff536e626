"""`pond completion`: the script that teaches a shell to complete `pond`."""

from __future__ import annotations

import click

from pondpilot_secrets.interfaces.cli.invocation import global_options
from pondpilot_secrets.interfaces.cli.output import say

EPILOG = """\b
Completes commands, options, names of secrets, types and fields. Values are never completed.

\b
Examples:
  echo 'eval "$(pond completion bash)"' >> ~/.bashrc
  echo 'eval "$(pond completion zsh)"' >> ~/.zshrc
  pond completion fish > ~/.config/fish/completions/pond.fish
"""


@click.command("completion", epilog=EPILOG)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@global_options
def command(shell: str) -> None:
    """Print the completion script of SHELL."""
    from click.shell_completion import get_completion_class

    from pondpilot_secrets.interfaces.cli.app import pond

    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError("click knows no such shell")
    say(found(pond, {}, "pond", "_POND_COMPLETE").source())
