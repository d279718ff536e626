"""Rules over several fields that several types share; none of their messages holds a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets.secret_types.base import Problem

if TYPE_CHECKING:
    from pondpilot_secrets.secret_types.base import Fields, Rule


def both_or_neither(first: str, second: str) -> Rule:
    """Make the rule that two fields are set together or not at all."""

    def rule(fields: Fields) -> Problem | None:
        if (first in fields) == (second in fields):
            return None
        absent, present = (first, second) if second in fields else (second, first)
        return Problem(absent, f"{absent} is missing: {present} means nothing without it")

    return rule


def needs(field: str, needed: str) -> Rule:
    """Make the rule that a field makes no sense without another."""

    def rule(fields: Fields) -> Problem | None:
        if field not in fields or needed in fields:
            return None
        return Problem(needed, f"{needed} is missing: {field} means nothing without it")

    return rule


def excludes(field: str, others: tuple[str, ...], because: str) -> Rule:
    """Make the rule that a field cannot stand beside others."""

    def rule(fields: Fields) -> Problem | None:
        if field not in fields:
            return None
        for other in others:
            if other in fields:
                return Problem(other, f"{other} cannot stand beside {field}: {because}", "leave out one of the two")
        return None

    return rule


def links_of(known: tuple[str, ...]) -> Rule:
    """Make the rule that `chain` holds known links only."""

    def rule(fields: Fields) -> Problem | None:
        if "chain" not in fields:
            return None
        with fields["chain"].exposed() as view:
            given = bytes(view).split(b";")
        if all(link in {word.encode() for word in known} for link in given):
            return None
        return Problem("chain", "chain must be made of " + ", ".join(known), "join them with `;`, without spaces")

    return rule
