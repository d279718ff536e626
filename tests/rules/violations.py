"""How a rule says what breaks it: each place on a line of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def assert_none(what: str, found: Iterable[str]) -> None:
    """Fail where anything was found."""
    places = sorted(set(found))
    assert places == [], "\n".join([f"{what}:", *places])
