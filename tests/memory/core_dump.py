"""A program with a secret in a SecureString and a control marker in plain sight, that aborts: `… FILE_OF_BOTH`.

The file holds the secret and the control, 48 bytes each, so that neither comes by any other way.
"""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path

from pondpilot_secrets.secure import SecureString, wipe


def main(path: str) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    secret, control = bytearray(48), bytearray(48)
    with Path(path).open("rb", buffering=0) as file:
        file.readinto(secret)
        file.readinto(control)
    kept = SecureString(secret)
    wipe(secret)
    assert len(kept) == len(control)
    os.abort()


if __name__ == "__main__":
    main(sys.argv[1])
