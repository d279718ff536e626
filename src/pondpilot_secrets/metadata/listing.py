"""Listing and searching: the first so many secrets in the order of their names, whatever is asked for.

A search finds every secret that has all of its words, each as a part of the name, type, tags, description or scopes.
Two ways lead there. A tag or a word that few secrets have is looked up in its index, and what comes out is sorted. What
many have, or a word too short for the index, is looked for along the names' own order, which ends as soon as enough are
found. Neither ever sorts, or looks up one by one, more than two thousand rows of a large vault.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pondpilot_secrets.errors import UsageError
from pondpilot_secrets.metadata.case_folding import delimited_tag, fold
from pondpilot_secrets.metadata.rows import COLUMNS, metadata_of

if TYPE_CHECKING:
    from pondpilot_secrets.metadata.database import Database
    from pondpilot_secrets.metadata.full_text import FullTextIndex
    from pondpilot_secrets.models import SecretMetadata

VISIBLE = "state IN ('ready', 'updating')"
"""The rows that anybody is told of; the same words as in the partial indexes, which apply for that reason."""

FEW = 2000
"""Secrets up to which those that an index leads to are sorted, instead of being looked for in the order of names."""

_LARGEST_LIMIT = 2**63 - 1
_MOST_WORDS = 100
_MOST_TRIGRAMS = 24
_PREFIXED = ", ".join(f"secrets.{column.strip()}" for column in COLUMNS.split(","))


class Listing(NamedTuple):  # half a millisecond less to import than a dataclass, for every `pond ls`
    """What is asked for; None stands for all. `after` is the name that the previous page ended with."""

    type: str | None = None
    tag: str | None = None
    search: str | None = None
    limit: int | None = None
    after: str | None = None


def find_all(database: Database, listing: Listing, full_text: FullTextIndex, few: int = FEW) -> list[SecretMetadata]:
    """Return the secrets that are asked for, by folded name. Raises `UsageError` for more than 100 search words."""
    words = _words(listing.search)
    try:
        if not words and listing.tag is not None:
            rows = _tagged(database, listing)
        else:
            rows = _matching(database, listing, words, _candidates(database, listing, words, full_text, few))
    except UnicodeEncodeError:
        return []  # a lone surrogate, which nothing that was saved contains
    return [metadata_of(database, row) for row in rows]


def _words(search: str | None) -> list[str]:
    words = list(dict.fromkeys(fold(search or "").split()))
    if len(words) > _MOST_WORDS:
        raise UsageError(f"a search takes at most {_MOST_WORDS} words, this one has {len(words)}")
    return words


def _tagged(database: Database, listing: Listing) -> list[Any]:
    conditions = ["secret_tags.tag_key = ?", VISIBLE]
    parameters: list[Any] = [fold(listing.tag or "")]
    if listing.type is not None:
        conditions.append("type = ?")
        parameters.append(fold(listing.type))
    if listing.after is not None:
        conditions.append("secret_tags.name_key > ?")
        parameters.append(fold(listing.after))
    return database.rows(
        f"SELECT {_PREFIXED} FROM secret_tags CROSS JOIN secrets ON secrets.key = secret_tags.secret"
        f" WHERE {' AND '.join(conditions)} ORDER BY secret_tags.name_key LIMIT ?",
        [*parameters, _limit(listing)],
    )


def _matching(database: Database, listing: Listing, words: list[str], candidates: tuple[str, str] | None) -> list[Any]:
    conditions: list[str] = [VISIBLE]
    parameters: list[Any] = []
    if candidates is not None:
        conditions.append(f"key IN ({candidates[0]})")
        parameters.append(candidates[1])
        index = ""
    else:
        by_type = listing.type is not None and not words
        index = "INDEXED BY secrets_by_type" if by_type else "INDEXED BY secrets_listing"
    if listing.type is not None:
        conditions.append("type = ?")
        parameters.append(fold(listing.type))
    if listing.after is not None:
        conditions.append("name_key > ?")
        parameters.append(fold(listing.after))
    parts = words if listing.tag is None else [*words, delimited_tag(listing.tag)]
    conditions.extend("instr(haystack, ?)" for _ in parts)
    return database.rows(
        f"SELECT {COLUMNS} FROM secrets {index} WHERE {' AND '.join(conditions)} ORDER BY name_key LIMIT ?",
        [*parameters, *parts, _limit(listing)],
    )


def _limit(listing: Listing) -> int:
    return -1 if listing.limit is None else min(max(0, listing.limit), _LARGEST_LIMIT)


def _candidates(
    database: Database, listing: Listing, words: list[str], full_text: FullTextIndex, few: int
) -> tuple[str, str] | None:
    """A query, with its parameter, for the keys of the few secrets that may match; None when they are not few."""
    queries = []
    if words and listing.tag is not None:
        queries.append(("SELECT secret FROM secret_tags WHERE tag_key = ?", fold(listing.tag)))
    expression = _expression(words)
    if expression and full_text.is_present():
        queries.append(("SELECT rowid FROM secrets_text WHERE secrets_text MATCH ?", expression))
    for query, parameter in queries:
        count = database.row(f"SELECT count(*) FROM ({query} LIMIT ?)", (parameter, few + 1))[0]
        if count <= few:
            return query, parameter
    return None


def _expression(words: list[str]) -> str:
    """The index's own query for secrets that may match: every trigram somewhere. Quoting leaves nothing to operators."""
    trigrams = dict.fromkeys(word[start : start + 3] for word in words for start in range(len(word) - 2))
    chosen = list(trigrams)[:_MOST_TRIGRAMS]
    return " AND ".join('"' + trigram.replace('"', '""') + '"' for trigram in chosen if "\0" not in trigram)


def names(database: Database, prefix: str, limit: int) -> list[str]:
    """Return the names that begin with `prefix`, whatever its case: what a shell completes."""
    start = fold(prefix)
    if any("\ud800" <= letter <= "\udfff" for letter in start):
        return []  # a lone surrogate, which nothing that was saved contains
    rows = database.rows(
        f"SELECT name FROM secrets INDEXED BY secrets_listing WHERE {VISIBLE} AND name_key >= ? AND name_key < ?"
        " ORDER BY name_key LIMIT ?",
        (start, start + "\U0010ffff", limit),
    )
    return [row[0] for row in rows]
