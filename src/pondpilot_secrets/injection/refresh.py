"""Bringing a changed secret to every live DuckDB instance of this process that has it, attached databases included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets import log
from pondpilot_secrets.errors import SecretError
from pondpilot_secrets.injection import attach as attaching
from pondpilot_secrets.injection import create_secret, instance_state
from pondpilot_secrets.injection.create_secret import SecretSpec
from pondpilot_secrets.injection.quoting import folded

if TYPE_CHECKING:
    import duckdb

    from pondpilot_secrets.injection.instance_state import Attachment, InstanceState
    from pondpilot_secrets.models import SecretCredentials
    from pondpilot_secrets.secret_types.base import SecretType

_PROBE_SUFFIX = " (refreshed by pond)"


@dataclass(frozen=True, slots=True)
class Refresh:
    """What was refreshed.

    Attributes:
        instances: how many DuckDB instances have the new values now.
        attached: the databases that were attached again.
        stale: the databases that still use the old values, because DuckDB could not attach them with the new ones.
        failed: why instances still have the old values, a sentence for each.
    """

    instances: int = 0
    attached: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


def refresh_secret(secret: SecretCredentials, secret_type: SecretType) -> Refresh:
    """Create the secret again, under each name that it has, wherever it is; how long it stays is left as it was.

    An instance whose connections are all closed is passed over, and so is one where somebody dropped the secret or put
    another in its place. What fails in one instance does not keep the others from their new values.
    """
    count = 0
    attached, stale, failed = list[str](), list[str](), list[str]()
    for instance in instance_state.instances_with(secret.metadata.id):
        handle = instance_state.open_connection(instance.handles)
        if handle is None:
            log.debug("injection", "an instance is passed over, because its connections are closed")
            continue
        try:
            count += _recreate(handle, instance, secret, secret_type)
            for alias in _attached_by(handle, instance, secret):
                done = _reattach(handle, alias, instance.attachments[alias], secret, secret_type)
                (attached if done else stale).append(alias)
        except SecretError as error:
            log.info("injection", "an instance keeps the old values of a secret: %s", error.message)
            failed.append(error.message)
    return Refresh(count, tuple(attached), tuple(stale), tuple(failed))


def _recreate(
    handle: duckdb.DuckDBPyConnection, instance: InstanceState, secret: SecretCredentials, secret_type: SecretType
) -> bool:
    """Create the secret again under each name under which it is there still; returns whether there was any."""
    with create_secret.cursor_of(handle) as cursor, instance.lock:
        found = create_secret.list_secrets(cursor)
        entries = [
            entry
            for entry in instance.entries.values()
            if entry.id == secret.metadata.id and create_secret.is_ours(found.get(folded(entry.name), []), entry)
        ]
        for entry in entries:
            leased = entry.leases > 0 and not entry.kept
            spec = SecretSpec(
                secret, secret_type, entry.name, entry.references, leased=leased, for_attach=entry.for_attach
            )
            create_secret.ensure_secret(cursor, instance, found, spec)
    return bool(entries)


def _attached_by(handle: duckdb.DuckDBPyConnection, instance: InstanceState, secret: SecretCredentials) -> list[str]:
    return [
        alias
        for alias, attachment in list(instance.attachments.items())
        if attachment.id == secret.metadata.id and _is_there(handle, alias)
    ]


def _is_there(handle: duckdb.DuckDBPyConnection, alias: str) -> bool:
    with create_secret.cursor_of(handle) as cursor:
        return attaching.is_attached(cursor, alias)


def _reattach(
    handle: duckdb.DuckDBPyConnection,
    alias: str,
    attachment: Attachment,
    secret: SecretCredentials,
    secret_type: SecretType,
) -> bool:
    """Attach with the new values under another name first: a database that works is not given up for one that may not."""
    how = (handle, secret, secret_type, attachment.secret_name)
    try:
        if secret_type.attach is not None and secret_type.attach.own_name is None:
            attaching.detach(handle, attaching.attach(*how, f"{alias}{_PROBE_SUFFIX}", attachment.read_only))
        attaching.reattach(*how, alias, attachment.read_only)
    except SecretError as error:
        log.info("injection", "a database keeps its old values: %s", error.message)
        return False
    return True
