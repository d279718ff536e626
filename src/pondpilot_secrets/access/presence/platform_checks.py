"""Whom this machine can ask, in order: the platform's own way first, then the vault's passphrase."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pondpilot_secrets.access.presence.base import PresenceCheck


def presence_checks(passphrase: PresenceCheck | None = None, platform: str = sys.platform) -> tuple[PresenceCheck, ...]:
    """Return the ways of asking, importing this platform's only; whether they can be asked, each says itself."""
    own = _own(platform)
    return tuple(check for check in (own, passphrase) if check is not None)


def _own(platform: str) -> PresenceCheck | None:
    if platform.startswith("linux"):
        from pondpilot_secrets.access.presence.polkit import Polkit

        return Polkit()
    if platform == "darwin":
        from pondpilot_secrets.access.presence.touch_id import TouchId

        return TouchId()
    if platform == "win32":
        from pondpilot_secrets.access.presence.windows_hello import WindowsHello

        return WindowsHello()
    return None
