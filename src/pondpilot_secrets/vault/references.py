"""References from one secret to another: kept by id, so that renaming breaks none, and never in a circle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets import log
from pondpilot_secrets.errors import InvalidCredentialsError, SecretNotFoundError
from pondpilot_secrets.secret_types import reference_fields, registry
from pondpilot_secrets.secret_types.validation import provider_named
from pondpilot_secrets.secure import SecureString

if TYPE_CHECKING:
    import contextlib

    from pondpilot_secrets.metadata.store import MetadataStore
    from pondpilot_secrets.models import SecretCredentials, SecretMetadata
    from pondpilot_secrets.secret_types.base import Provider, SecretType
    from pondpilot_secrets.vault.credential_items import CredentialItems


def references_of(secret: SecretCredentials, secret_type: SecretType) -> dict[str, str]:
    """Return the ids of the secrets that an open one refers to, by field."""
    return reference_fields.references_of(secret_type.provider(secret.metadata.provider), secret.credentials)


class ReferenceResolver:
    """Finds the secrets that others refer to."""

    def __init__(self, metadata: MetadataStore, items: CredentialItems) -> None:
        self._metadata = metadata
        self._items = items

    def resolve(
        self, provider: Provider, fields: dict[str, SecureString], own_id: str | None, owner: contextlib.ExitStack
    ) -> None:
        """Put ids in the place of the names of other secrets; `own_id` is that of the secret itself, if it has one.

        The values that are made for it are closed with `owner`. Raises `InvalidCredentialsError` (1003) for a secret that
        is not there, and for one that leads back to the secret itself.
        """
        for name, referred in reference_fields.references_of(provider, fields).items():
            try:
                other = self._metadata.find(referred)
            except SecretNotFoundError as error:
                raise InvalidCredentialsError(
                    f"{name}: {error.message}", field=name, hint="save that secret first"
                ) from None
            if own_id is not None and own_id in self._reached(other):
                raise InvalidCredentialsError(
                    f"{name}: {other.name!r} is this secret, or refers to it itself",
                    field=name,
                    hint="name another secret",
                )
            fields[name] = owner.enter_context(SecureString(other.id))

    def _reached(self, first: SecretMetadata) -> set[str]:
        """The ids of a secret and of all that it refers to, directly or not."""
        reached: set[str] = set()
        waiting = [first]
        while waiting:
            secret = waiting.pop()
            if secret.id not in reached:
                reached.add(secret.id)
                waiting += self._referred(secret)
        return reached

    def _referred(self, secret: SecretMetadata) -> list[SecretMetadata]:
        provider = provider_named(registry.get(secret.type), secret.provider)
        if not reference_fields.has_references(provider, secret.field_names):
            return []
        fields = self._items.decode(secret, self._items.read(secret)).fields
        try:
            referred = list(reference_fields.references_of(provider, fields).values())
        finally:
            for value in fields.values():
                value.close()
        found = []
        for id_ in referred:
            try:
                found.append(self._metadata.find(id_))
            except SecretNotFoundError:  # that is said where the value is needed
                log.debug("vault", "a secret that %s refers to is not there any more", secret.id)
        return found
