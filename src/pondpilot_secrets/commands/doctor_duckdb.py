"""Looks at DuckDB: its version, its extensions, its shell, and what it keeps in plain text."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from pondpilot_secrets.commands.doctor import Finding, Health

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pondpilot_secrets.commands.session import Session

SHOWN = 10


def duckdb(session: Session) -> Iterator[Finding]:
    """Is it there, and which extensions can be had?"""
    try:
        import duckdb as library
    except ImportError:
        yield Finding(
            "duckdb", Health.BROKEN, "the Python package duckdb cannot be imported", "pip install 'duckdb>=1.5,<2'"
        )
        return
    if library.__version__.startswith("1.5."):
        yield Finding("duckdb", Health.OK, f"DuckDB {library.__version__}")
    else:
        hint = "pip install 'duckdb>=1.5,<2'"
        yield Finding(
            "duckdb", Health.WARNING, f"DuckDB {library.__version__} is not the 1.5 that pond is tried with", hint
        )
    with library.connect() as con:
        yield from _extensions(session, con)


def _extensions(session: Session, con: object) -> Iterator[Finding]:
    from pondpilot_secrets.injection.extensions import PACKAGES_HINT, Extensions, canonical
    from pondpilot_secrets.secret_types import registry

    offline = session.settings.offline
    wanted = sorted({canonical(name) for each in registry.all_types() for name in each.extensions})
    states: dict[str, list[str]] = {"loaded": [], "installed": [], "packaged": [], "missing": []}
    for status in Extensions(offline).status(con, wanted):  # type: ignore[arg-type]
        state = (
            "loaded"
            if status.loaded
            else "installed"
            if status.installed
            else "packaged"
            if status.package is not None
            else "missing"
        )
        states[state].append(status.name)
    missing = states.pop("missing")
    there = "; ".join(f"{state}: {', '.join(names)}" for state, names in states.items() if names)
    yield Finding("extensions", Health.OK, there or "none is here yet")
    if not missing:
        return
    used = sorted(set(missing) & _used(session))
    if used and offline:
        yield Finding(
            "extensions", Health.BROKEN, f"missing, and POND_OFFLINE is set: {', '.join(used)}", PACKAGES_HINT
        )
    else:
        message = (
            f"fetched when first needed: {', '.join(missing)}" if not offline else f"missing: {', '.join(missing)}"
        )
        yield Finding("extensions", Health.WARNING if used or offline else Health.OK, message, PACKAGES_HINT)


def _used(session: Session) -> set[str]:
    """The extensions that the vault's own secrets need."""
    from pondpilot_secrets.injection.extensions import canonical
    from pondpilot_secrets.secret_types import registry

    if not (session.settings.home / "metadata.db").exists():
        return set()
    types = {secret.type for secret in session.manager.list_secrets()}
    return {canonical(name) for each in types for name in registry.get(each).extensions}


def duckdb_shell(session: Session) -> Iterator[Finding]:
    """Is DuckDB's own shell there, for `pond shell`?"""
    del session
    if importlib.util.find_spec("duckdb_cli") is not None or shutil.which("duckdb"):
        yield Finding("duckdb shell", Health.OK, "DuckDB's own shell is here for `pond shell`")
    else:
        yield Finding(
            "duckdb shell", Health.OK, "not here; `pond shell` gives a small prompt", "pip install duckdb-cli"
        )


def plain_text_secrets(session: Session) -> Iterator[Finding]:
    """Does DuckDB itself keep secrets in plain text? Only their names are looked at."""
    del session
    folder = Path.home() / ".duckdb" / "stored_secrets"
    names = sorted(path.stem for path in folder.glob("*.duckdb_secret")) if folder.is_dir() else []
    if not names:
        yield Finding("plain-text secrets", Health.OK, f"none in {folder}")
        return
    listed = ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
    yield Finding(
        "plain-text secrets",
        Health.WARNING,
        f"{len(names)} in {folder}, readable by every program of yours: {listed}",
        "keep them with `pond add`, then `DROP PERSISTENT SECRET` them in DuckDB",
    )


LOOKS = (duckdb, duckdb_shell, plain_text_secrets)
