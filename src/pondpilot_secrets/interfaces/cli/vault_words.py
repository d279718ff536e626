"""What is known of a vault, in words for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pondpilot_secrets.commands.vault import StatusResult

KEYS = {"passphrase": "a passphrase", "file": "a key file", "keychain": "the system's keychain"}
"""The kinds of keys of an encrypted file."""


def keys_in_words(kinds: Iterable[str]) -> str:
    """Say what opens a vault."""
    return " or ".join(KEYS.get(kind, kind) for kind in kinds)


def status_pairs(status: StatusResult) -> Iterable[tuple[str, str]]:
    """Give names and texts of where a vault stores its credentials."""
    yield "folder", status.home
    yield "store", status.store or "not made yet"
    yield "because", status.reason or "-"
    if status.opens_with:
        codes = f", {status.recovery_codes} recovery codes" if status.recovery_codes else ""
        yield "opens with", keys_in_words(status.opens_with) + codes
    yield "made", status.created_at or "-"
    yield "secrets", str(status.secrets)
    if status.unfinished:
        writes = f"{status.unfinished} writes that a crash interrupted"
        yield "incomplete", f"{writes}; the next command that opens the store completes them or rolls them back"
    if status.moving_from:
        yield (
            "incomplete",
            f"the {status.moving_from} store has yet to be emptied: `pond vault move --to {status.store}`",
        )
    if status.store != "file" or "keychain" in status.opens_with:
        keychain = status.keychain
        state = "does not answer" if not keychain.available else "locked" if keychain.locked else "unlocked"
        reason = f" ({keychain.reason})" if keychain.reason else ""
        yield "keychain", f"{keychain.description}: {state}{reason}"
