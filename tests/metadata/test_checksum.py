"""A row's checksum finds what a failing disk does to it, and does not mind what is counted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pondpilot_secrets.metadata.checksum import checksum_of
from pondpilot_secrets.metadata.rows import COLUMNS, insert_values
from pondpilot_secrets.models import SecretState
from tests.metadata.samples import NOW, sample

NAMES = [name.strip() for name in COLUMNS.split(",")]
ROW = insert_values(sample("naïve 🔑", id="i", tags=("a",), expires_at=NOW), SecretState.READY)
COUNTED = {"last_used_at", "use_count", "state", "checksum"}


def test_it_never_changes_because_rows_hold_it() -> None:
    assert checksum_of(ROW) == ROW[16] == 1207013262


@pytest.mark.parametrize("column", [name for name in NAMES if name not in COUNTED])
def test_every_other_value_of_a_column_shows(column: str) -> None:
    number = NAMES.index(column)
    for other in ("other", None, 7, ROW[number + 1]):
        if (bool(other) if column == "inject_only" else other) != ROW[number]:
            assert checksum_of((*ROW[:number], other, *ROW[number + 1 :])) != ROW[16], other


@pytest.mark.parametrize("column", sorted(COUNTED))
def test_what_is_counted_while_a_secret_is_used_has_no_part_in_it(column: str) -> None:
    number = NAMES.index(column)
    assert checksum_of((*ROW[:number], 77, *ROW[number + 1 :])) == ROW[16]


@given(st.data())
def test_a_turned_bit_in_a_text_shows(data: st.DataObject) -> None:
    number = data.draw(st.sampled_from([NAMES.index(name) for name in ("id", "name", "type", "scopes", "tags")]))
    raw = bytearray(ROW[number].encode())
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    text = raw.decode("utf-8", "surrogateescape")
    assert checksum_of((*ROW[:number], text, *ROW[number + 1 :])) != ROW[16]


def test_a_moment_apart_is_another_row() -> None:
    later = insert_values(sample("naïve 🔑", id="i", created_at=NOW + timedelta(microseconds=1)), SecretState.READY)
    assert later[16] != ROW[16]
