"""Binding a credential to what it may be used for: that is in its keychain item as well as in the metadata.

`metadata.db` is an ordinary file. A program that can write to it, or a disk that turns a bit in it, could point a credential
at another host by its scope, or have an inject-only one shown. What the item says was encrypted with the credential, so the
two are compared before a value is used.
Name, tags and description may change without the item being written again, and are no part of the context.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pondpilot_secrets.errors import CredentialCorruptError

if TYPE_CHECKING:
    from pondpilot_secrets.models import SecretMetadata


def context_of(metadata: SecretMetadata) -> str:
    """Return what goes into the item of a secret; an edit that changes it writes the item again."""
    return json.dumps(_context(metadata), ensure_ascii=False)


def _context(metadata: SecretMetadata) -> dict[str, object]:
    return {"provider": metadata.provider, "scopes": list(metadata.scopes), "inject_only": metadata.inject_only}


def check_context(metadata: SecretMetadata, context: str | None, *, new: SecretMetadata | None = None) -> None:
    """Raise `CredentialCorruptError` (1017) where the metadata is not what the item was saved with.

    An item from before there was a context passes, and so does what an edit to `new` is just setting. Only what the item
    names is compared, so that a later version may bind more.
    """
    if context is None or context == context_of(metadata):
        return
    saved, found, edited = json.loads(context), _context(metadata), _context(new or metadata)
    changed = [
        name for name, value in saved.items() if name in found and found[name] != value and found[name] == edited[name]
    ]
    if changed:
        names = " and ".join(changed)
        raise CredentialCorruptError(
            f"{names} of {metadata.name!r} in metadata.db is not what it was saved with, so nothing is handed out",
            hint=_way_back(metadata.name, changed, saved),
        )


def _way_back(name: str, changed: list[str], saved: dict[str, Any]) -> str:
    if "provider" in changed:
        return "put back a backup of metadata.db, or drop it with `pond rm NAME` and add it again"
    options = []
    if "scopes" in changed:
        options += [f"--scope {scope!r}" for scope in saved["scopes"]] or ["--scope ''"]
    if "inject_only" in changed:
        options.append("--inject-only" if saved["inject_only"] else "--no-inject-only")
    return f"another program or a broken disk did this; `pond edit {name!r} {' '.join(options)}` makes it as it was"
