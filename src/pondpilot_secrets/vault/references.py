"""References from one secret to another: kept by id, so that renaming breaks none, and never in a circle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets.errors import InvalidCredentialsError, SecretNotFoundError
from pondpilot_secrets.keychain import payload as payloads
from pondpilot_secrets.secret_types import registry
from pondpilot_secrets.secret_types.base import FieldKind
from pondpilot_secrets.secret_types.validation import provider_named
from pondpilot_secrets.secure import SecureString, wipe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pondpilot_secrets.models import SecretMetadata
    from pondpilot_secrets.secret_types.base import Provider
    from pondpilot_secrets.vault.vault import Vault


def resolve(vault: Vault, provider: Provider, fields: dict[str, SecureString], own_id: str | None) -> None:
    """Put ids in the place of the names of other secrets; `own_id` is that of the secret itself, when it is there already.

    Raises `InvalidCredentialsError` (1003) for one that is not there, and for one that leads back to the secret itself.
    """
    for name, wanted in _references(provider, fields).items():
        try:
            other = vault.metadata.find(wanted)
        except SecretNotFoundError as error:
            raise InvalidCredentialsError(
                f"{name}: {error.message}", field=name, hint="save that secret first"
            ) from None
        if own_id is not None and own_id in _reached(vault, other):
            raise InvalidCredentialsError(
                f"{name}: {other.name!r} is this secret, or refers to it itself", field=name, hint="name another secret"
            )
        fields[name] = SecureString(other.id)


def _references(provider: Provider, fields: Mapping[str, SecureString]) -> dict[str, str]:
    return {
        field.name: fields[field.name].expose()
        for field in provider.fields
        if field.kind is FieldKind.REFERENCE and field.name in fields and fields[field.name]
    }


def _reached(vault: Vault, first: SecretMetadata) -> set[str]:
    """The ids of a secret and of all that it refers to, directly or not."""
    reached: set[str] = set()
    waiting = [first]
    while waiting:
        secret = waiting.pop()
        if secret.id not in reached:
            reached.add(secret.id)
            waiting += _referred(vault, secret)
    return reached


def _referred(vault: Vault, secret: SecretMetadata) -> list[SecretMetadata]:
    provider = provider_named(registry.get(secret.type), secret.provider)
    if not any(field.kind is FieldKind.REFERENCE and field.name in secret.field_names for field in provider.fields):
        return []
    item = vault.keychain.get(secret.account)
    try:
        fields = payloads.decode(secret.account, item).fields
    finally:
        wipe(item)
    found = []
    for wanted in _references(provider, fields).values():
        try:
            found.append(vault.metadata.find(wanted))
        except SecretNotFoundError:
            continue  # deleted since; that is said where it is needed
    for value in fields.values():
        value.close()
    return found
