"""Credentials as items of the store: encoded with the context they are bound to, cached where that is asked for, decoded."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from pondpilot_secrets import log
from pondpilot_secrets.errors import CredentialCorruptError, CredentialMissingError
from pondpilot_secrets.keychain import payload as payloads
from pondpilot_secrets.secure import wipe
from pondpilot_secrets.vault.context_binding import check_context, context_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pondpilot_secrets.keychain.payload import PayloadContent
    from pondpilot_secrets.models import SecretMetadata
    from pondpilot_secrets.secure import SecureString
    from pondpilot_secrets.vault.payload_cache import PayloadCache
    from pondpilot_secrets.vault.secret_store import SecretStore


class CredentialItems:
    """The items of a vault's secrets. Payloads and values that are returned are the caller's to wipe."""

    def __init__(self, store: SecretStore, cache: PayloadCache | None = None) -> None:
        self._store = store
        self._cache = cache

    def read(self, metadata: SecretMetadata) -> bytearray:
        """Return the payload of a secret; raises `CredentialMissingError` (1016) where the store has none."""
        try:
            return self._store.provider.get(metadata.account)
        except CredentialMissingError:
            self._store.check_unchanged()  # it may have been moved elsewhere, and not deleted
            raise CredentialMissingError(
                f"the keychain item of {metadata.name!r} is gone: another program deleted it"
            ) from None

    def read_many(self, secrets: Sequence[SecretMetadata], into: dict[str, bytearray]) -> None:
        """Put payloads into a dictionary by account, from the cache or in one batch; some may be missing."""
        cache = self._cache
        if cache is not None:
            into.update({each.account: item for each in secrets if (item := cache.get(each)) is not None})
        missing = [metadata for metadata in secrets if metadata.account not in into]
        if len(missing) == 1:
            into[missing[0].account] = self.read(missing[0])
        elif missing:
            into.update(self._store.provider.get_many([metadata.account for metadata in missing]))
        if cache is not None:
            for metadata in missing:
                if metadata.account in into:
                    cache.put(metadata, into[metadata.account])

    def decode(self, metadata: SecretMetadata, payload: bytearray) -> PayloadContent:
        """Return what a payload holds, and wipe it; raises `CredentialCorruptError` (1017)."""
        try:
            return payloads.decode(metadata.account, payload)
        except CredentialCorruptError:
            raise CredentialCorruptError(
                f"the keychain item of {metadata.name!r} does not hold what was saved: another program changed it"
            ) from None
        finally:
            wipe(payload)

    def fields_of(self, metadata: SecretMetadata, *, new: SecretMetadata, replaceable: bool) -> dict[str, SecureString]:
        """Return the fields of a secret that is about to become `new`.

        Nothing where the item is lost or corrupt and the edit is `replaceable`: it gives every field. Raises
        `CredentialMissingError` (1016) and `CredentialCorruptError` (1017).
        """
        try:
            payload = self.read(metadata)
            try:
                item = payloads.decode(metadata.account, payload)
            finally:
                wipe(payload)
        except (CredentialMissingError, CredentialCorruptError) as error:
            if not replaceable:
                raise
            log.info("vault", "the edit of a secret replaces its item: %s", error.message)
            return {}
        try:
            check_context(metadata, item.context, new=new)
        except BaseException:
            for value in item.fields.values():
                value.close()
            raise
        return item.fields

    def stored_revision(self, metadata: SecretMetadata) -> int | None:
        """Return the revision that the store holds; None where it has none, or none that was written whole."""
        payload = self._store.provider.get_many([metadata.account]).get(metadata.account)
        if payload is None:
            return None
        try:
            item = payloads.decode(metadata.account, payload)
        except CredentialCorruptError as error:
            log.debug("vault", "an item is taken for one that was never written: %s", error.message)
            return None
        finally:
            wipe(payload)
        for value in item.fields.values():
            value.close()
        return item.revision

    @contextlib.contextmanager
    def encoded(
        self, secrets: Sequence[tuple[SecretMetadata, Mapping[str, SecureString]]]
    ) -> Iterator[dict[str, bytearray]]:
        """Give payloads by account, for a `with` block at whose end they are wiped."""
        items: dict[str, bytearray] = {}
        try:
            for metadata, fields in secrets:
                account = metadata.account
                items[account] = payloads.encode(account, metadata.revision, fields, context_of(metadata))
            yield items
        finally:
            for item in items.values():
                wipe(item)

    def wipe_cache(self) -> None:
        """Wipe every payload that is kept."""
        if self._cache is not None:
            self._cache.clear()
