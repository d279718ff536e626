"""Opening credentials: from the store into memory that is wiped, recorded before anybody sees them."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from pondpilot_secrets import log
from pondpilot_secrets.access.audit import Action
from pondpilot_secrets.access.grants import Grant
from pondpilot_secrets.errors import CredentialCorruptError, CredentialMissingError, SecretNotFoundError
from pondpilot_secrets.models import SecretCredentials
from pondpilot_secrets.secure import wipe
from pondpilot_secrets.vault.context_binding import check_context
from pondpilot_secrets.vault.expiry_warning import warn_of_expiry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pondpilot_secrets.metadata.store import MetadataStore
    from pondpilot_secrets.models import SecretMetadata
    from pondpilot_secrets.secret_types.base import Field
    from pondpilot_secrets.secure import SecureString
    from pondpilot_secrets.vault.audit_trail import AuditTrail
    from pondpilot_secrets.vault.credential_items import CredentialItems
    from pondpilot_secrets.vault.guard import Guard
    from pondpilot_secrets.vault.unit_of_work import UnitOfWork

_GRANTS = {
    Action.REVEAL: Grant.REVEAL,
    Action.USE: Grant.USE,
    Action.APPLY: Grant.USE,
    Action.TEST: Grant.USE,
    Action.SHOW: Grant.LIST,
}


class SecretReader:
    """Opens secrets for one caller."""

    def __init__(
        self, guard: Guard, unit: UnitOfWork, metadata: MetadataStore, items: CredentialItems, trail: AuditTrail
    ) -> None:
        self._guard = guard
        self._unit = unit
        self._metadata = metadata
        self._items = items
        self._trail = trail

    def read(self, names_or_ids: Sequence[str], action: Action) -> list[SecretCredentials]:
        """Open secrets in one batch, in the order given, and record it; the caller closes them.

        Raises `PolicyDeniedError` (1011), `PresenceRefusedError` (1024), `RateLimitExceededError` (1007), and the errors of
        the store. Whatever is raised, nothing is opened; denials and failures are recorded as well.
        """
        found = self._metadata.find_many(names_or_ids)
        self._guard.require(_GRANTS[action], *found)
        if action is not Action.SHOW:
            warn_of_expiry(found)
        with self._trail.recording_failures(action, found):
            self._unit.open()
            proof = self._guard.confirm_presence(_reason(found)) if action is Action.REVEAL else None
            opened = self._open_all(found)
        try:
            # Again: an edit that another process is just finishing may have made one of them inject-only.
            self._guard.require(_GRANTS[action], *(secret.metadata for secret in opened))
            self._guard.admit(action, found, proof)
        except BaseException:
            for secret in opened:
                secret.close()
            raise
        return opened

    def describe(self, name_or_id: str) -> tuple[SecretMetadata, dict[str, str]]:
        """Return what is known of a secret, and its values as far as their fields are not sensitive."""
        # Not at the top: revealing a value, which need not know its type, is 10 ms faster for it.
        from pondpilot_secrets.secret_types import registry
        from pondpilot_secrets.secret_types.validation import provider_named

        with self.read([name_or_id], Action.SHOW)[0] as secret:
            metadata = secret.metadata
            provider = provider_named(registry.get(metadata.type), metadata.provider)
            shown = {
                field.name: self._shown(field, secret.credentials[field.name])
                for field in provider.fields
                if field.name in secret.credentials and not field.sensitive
            }
        return metadata, shown

    def _shown(self, field: Field, value: SecureString) -> str:
        from pondpilot_secrets.secret_types.base import FieldKind

        text = value.expose()
        if field.kind is not FieldKind.REFERENCE:
            return text
        try:
            return self._metadata.find(text).name
        except SecretNotFoundError:
            log.debug("vault", "the secret that a field refers to is not there any more: its id is shown")
            return text

    def _open_all(self, found: Sequence[SecretMetadata]) -> list[SecretCredentials]:
        payloads: dict[str, bytearray] = {}
        with contextlib.ExitStack() as stack:
            try:
                self._read_many(found, payloads)
                opened = []
                for metadata in found:
                    payload = payloads.pop(metadata.account, None)
                    if payload is None:  # not in the batch, or asked for twice
                        payload = self._read(metadata)
                    opened.append(stack.enter_context(self._open(metadata, payload)))
            finally:
                for payload in payloads.values():
                    wipe(payload)
            stack.pop_all()
        return opened

    def _read_many(self, found: Sequence[SecretMetadata], payloads: dict[str, bytearray]) -> None:
        try:
            self._items.read_many(found, payloads)
        except CredentialMissingError:
            self._metadata.find(
                found[0].id
            )  # raises where the secret was just deleted as a whole, or its row is broken
            raise

    def _read(self, metadata: SecretMetadata) -> bytearray:
        try:
            return self._items.read(metadata)
        except CredentialMissingError:
            self._metadata.find(metadata.id)
            raise

    def _open(self, metadata: SecretMetadata, payload: bytearray) -> SecretCredentials:
        item = self._items.decode(metadata, payload)
        with contextlib.ExitStack() as stack:
            stack.enter_context(SecretCredentials(metadata, item.fields))
            if item.revision < metadata.revision:  # an older one was put back
                raise CredentialCorruptError(f"the keychain item of {metadata.name!r} is older than the vault knows it")
            if item.revision > metadata.revision:  # an edit that another process is just finishing
                metadata = self._as_edited(metadata, item.revision)
                if metadata.revision > item.revision:
                    return self._open(metadata, self._read(metadata))
            check_context(metadata, item.context)
            stack.pop_all()
        return SecretCredentials(metadata, item.fields)

    def _as_edited(self, metadata: SecretMetadata, revision: int) -> SecretMetadata:
        """Return the metadata that belongs to a newer item than its row: what its edit proposes, or the row by now."""
        proposals = [row.proposal for row in self._metadata.incomplete_writes() if row.metadata.id == metadata.id]
        newer = next((row for row in proposals if row and row.revision == revision), None)
        return replace(newer or self._metadata.find(metadata.id), name=metadata.name)


def _reason(found: Sequence[SecretMetadata]) -> str:
    names = ", ".join(repr(metadata.name) for metadata in found[:3])
    return f"reveal {names}" + (f" and {len(found) - 3} more secrets" if len(found) > 3 else "")
