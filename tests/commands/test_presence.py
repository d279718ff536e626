"""Whether the vault asks for the person, and the ways in which it would."""

from __future__ import annotations

from pondpilot_secrets.commands.presence import PresenceRequest
from pondpilot_secrets.commands.registry import dispatch
from pondpilot_secrets.commands.session import Session


def test_the_mode_and_the_grace_are_changed_and_shown(warehouse: Session) -> None:
    changed = dispatch(warehouse, "vault.presence", PresenceRequest("on", 60.0))
    assert (changed.mode, changed.grace) == ("on", 60.0)
    changed = dispatch(warehouse, "vault.presence", PresenceRequest("off"))
    assert (changed.mode, changed.grace, changed.asked) == ("off", 60.0, None)
    assert dispatch(warehouse, "vault.presence", PresenceRequest()) == changed


def test_every_way_of_asking_says_whether_it_can_and_if_not_why(warehouse: Session) -> None:
    result = dispatch(warehouse, "vault.presence", PresenceRequest())
    assert result.ways
    assert all(way.name and (way.available or way.reason) for way in result.ways)
