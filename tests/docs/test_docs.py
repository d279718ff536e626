"""The documentation says what the code does: nothing undocumented, nothing stale, no command line that does not parse."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import pytest

from pondpilot_secrets.secret_types import registry
from tests.docs.pages import (
    CODE_FENCE,
    DOCS,
    HEADING,
    PAGES,
    ROOT,
    anchors,
    commands,
    generator,
    prose,
    relative,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import click

LINK = re.compile(r"\[[^\]\n]*\]\((?P<target>[^)\s]+)\)")
VARIABLE = re.compile(r"\bPOND_[A-Z][A-Z_]*\b")


def test_generated_parts_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    status = generator.main(["--check"])
    assert status == 0, f"run scripts/generate-docs.py:\n{capsys.readouterr().out}"


def test_every_command_has_a_section() -> None:
    titles = {match["title"] for match in HEADING.finditer(text_of("command-line.md"))}
    wanted = {f"pond {path}" for path in commands() if path}
    assert wanted - titles == set()


def test_every_option_of_every_command_is_documented() -> None:
    import click

    page = text_of("command-line.md")
    undocumented = [
        f"pond {path} {option}"
        for path, command in commands().items()
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.hidden
        for option in parameter.opts
        if option.startswith("--") and option not in page
    ]
    assert undocumented == []


def test_every_error_code_is_documented() -> None:
    page = text_of("errors.md")
    missing = [each.__name__ for each in generator.error_classes() if f"[{each.code}](" not in page]
    assert missing == []


def test_every_variable_that_the_code_reads_is_documented_and_no_other() -> None:
    read = {name for path in (ROOT / "src").rglob("*.py") for name in VARIABLE.findall(path.read_text("utf-8"))}
    internal = {name for name in read if name.startswith("POND_INTERNAL") or name.endswith("_COMPLETE")}
    documented = set(VARIABLE.findall(text_of("settings.md")))
    assert read - internal - documented == set()
    assert documented - read == set()


@pytest.mark.parametrize("name", registry.names())
def test_every_secret_type_has_a_page_with_a_worked_example(name: str) -> None:
    page = text_of(f"secret-types/{name}.md")
    assert f"<!-- generated: type {name} -->" in page
    for section in ("Example", "Testing it", "Common mistakes"):
        body = re.search(rf"^## {section}\n(.*?)(?=^## |\Z)", page, re.DOTALL | re.MULTILINE)
        assert body is not None, f"{section} is missing"
        assert len(body[1].strip()) > 40, f"{section} is empty"


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_every_internal_link_resolves(page: Path) -> None:
    for match in LINK.finditer(prose(page)):
        target, _, anchor = match["target"].partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        linked = (page.parent / target).resolve() if target else page
        assert linked.exists(), f"{relative(page)} links to {match['target']}"
        if anchor and linked.suffix == ".md":
            assert anchor in anchors(linked), f"{relative(page)} links to {match['target']}"


def documented_command_lines() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for fence in CODE_FENCE.finditer(page.read_text("utf-8")):
            if fence["language"] in ("console", "sh", "bash"):
                for line in joined_lines(fence["body"], prompts=fence["language"] == "console"):
                    yield from ((relative(page), words) for words in pond_calls(line))


def joined_lines(body: str, *, prompts: bool) -> Iterator[str]:
    """Give the command lines of a block, those that continue on the next line in one piece."""
    for line in body.replace("\\\n", " ").splitlines():
        text = line.strip()
        if prompts and text.startswith("$ "):
            yield text.removeprefix("$ ")
        elif not prompts and not text.startswith("#"):
            yield text


def pond_calls(line: str) -> Iterator[str]:
    """Give the words after `pond` for every command of a line that is one, cut at `;`, `|`, `&&` and parentheses."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|()<>")
    lexer.whitespace_split = True
    call: list[str] = []
    for word in [*lexer, ";"]:
        if set(word) <= set(";&|()<>"):
            yield from called(call)
            call = []
        else:
            call.append(word)


def called(words: list[str]) -> Iterator[str]:
    while words and re.match(r"[A-Z_]+=", words[0]):
        words = words[1:]
    if words and words[0] == "pond":
        yield shlex.join(words[1:])


@pytest.mark.parametrize(("page", "line"), sorted(set(documented_command_lines())))
def test_every_documented_command_line_parses(
    page: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import click

    monkeypatch.chdir(tmp_path)
    (tmp_path / "report.sql").touch()
    command: click.Command = commands()[""]
    context = click.Context(command, info_name="pond")
    words = shlex.split(line)
    while isinstance(command, click.Group):
        if not words or set(words) & {"--help", "--version"}:
            return
        name = words.pop(0)
        found = command.get_command(context, name)
        assert found is not None, f"{page}: there is no command `{name}` in `pond {line}`"
        command, context = found, click.Context(found, info_name=name, parent=context)
    if "--help" in words:
        return
    try:
        command.parse_args(context, words)
    except click.UsageError as error:
        pytest.fail(f"{page}: `pond {line}`: {error.format_message()}")


def test_the_two_commands_of_the_readme_are_targets_of_make() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in ("demo", "test"):
        assert f"make {target}" in readme
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_no_page_asks_for_anything_from_elsewhere() -> None:
    settings = (ROOT / "mkdocs.yml").read_text("utf-8")
    assert "font: false" in settings
    assert not re.search(r"^repo_url:", settings, re.MULTILINE)
    for page in DOCS.rglob("*.md"):
        assert not re.search(
            r"!\[[^\]]*\]\(https?://|<(img|script|link)\b|^```mermaid", page.read_text("utf-8"), re.MULTILINE
        )
