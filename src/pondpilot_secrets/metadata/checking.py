"""Finding damage that SQLite does not notice by itself: its pages have no checksums, our rows have (`digest.py`).

What is searched (`haystack`) and `secret_tags` repeat what a row says, and are compared with it as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pondpilot_secrets.metadata.digest import digest_of
from pondpilot_secrets.metadata.folding import fold, searched_text
from pondpilot_secrets.metadata.rows import COLUMNS, UNREADABLE, readable, unreadable
from pondpilot_secrets.models import SecretState

if TYPE_CHECKING:
    from pondpilot_secrets.metadata.database import Database
    from pondpilot_secrets.models import SecretMetadata


_SHOWN = (SecretState.READY, SecretState.UPDATING)  # what a dead writer left otherwise is soon finished or undone


class Damage(NamedTuple):
    """What is wrong.

    Attributes:
        broken: in words, pages and rows that cannot be read.
        altered: rows that read well and are not as they were written.
        astray: rows that are as they were written, and that a search or a tag does not lead to.
    """

    broken: tuple[str, ...] = ()
    altered: tuple[SecretMetadata, ...] = ()
    astray: tuple[SecretMetadata, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is wrong."""
        return any(self)


def damage(database: Database) -> Damage:
    """Look at every page, index and row; raises `VaultError` where not even that can be done."""
    broken = [str(line) for (line,) in database.rows("PRAGMA integrity_check(10)") if line != "ok"]
    altered, astray = [], []
    tags: dict[int, set[tuple[str, str]]] = {}
    for key, *pair in database.rows("SELECT secret, tag_key, name_key FROM secret_tags NOT INDEXED"):
        tags.setdefault(key, set()).add((pair[0], pair[1]))
    for row in database.rows(f"SELECT {COLUMNS}, name_key, haystack, key FROM secrets NOT INDEXED"):
        try:
            metadata = readable(row[:-3])
        except UNREADABLE as error:
            broken.append(unreadable(row, error))
            continue
        if digest_of(row) != row[-4]:
            altered.append(metadata)
        elif metadata.state in _SHOWN and not _leads_to(metadata, row[-3], row[-2], tags.get(row[-1], set())):
            astray.append(metadata)
    return Damage(tuple(broken), tuple(altered), tuple(astray))


def _leads_to(metadata: SecretMetadata, name_key: object, haystack: object, tags: set[tuple[str, str]]) -> bool:
    key = fold(metadata.name)
    return name_key == key and _agrees(metadata, haystack) and tags == {(fold(tag), key) for tag in metadata.tags}


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
