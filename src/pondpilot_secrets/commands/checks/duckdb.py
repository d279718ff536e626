"""Checks of DuckDB: its version, its extensions, its shell, and what it stores in plain text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pondpilot_secrets.commands.checks.outcome import CheckOutcome, Health
from pondpilot_secrets.commands.duckdb_program import find_program, package_version, program_hint
from pondpilot_secrets.secret_types.duckdb_versions import parse_version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pondpilot_secrets.commands.session import Session
    from pondpilot_secrets.injection.extensions import ExtensionStatus

SHOWN = 10
SUPPORTED = "duckdb>=1.4,<3"
OLDEST, NEWER = (1, 4, 0), (2, 1, 0)
"""The oldest DuckDB that is tested, and the oldest of those that are newer than all that are."""


def duckdb(session: Session) -> Iterator[CheckOutcome]:
    """Is it there, and which extensions can be loaded?"""
    hint = f"pip install '{SUPPORTED}'"
    try:
        import duckdb as library
    except ImportError:
        yield CheckOutcome("duckdb", Health.BROKEN, "the Python package duckdb cannot be imported", hint)
        return
    if OLDEST <= parse_version(library.__version__) < NEWER:
        yield CheckOutcome("duckdb", Health.OK, f"DuckDB {library.__version__}")
    else:
        message = f"DuckDB {library.__version__} is not one that pond is tested with, 1.4 to 2.0"
        yield CheckOutcome("duckdb", Health.WARNING, message, hint)
    with library.connect() as con:
        yield from _extensions(session, con)


def _extensions(session: Session, con: Any) -> Iterator[CheckOutcome]:
    from pondpilot_secrets.injection.extensions import Extensions, canonical
    from pondpilot_secrets.injection.install_hint import install_hint
    from pondpilot_secrets.secret_types import registry

    offline = session.settings.offline
    known = sorted({canonical(name) for each in registry.all_types() for name in each.extensions})
    states: dict[str, list[str]] = {"loaded": [], "installed": [], "packaged": [], "missing": []}
    for status in Extensions(offline).status(con, known):
        states[_state(status)].append(status.name)
    missing = states.pop("missing")
    there = "; ".join(f"{state}: {', '.join(names)}" for state, names in states.items() if names)
    yield CheckOutcome("extensions", Health.OK, there or "none is here yet")
    used = sorted(set(missing) & _used(session)) if missing else []
    if used and offline:
        message = f"missing, and POND_OFFLINE is set: {', '.join(used)}"
        yield CheckOutcome("extensions", Health.BROKEN, message, install_hint(used))
    elif missing:
        message = f"{'missing' if offline else 'fetched when first needed'}: {', '.join(missing)}"
        health = Health.WARNING if used or offline else Health.OK
        yield CheckOutcome("extensions", health, message, install_hint(used or missing))


def _state(status: ExtensionStatus) -> str:
    if status.loaded:
        return "loaded"
    if status.installed:
        return "installed"
    return "missing" if status.package is None else "packaged"


def _used(session: Session) -> set[str]:
    """The extensions that the vault's own secrets need."""
    from pondpilot_secrets.injection.extensions import canonical
    from pondpilot_secrets.secret_types import registry

    if not session.has_vault:
        return set()
    types = {secret.type for secret in session.manager.list_secrets()}
    return {canonical(name) for each in types for name in registry.get(each).extensions}


def duckdb_shell(session: Session) -> Iterator[CheckOutcome]:
    """Is DuckDB's own shell there, for `pond shell`, in the version of the Python package?"""
    del session
    try:
        program, version = find_program(), package_version()
    except ImportError:
        return  # the check of DuckDB itself says so
    if program is None:
        message = "not here; `pond shell` gives a small prompt"
        yield CheckOutcome("duckdb shell", Health.OK, message, program_hint(version))
    elif program.fits:
        yield CheckOutcome("duckdb shell", Health.OK, f"DuckDB's own shell {version} is here for `pond shell`")
    else:
        message = (
            f"{program.path} is DuckDB {program.version or '(unknown)'}, and the Python package duckdb is {version}: "
            "the package's extensions do not fit the shell"
        )
        yield CheckOutcome("duckdb shell", Health.WARNING, message, program_hint(version))


def plain_text_secrets(session: Session) -> Iterator[CheckOutcome]:
    """Does DuckDB itself store secrets in plain text? Only their names are read."""
    del session
    folder = Path.home() / ".duckdb" / "stored_secrets"
    names = sorted(path.stem for path in folder.glob("*.duckdb_secret")) if folder.is_dir() else []
    if not names:
        yield CheckOutcome("plain-text secrets", Health.OK, f"none in {folder}")
        return
    listed = ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
    yield CheckOutcome(
        "plain-text secrets",
        Health.WARNING,
        f"{len(names)} in {folder}, readable by every program of yours: {listed}",
        "save them with `pond add`, then `DROP PERSISTENT SECRET` them in DuckDB",
    )
