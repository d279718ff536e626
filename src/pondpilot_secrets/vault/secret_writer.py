"""Keeping two stores in agreement: a metadata row announces every keychain write, and is completed after it.

Save: row `pending` → item → row `ready`. Edit: row `updating` with the new values proposed → item → row takes them over.
Delete: row `deleting` → item gone → row gone. A crash at any point leaves a row that tells `crash_recovery` what to complete
or roll back.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pondpilot_secrets.access.audit import Action, AuditEntry
from pondpilot_secrets.access.grants import Grant
from pondpilot_secrets.models import SecretCredentials, SecretState
from pondpilot_secrets.vault import preparation, rollback
from pondpilot_secrets.vault.context_binding import context_of
from pondpilot_secrets.vault.drafts import UNCHANGED, Unchanged
from pondpilot_secrets.vault.owned_values import own

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pondpilot_secrets.models import SecretMetadata
    from pondpilot_secrets.secure import SecureString
    from pondpilot_secrets.vault.credential_items import CredentialItems
    from pondpilot_secrets.vault.drafts import Changes, Draft
    from pondpilot_secrets.vault.guard import Guard
    from pondpilot_secrets.vault.references import ReferenceResolver
    from pondpilot_secrets.vault.unit_of_work import UnitOfWork, Work


class SecretWriter:
    """Saves, changes and deletes secrets for one caller."""

    def __init__(
        self,
        guard: Guard,
        unit: UnitOfWork,
        items: CredentialItems,
        references: ReferenceResolver,
    ) -> None:
        self._guard = guard
        self._unit = unit
        self._items = items
        self._references = references

    def save(self, drafts: Sequence[Draft]) -> list[SecretMetadata]:
        """Validate all drafts, then save all of them or none; see `SecretsManager.save_secret` for the errors."""
        self._guard.require(Grant.WRITE)
        now = _now()  # the same for all: by it, crash recovery knows what was to be saved together
        with contextlib.ExitStack() as owner:
            prepared = [preparation.prepare(draft, now, self._references, owner) for draft in drafts]
            saved = [each.metadata for each in prepared]
            with (
                self._unit.begin() as work,
                self._items.encoded([(each.metadata, each.fields) for each in prepared]) as items,
                rollback.saving(work, saved),
            ):
                with work.trail.recording_failures(Action.SAVE, saved):
                    work.store.provider.set_many(items)
                with work.audited() as log:
                    work.metadata.mark_ready([metadata.id for metadata in saved])
                    log.append([AuditEntry.of(Action.SAVE, metadata) for metadata in saved])
        return [replace(metadata, state=SecretState.READY) for metadata in saved]

    def update(self, name_or_id: str, changes: Changes, action: Action = Action.UPDATE) -> SecretMetadata:
        """Change what is given and nothing else; see `SecretsManager.update_secret`."""
        self._guard.require(Grant.WRITE)
        with self._unit.begin() as work:
            old = work.metadata.find(name_or_id)
            new = preparation.changed_metadata(old, changes, _now())
            if old.inject_only and not new.inject_only:
                self._require_every_value(old, changes)
            if isinstance(changes.fields, Unchanged) and context_of(new) == context_of(old):
                return _update_details(work, new)
            with work.trail.recording_failures(action, [old]):
                return self._update_item(work, old, replace(new, revision=old.revision + 1), changes, action)

    def _require_every_value(self, old: SecretMetadata, changes: Changes) -> None:
        """Let a secret be shown again only by somebody who knows its values: who gives each sensitive one."""
        provider = preparation.type_of(old)[1]
        given = preparation.names_given(old, preparation.given_fields(changes))
        if any(
            field.sensitive and field.name in old.field_names and field.name not in given for field in provider.fields
        ):
            self._guard.require(Grant.REVEAL, old)  # refuses, in the words that it has for this, and records it

    def _update_item(
        self, work: Work, old: SecretMetadata, new: SecretMetadata, changes: Changes, action: Action
    ) -> SecretMetadata:
        given = preparation.given_fields(changes)
        with contextlib.ExitStack() as owner:
            current = self._current_fields(old, new, given, owner)
            fields, stated = preparation.merge(old, current, given, self._references, owner)
            expires = stated if isinstance(changes.expires, Unchanged) else UNCHANGED
            new = preparation.with_new_values(old, new, current, fields, expires)
            with self._items.encoded([(new, fields)]) as items, rollback.updating(work, new):
                work.store.provider.set_many(items)
                with work.audited() as log:
                    work.metadata.finish_update(new.id)
                    log.append([AuditEntry.of(action, new)])
        return replace(new, state=SecretState.READY)

    def candidate(self, old: SecretMetadata, given: Mapping[str, Any]) -> SecretCredentials:
        """Return what a secret would be with these fields changed, without keeping it; the caller closes it."""
        with contextlib.ExitStack() as owner:
            current = self._current_fields(old, old, given, owner)
            fields, _ = preparation.merge(old, current, given, self._references, owner)
            with contextlib.ExitStack() as kept:
                copies = {name: kept.enter_context(value.copy()) for name, value in fields.items()}
                kept.pop_all()
            return SecretCredentials(replace(old, field_names=tuple(sorted(copies))), copies)

    def _current_fields(
        self, old: SecretMetadata, new: SecretMetadata, given: Mapping[str, Any], owner: contextlib.ExitStack
    ) -> dict[str, SecureString]:
        """The fields that the store holds; an edit that gives all of them repairs an item that is lost or corrupt."""
        replaceable = set(old.field_names) <= preparation.names_given(old, given)
        fields = self._items.fields_of(old, new=new, replaceable=replaceable)
        own(owner, fields.values())
        return fields

    def delete(self, names_or_ids: Sequence[str]) -> list[SecretMetadata]:
        """Delete secrets from both stores; raises `SecretNotFoundError` before anything is deleted."""
        self._guard.require(Grant.WRITE)
        with self._unit.begin() as work:
            doomed = list({found.id: found for found in map(work.metadata.find, names_or_ids)}.values())
            with rollback.deleting(work, doomed):
                with work.trail.recording_failures(Action.DELETE, doomed):
                    for metadata in doomed:
                        work.store.provider.delete(metadata.account)
                with work.audited() as log:
                    work.metadata.remove([metadata.id for metadata in doomed])
                    log.append([AuditEntry.of(Action.DELETE, metadata) for metadata in doomed])
        return doomed


def _update_details(work: Work, new: SecretMetadata) -> SecretMetadata:
    with work.audited() as log:
        work.metadata.update_details(new)
        log.append([AuditEntry.of(Action.UPDATE, new)])
    return new


def _now() -> datetime:
    return datetime.now(UTC)
