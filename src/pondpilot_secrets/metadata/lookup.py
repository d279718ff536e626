"""From what a person typed to one secret: its name in any case, its id, or the beginning of its id."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pondpilot_secrets.errors import SecretNotFoundError
from pondpilot_secrets.metadata.case_folding import fold
from pondpilot_secrets.metadata.listing import VISIBLE
from pondpilot_secrets.metadata.rows import COLUMNS, metadata_of

if TYPE_CHECKING:
    from pondpilot_secrets.metadata.database import Database
    from pondpilot_secrets.models import SecretMetadata

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_ID_BEGINNING = re.compile(r"[0-9a-f]{8}[0-9a-f-]{0,28}")

_BY_NAME = f"SELECT {COLUMNS} FROM secrets WHERE name_key = ? AND {VISIBLE}"
_BY_ID = f"SELECT {COLUMNS} FROM secrets WHERE id = ? AND {VISIBLE}"
_BY_ID_BEGINNING = f"SELECT {COLUMNS} FROM secrets WHERE id >= ? AND id < ? AND {VISIBLE} LIMIT 2"
_SHOWN = "state NOT IN ('pending', 'deleting')"  # unlike VISIBLE, it holds for a state that was never written
_TRACES = (
    f"SELECT 1 FROM secrets WHERE name_key = ? AND {_SHOWN}",
    f"SELECT 1 FROM secrets WHERE id = ? AND {_SHOWN}",
    f"SELECT 1 FROM secrets NOT INDEXED WHERE ? IN (name_key, id) AND {_SHOWN} LIMIT 1",
)
_MOST_COMPARED = 2000


def find(database: Database, name_or_id: str) -> SecretMetadata:
    """Return the secret of that name or id; see `MetadataStore.find`."""
    key = fold(name_or_id)
    try:
        row = _row(database, key, name_or_id)
    except UnicodeEncodeError:
        row = None  # a lone surrogate, which no name contains
    if row is None and _has_traces(database, key):
        row = _row(database, key, name_or_id)  # once more: another process may have finished a save just now
        if row is None and _has_traces(database, key):
            raise database.corrupt_file(f"the entry of {name_or_id!r} is there and cannot be read")
    if row is None:
        raise _not_found(database, name_or_id, key)
    metadata = metadata_of(database, row)
    # Pages have no checksums: a turned bit in an index can lead to another secret, whose credential would then be used.
    if fold(metadata.name) != key and not metadata.id.startswith(key):
        raise database.corrupt_file(f"looking for {name_or_id!r} leads to another secret, {metadata.name!r}")
    return metadata


def _row(database: Database, key: str, asked: str) -> Any:
    # A whole id is looked up first, so that no secret can take another's place by being named like its id.
    whole_id = len(key) == 36 and _ID.fullmatch(key)
    row = database.row(_BY_ID, (key,)) if whole_id else None
    if row is None:
        row = database.row(_BY_NAME, (key,))
    if row is None and not whole_id and _ID_BEGINNING.fullmatch(key):
        rows = database.rows(_BY_ID_BEGINNING, (key, key + "~"))
        if len(rows) > 1:
            raise SecretNotFoundError(
                f"more than one secret has an id that begins with {asked!r}", hint="give more of the id, or the name"
            )
        row = rows[0] if rows else None
    return row


def _not_found(database: Database, asked: str, key: str) -> SecretNotFoundError:
    near = _nearest(database, key)
    hint = f"did you mean {' or '.join(repr(name) for name in near)}?" if near else None
    return SecretNotFoundError(f"there is no secret named {asked!r}", hint=hint)


def _has_traces(database: Database, key: str) -> bool:
    """Whether an index leads to a broken row, or a row is there that no index leads to: 20 ms among 100,000."""
    try:
        return any(database.row(trace, (key,)) is not None for trace in _TRACES)
    except UnicodeEncodeError:
        return False


def _nearest(database: Database, key: str) -> list[str]:
    """Up to three names that are spelled nearly the same; of a large vault, those that begin with the same letter."""
    import difflib

    query = f"SELECT name_key, name FROM secrets INDEXED BY secrets_listing WHERE {VISIBLE}"
    try:
        rows = database.rows(f"{query} LIMIT ?", (_MOST_COMPARED + 1,))
        if len(rows) > _MOST_COMPARED:
            first = key[:1]
            between = f"{query} AND name_key >= ? AND name_key < ? LIMIT ?"
            rows = database.rows(between, (first, first + "\U0010ffff", _MOST_COMPARED))
    except UnicodeEncodeError:
        return []
    names = dict(rows)
    return [names[near] for near in difflib.get_close_matches(key[:200], names, n=3, cutoff=0.6)]
