"""Keeping two stores in agreement: a metadata row announces every keychain write, and settles after it.

Save: row `pending` → item → row `ready`. Edit: row `updating` with the new values proposed → item → row takes them over.
Delete: row `deleting` → item gone → row gone. A crash at any point leaves a row that tells `recover` what to finish or
undo. One writer at a time holds the vault's lock, so that a row in between is always a dead writer's.
"""

from __future__ import annotations

import contextlib
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pondpilot_secrets.access.audit import Action, AuditEntry
from pondpilot_secrets.access.grants import Grant
from pondpilot_secrets.errors import CredentialCorruptError, InvalidCredentialsError, SecretError
from pondpilot_secrets.keychain import payload as payloads
from pondpilot_secrets.models import SecretCredentials, SecretMetadata, SecretState
from pondpilot_secrets.secret_types import expiry, registry
from pondpilot_secrets.secret_types.scopes import normalise_scopes
from pondpilot_secrets.secret_types.validation import field_named, normalise, provider_named, validate, validate_name
from pondpilot_secrets.secure import SecureString, wipe
from pondpilot_secrets.vault import references
from pondpilot_secrets.vault.context_binding import bound_text, require_bound
from pondpilot_secrets.vault.drafts import Unchanged
from pondpilot_secrets.vault.rollback import delete_undone, save_undone, update_undone

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pondpilot_secrets.metadata.store import Unfinished
    from pondpilot_secrets.secret_types.base import Provider, SecretType
    from pondpilot_secrets.secret_types.expiry import Expiry
    from pondpilot_secrets.vault.drafts import Changes, Draft
    from pondpilot_secrets.vault.vault import Vault


@dataclass(slots=True)
class _Prepared:
    """A draft that passed validation."""

    metadata: SecretMetadata
    fields: dict[str, SecureString]


def save(vault: Vault, drafts: Sequence[Draft]) -> list[SecretMetadata]:
    """Validate all drafts, then save all of them or none; see `SecretsManager.save_secret` for the errors."""
    vault.require(Grant.WRITE)
    now = _now()  # the same for all: by it, a recovery knows what was to be saved together
    prepared = [_prepare(vault, draft, now) for draft in drafts]
    saved = [entry.metadata for entry in prepared]
    _ = vault.audit  # whoever is asked for a passphrase is asked while nothing is held
    keychain = vault.keychain
    with vault.lock, _encoded(prepared) as items:
        recover(vault)
        vault.metadata.insert_pending(saved)
        with save_undone(vault, saved):
            with vault.recording_failures(Action.SAVE, saved):
                keychain.set_many(items)
            _settle(vault, saved, Action.SAVE)
    return [replace(metadata, state=SecretState.READY) for metadata in saved]


def _settle(vault: Vault, saved: Sequence[SecretMetadata], action: Action) -> None:
    with vault.recorded() as log:
        vault.metadata.mark_ready([metadata.id for metadata in saved])
        log.append([AuditEntry.of(action, metadata) for metadata in saved])


def _prepare(vault: Vault, draft: Draft, now: datetime) -> _Prepared:
    secret_type = registry.get(draft.type)
    provider = provider_named(secret_type, draft.provider)
    name = validate_name(draft.name)
    given, said = expiry.pop_expiry(provider, draft.fields)
    fields = normalise(secret_type, provider, given)
    references.resolve(vault, provider, fields, None)
    validate(secret_type, provider, fields)
    expires = expiry.parse_expiry(said if draft.expires is None else draft.expires, now)
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
    return _Prepared(metadata, fields)


@contextlib.contextmanager
def _encoded(prepared: Sequence[_Prepared]) -> Iterator[dict[str, bytearray]]:
    items: dict[str, bytearray] = {}
    try:
        for entry in prepared:
            account = entry.metadata.account
            items[account] = payloads.encode(account, entry.metadata.revision, entry.fields, bound_text(entry.metadata))
        yield items
    finally:
        for item in items.values():
            wipe(item)


def update(vault: Vault, name_or_id: str, changes: Changes, action: Action = Action.UPDATE) -> SecretMetadata:
    """Change what is given and nothing else; see `SecretsManager.update_secret`."""
    vault.require(Grant.WRITE)
    _ = vault.audit
    with vault.lock:
        recover(vault)
        old = vault.metadata.find(name_or_id)
        new = _changed(old, changes)
        if old.inject_only and not new.inject_only:
            _require_every_value(vault, old, changes)
        if isinstance(changes.fields, Unchanged) and bound_text(new) == bound_text(old):
            return _update_details(vault, new)
        with vault.recording_failures(action, [old]):
            return _update_item(vault, old, replace(new, revision=old.revision + 1), changes, action)


def _changed(old: SecretMetadata, changes: Changes) -> SecretMetadata:
    """The row as it will be, as far as the values have no part in it."""
    secret_type = registry.get(old.type)
    name, scopes, tags = changes.name, changes.scopes, changes.tags
    description, expires, inject_only = changes.description, changes.expires, changes.inject_only
    now = _now()
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


def _require_every_value(vault: Vault, old: SecretMetadata, changes: Changes) -> None:
    """Let a secret be shown again only by somebody who knows its values: who gives each sensitive one anew."""
    provider = provider_named(registry.get(old.type), old.provider)
    names = set() if isinstance(changes.fields, Unchanged) else _names(old, changes.fields)
    if any(field.sensitive and field.name in old.field_names and field.name not in names for field in provider.fields):
        vault.require(Grant.REVEAL, old)  # refuses, in the words that it has for this, and records it


def _update_details(vault: Vault, new: SecretMetadata) -> SecretMetadata:
    with vault.recorded() as log:
        vault.metadata.update_details(new)
        log.append([AuditEntry.of(Action.UPDATE, new)])
    return new


def _update_item(
    vault: Vault, old: SecretMetadata, new: SecretMetadata, changes: Changes, action: Action
) -> SecretMetadata:
    secret_type = registry.get(old.type)
    provider = provider_named(secret_type, old.provider)
    given = {} if isinstance(changes.fields, Unchanged) else changes.fields
    current = _current_fields(vault, old, whole=_replaces_all(old, given), new=new)
    fields, said = _merged(vault, secret_type, provider, current, given, old.id)
    if new.scopes == old.scopes and secret_type.derive_scopes and old.scopes == _derived_scopes(secret_type, current):
        new = replace(new, scopes=_derived_scopes(secret_type, fields))
    if isinstance(changes.expires, Unchanged) and (said is not None or _new_secrets(provider, current, fields)):
        told = expiry.parse_expiry(said, new.updated_at) or expiry.expiry_of(fields, new.updated_at)
        new = replace(new, expires_at=told)
    new = replace(new, field_names=tuple(sorted(fields)))
    _write_item(vault, new, fields, action)
    return replace(new, state=SecretState.READY)


def _merged(
    vault: Vault,
    secret_type: SecretType,
    provider: Provider,
    current: Mapping[str, SecureString],
    changes: Mapping[str, Any],
    own_id: str,
) -> tuple[dict[str, SecureString], Expiry]:
    """The fields as they will be, validated, and the moment of expiry that was given among them."""
    given, said = expiry.pop_expiry(provider, changes)
    removed = {field_named(secret_type, provider, name).name for name, value in given.items() if value is None}
    fields = {name: value for name, value in current.items() if name not in removed}
    fields.update(normalise(secret_type, provider, {name: value for name, value in given.items() if value is not None}))
    references.resolve(vault, provider, fields, own_id)
    validate(secret_type, provider, fields)
    return fields, said


def _new_secrets(provider: Provider, old: Mapping[str, SecureString], new: Mapping[str, SecureString]) -> bool:
    """Whether any sensitive value is another one now, so that what was known of its expiry no longer holds."""
    return any(field.sensitive and old.get(field.name) != new.get(field.name) for field in provider.fields)


def _write_item(vault: Vault, new: SecretMetadata, fields: dict[str, SecureString], action: Action) -> None:
    with _encoded([_Prepared(new, fields)]) as items, update_undone(vault, new):
        vault.keychain.set_many(items)
        with vault.recorded() as log:
            vault.metadata.finish_update(new.id)
            log.append([AuditEntry.of(action, new)])


def candidate(vault: Vault, old: SecretMetadata, changes: Mapping[str, Any]) -> SecretCredentials:
    """Return what a secret would be with these fields changed, without keeping it; the caller closes it."""
    secret_type = registry.get(old.type)
    provider = provider_named(secret_type, old.provider)
    current = _current_fields(vault, old, whole=_replaces_all(old, changes), new=old)
    fields, _ = _merged(vault, secret_type, provider, current, changes, old.id)
    # Copies, because whoever tries the candidate wipes it, and the caller's own values are not ours to wipe.
    copies = {name: value.copy() for name, value in fields.items()}
    return SecretCredentials(replace(old, field_names=tuple(sorted(copies))), copies)


def _derived_scopes(secret_type: SecretType, fields: Mapping[str, SecureString]) -> tuple[str, ...]:
    """The scopes that follow from the fields, or none where the fields do not tell them."""
    try:
        return normalise_scopes(secret_type, None, fields)
    except InvalidCredentialsError:
        return ()


def _replaces_all(old: SecretMetadata, changes: Mapping[str, Any]) -> bool:
    """Whether an edit gives every field anew, so that a lost or altered item can be mended by it."""
    return set(old.field_names) <= _names(old, changes)


def _names(old: SecretMetadata, given: Mapping[str, Any]) -> set[str]:
    """The fields that are given, under whatever of their names."""
    secret_type = registry.get(old.type)
    provider = provider_named(secret_type, old.provider)
    return {field_named(secret_type, provider, name).name for name in expiry.pop_expiry(provider, given)[0]}


def _current_fields(
    vault: Vault, metadata: SecretMetadata, *, whole: bool, new: SecretMetadata
) -> dict[str, SecureString]:
    item = vault.keychain.get_many([metadata.account]).get(metadata.account)
    if item is None and whole:
        return {}
    item = vault.keychain.get(metadata.account) if item is None else item
    try:
        _, fields, bound = payloads.decode(metadata.account, item)
    except CredentialCorruptError:
        if whole:
            return {}
        raise
    finally:
        wipe(item)
    require_bound(metadata, bound, new=new)
    return fields


def delete(vault: Vault, names_or_ids: Sequence[str]) -> list[SecretMetadata]:
    """Delete secrets from both stores; raises `SecretNotFoundError` before anything is deleted."""
    vault.require(Grant.WRITE)
    _ = vault.audit
    keychain = vault.keychain
    with vault.lock:
        recover(vault)
        doomed = list({found.id: found for found in map(vault.metadata.find, names_or_ids)}.values())
        ids = [metadata.id for metadata in doomed]
        with delete_undone(vault, doomed):
            with vault.recording_failures(Action.DELETE, doomed):
                for metadata in doomed:
                    keychain.delete(metadata.account)
            with vault.recorded() as log:
                vault.metadata.remove(ids)
                log.append([AuditEntry.of(Action.DELETE, metadata) for metadata in doomed])
    return doomed


def recover(vault: Vault) -> int:
    """Finish or undo what dead writers left, and return how many secrets that were. The caller holds the lock.

    What the keychain refuses to tell now (it is locked, say) is left for the next time.
    """
    vault.refuse_moved_store()
    if vault.was_moving():
        from pondpilot_secrets.vault.store_move import recover_move

        recover_move(vault)
    recovered = 0
    for rows in _written_together(vault.metadata.unfinished()):
        with contextlib.suppress(SecretError):
            _recover_together(vault, rows)
            recovered += len(rows)
    return recovered


def _written_together(unfinished: Sequence[Unfinished]) -> list[list[Unfinished]]:
    """Group what is to be finished or undone as one: the secrets of a save, which has one moment; all else by itself."""
    groups: dict[datetime | str, list[Unfinished]] = {}
    for row in unfinished:
        alone = row.metadata.state is not SecretState.PENDING
        groups.setdefault(row.metadata.id if alone else row.metadata.created_at, []).append(row)
    return list(groups.values())


def _recover_together(vault: Vault, rows: Sequence[Unfinished]) -> None:
    state = rows[0].metadata.state
    wanted = [row.proposal or row.metadata for row in rows]
    ids = [metadata.id for metadata in wanted]
    if state is not SecretState.DELETING and all(
        _stored_revision(vault, metadata) == metadata.revision for metadata in wanted
    ):
        with vault.recorded() as log:
            if state is SecretState.UPDATING:
                vault.metadata.finish_update(ids[0])
            else:
                vault.metadata.mark_ready(ids)
            log.append([AuditEntry.of(Action.RECOVER, metadata) for metadata in wanted])
    elif state is SecretState.UPDATING:
        vault.metadata.abandon_update(ids[0])
    else:
        for metadata in wanted:
            vault.keychain.delete(metadata.account)
        if state is not SecretState.DELETING:
            vault.metadata.remove(ids)
            return
        with vault.recorded() as log:
            vault.metadata.remove(ids)
            detail = "finished after a crash"
            log.append([AuditEntry.of(Action.DELETE, metadata, detail=detail) for metadata in wanted])


def _stored_revision(vault: Vault, metadata: SecretMetadata) -> int | None:
    item = vault.keychain.get_many([metadata.account]).get(metadata.account)
    if item is None:
        return None
    try:
        revision, fields, _ = payloads.decode(metadata.account, item)
    except CredentialCorruptError:
        return None
    finally:
        wipe(item)
    for value in fields.values():
        value.close()
    return revision


def _tags(tags: Sequence[str]) -> tuple[str, ...]:
    cleaned = (tag.strip() for tag in tags)
    return tuple(dict.fromkeys(tag for tag in cleaned if tag))


def _now() -> datetime:
    return datetime.now(UTC)
