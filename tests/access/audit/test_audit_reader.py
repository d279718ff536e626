"""Reading the log without its key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from pondpilot_secrets.access.audit import Action, AuditEntry, AuditLog
from pondpilot_secrets.access.audit.audit_reader import AuditReader
from pondpilot_secrets.access.grants import EVERYTHING
from pondpilot_secrets.errors import AuditBrokenError
from pondpilot_secrets.metadata.rows import microseconds
from pondpilot_secrets.secure import SecureString
from tests.access.conftest import KEY
from tests.metadata.samples import sample

if TYPE_CHECKING:
    from pondpilot_secrets.metadata.store import MetadataStore

AT = datetime(2026, 11, 27, tzinfo=UTC)
A, B = sample("a"), sample("b")


@pytest.fixture
def reader(store: MetadataStore) -> AuditReader:
    """Of a log with three rows, an hour apart."""
    for hour, entry in enumerate(
        [AuditEntry.of(Action.SAVE, A), AuditEntry.of(Action.SAVE, B), AuditEntry.of(Action.USE, A)]
    ):
        now = microseconds(AT + timedelta(hours=hour)) * 1000
        AuditLog(store.database, SecureString(KEY), EVERYTHING, lambda now=now: now).append([entry])
    return AuditReader(store.database)


def test_newest_entries_come_first(reader: AuditReader) -> None:
    assert [record.seq for record in reader.entries()] == [3, 2, 1]
    assert [record.seq for record in reader.entries(limit=1)] == [3]
    assert [record.at for record in reader.entries(limit=None)] == [AT + timedelta(hours=hour) for hour in (2, 1, 0)]


def test_they_are_those_of_a_secret_and_since_a_moment(reader: AuditReader) -> None:
    assert [record.action for record in reader.entries(secret=A.id)] == ["use", "save"]
    assert [record.seq for record in reader.entries(since=AT + timedelta(hours=1))] == [3, 2]
    assert reader.entries(since=AT + timedelta(hours=3)) == []
    assert [record.seq for record in reader.entries(since=AT + timedelta(hours=1), secret=A.id)] == [3]


def test_all_of_them_come_one_by_one_the_oldest_first_as_they_stood(reader: AuditReader, log: AuditLog) -> None:
    records = reader.each()
    assert next(records).seq == 1
    log.append([AuditEntry(Action.UNLOCK)])
    assert [record.seq for record in records] == [2, 3]
    assert [record.seq for record in reader.each(since=AT + timedelta(hours=2))] == [3, 4]


@pytest.mark.parametrize("at", ["'soon'", "9223372036854775807"])
def test_a_row_that_was_never_written_by_us_is_refused(reader: AuditReader, store: MetadataStore, at: str) -> None:
    store.database.change("DROP TRIGGER audit_is_never_changed")
    store.database.change(f"UPDATE audit SET at = {at} WHERE seq = 2")
    with pytest.raises(AuditBrokenError, match="never written by this program"):
        reader.entries()
