"""Finding damage that SQLite does not notice by itself: its pages have no checksums.

What is searched (`haystack`) repeats name, type, tags, description and scopes of each row, and serves as the check of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets.metadata.folding import fold, searched_text
from pondpilot_secrets.metadata.rows import COLUMNS, metadata_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pondpilot_secrets.metadata.database import Database
    from pondpilot_secrets.models import SecretMetadata


def problems(database: Database) -> Iterator[str]:
    """Look at every page, index and row, and say what is wrong; raises `VaultError` where not even that can be done."""
    for (line,) in database.rows("PRAGMA integrity_check(10)"):
        if line != "ok":
            yield str(line)
    for row in database.rows(f"SELECT {COLUMNS}, name_key, haystack FROM secrets NOT INDEXED"):
        metadata = metadata_of(database, row[:-2])
        if fold(metadata.name) != row[-2] or not _is_as_written(metadata, row[-1]):
            yield f"the entry of {metadata.name!r} is not as it was written"


def _is_as_written(metadata: SecretMetadata, haystack: object) -> bool:
    """Whether a row agrees with its own searched text, case aside.

    Letters outside of ASCII are compared as far as they are the same in each Python: folding follows its Unicode version.
    """
    expected = searched_text(metadata)
    if haystack == expected:
        return True
    return isinstance(haystack, str) and not haystack.isascii() and _ascii(haystack) == _ascii(expected)


def _ascii(text: str) -> bytes:
    return text.encode("ascii", "ignore")
