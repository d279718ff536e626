"""What the official DuckDB command line reads at its start to have secrets applied, without one being in the script.

The script goes in as an init file, the values as one JSON document through another pipe. DuckDB reads that into a
variable, takes each value out of it by its key, and forgets it. So no value is in an argument, in the environment, in the
text of a statement, in the shell's history, or on a disk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from pondpilot_secrets.injection.duckdb_support import running_version
from pondpilot_secrets.injection.harden import hardened_config
from pondpilot_secrets.injection.quoting import identifier, literal, option
from pondpilot_secrets.secure import SecureString
from pondpilot_secrets.secure.json_buffer import write_map

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pondpilot_secrets.injection.extensions import ExtensionStatus
    from pondpilot_secrets.secret_types.base import Parameters, ParameterValue
    from pondpilot_secrets.secret_types.duckdb_versions import Version

VARIABLE = "__pondpilot_values"
_TEXT_FROM_PIPES = (1, 5, 0)
"""The first DuckDB whose `read_text` reads a pipe; 1.4 asks it when it was changed, and fails."""
_OBJECT_BYTES = 2**24
"""What DuckDB reads of one JSON document unless told otherwise."""


@dataclass(frozen=True, slots=True)
class ShellScript:
    """The statements, which hold no value, and the JSON document that they read; closing it wipes the latter.

    `version` is that of the shell.
    """

    statements: tuple[str, ...]
    values: SecureString
    version: Version

    def text(self, values_path: str) -> str:
        """Return the init file, for a shell that finds the values at a path."""
        read = f"SET VARIABLE {VARIABLE} = ({self._document_query(literal(values_path))})"
        # What the statements answer is of no interest to anybody.
        lines = [".mode trash", f"{read};", *(f"{statement};" for statement in self.statements)]
        return "\n".join([*lines, ".mode duckbox", ""])

    def _document_query(self, place: str) -> str:
        if self.version >= _TEXT_FROM_PIPES:
            return f"SELECT content FROM read_text({place})"
        size = max(_OBJECT_BYTES, len(self.values) + 1)
        return f"SELECT json::VARCHAR FROM read_json_objects({place}, maximum_object_size = {size})"

    def close(self) -> None:
        """Wipe the values."""
        self.values.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class ShellScriptBuilder:
    """Gathers statements and values; `finish` gives the script and wipes what was gathered."""

    def __init__(self, *, offline: bool = False, version: Version | None = None) -> None:
        self._offline = offline
        self._version = running_version() if version is None else version
        settings = dict(hardened_config()) | ({"autoinstall_known_extensions": "false"} if offline else {})
        self._before = [f"SET {name} = {option(_setting(value))}" for name, value in settings.items()]
        self._creations: list[str] = []
        self._after: list[str] = []
        self._values: dict[str, SecureString] = {}
        self._loaded: set[str] = set()

    def load(self, statuses: Iterable[ExtensionStatus], *, same_version: bool) -> None:
        """Load extensions; a package's file fits only a shell of the same version as the Python package of DuckDB.

        One that is not installed is fetched first, unless that is forbidden; the caller has made sure then that it is there.
        """
        for status in statuses:
            if status.name in self._loaded:
                continue
            self._loaded.add(status.name)
            if status.package is not None and same_version:
                self._before.append(f"LOAD {literal(str(status.package))}")
            else:
                there = self._offline or (status.installed and same_version)
                self._before += [] if there else [f"INSTALL {status.name}"]
                self._before.append(f"LOAD {status.name}")

    def create(self, name: str, kind: tuple[str, str], parameters: Parameters, scopes: Sequence[str]) -> None:
        """Create a temporary secret of a (type, provider)."""
        words = [f"TYPE {kind[0]}", f"PROVIDER {kind[1]}"]
        words += [f"{key} {self._expression(value)}" for key, value in parameters.values.items()]
        if scopes:
            words.append(f"SCOPE [{', '.join(literal(scope) for scope in scopes)}]")
        self._creations.append(f"CREATE TEMPORARY SECRET {identifier(name)} ({', '.join(words)})")

    def attach(self, statement: str) -> None:
        """Attach a database once all secrets are there and the values are forgotten."""
        self._after.append(statement)

    def finish(self) -> ShellScript:
        """Return the script."""
        try:
            values = write_map(self._values)
        finally:
            self.discard()
        return ShellScript(
            (*self._before, *self._creations, f"RESET VARIABLE {VARIABLE}", *self._after), values, self._version
        )

    def discard(self) -> None:
        """Wipe what was gathered."""
        for value in self._values.values():
            value.close()
        self._values.clear()

    def _expression(self, value: ParameterValue) -> str:
        if isinstance(value, bool | int):
            return option(value)
        if isinstance(value, SecureString | str):
            return self._value(value)
        entries = (f"{self._value(key)}: {self._value(part)}" for key, part in value.items())
        return f"MAP {{{', '.join(entries)}}}"

    def _value(self, value: SecureString | str) -> str:
        key = f"v{len(self._values)}"
        self._values[key] = value.copy() if isinstance(value, SecureString) else SecureString(value)
        return f"json_extract_string(getvariable('{VARIABLE}'), '$.{key}')"


def _setting(value: object) -> str | bool:
    return value == "true" if value in ("true", "false") else str(value)
