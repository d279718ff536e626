"""Our policy for polkit: the file that an administrator installs, and whether one did."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

POLICY_FILE = f"{os.path.dirname(__file__)}/io.pondpilot.secrets.policy"  # noqa: PTH120 - pathlib costs 4 ms
"""The policy that an administrator installs; it comes with this package."""
POLICY_FOLDERS = ("/usr/share/polkit-1/actions", "/usr/local/share/polkit-1/actions", "/etc/polkit-1/actions")
"""Where polkit reads policies: the first everywhere, the others where its version or distribution adds them."""


def policy_is_installed(folders: Sequence[str] = POLICY_FOLDERS) -> bool:
    """Whether an administrator installed our policy: without it polkit asks nobody."""
    name = os.path.basename(POLICY_FILE)  # noqa: PTH119
    return any(os.path.exists(f"{folder}/{name}") for folder in folders)  # noqa: PTH110
