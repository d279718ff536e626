"""Opening credentials: from the keychain into memory that is wiped, recorded before anybody sees them."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pondpilot_secrets.access.audit import Action, AuditEntry
from pondpilot_secrets.access.grants import Grant
from pondpilot_secrets.errors import (
    CredentialCorruptError,
    CredentialMissingError,
    RateLimitExceededError,
    SecretNotFoundError,
)
from pondpilot_secrets.keychain import payload as payloads
from pondpilot_secrets.models import SecretCredentials
from pondpilot_secrets.secure import wipe
from pondpilot_secrets.vault.context_binding import require_bound
from pondpilot_secrets.vault.expiry_warning import warn_of_expiry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pondpilot_secrets.models import SecretMetadata
    from pondpilot_secrets.secret_types.base import Field
    from pondpilot_secrets.secure import SecureString
    from pondpilot_secrets.vault.vault import Vault

_GRANTS = {
    Action.REVEAL: Grant.REVEAL,
    Action.USE: Grant.USE,
    Action.APPLY: Grant.USE,
    Action.TEST: Grant.USE,
    Action.SHOW: Grant.LIST,
}


_USES = (Action.REVEAL, Action.USE, Action.APPLY)
"""What counts as a use of a secret; looking at it and testing it do not."""


def read(vault: Vault, names_or_ids: Sequence[str], action: Action) -> list[SecretCredentials]:
    """Open secrets in one batch, in the order given, and record it; the caller closes them.

    Raises `PolicyDeniedError` (1011), `PresenceRefusedError` (1024), `RateLimitExceededError` (1007), and the errors of the
    keychain. Whatever is raised, nothing is opened; denials and failures are recorded as well.
    """
    wanted = vault.metadata.find_many(names_or_ids)
    vault.require(_GRANTS[action], *wanted)
    if action is not Action.SHOW:
        warn_of_expiry(wanted)
    with vault.recording_failures(action, wanted):
        confirmed = vault.confirm_presence(_reason(wanted)) if action is Action.REVEAL else None
        opened = _open_all(vault, wanted)
    try:
        # Once more: an edit that another process is just finishing may have made one of them inject-only.
        vault.require(_GRANTS[action], *(secret.metadata for secret in opened))
        record(vault, wanted, action, confirmed)
    except BaseException:
        for secret in opened:
            secret.close()
        raise
    return opened


def record(vault: Vault, wanted: Sequence[SecretMetadata], action: Action, detail: str | None = None) -> None:
    """Count and record in one transaction, so that what is not recorded is not handed out and the other way round."""
    try:
        with vault.recorded(durable=False) as log:
            if action is Action.REVEAL:
                vault.limiter.reveal(wanted)
            elif action is not Action.SHOW:
                vault.limiter.use(len(wanted))
            if action in _USES:
                vault.metadata.record_use([metadata.id for metadata in wanted], datetime.now(UTC))
            log.append([AuditEntry.of(action, metadata, detail=detail) for metadata in wanted])
    except RateLimitExceededError as error:
        if vault.limiter.is_first_refusal(error):
            vault.record_quietly(action, wanted[:1] if error.key.startswith("reveal:") else [], error)
        raise


def _reason(wanted: Sequence[SecretMetadata]) -> str:
    names = ", ".join(repr(metadata.name) for metadata in wanted[:3])
    return f"reveal {names}" + (f" and {len(wanted) - 3} more secrets" if len(wanted) > 3 else "")


def _open_all(vault: Vault, wanted: Sequence[SecretMetadata]) -> list[SecretCredentials]:
    opened: list[SecretCredentials] = []
    items: dict[str, bytearray] = {}
    try:
        _gather(vault, wanted, items)
        for metadata in wanted:
            item = items.pop(metadata.account, None)
            opened.append(_open(vault, metadata, _item(vault, metadata) if item is None else item))
    except BaseException:
        for secret in opened:
            secret.close()
        for item in items.values():
            wipe(item)
        raise
    return opened


def _gather(vault: Vault, wanted: Sequence[SecretMetadata], items: dict[str, bytearray]) -> None:
    """Gather payloads by account, from the cache where there is one, the others in one batch; some may be missing."""
    cache = vault.cache
    if cache is not None:
        items.update({each.account: item for each in wanted if (item := cache.get(each)) is not None})
    missing = [metadata for metadata in wanted if metadata.account not in items]
    if len(missing) == 1:
        items[missing[0].account] = _item(vault, missing[0])
    elif missing:
        items.update(vault.keychain.get_many([metadata.account for metadata in missing]))
    if cache is not None:
        for metadata in missing:
            if metadata.account in items:
                cache.put(metadata, items[metadata.account])


def _item(vault: Vault, metadata: SecretMetadata) -> bytearray:
    try:
        return vault.keychain.get(metadata.account)
    except CredentialMissingError:
        vault.metadata.find(metadata.id)  # raises where the secret was just deleted as a whole, or its row is broken
        raise CredentialMissingError(
            f"the keychain item of {metadata.name!r} is gone: another program deleted it"
        ) from None


def _open(vault: Vault, metadata: SecretMetadata, item: bytearray) -> SecretCredentials:
    try:
        revision, fields, bound = payloads.decode(metadata.account, item)
    except CredentialCorruptError:
        raise CredentialCorruptError(
            f"the keychain item of {metadata.name!r} does not hold what was saved: another program changed it"
        ) from None
    finally:
        wipe(item)
    with contextlib.ExitStack() as stack:
        stack.enter_context(SecretCredentials(metadata, fields))
        if revision < metadata.revision:  # an older one was put back
            raise CredentialCorruptError(f"the keychain item of {metadata.name!r} is older than the vault knows it")
        if revision > metadata.revision:  # an edit that another process is just finishing
            metadata = _as_edited(vault, metadata, revision)
            if metadata.revision > revision:
                return _open(vault, metadata, _item(vault, metadata))
        require_bound(metadata, bound)
        stack.pop_all()
    return SecretCredentials(metadata, fields)


def _as_edited(vault: Vault, metadata: SecretMetadata, revision: int) -> SecretMetadata:
    """Return the metadata that belongs to a newer item than its row: what its edit proposes, or the row by now."""
    proposals = [row.proposal for row in vault.metadata.unfinished() if row.metadata.id == metadata.id]
    newer = next((row for row in proposals if row and row.revision == revision), None)
    return replace(newer or vault.metadata.find(metadata.id), name=metadata.name)


def describe(vault: Vault, name_or_id: str) -> tuple[SecretMetadata, dict[str, str]]:
    """Return what is known of a secret, and its values as far as their fields are not sensitive."""
    # Not at the top: revealing a value, which need not know its type, is 10 ms faster for it.
    from pondpilot_secrets.secret_types import registry
    from pondpilot_secrets.secret_types.validation import provider_named

    with read(vault, [name_or_id], Action.SHOW)[0] as secret:
        metadata = secret.metadata
        provider = provider_named(registry.get(metadata.type), metadata.provider)
        shown = {
            field.name: _shown(vault, field, secret.credentials[field.name])
            for field in provider.fields
            if field.name in secret.credentials and not field.sensitive
        }
    return metadata, shown


def _shown(vault: Vault, field: Field, value: SecureString) -> str:
    from pondpilot_secrets.secret_types.base import FieldKind

    text = value.expose()
    if field.kind is not FieldKind.REFERENCE:
        return text
    try:
        return vault.metadata.find(text).name
    except SecretNotFoundError:
        return text
