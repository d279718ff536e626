"""Help, completion and the search for a mistyped command derive from the registry."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.interfaces.cli.pond import PROGRAM, Pond


@pytest.mark.parametrize("words", [(), ("vault",), ("audit",)])
def test_a_group_without_a_command_shows_its_help_and_is_no_success(pond: Pond, words: tuple[str, ...]) -> None:
    ended = pond(*words)
    assert ended.status == 2
    assert ended.err.startswith("Usage: pond")
    assert not re.search(r"^error \d", ended.err, re.MULTILINE)
    assert ended.out == ""


def test_help_of_every_command_has_examples(pond: Pond) -> None:
    from click.testing import CliRunner

    from pondpilot_secrets.commands.registry import COMMANDS
    from pondpilot_secrets.interfaces.cli.app import OWN_COMMANDS
    from pondpilot_secrets.interfaces.cli.app import pond as command

    runner = CliRunner()
    paths = [each.words.split() for each in COMMANDS.values() if each.words] + [[name] for name in OWN_COMMANDS]
    for path in paths:
        result = runner.invoke(command, [*path, "--help"])
        assert result.exit_code == 0, path
        assert "Example" in result.output, path
        assert {"--json", "--home", "--debug"} <= set(result.output.split()), path


def test_the_help_of_a_group_lists_every_command_of_the_registry_with_its_summary(pond: Pond) -> None:
    from pondpilot_secrets.commands.registry import COMMANDS, GROUPS

    helps = {prefix: " ".join(pond.ok(*prefix.split(), "--help").out.split()) for prefix in ("", *GROUPS)}
    for command in COMMANDS.values():
        if command.words is not None:
            group, _, word = command.words.rpartition(" ")
            assert f"{word} {command.summary}" in helps[group]
            assert not group or word in helps[""]


def test_help_imports_no_command(pond: Pond) -> None:
    for words in ((), ("vault",)):
        done = subprocess.run(
            [sys.executable, "-X", "importtime", PROGRAM, *words, "--help"],
            capture_output=True,
            text=True,
            env=pond.environment(),
            check=True,
        )
        modules = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
        assert "pondpilot_secrets.interfaces.cli.registry_group" in modules
        assert not {name for name in modules if name.endswith((".cli.add", ".vault.status", ".commands.vault"))}


def test_a_mistyped_command_gets_a_suggestion(pond: Pond) -> None:
    assert "`pond reveal`" in pond("revael", "x").err
    assert "`pond vault status`" in pond("vault", "stauts").err
    assert "`pond audit --help` lists them" in pond("audit", "xyzzy").err
