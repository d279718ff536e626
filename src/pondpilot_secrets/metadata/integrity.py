"""Finding corruption that SQLite does not notice by itself: its pages have no checksums, our rows have (`checksum.py`).

What is searched (`haystack`) and `secret_tags` repeat what a row says, and are compared with it as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pondpilot_secrets import log
from pondpilot_secrets.errors import VaultError
from pondpilot_secrets.metadata.case_folding import fold, search_text
from pondpilot_secrets.metadata.checksum import checksum_of
from pondpilot_secrets.metadata.rows import COLUMNS, UNREADABLE, parse_proposal, parse_row, unreadable_row
from pondpilot_secrets.models import SecretState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pondpilot_secrets.metadata.database import Database
    from pondpilot_secrets.models import SecretMetadata


_SHOWN = (SecretState.READY, SecretState.UPDATING)  # what a dead writer left otherwise is completed or rolled back soon


class Corruption(NamedTuple):
    """What is wrong with the metadata.

    Attributes:
        unreadable: in words, pages and rows that cannot be read.
        corrupt: rows that can be read and are not as they were written.
        unindexed: rows that are as they were written, and that a search or a tag does not lead to.
    """

    unreadable: tuple[str, ...] = ()
    corrupt: tuple[SecretMetadata, ...] = ()
    unindexed: tuple[SecretMetadata, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is wrong."""
        return any(self)


def find_corruption(database: Database) -> Corruption:
    """Look at every page, index and row; raises `VaultError` where not even that can be done."""
    with database.lenient_view() as view:
        unreadable = [str(line) for (line,) in view.rows("PRAGMA integrity_check(10)") if line != "ok"]
        tags = _tags(view)
        rows = view.rows(f"SELECT {COLUMNS}, proposal, name_key, haystack, key FROM secrets NOT INDEXED")
    corrupt, unindexed = [], []
    for row in rows:
        own_tags = tags.pop(row[-1], set())
        try:
            metadata = _parse_exactly(row)
        except UNREADABLE as error:
            unreadable.append(unreadable_row(row, error))
            continue
        if checksum_of(row) != row[16]:
            corrupt.append(metadata)
        elif metadata.state in _SHOWN and not _is_indexed(metadata, row[18], row[19], own_tags):
            unindexed.append(metadata)
        if not is_sound_proposal(database, row[17]):
            unreadable.append(f"what an incomplete edit makes of {metadata.name!r} is unreadable")
    unreadable.extend(
        f"the tag {tag!r} of {name!r} leads to no secret" for pairs in tags.values() for tag, name in pairs
    )
    return Corruption(tuple(unreadable), tuple(corrupt), tuple(unindexed))


def _tags(database: Database) -> dict[int, set[tuple[str, str]]]:
    """The folded tags and names that lead to each row."""
    tags: dict[int, set[tuple[str, str]]] = {}
    for key, tag, name in database.rows("SELECT secret, tag_key, name_key FROM secret_tags NOT INDEXED"):
        tags.setdefault(key, set()).add((tag, name))
    return tags


def _parse_exactly(row: Sequence[Any]) -> SecretMetadata:
    for value in row:
        if type(value) is str:
            value.encode()  # raises for what was not UTF-8
    return parse_row(row[:17])


def is_sound_proposal(database: Database, proposal: Any) -> bool:
    """Whether what an incomplete edit will make of its row is as it was written, or there is no such edit."""
    try:
        return proposal is None or parse_proposal(database, proposal) is not None
    except VaultError as error:
        log.debug("metadata", "%s", error)
        return False


def _is_indexed(metadata: SecretMetadata, name_key: object, haystack: object, tags: set[tuple[str, str]]) -> bool:
    key = fold(metadata.name)
    wanted = {(fold(tag), key) for tag in metadata.tags}
    return (
        _alike(name_key, key)
        and _alike(haystack, search_text(metadata))
        and (
            tags == wanted
            or {tuple(map(_ascii, pair)) for pair in tags} == {tuple(map(_ascii, pair)) for pair in wanted}
        )
    )


def _alike(found: object, expected: str) -> bool:
    """Whether two folded texts are the same.

    Letters outside of ASCII are compared as far as they are the same in each Python: folding follows its Unicode version.
    """
    return found == expected or (isinstance(found, str) and not found.isascii() and _ascii(found) == _ascii(expected))


def _ascii(text: object) -> bytes:
    return str(text).encode("ascii", "ignore")
