"""Write the parts of the documentation that derive from the code, between `<!-- generated: … -->` and `<!-- end -->`.

Without arguments it rewrites the pages; with `--check` it changes nothing, names the pages that are out of date, and exits
with 1. A secret type without a page gets one to be filled in by hand.
"""

from __future__ import annotations

import argparse
import inspect
import os
import re
import runpy
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import click

    from pondpilot_secrets.errors import SecretError
    from pondpilot_secrets.secret_types.base import Attach, Field, Provider, SecretType

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
BLOCK = re.compile(
    r"(?P<open>(?P<comment><!--|#) generated: (?P<what>[^\n>]+?)(?: -->)?\n)"
    r".*?(?P<close>^[ ]*(?:<!-- end generated -->|# end generated)$)",
    re.DOTALL | re.MULTILINE,
)
HELP_WIDTH = 96

TYPE_PAGE = """# {label}

<!-- generated: type {name} -->
<!-- end generated -->

## Example

## Testing it

## Common mistakes
"""


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = ["| " + " | ".join(header) + " |"]
    lines.append("|" + "---|" * (lines[0].count("|") - 1))
    lines += ["| " + " | ".join(cell(text) for text in row) + " |" for row in rows]
    return "\n".join(lines)


def cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# Errors -----------------------------------------------------------------------------------------------------------------


def error_classes() -> list[type[SecretError]]:
    """Return the classes that have a code of their own, by code; groups of them have none."""
    from pondpilot_secrets import errors

    classes = [value for value in vars(errors).values() if inspect.isclass(value)]
    found = [each for each in classes if issubclass(each, errors.SecretError) and each is not errors.SecretError]
    return sorted((each for each in found if "code" in vars(each)), key=lambda each: each.code)


def error_group(error: type[SecretError]) -> str:
    """Return the group that an error belongs to: its nearest base without a code of its own."""
    groups = [base for base in error.__mro__[1:-1] if "code" not in vars(base) and base.__module__ == error.__module__]
    return f"`{groups[0].__name__}`" if groups else ""


def errors_table() -> str:
    rows = []
    for each in error_classes():
        meaning = (inspect.getdoc(each) or "").split("\n\n")[0]
        meaning = capital(re.sub(r"^Raised (when|where|if) ", "", meaning))
        anchor = f"error-{each.code}"
        number = f'<a id="{anchor}"></a>[{each.code}](troubleshooting.md#{anchor})'
        name = f"`{each.__name__}`<br>{error_group(each)}"
        rows.append([number, f"{each.code - 1000 + 9}", name, meaning, capital(each.default_hint or "")])
    return table(["Number", "Exit status", "Class, group", "Raised when", "Usual hint"], rows)


# Commands ---------------------------------------------------------------------------------------------------------------


def root_command() -> click.Group:
    from pondpilot_secrets.interfaces.cli.app import pond

    return pond


def commands() -> Iterator[tuple[str, click.Command, click.Context]]:
    """Give every command as its path (`vault status`), its click command and a context for its help."""
    import click

    def walk(
        command: click.Command, context: click.Context, path: str
    ) -> Iterator[tuple[str, click.Command, click.Context]]:
        yield path, command, context
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                child = command.get_command(context, name)
                if child is not None and not child.hidden:
                    inner = click.Context(child, info_name=name, parent=context, max_content_width=HELP_WIDTH)
                    yield from walk(child, inner, f"{path} {name}".strip())

    root = root_command()
    settings = {"max_content_width": HELP_WIDTH, **root.context_settings}
    yield from walk(root, click.Context(root, info_name="pond", **settings), "")


def command_help(path: str) -> str:
    for name, command, context in commands():
        if name == path:
            context.terminal_width = HELP_WIDTH
            return f"```text\n{command.get_help(context).rstrip()}\n```"
    raise SystemExit(f"there is no command `pond {path}`, but a page shows its help")


# Secret types -----------------------------------------------------------------------------------------------------------


def all_types() -> tuple[SecretType, ...]:
    from pondpilot_secrets.secret_types import registry

    return registry.all_types()


def types_table(prefix: str) -> str:
    rows = [
        [
            f"[`{each.name}`]({prefix}{each.name}.md)",
            each.label,
            each.help,
            codes(provider.name for provider in each.providers),
            codes(each.extensions) or "none",
        ]
        for each in all_types()
    ]
    return table(["Type", "Called", "What it opens", "Providers", "DuckDB extensions"], rows)


def type_block(name: str) -> str:
    secret_type = next(each for each in all_types() if each.name == name)
    parts = [secret_type.help, table(["", ""], type_facts(secret_type))]
    for provider in secret_type.providers:
        parts += provider_parts(provider, alone=len(secret_type.providers) == 1)
    variables = environment_rows(secret_type)
    if variables:
        parts += [
            "## Variables for `pond exec`",
            table(["Variable", "From the field"], variables),
        ]
    return "\n\n".join(parts)


def type_facts(secret_type: SecretType) -> list[list[str]]:
    probe = secret_type.probe
    facts = [
        ["Name", f"`{secret_type.name}`" + (f", also {codes(secret_type.aliases)}" if secret_type.aliases else "")],
        ["DuckDB type", f"`{secret_type.duckdb_type}`"],
        ["DuckDB extensions", codes(secret_type.extensions) or "none"],
        ["Scope when none is given", default_scope(secret_type)],
    ]
    if secret_type.scope_schemes:
        facts.append(["A scope starts with", codes(secret_type.scope_schemes)])
    facts.append(["Attached as a database", attached(secret_type.attach)])
    tested = {
        "attach": "attaching it",
        "glob": "listing a prefix",
        "read": "reading one URL",
        "create": "creating the secret",
    }
    text = tested[probe.kind.value]
    facts.append(["Tested by", text + (f"; a target is {probe.target_help}" if probe.target_help else "")])
    return facts


def attached(how: Attach | None) -> str:
    """Say whether and how databases of a type are attached."""
    if how is None:
        return "no: its files are read by their paths"
    named = "" if how.own_name is None else ", under their own names"
    return f"yes{named}" + (", read-only unless asked otherwise" if how.read_only else "")


def default_scope(secret_type: SecretType) -> str:
    if secret_type.scope_required:
        return "none: a scope must be given (`--scope '*'` for everything)"
    if secret_type.derive_scopes is not None:
        return "made from its fields"
    return codes(secret_type.default_scopes) or "everything"


def provider_parts(provider: Provider, *, alone: bool) -> list[str]:
    title = "## Fields" if alone else f"## Provider `{provider.name}`"
    parts = [title, provider.help]
    if provider.extensions:
        parts.append(f"Needs further DuckDB extensions: {codes(provider.extensions)}.")
    if provider.fields:
        parts.append(table(["Field", "What it is", "Default", "Other names"], map(field_row, provider.fields)))
    else:
        parts.append("It has no fields.")
    return parts


def field_row(field: Field) -> list[str]:
    marks = [word for word, there in (("required", field.required), ("sensitive", field.sensitive)) if there]
    name = f"`{field.name}`" + (f"<br>*{', '.join(marks)}*" if marks else "")
    text = f"{field.label}. {field.help}"
    if field.choices:
        text += f" One of {codes(field.choices)}."
    if field.example:
        text += f" Example: `{field.example}`."
    return [name, text, f"`{field.default}`" if field.default else "", codes(field.aliases)]


def environment_rows(secret_type: SecretType) -> list[list[str]]:
    rows: dict[str, list[str]] = {}
    for provider in secret_type.providers:
        for field in provider.fields:
            for variable in field.environment:
                rows.setdefault(variable, [])
                if field.name not in rows[variable]:
                    rows[variable].append(field.name)
    return [[f"`{variable}`", codes(fields)] for variable, fields in rows.items()]


def type_nav() -> str:
    return "\n".join(f"      - {each.label}: secret-types/{each.name}.md" for each in all_types())


def pages_of(folder: str) -> list[tuple[str, Path]]:
    """Return the title and the path of every page of a folder but its index, by title."""
    found = (path for path in (DOCS / folder).glob("*.md") if path.name != "index.md")
    return sorted((path.read_text("utf-8").split("\n", 1)[0].removeprefix("# ").strip(), path) for path in found)


def nav_of(folder: str) -> str:
    return "\n".join(f"          - {title}: {folder}/{path.name}" for title, path in pages_of(folder))


def decisions_table() -> str:
    """Give every decision by the date under its title, then by title."""
    rows = []
    for title, path in pages_of("decisions"):
        date = re.search(r"^\*(\d{4}-\d\d-\d\d)", path.read_text("utf-8"), re.MULTILINE)
        if date is None:
            raise SystemExit(f"{path} has no date under its title")
        rows.append([date[1], f"[{title}]({path.name})"])
    return table(["Date", "Decision"], sorted(rows))


def public_names() -> str:
    """Give what mkdocstrings shows of every public name; errors have a page of their own."""
    import pondpilot_secrets
    from pondpilot_secrets.errors import SecretError

    def is_listed(name: str) -> bool:
        value = getattr(pondpilot_secrets, name)
        is_error = inspect.isclass(value) and issubclass(value, SecretError) and value is not SecretError
        return name != "__version__" and not is_error

    return "\n\n".join(f"::: pondpilot_secrets.{name}" for name in pondpilot_secrets.__all__ if is_listed(name))


# Versions ---------------------------------------------------------------------------------------------------------------


def matrix_table() -> str:
    pairs = runpy.run_path(str(ROOT / "scripts" / "test_matrix.py"))["PAIRS"]
    return table(["Python", "DuckDB", "Tried with"], ([pair.python, pair.duckdb, pair.note] for pair in pairs))


def since_table() -> str:
    """Return what came with which DuckDB after 1.4.0, the oldest first; providers that got the same share a row."""
    from pondpilot_secrets.secret_types.duckdb_versions import parse_version

    rows: dict[tuple[str, str], list[str]] = {}
    for each in all_types():
        if each.since:
            rows.setdefault((each.since, "the type"), []).append(f"`{each.name}`")
        for provider in each.providers:
            place = f"`{each.name}` ({provider.name})"
            there = provider.since or each.since
            if provider.since:
                rows.setdefault((provider.since, "the provider"), []).append(place)
            new: dict[str, list[str]] = {}
            for field in provider.fields:
                if field.since and not (there and parse_version(field.since) <= parse_version(there)):
                    new.setdefault(field.since, []).append(field.name)
            for version, names in new.items():
                rows.setdefault((version, codes(names)), []).append(place)
    ordered = sorted(rows.items(), key=lambda row: parse_version(row[0][0]))
    return table(
        ["Since DuckDB", "Type (provider)", "New"],
        ([version, ", ".join(places), what] for (version, what), places in ordered),
    )


# Pages ------------------------------------------------------------------------------------------------------------------


def generate(what: str) -> str:
    kind, _, argument = what.partition(" ")
    plain = {
        "errors": errors_table,
        "decisions": decisions_table,
        "matrix": matrix_table,
        "public": public_names,
        "since": since_table,
    }
    if kind in plain:
        return plain[kind]()
    match kind:
        case "command":
            return command_help(argument)
        case "types":
            return types_table(argument)
        case "type":
            return type_block(argument)
        case "nav":
            return nav_of(argument) if argument else type_nav()
    raise SystemExit(f"nothing generates {what!r}")


def rendered(text: str) -> str:
    def replace(match: re.Match[str]) -> str:
        body = generate(match["what"].strip())
        gap = "\n" if match["comment"] == "<!--" else ""
        return f"{match['open']}{gap}{body}\n{gap}{match['close']}"

    return BLOCK.sub(replace, text)


def pages() -> list[Path]:
    return [ROOT / "README.md", ROOT / "mkdocs.yml", *sorted(DOCS.rglob("*.md"))]


def missing_pages() -> dict[Path, str]:
    wanted = {DOCS / "secret-types" / f"{each.name}.md": each for each in all_types()}
    return {
        path: TYPE_PAGE.format(name=each.name, label=each.label) for path, each in wanted.items() if not path.exists()
    }


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 when a page is out of date")
    check = parser.parse_args(arguments).check
    os.environ.pop("COLUMNS", None)
    texts = {path: path.read_text("utf-8") for path in pages()}
    stale = []
    for path, text in (texts | missing_pages()).items():
        new = rendered(text)
        if new != texts.get(path):
            stale.append(path)
            if not check:
                path.write_text(new, "utf-8")
    for path in stale:
        print(f"{'out of date' if check else 'wrote'}: {path.relative_to(ROOT)}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
