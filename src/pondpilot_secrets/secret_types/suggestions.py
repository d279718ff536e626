"""Hints for words that are nearly right; they repeat known words only, never what was given."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that looks most like the given one, or None when none does."""
    import difflib  # 5 ms, for messages only

    matches = difflib.get_close_matches(word[:100].lower(), list(known), n=1, cutoff=0.6)
    return matches[0] if matches else None


def did_you_mean(word: str, known: Iterable[str], *, shown: Iterable[str] | None = None) -> str:
    """Return a hint that names the nearest known word, if any, and the list of them."""
    known = list(known)
    listing = "known: " + ", ".join(known if shown is None else shown)
    match = nearest(word, known)
    return f"did you mean `{match}`? {listing}" if match else listing
