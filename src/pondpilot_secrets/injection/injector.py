"""Putting secrets into a DuckDB instance and taking them out again.

Everything runs on a cursor of our own, so that neither the caller's pending result nor the caller's transaction is touched.
A transaction that was open before sees what changed only after its end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from pondpilot_secrets import log
from pondpilot_secrets.errors import DuckDBIntegrationError
from pondpilot_secrets.injection import create_secret, drop_secrets, instance_state
from pondpilot_secrets.injection import extensions as extending
from pondpilot_secrets.injection.create_secret import SecretSpec
from pondpilot_secrets.injection.duckdb_errors import call_duckdb
from pondpilot_secrets.injection.duckdb_support import fields_to_create, optional_extensions
from pondpilot_secrets.injection.quoting import folded

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    import duckdb

    from pondpilot_secrets.injection.extensions import Extensions
    from pondpilot_secrets.injection.instance_state import AppliedSecret, InstanceState
    from pondpilot_secrets.models import SecretCredentials
    from pondpilot_secrets.secret_types.base import References, SecretType

_NO_REFERENCES: References = {}


class Injector:
    """Applies secrets to the instances that connections belong to. Safe to share between threads.

    What is in which instance is known to the whole process, so that several injectors agree about it.
    """

    def __init__(self, extensions: Extensions) -> None:
        self._extensions = extensions

    def apply(
        self,
        con: duckdb.DuckDBPyConnection,
        secret: SecretCredentials,
        secret_type: SecretType,
        *,
        name: str | None = None,
        references: References = _NO_REFERENCES,
        replace: bool = False,
        for_attach: bool = False,
    ) -> str:
        """Make sure that the instance has the secret in its present revision, until it is dropped; returns its name there.

        `name` is the name inside DuckDB, the secret's own when None. `references` gives the DuckDB name of the secret
        that each REFERENCE field names; apply those first. `replace` allows to replace a temporary secret that is not
        ours. `for_attach` leaves out what this DuckDB takes in the ATTACH only, which has to follow.

        Raises `NameConflictError` (1020) where a secret that is not ours has the name, `ExtensionMissingError` (1019),
        and `DuckDBIntegrationError` (1008) with a redacted text.
        """
        checked = create_secret.check_duckdb_name(secret, name)
        return self.ensure(
            con, SecretSpec(secret, secret_type, checked, references, replace, for_attach=for_attach), None
        )

    def is_current(self, con: duckdb.DuckDBPyConnection, name: str, id: str, revision: int) -> bool:  # noqa: A002
        """Whether the instance has this revision of the secret under the name, as far as we know; asks DuckDB nothing."""
        return create_secret.find_applied(con, name, id, revision) is not None

    def keep(self, con: duckdb.DuckDBPyConnection, name: str, id: str, revision: int) -> bool:  # noqa: A002
        """Do what `apply` does for a secret that is there already, without its values; False when it is not.

        Costs microseconds, because DuckDB is not asked: a secret that the user dropped or replaced by SQL of their own
        still counts as there, until `invalidate`.
        """
        entry = create_secret.find_applied(con, name, id, revision)
        if entry is not None:
            entry.kept = True
        return entry is not None

    def lease(self, con: duckdb.DuckDBPyConnection) -> Lease:
        """Return a `with` block for secrets that stay no longer than it lasts."""
        return Lease(self, con)

    def drop(self, con: duckdb.DuckDBPyConnection, names: Iterable[str]) -> list[str]:
        """Drop those of the names that are ours, from whatever connection, and return them as they were given to DuckDB."""
        keys = {folded(name) for name in names}
        return drop_secrets.drop(con, lambda entry: folded(entry.name) in keys)

    def clear(self, con: duckdb.DuckDBPyConnection) -> list[str]:
        """Drop every secret that is ours from the instance, and nothing else; returns their names."""
        return drop_secrets.drop(con, lambda _entry: True)

    def invalidate(self, con: duckdb.DuckDBPyConnection, names: Iterable[str] | None = None) -> None:
        """Stop believing that secrets are up to date, all when None, so that the next `apply` creates them again.

        What is in the instance stays there, and stays ours.
        """
        instance = instance_state.state_of(con)
        if instance is None:
            return
        with instance.lock:
            for key in list(instance.entries) if names is None else map(folded, names):
                if key in instance.entries:
                    instance.entries[key].revision = instance_state.UNKNOWN_REVISION

    def applied(self, con: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, int]]:
        """Return what is applied to the instance, as far as we know: for each DuckDB name the secret's id and revision."""
        instance = instance_state.state_of(con)
        if instance is None:
            return {}
        with instance.lock:
            return {entry.name: (entry.id, entry.revision) for entry in instance.entries.values()}

    def ensure(self, con: duckdb.DuckDBPyConnection, spec: SecretSpec, lease: Lease | None) -> str:
        """Do the work of both `apply`s; with a lease the secret goes when the last lease on it ends."""
        about = spec.secret.metadata
        # Before any extension is loaded: there is none for what this DuckDB does not know.
        fields_to_create(spec.secret, spec.secret_type, for_attach=spec.for_attach)
        needed = extending.needed_by(spec.secret_type, about.provider, spec.secret.credentials)
        with create_secret.cursor_of(con) as cursor:
            loaded = instance_state.extensions_loaded(con)
            call_duckdb(
                lambda: self._extensions.ensure(cursor, needed, loaded, optional_extensions(spec.secret_type)),
                (),
                "DuckDB could not list its extensions",
            )
            while True:
                instance, found = create_secret.attach_state(con, cursor)
                with instance.lock:
                    if instance.detached:
                        continue  # another thread dropped the last of our secrets in between
                    instance.extensions |= loaded
                    try:
                        entry = create_secret.ensure_secret(cursor, instance, found, spec)
                        _note(instance, entry, lease)
                        return entry.name
                    finally:
                        create_secret.detach_state_if_empty(instance, cursor)


class Lease:
    """Secrets for the length of a `with` block. Blocks may be nested, and may overlap in several threads.

    A secret that was applied before stays afterwards, as does one that is applied inside the block without a lease.
    """

    def __init__(self, injector: Injector, con: duckdb.DuckDBPyConnection) -> None:
        self._injector = injector
        self._con = con
        self._held: dict[str, tuple[InstanceState, AppliedSecret]] = {}

    def take(self, name: str, id: str, revision: int) -> bool:  # noqa: A002
        """Hold a secret that is there already in this revision, without its values; False when it is not."""
        entry = create_secret.find_applied(self._con, name, id, revision)
        instance = instance_state.state_of(self._con)
        if entry is None or instance is None:
            return False
        with instance.lock:
            if instance.detached or instance.entries.get(folded(name)) is not entry:
                return False
            self.hold(instance, entry)
        return True

    def apply(
        self,
        secret: SecretCredentials,
        secret_type: SecretType,
        *,
        name: str | None = None,
        references: References = _NO_REFERENCES,
        for_attach: bool = False,
    ) -> str:
        """Apply a secret and hold it; raises as `Injector.apply` does."""
        checked = create_secret.check_duckdb_name(secret, name)
        spec = SecretSpec(secret, secret_type, checked, references, leased=True, for_attach=for_attach)
        return self._injector.ensure(self._con, spec, self)

    def hold(self, instance: InstanceState, entry: AppliedSecret) -> None:
        """Count this lease on an entry, once; the caller holds the instance's lock."""
        key = folded(entry.name)
        if key not in self._held or self._held[key][1] is not entry:
            self._held[key] = (instance, entry)
            entry.leases += 1

    def end(self) -> None:
        """Drop what nobody else holds; calling it again does nothing."""
        held, self._held = self._held, {}
        over = []
        for instance, entry in held.values():
            with instance.lock:
                entry.leases -= 1
                if not entry.leases and not entry.kept:
                    over.append(entry)
        if over:
            drop_secrets.drop(
                self._con,
                lambda entry: any(entry is other for other in over) and not entry.leases and not entry.kept,
                closed_is_fine=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None:
            self.end()
            return
        try:
            self.end()
        except DuckDBIntegrationError as failure:  # the error of the block matters more
            log.info("injection", "secrets of a block that failed were not dropped: %s", failure.message)


def _note(instance: InstanceState, entry: AppliedSecret, lease: Lease | None) -> None:
    if lease is None:
        entry.kept = True
    else:
        lease.hold(instance, entry)
