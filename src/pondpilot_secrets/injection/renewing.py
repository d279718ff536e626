"""Bringing a changed secret to every live DuckDB instance of this process that has it, attached databases included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets.errors import SecretError
from pondpilot_secrets.injection import attach as attaching
from pondpilot_secrets.injection import instances, placing
from pondpilot_secrets.injection.placing import Wanted

if TYPE_CHECKING:
    import duckdb

    from pondpilot_secrets.injection.instances import Attachment, Instance
    from pondpilot_secrets.models import SecretCredentials
    from pondpilot_secrets.secret_types.base import SecretType

_TRIED = " (renewed by pond)"


@dataclass(frozen=True, slots=True)
class Renewal:
    """What was renewed.

    Attributes:
        instances: how many DuckDB instances have the new values now.
        attached: the databases that were attached anew.
        stale: the databases that still use the old values, because DuckDB could not attach them with the new ones.
    """

    instances: int = 0
    attached: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()


def renew(secret: SecretCredentials, secret_type: SecretType) -> Renewal:
    """Create the secret anew, under each name that it has, wherever it is; how long it stays is left as it was.

    An instance whose connections are all closed is passed over. Raises `DuckDBIntegrationError` (1008).
    """
    count, attached, stale = 0, list[str](), list[str]()
    for instance in instances.holding(secret.metadata.id):
        handle = instances.usable(instance.handles)
        if handle is None:
            continue
        _create_anew(handle, instance, secret, secret_type)
        count += 1
        for alias, attachment in list(instance.attachments.items()):
            if attachment.id == secret.metadata.id and _is_there(handle, alias):
                done = _attach_anew(handle, alias, attachment, secret, secret_type)
                (attached if done else stale).append(alias)
    return Renewal(count, tuple(attached), tuple(stale))


def _create_anew(
    handle: duckdb.DuckDBPyConnection, instance: Instance, secret: SecretCredentials, secret_type: SecretType
) -> None:
    with placing.cursor_of(handle) as cursor, instance.lock:
        found = instances.rows(cursor)
        for entry in list(instance.entries.values()):
            if entry.id == secret.metadata.id:
                leased = entry.leases > 0 and not entry.kept
                wanted = Wanted(secret, secret_type, entry.name, entry.references, leased=leased)
                placing.put(cursor, instance, found, wanted)


def _is_there(handle: duckdb.DuckDBPyConnection, alias: str) -> bool:
    with placing.cursor_of(handle) as cursor:
        return attaching.is_attached(cursor, alias)


def _attach_anew(
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
            attaching.detach(handle, attaching.attach(*how, f"{alias}{_TRIED}", attachment.read_only))
        attaching.reattach(*how, alias, attachment.read_only)
    except SecretError:
        return False
    return True
