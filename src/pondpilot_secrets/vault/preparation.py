"""From what is asked for to what is written: drafts and changes, validated, as metadata and fields."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pondpilot_secrets.errors import InvalidCredentialsError
from pondpilot_secrets.models import SecretMetadata, SecretState
from pondpilot_secrets.secret_types import expiry, registry
from pondpilot_secrets.secret_types.scopes import normalise_scopes
from pondpilot_secrets.secret_types.validation import field_named, normalise, provider_named, validate, validate_name
from pondpilot_secrets.vault.drafts import Unchanged
from pondpilot_secrets.vault.owned_values import own

if TYPE_CHECKING:
    import contextlib
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from pondpilot_secrets.secret_types.base import Provider, SecretType
    from pondpilot_secrets.secret_types.expiry import Expiry
    from pondpilot_secrets.secure import SecureString
    from pondpilot_secrets.vault.drafts import Changes, Draft
    from pondpilot_secrets.vault.references import ReferenceResolver


@dataclass(frozen=True, slots=True)
class PreparedSecret:
    """A secret that passed validation; its values are those of who prepared it."""

    metadata: SecretMetadata
    fields: Mapping[str, SecureString]


def prepare(draft: Draft, now: datetime, references: ReferenceResolver, owner: contextlib.ExitStack) -> PreparedSecret:
    """Validate a new secret; the values that are made for it are closed with `owner`."""
    secret_type, provider = type_of(draft)
    name = validate_name(draft.name)
    given, stated = expiry.pop_expiry(provider, draft.fields)
    fields = _normalised(secret_type, provider, given, owner)
    references.resolve(provider, fields, None, owner)
    validate(secret_type, provider, fields)
    expires = expiry.parse_expiry(stated if draft.expires is None else draft.expires, now)
    metadata = SecretMetadata(
        id=str(uuid.uuid4()),
        name=name,
        type=secret_type.name,
        provider=provider.name,
        scopes=normalise_scopes(secret_type, draft.scopes, fields),
        tags=_tags(draft.tags),
        description=draft.description or None,
        field_names=tuple(sorted(fields)),
        created_at=now,
        updated_at=now,
        expires_at=expires or expiry.expiry_of(fields, now),
        state=SecretState.PENDING,
        inject_only=draft.inject_only,
    )
    return PreparedSecret(metadata, fields)


def type_of(secret: Draft | SecretMetadata) -> tuple[SecretType, Provider]:
    """Return the type and provider of a secret; raises `InvalidCredentialsError` (1003) where there are none."""
    secret_type = registry.get(secret.type)
    return secret_type, provider_named(secret_type, secret.provider)


def changed_metadata(old: SecretMetadata, changes: Changes, now: datetime) -> SecretMetadata:
    """Return the row as it will be, as far as the values have no part in it."""
    secret_type = registry.get(old.type)
    name, scopes, tags = changes.name, changes.scopes, changes.tags
    description, expires, inject_only = changes.description, changes.expires, changes.inject_only
    return replace(
        old,
        name=old.name if isinstance(name, Unchanged) else validate_name(name),
        scopes=old.scopes if isinstance(scopes, Unchanged) else normalise_scopes(secret_type, scopes),
        tags=old.tags if isinstance(tags, Unchanged) else _tags(tags),
        description=old.description if isinstance(description, Unchanged) else description or None,
        expires_at=old.expires_at if isinstance(expires, Unchanged) else expiry.parse_expiry(expires, now),
        inject_only=old.inject_only if isinstance(inject_only, Unchanged) else inject_only,
        updated_at=now,
    )


def given_fields(changes: Changes) -> Mapping[str, Any]:
    """Return the fields of an edit; none where it leaves them as they are."""
    return {} if isinstance(changes.fields, Unchanged) else changes.fields


def names_given(old: SecretMetadata, given: Mapping[str, Any]) -> set[str]:
    """Return the fields that are given, by their own names, under whichever of their names they are given."""
    secret_type, provider = type_of(old)
    return {field_named(secret_type, provider, name).name for name in expiry.pop_expiry(provider, given)[0]}


def merge(
    old: SecretMetadata,
    current: Mapping[str, SecureString],
    given: Mapping[str, Any],
    references: ReferenceResolver,
    owner: contextlib.ExitStack,
) -> tuple[dict[str, SecureString], Expiry]:
    """Return the fields as they will be, validated, and the moment of expiry that was given among them."""
    secret_type, provider = type_of(old)
    given, stated = expiry.pop_expiry(provider, given)
    removed = {field_named(secret_type, provider, name).name for name, value in given.items() if value is None}
    fields = {name: value for name, value in current.items() if name not in removed}
    kept = {name: value for name, value in given.items() if value is not None}
    fields.update(_normalised(secret_type, provider, kept, owner))
    references.resolve(provider, fields, old.id, owner)
    validate(secret_type, provider, fields)
    return fields, stated


def with_new_values(
    old: SecretMetadata,
    new: SecretMetadata,
    current: Mapping[str, SecureString],
    fields: Mapping[str, SecureString],
    expires: Expiry | Unchanged,
) -> SecretMetadata:
    """Return the row with what follows from its new values: their names, scopes that derive from them, and expiry.

    `expires` is what was stated among the fields, or the sentinel where the edit gives the expiry beside them.
    """
    secret_type, provider = type_of(old)
    if new.scopes == old.scopes and secret_type.derive_scopes and old.scopes == _derived_scopes(secret_type, current):
        new = replace(new, scopes=_derived_scopes(secret_type, fields))
    if not isinstance(expires, Unchanged) and (expires is not None or _has_new_values(provider, current, fields)):
        moment = expiry.parse_expiry(expires, new.updated_at) or expiry.expiry_of(fields, new.updated_at)
        new = replace(new, expires_at=moment)
    return replace(new, field_names=tuple(sorted(fields)))


def _normalised(
    secret_type: SecretType, provider: Provider, given: Mapping[str, Any], owner: contextlib.ExitStack
) -> dict[str, SecureString]:
    fields = normalise(secret_type, provider, given)
    own(owner, fields.values(), except_for=given.values())
    return fields


def _has_new_values(provider: Provider, old: Mapping[str, SecureString], new: Mapping[str, SecureString]) -> bool:
    """Whether any sensitive value is another one now, so that what was known of its expiry no longer holds."""
    return any(field.sensitive and old.get(field.name) != new.get(field.name) for field in provider.fields)


def _derived_scopes(secret_type: SecretType, fields: Mapping[str, SecureString]) -> tuple[str, ...]:
    """The scopes that follow from the fields, or none where the fields do not tell them."""
    try:
        return normalise_scopes(secret_type, None, fields)
    except InvalidCredentialsError:
        return ()


def _tags(tags: Sequence[str]) -> tuple[str, ...]:
    cleaned = (tag.strip() for tag in tags)
    return tuple(dict.fromkeys(tag for tag in cleaned if tag))
