"""What is asked of a vault: plain shapes that show no value, and a sentinel that is not None."""

from __future__ import annotations

import dataclasses

import pytest

from pondpilot_secrets import UNCHANGED, Draft
from pondpilot_secrets.vault.drafts import Changes, Unchanged


def test_no_value_is_in_the_text_of_a_draft_or_a_change() -> None:
    fields = {"secret": "marker-secret"}
    assert "marker" not in f"{Draft('s3', 'lake', fields)!r} {Changes(fields=fields)!r}"


def test_a_change_changes_nothing_unless_it_says_so() -> None:
    values = [getattr(Changes(), field.name) for field in dataclasses.fields(Changes)]
    assert values == [UNCHANGED] * len(values)
    assert Changes(description=None).description is None


def test_the_sentinel_says_what_it_is() -> None:
    assert isinstance(UNCHANGED, Unchanged)
    assert repr(UNCHANGED) == "UNCHANGED"


def test_neither_can_be_changed_on_its_way() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Draft("s3", "lake", {}).name = "pond"  # type: ignore[misc]
