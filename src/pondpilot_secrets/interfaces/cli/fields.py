"""The `field=value` words of commands that save: where values come from, and that no secret comes from the command line.

`field=text`, `field=@FILE`, `field=@-` (standard input), `field=env:VAR`; `@@` stands for a text that begins with `@`; a
field's name alone asks for it. Of a file and of standard input one line end at the end is dropped, because editors and
`echo` add it.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from pondpilot_secrets.interfaces.cli.error_output import CommandLineError
from pondpilot_secrets.interfaces.cli.prompt import ask_hidden, ask_line
from pondpilot_secrets.secret_types import registry
from pondpilot_secrets.secret_types.validation import field_named, provider_named
from pondpilot_secrets.secure import SecureString
from pondpilot_secrets.secure.secret_files import read_file, read_stream
from pondpilot_secrets.settings import expand_path

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pondpilot_secrets.commands.results import SecretInfo
    from pondpilot_secrets.secret_types.base import Field, Provider, SecretType

LARGEST_FILE = 16 << 20
STANDARD_INPUT = "@-"


@dataclass(slots=True)
class FieldReader:
    """Reads the words for one type and provider, and wipes the values at the end of its `with`.

    With `removes_empty`, `field=` removes the field instead of making it empty.
    """

    secret_type: SecretType
    provider: Provider
    removes_empty: bool = False
    _from_input: str | None = None
    values: dict[str, SecureString | None] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, secret: SecretInfo) -> Self:
        """Return the reader of changes to a secret that there is already."""
        secret_type = registry.get(secret.type)
        return cls(secret_type, provider_named(secret_type, secret.provider), removes_empty=True)

    def read(self, words: Sequence[str]) -> dict[str, SecureString | None]:
        """Return the values by field name; raises `CommandLineError`, or `InvalidCredentialsError` for unknown fields."""
        for word in words:
            given, equals, text = word.partition("=")
            about = field_named(self.secret_type, self.provider, given)
            if about.name in self.values:
                raise CommandLineError(f"{about.name} is given twice", hint="give it once; aliases name the same field")
            self.values[about.name] = self._value(about, text) if equals else self.ask(about)
        return self.values

    def ask(self, about: Field, *, optional: bool = False) -> SecureString:
        """Ask for a field, without echo where it is sensitive."""
        prompt = f"{about.name} ({about.label})" + (" [empty for none]" if optional else "")
        instead = how_to_give(about.name)
        if about.sensitive:
            return ask_hidden(prompt, instead=instead)
        return SecureString(ask_line(prompt, instead=f"give it as {about.name}=…"))

    def _value(self, about: Field, text: str) -> SecureString | None:
        if not text:
            return None if self.removes_empty else SecureString("")
        if text == STANDARD_INPUT:
            return self._standard_input(about)
        if text.startswith("@") and not text.startswith("@@"):
            return _file(about, expand_path(text[1:]))
        if text.startswith("env:"):
            return _variable(about, text[4:])
        if about.sensitive:
            raise CommandLineError(
                f"{about.name} is sensitive and cannot be given as plain text: "
                "shell history and the process list would keep it",
                hint=how_to_give(about.name),
            )
        return SecureString(text.removeprefix("@"))

    def _standard_input(self, about: Field) -> SecureString:
        if self._from_input is not None:
            raise CommandLineError(f"standard input is for one field, and {self._from_input} takes it already")
        self._from_input = about.name
        if sys.stdin.isatty():
            return self.ask(about)
        return _text(about, _read_standard_input, "standard input")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for value in self.values.values():
            if value is not None:
                value.close()


def how_to_give(name: str) -> str:
    """Return the hint on how a sensitive field is given."""
    return f"leave it out to be asked, or give {name}=@FILE, {name}=@- (standard input) or {name}=env:VARIABLE"


def _read_standard_input() -> SecureString:
    with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as stream:
        return read_stream(stream, LARGEST_FILE)


def _file(about: Field, path: Path) -> SecureString:
    return _text(about, lambda: read_file(path, LARGEST_FILE), f"the file {path}")


def _text(about: Field, read: Callable[[], SecureString], source: str) -> SecureString:
    try:
        content = read()
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        raise CommandLineError(f"{about.name}: cannot read {source}: {reason}") from None
    with content:
        if not content.is_text():
            raise CommandLineError(f"{about.name}: {source} is not UTF-8 text")
        with content.exposed() as view:
            ending = bytes(view[-2:])
            return SecureString(view[: len(view) - (2 if ending == b"\r\n" else ending.endswith(b"\n"))])


def _variable(about: Field, name: str) -> SecureString:
    value = os.environ.get(name)
    if value is None:
        raise CommandLineError(f"{about.name}: the variable {name} is not set")
    return SecureString(value)
