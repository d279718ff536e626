"""A marker beside `metadata.db` that says which vault is here, for the day on which that file is empty or gone.

Without it an emptied file would pass for a new vault, and the secrets in the keychain would belong to nobody.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pondpilot_secrets import log

if TYPE_CHECKING:
    from pathlib import Path

MARKER_FILE = "vault.id"


def leave_marker(home: Path, vault_id: str) -> None:
    """Leave the marker, if it is not there; a folder that cannot be written to goes without."""
    try:
        descriptor = os.open(home / MARKER_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    except OSError as error:
        log.debug("vault", "the marker file cannot be written: %s", error.strerror)
        return
    try:
        os.write(descriptor, f"{vault_id}\n".encode())
    except OSError as error:
        log.debug("vault", "the marker file is left empty: %s", error.strerror)
    finally:
        os.close(descriptor)


def has_marker(home: Path) -> bool:
    """Whether a vault was made in this folder."""
    return (home / MARKER_FILE).exists()
