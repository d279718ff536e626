"""Between a row and metadata: exactly there and back, and nothing that was never written."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pondpilot_secrets.errors import VaultError
from pondpilot_secrets.metadata import rows
from pondpilot_secrets.models import SecretMetadata, SecretState
from tests.metadata.samples import NOW, sample

if TYPE_CHECKING:
    from pondpilot_secrets.metadata.store import MetadataStore

NAMES = [name.strip() for name in rows.COLUMNS.split(",")]
text = st.text(st.characters(exclude_categories=["Cs"]))
texts = st.lists(text, max_size=4).map(tuple)
moments = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))
metadata = st.builds(
    SecretMetadata,
    id=text, name=text, type=text, provider=text, scopes=texts, tags=texts, description=st.none() | text, field_names=texts,
    created_at=moments, updated_at=moments, last_used_at=st.none() | moments, use_count=st.integers(0, 2**60),
    expires_at=st.none() | moments, revision=st.integers(1, 2**60), state=st.sampled_from(list(SecretState)),
    inject_only=st.booleans(),
)  # fmt: skip


@given(metadata)
def test_a_row_comes_back_exactly(secret: SecretMetadata) -> None:
    assert rows.parse_row(rows.insert_values(secret, secret.state)[:17]) == secret


@given(metadata)
def test_an_edit_that_is_under_way_comes_back_exactly(secret: SecretMetadata) -> None:
    parsed = rows.parse_proposal(None, rows.proposal_json(secret))  # type: ignore[arg-type]
    assert (parsed.state, parsed.name, parsed.scopes) == (SecretState.READY, secret.name, secret.scopes)
    assert rows.proposal_json(parsed) == rows.proposal_json(secret)


def test_moments_are_microseconds_since_1970_in_any_zone() -> None:
    assert rows.microseconds(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)) == 1_000_000
    zone = timezone(timedelta(hours=5))
    assert rows.moment_of(rows.microseconds(NOW.astimezone(zone))) == NOW


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("id", 5), ("name", None), ("name", b"bytes"), ("scopes", "no JSON"), ("scopes", "{}"), ("tags", "[1]"),
        ("tags", None), ("tags", r'["\ud800"]'), ("created_at", "now"), ("created_at", 2**62), ("use_count", None),
        ("revision", 1.5), ("state", "lost"), ("expires_at", "soon"), ("description", 7),
    ],
)  # fmt: skip
def test_what_was_never_written_is_refused(store: MetadataStore, column: str, value: Any) -> None:
    row = list(rows.insert_values(sample("prod", id="the-id"), SecretState.READY)[:17])
    row[NAMES.index(column)] = value
    with pytest.raises(rows.UNREADABLE):
        rows.parse_row(row)
    with pytest.raises(VaultError, match="is unreadable"):
        rows.metadata_of(store.database, row)


def test_a_row_that_can_be_read_and_was_changed_is_refused_by_name(store: MetadataStore) -> None:
    row = list(rows.insert_values(sample("prod"), SecretState.READY)[:17])
    row[NAMES.index("scopes")] = '["s3://other/"]'
    with pytest.raises(VaultError, match="the entry of 'prod' is not as it was written"):
        rows.metadata_of(store.database, row)


def test_an_edit_that_was_changed_is_refused(store: MetadataStore) -> None:
    proposal = json.loads(rows.proposal_json(sample("prod")))
    proposal[4] = '["s3://other/"]'
    with pytest.raises(VaultError, match="the incomplete edit of 'prod' is not as it was written"):
        rows.parse_proposal(store.database, json.dumps(proposal))
    with pytest.raises(VaultError, match="an incomplete edit is unreadable"):
        rows.parse_proposal(store.database, "[]")


@given(texts)
def test_lists_of_texts_are_read_whoever_wrote_the_json(some: tuple[str, ...]) -> None:
    assert rows._texts(rows.as_json(some)) == some
    assert rows._texts(json.dumps(some)) == some
    assert rows._texts(json.dumps(some, separators=(",", ":"), ensure_ascii=False)) == some
