"""What the environment says: the `POND_…` variables, read once and checked."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pondpilot_secrets.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping


LONGEST_CACHE = 3600
"""Seconds for which an opened secret may be kept in memory."""


AUTO = "auto"
"""The name that leaves the choice of a store to a new vault; one that has secrets stays where it is."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one vault.

    Attributes:
        home: the folder of the vault's own files.
        store: the name of the store asked for, or `auto`; whether there is such a store, the registry of stores knows.
        passphrase_file: a file with the passphrase of a vault in an encrypted file, or None.
        key_file: a file with the key of a vault in an encrypted file, or None.
        read_only: whether nothing may be saved, changed or deleted (`POND_READ_ONLY=1`).
        cache_seconds: how long an opened secret is kept in memory (`POND_CACHE_SECONDS`); 0 is not at all.
        offline: whether DuckDB may fetch extensions (`POND_OFFLINE=1` forbids it).
    """

    home: Path
    store: str = AUTO
    passphrase_file: Path | None = None
    key_file: Path | None = None
    offline: bool = False
    read_only: bool = False
    cache_seconds: float = 0.0

    @classmethod
    def from_environment(
        cls,
        environment: Mapping[str, str] | None = None,
        *,
        home: Path | str | None = None,
        store: str | None = None,
        key_file: Path | str | None = None,
        cache_seconds: float | None = None,
    ) -> Settings:
        """Read the settings; arguments win over variables. Raises `UsageError` for what is no path or no time."""
        variables = os.environ if environment is None else environment
        return cls(
            home=_path(home or variables.get("POND_HOME")) or default_home(variables),
            store=store or variables.get("POND_STORE") or AUTO,
            passphrase_file=_path(variables.get("POND_PASSPHRASE_FILE")),
            key_file=_path(key_file or variables.get("POND_KEY_FILE")),
            offline=_is_set(variables, "POND_OFFLINE"),
            read_only=_is_set(variables, "POND_READ_ONLY"),
            cache_seconds=_seconds(variables.get("POND_CACHE_SECONDS") if cache_seconds is None else cache_seconds),
        )


def _is_set(variables: Mapping[str, str], name: str) -> bool:
    return variables.get(name, "") not in ("", "0")


def _seconds(given: float | str | None) -> float:
    try:
        seconds = float(given or 0)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= LONGEST_CACHE:
        raise UsageError(
            f"secrets can be kept in memory for 0 to {LONGEST_CACHE} seconds", hint="POND_CACHE_SECONDS says how long"
        )
    return seconds


def _path(text: Path | str | None) -> Path | None:
    return expand_path(text).absolute() if text else None


def expand_path(text: Path | str) -> Path:
    """Return a path with its `~` written out; raises `UsageError` for what no file can be called."""
    shown = str(text)
    if "\0" in shown or any("\ud800" <= letter <= "\udfff" for letter in shown):
        raise UsageError("the name of a file or folder is not valid Unicode, or holds a NUL character")
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise UsageError(f"there is no such user's folder: {shown!r}", hint="give the whole path") from None


def default_home(variables: Mapping[str, str]) -> Path:
    """The platform's folder for a user's own data, as platformdirs names it."""
    if sys.platform.startswith("linux"):
        # What platformdirs answers here, without the 6 ms of importing it.
        data = variables.get("XDG_DATA_HOME", "")
        return (Path(data) if data else Path.home() / ".local" / "share") / "pondpilot" / "secrets"
    from platformdirs import user_data_path

    return user_data_path("pondpilot", appauthor=False) / "secrets"
