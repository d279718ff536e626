"""Between a row of the `secrets` table and `SecretMetadata`."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pondpilot_secrets.errors import InvalidCredentialsError
from pondpilot_secrets.metadata.case_folding import fold, search_text
from pondpilot_secrets.metadata.checksum import checksum_of
from pondpilot_secrets.models import SecretMetadata, SecretState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pondpilot_secrets.metadata.database import Database

COLUMNS = (
    "id, name, type, provider, scopes, tags, description, field_names, created_at, updated_at, last_used_at, use_count,"
    " expires_at, revision, state, inject_only, checksum"
)
"""What `metadata_of` takes, in its order."""

INSERT = f"INSERT INTO secrets ({COLUMNS}, name_key, haystack) VALUES ({', '.join('?' * 19)})"

UNREADABLE = (ValueError, TypeError, KeyError, OverflowError)
"""What reading a row raises that holds what was never written."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_STATES = {str(state): state for state in SecretState}


def microseconds(moment: datetime) -> int:
    """Return an aware moment as whole microseconds since 1970 in UTC."""
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(microseconds: int) -> datetime:
    """Return the moment that many microseconds after 1970, in UTC."""
    return _EPOCH + timedelta(microseconds=microseconds)


def insert_values(metadata: SecretMetadata, state: SecretState) -> tuple[Any, ...]:
    """Return what `INSERT` binds."""
    described = _column_values(metadata, state)
    return (*described, checksum_of(described), fold(metadata.name), search_text(metadata))


def _column_values(metadata: SecretMetadata, state: SecretState) -> tuple[Any, ...]:
    return (
        metadata.id,
        metadata.name,
        metadata.type,
        metadata.provider,
        as_json(metadata.scopes),
        as_json(metadata.tags),
        metadata.description,
        as_json(metadata.field_names),
        microseconds(metadata.created_at),
        microseconds(metadata.updated_at),
        None if metadata.last_used_at is None else microseconds(metadata.last_used_at),
        metadata.use_count,
        None if metadata.expires_at is None else microseconds(metadata.expires_at),
        metadata.revision,
        state,
        metadata.inject_only,
    )


def reject_surrogates(metadata: SecretMetadata) -> None:
    """Raise `InvalidCredentialsError` (1003) for text that is not Unicode, which SQLite could not hold."""
    parts = {"name": metadata.name, "description": metadata.description or "", "scope": "".join(metadata.scopes)}
    for field, text in {**parts, "tags": "".join(metadata.tags)}.items():
        if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
            raise InvalidCredentialsError(f"{field}: this holds a lone surrogate, which is not text", field=field)


def metadata_of(database: Database, row: Sequence[Any]) -> SecretMetadata:
    """Return the row as metadata; raises `VaultError` when it holds what was never written."""
    try:
        metadata = parse_row(row)
    except UNREADABLE as error:
        raise database.corrupt_file(unreadable_row(row, error)) from error
    if checksum_of(row) != row[16]:
        raise database.corrupt_rows(repr(metadata.name))
    return metadata


def unreadable_row(row: Sequence[Any], error: Exception) -> str:
    """Say that a row holds what was never written."""
    return f"the entry of secret {row[0]!r} is unreadable ({error})"


def parse_row(row: Sequence[Any]) -> SecretMetadata:
    """Return a row as metadata, whatever its check says; raises one of `UNREADABLE`."""
    (
        id_, name, type_, provider, scopes, tags, description, fields, created, updated, used, uses, expires, revision,
        state, inject_only, _,
    ) = row  # fmt: skip
    if not all(type(text) is str for text in (id_, name, type_, provider, description or "")):
        raise TypeError("what should be text is not")
    if not all(type(number) is int for number in (created, updated, uses, revision, used or 0, expires or 0)):
        raise TypeError("what should be a number is not")
    return SecretMetadata(
        id_,
        name,
        type_,
        provider,
        _texts(scopes),
        _texts(tags),
        description,
        _texts(fields),
        _EPOCH + timedelta(microseconds=created),
        _EPOCH + timedelta(microseconds=updated),
        None if used is None else _EPOCH + timedelta(microseconds=used),
        uses,
        None if expires is None else _EPOCH + timedelta(microseconds=expires),
        revision,
        _STATES[state],
        bool(inject_only),
    )


def as_json(texts: Sequence[str]) -> str:
    """Return texts as a JSON array."""
    return json.dumps(texts, ensure_ascii=False) if texts else "[]"


def _texts(array: str) -> tuple[str, ...]:
    if array == "[]":
        return ()
    if "\\" not in array and '","' not in array and array[:2] == '["' and array[-2:] == '"]':
        return tuple(array[2:-2].split('", "'))  # as `as_json` writes it, five times faster than reading JSON
    texts = json.loads(array)
    if type(texts) is not list or not all(type(text) is str for text in texts):
        raise TypeError("what should be a list of texts is not")
    "".join(texts).encode()  # raises for a lone surrogate, which was never written
    return tuple(texts)


def proposal_json(new: SecretMetadata) -> str:
    """Return, as JSON, the row that an edit will leave when it is completed."""
    described = _column_values(new, SecretState.READY)
    return json.dumps((*described, checksum_of(described)), ensure_ascii=False)


def parse_proposal(database: Database, proposal: str) -> SecretMetadata:
    """Return what an incomplete edit will make of its row; raises `VaultError` where that is corrupt."""
    try:
        row = json.loads(proposal)
        metadata = parse_row(row)
    except UNREADABLE as error:
        raise database.corrupt_file(f"an incomplete edit is unreadable ({error})") from error
    if checksum_of(row) != row[16]:
        raise database.corrupt_file(f"the incomplete edit of {metadata.name!r} is not as it was written")
    return metadata
