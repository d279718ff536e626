"""Finding damage that SQLite does not notice by itself: its pages have no checksums, our rows have (`digest.py`).

What is searched (`haystack`) repeats name, type, tags, description and scopes of each row, and is looked at as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets.metadata.digest import digest_of
from pondpilot_secrets.metadata.folding import fold, searched_text
from pondpilot_secrets.metadata.rows import COLUMNS, UNREADABLE, readable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pondpilot_secrets.metadata.database import Database
    from pondpilot_secrets.models import SecretMetadata


def broken_pages(database: Database) -> Iterator[str]:
    """Look at every page and index, and say what is wrong; raises `VaultError` where not even that can be done."""
    for (line,) in database.rows("PRAGMA integrity_check(10)"):
        if line != "ok":
            yield str(line)


def altered(database: Database) -> Iterator[SecretMetadata]:
    """Give the rows that read well and are not as they were written; raises `VaultError` for one that does not read."""
    for row in database.rows(f"SELECT {COLUMNS}, name_key, haystack FROM secrets NOT INDEXED"):
        try:
            metadata = readable(row[:-2])
        except UNREADABLE as error:
            raise database.damaged(f"the entry of secret {row[0]!r} is unreadable ({error})") from error
        if digest_of(row) != row[-3] or fold(metadata.name) != row[-2] or not _agrees(metadata, row[-1]):
            yield metadata


def _agrees(metadata: SecretMetadata, haystack: object) -> bool:
    """Whether a row agrees with its own searched text, case aside.

    Letters outside of ASCII are compared as far as they are the same in each Python: folding follows its Unicode version.
    """
    expected = searched_text(metadata)
    if haystack == expected:
        return True
    return isinstance(haystack, str) and not haystack.isascii() and _ascii(haystack) == _ascii(expected)


def _ascii(text: str) -> bytes:
    return text.encode("ascii", "ignore")
