"""DuckDB's extensions: loaded already, else installed, else from their Python packages, else fetched, unless offline.

`LOAD name` of an extension that is not installed goes to the network where autoinstall is on, so nothing is loaded by its
name before DuckDB has said that it is installed.
"""

from __future__ import annotations

import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pondpilot_secrets import log
from pondpilot_secrets.errors import ExtensionMissingError
from pondpilot_secrets.injection import quoting
from pondpilot_secrets.injection.install_hint import install_hint
from pondpilot_secrets.secret_types.base import FieldKind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    import duckdb

    from pondpilot_secrets.secret_types.base import Fields, SecretType
    from pondpilot_secrets.secret_types.duckdb_versions import Version

_PLAIN = re.compile(r"[a-z0-9_]+")
_ALIASES = {"postgres": "postgres_scanner", "mysql": "mysql_scanner", "sqlite": "sqlite_scanner", "md": "motherduck"}
_PREFIXES = {
    **dict.fromkeys(("http", "https", "s3", "s3a", "s3n", "r2", "gcs", "gs", "hf"), "httpfs"),
    **dict.fromkeys(("azure", "az", "abfss", "abfs"), "azure"),
    **dict.fromkeys(("postgres", "postgresql"), "postgres_scanner"),
    "mysql": "mysql_scanner",
    "sqlite": "sqlite_scanner",
    "md": "motherduck",
    "motherduck": "motherduck",
}
"""What DuckDB would load by itself for a path or database that begins like this."""


@dataclass(frozen=True, slots=True)
class ExtensionStatus:
    """Where an extension stands.

    `loaded` and `installed` are as DuckDB says, `package` is the file of its Python package or None.
    """

    name: str
    loaded: bool
    installed: bool
    package: Path | None

    @property
    def usable(self) -> bool:
        """Whether it can be had without the network."""
        return self.loaded or self.installed or self.package is not None


class Extensions:
    """Loads extensions; `offline` forbids to fetch any. `find_package` gives the file of an extension's Python package."""

    def __init__(self, offline: bool = False, find_package: Callable[[str], Path | None] | None = None) -> None:
        self.offline = offline
        self._find_package = packaged if find_package is None else find_package

    def ensure(
        self,
        cursor: duckdb.DuckDBPyConnection,
        names: Iterable[str],
        loaded: set[str] | None = None,
        optional: Collection[str] = (),
    ) -> None:
        """Load the extensions, in order, that the cursor's instance lacks.

        `loaded` is what is known to be loaded there, and grows; nothing ever unloads an extension. What is `optional` may be
        missing.
        Raises `ExtensionMissingError` (1019), which names the extension and says how to get it.
        """
        known = set() if loaded is None else loaded
        missing = [name for name in map(canonical, names) if name not in known]
        if not missing:
            return
        try:
            found = self.status(cursor, missing)
        except _refusal():
            # Without external access DuckDB cannot list its extensions, but LOAD of a loaded one works, and fetches nothing.
            log.debug("injection", "this DuckDB lists no extensions: %s are loaded by their names", missing)
            found = [ExtensionStatus(name, loaded=False, installed=True, package=None) for name in missing]
        for status in found:
            if not status.loaded:
                try:
                    self._load(cursor, status)
                except ExtensionMissingError as error:
                    if status.name not in optional:
                        raise
                    log.debug("injection", "goes on without an extension: %s", error.message)
                    continue
            known.add(status.name)

    def status(self, cursor: duckdb.DuckDBPyConnection, names: Sequence[str]) -> list[ExtensionStatus]:
        """Say where each of the extensions stands, without loading any and without the network."""
        rows = cursor.execute(
            "SELECT extension_name, loaded, installed FROM duckdb_extensions() WHERE loaded OR installed"
        ).fetchall()
        found = {canonical(name): (bool(loaded), bool(installed)) for name, loaded, installed in rows}
        return [
            ExtensionStatus(name, *found.get(name, (False, False)), package=self._find_package(name))
            for name in map(canonical, names)
        ]

    def _load(self, cursor: duckdb.DuckDBPyConnection, status: ExtensionStatus) -> None:
        reasons = []
        statements = [f"LOAD {status.name}"] if status.installed else []
        if status.package is not None:
            statements.append(f"LOAD {quoting.literal(str(status.package))}")
        for statement in statements:
            reason = _attempt(cursor, statement)
            if reason is None:
                return
            log.debug("injection", "DuckDB could not load %s in one way: %s", status.name, reason)
            reasons.append(reason)
        if not statements and not self.offline:
            log.info("injection", "DuckDB's extension %s is fetched, because it is not installed", status.name)
            reason = _attempt(cursor, f"INSTALL {status.name}") or _attempt(cursor, f"LOAD {status.name}")
            if reason is None:
                return
            reasons.append(reason)
        raise _missing(status.name, reasons, offline=self.offline)


def canonical(name: str) -> str:
    """Return the name that DuckDB lists an extension under; raises `ExtensionMissingError` for what can be none."""
    if not _PLAIN.fullmatch(name):
        raise ExtensionMissingError("an extension's name holds only letters, digits and `_`")
    return _ALIASES.get(name, name)


def packaged(name: str) -> Path | None:
    """Return the extension's file from its Python package, if one for this DuckDB is installed; imports nothing."""
    import duckdb

    spec = importlib.util.find_spec(f"duckdb_extension_{name}")
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        path = Path(folder, "extensions", f"v{duckdb.__version__}", f"{name}.duckdb_extension")
        if path.is_file():
            return path
    return None


def installed_for(cursor: duckdb.DuckDBPyConnection, name: str, version: Version) -> bool:
    """Whether an extension was installed by a DuckDB of another version, in the folder that all versions share."""
    row = cursor.execute("SELECT platform FROM pragma_platform()").fetchone()
    setting = cursor.execute("SELECT current_setting('extension_directory')").fetchone()
    folder = Path(setting[0]) if setting and setting[0] else Path.home() / ".duckdb" / "extensions"
    numbers = ".".join(map(str, version))
    return row is not None and Path(folder, f"v{numbers}", row[0], f"{name}.duckdb_extension").is_file()


def needed_by(secret_type: SecretType, provider_name: str | None, fields: Fields) -> list[str]:
    """Return the extensions that a secret needs: the type's, the provider's, and those that its paths imply.

    DuckDB would load the last by itself, but from the network, and never finds those that came as Python packages.
    """
    provider = secret_type.provider(provider_name)
    names = [*secret_type.extensions, *provider.extensions]
    for field in provider.fields:
        if field.name in fields and not field.sensitive and field.kind in (FieldKind.PATH, FieldKind.CHOICE):
            prefix, colon, _ = fields[field.name].expose().partition(":")
            implied = _PREFIXES.get(prefix.lower())
            if implied and (colon or field.kind is FieldKind.CHOICE):
                names.append(implied)
    return list(dict.fromkeys(names))


def _refusal() -> type[Exception]:
    import duckdb

    return duckdb.PermissionException


def _attempt(cursor: duckdb.DuckDBPyConnection, statement: str) -> str | None:
    """Return why DuckDB refused, or None when it did not."""
    import duckdb

    try:
        cursor.execute(statement)
    except duckdb.Error as error:
        return str(error).strip().partition("\n")[0]
    return None


def _missing(name: str, reasons: list[str], *, offline: bool) -> ExtensionMissingError:
    if reasons:
        message = f"DuckDB could not load its extension {name}: {reasons[-1]}"
    else:
        message = f"DuckDB's extension {name} is not installed, and fetching it is forbidden (POND_OFFLINE)"
    online = "" if offline else f", or in DuckDB: `INSTALL {name}`"
    return ExtensionMissingError(message, hint=install_hint([name]) + online)
