"""One form for names, tags and search words that differ by case or by Unicode composition only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pondpilot_secrets.models import SecretMetadata

TAG_DELIMITER = "\x1f"
"""Stands around every tag in the search text, where no other part can hold it."""

_LONGEST_DESCRIPTION = 2000
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def fold(text: str) -> str:
    """Return the form under which equal texts are equal: case folded, then composed (NFC)."""
    if text.isascii():
        return text.lower()
    from unicodedata import normalize

    return normalize("NFC", normalize("NFD", text).casefold())


def search_text(metadata: SecretMetadata) -> str:
    """Return all that a search looks at, folded: name, type, tags, description (its first 2,000 characters), scopes."""
    tags = TAG_DELIMITER.join(_plain(tag) for tag in metadata.tags)
    description = (metadata.description or "")[:_LONGEST_DESCRIPTION]
    parts = (
        _plain(metadata.name),
        _plain(metadata.type),
        f"{TAG_DELIMITER}{tags}{TAG_DELIMITER}" if tags else "",
        _plain(description),
        " ".join(_plain(scope) for scope in metadata.scopes),
    )
    return "\n".join(parts)


def delimited_tag(tag: str) -> str:
    """Return what the search text of a secret with this tag contains."""
    return f"{TAG_DELIMITER}{_plain(tag)}{TAG_DELIMITER}"


def _plain(text: str) -> str:
    return _CONTROL.sub(" ", fold(text))
