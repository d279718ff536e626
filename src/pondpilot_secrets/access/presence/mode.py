"""Whether a vault asks, and what the log says where nobody was asked; apart from `gate`, which takes 5 ms to import."""

from __future__ import annotations

from enum import StrEnum

GRACE = 300.0
"""Seconds that an answer holds, unless the vault says otherwise."""

OFF, WITHIN_GRACE, NOBODY = "presence off", "within the grace", "nobody can be asked here"


class PresenceMode(StrEnum):
    """Whether this vault asks."""

    ON = "on"
    OFF = "off"
