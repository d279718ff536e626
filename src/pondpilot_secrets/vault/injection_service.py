"""Handing secrets to DuckDB: apply, attach, connect and refresh."""

from __future__ import annotations

import contextlib
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from pondpilot_secrets.access.audit import Action
from pondpilot_secrets.access.grants import Grant
from pondpilot_secrets.errors import DuckDBIntegrationError, UsageError
from pondpilot_secrets.injection import attach as attaching
from pondpilot_secrets.injection import instance_state
from pondpilot_secrets.injection.duckdb_errors import call_duckdb
from pondpilot_secrets.injection.injector import Injector
from pondpilot_secrets.injection.instance_state import Attachment
from pondpilot_secrets.injection.refresh import Refresh, refresh_secret
from pondpilot_secrets.secret_types import registry
from pondpilot_secrets.vault.owned_values import closing_all
from pondpilot_secrets.vault.references import references_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

    from pondpilot_secrets.injection.extensions import Extensions
    from pondpilot_secrets.injection.injector import Lease
    from pondpilot_secrets.metadata.store import MetadataStore
    from pondpilot_secrets.models import SecretCredentials
    from pondpilot_secrets.secret_types.base import References, SecretType
    from pondpilot_secrets.vault.guard import Guard
    from pondpilot_secrets.vault.ports import ReadSecrets, Redact

BY_ID = "id"
"""The alias that asks for the design's name of a secret inside DuckDB, `secret_<id>`."""


class _Target(Protocol):
    """A DuckDB instance that secrets go to, and for how long."""

    con: duckdb.DuckDBPyConnection

    def has(self, name: str, id: str, revision: int) -> bool:  # noqa: A002 - as the injector has it
        """Whether a secret is there under a DuckDB name, in this revision; if so, that counts as applied here too."""
        ...

    def create(
        self,
        secret: SecretCredentials,
        secret_type: SecretType,
        *,
        name: str | None = None,
        references: References = ...,
        for_attach: bool = False,
    ) -> str:
        """Create a secret, or leave it when it is there; returns its DuckDB name."""
        ...


class _ToStay:
    """An instance that keeps what it gets. Made at each call, so that it costs little: applying again takes 10 µs."""

    __slots__ = ("_injector", "con")

    def __init__(self, injector: Injector, con: duckdb.DuckDBPyConnection) -> None:
        self._injector = injector
        self.con = con

    def has(self, name: str, id: str, revision: int) -> bool:  # noqa: A002
        return self._injector.keep(self.con, name, id, revision)

    def create(
        self,
        secret: SecretCredentials,
        secret_type: SecretType,
        *,
        name: str | None = None,
        references: References = MappingProxyType({}),
        for_attach: bool = False,
    ) -> str:
        return self._injector.apply(
            self.con, secret, secret_type, name=name, references=references, for_attach=for_attach
        )


class _ForALease:
    """An instance that keeps what it gets until a lease ends."""

    __slots__ = ("con", "create", "has")

    def __init__(self, lease: Lease, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con
        self.has = lease.take
        self.create = lease.apply


class InjectionService:
    """Hands the secrets of one vault to DuckDB. Imported when it is first used, because DuckDB takes 90 ms to import."""

    def __init__(
        self,
        guard: Guard,
        metadata: MetadataStore,
        read: ReadSecrets,
        redact: Redact,
        extensions: Extensions,
    ) -> None:
        self._guard = guard
        self._metadata = metadata
        self._read = read
        self._redact = redact
        self._extensions = extensions
        self._injector = Injector(extensions)

    def apply(self, con: duckdb.DuckDBPyConnection, names: Sequence[str], alias: str | None) -> list[str]:
        """Put secrets into the instance to stay."""
        return self._apply(self._to_stay(con), names, alias)

    @contextlib.contextmanager
    def applied(self, con: duckdb.DuckDBPyConnection, names: Sequence[str], alias: str | None) -> Iterator[list[str]]:
        """Put secrets into the instance for a `with` block."""
        with self._leased(con) as target:
            yield self._apply(target, names, alias)

    def clear(self, con: duckdb.DuckDBPyConnection) -> list[str]:
        """Drop every secret that this product put into the instance."""
        return self._injector.clear(con)

    def attach(self, con: duckdb.DuckDBPyConnection, name: str, as_: str | None, read_only: bool) -> str:
        """Put a secret into the instance to stay, and attach its database under the secret's own name or `as_`."""
        with self._read([name], Action.APPLY)[0] as secret:
            return self._attach(self._to_stay(con), secret, as_, read_only)

    def connect(self, names: Sequence[str], database: str, read_only: bool) -> duckdb.DuckDBPyConnection:
        """Open a DuckDB that keeps no secret of its own, with these applied or attached."""
        con = self._open(database, read_only)
        try:
            self._fill(self._to_stay(con), names, read_only)
        except BaseException:
            con.close()
            raise
        return con

    @contextlib.contextmanager
    def connected(self, names: Sequence[str], database: str, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
        """Do what `connect` does for a `with` block, and drop at its end what nothing else there needs."""
        with self._open(database, read_only) as con, self._leased(con) as target:
            self._fill(target, names, read_only)
            yield con

    def refresh(self, name: str) -> Refresh:
        """Bring the present values of a secret to every instance of this process that has it."""
        if not instance_state.instances_with(self._metadata.find(name).id):
            return Refresh()
        with self._read([name], Action.APPLY)[0] as secret:
            return refresh_secret(secret, registry.get(secret.metadata.type))

    # --- where secrets go ---

    def _to_stay(self, con: duckdb.DuckDBPyConnection) -> _Target:
        return _ToStay(self._injector, con)

    @contextlib.contextmanager
    def _leased(self, con: duckdb.DuckDBPyConnection) -> Iterator[_Target]:
        with self._injector.lease(con) as lease:
            yield _ForALease(lease, con)

    def _open(self, database: str, read_only: bool) -> duckdb.DuckDBPyConnection:
        import duckdb

        from pondpilot_secrets.injection.harden import hardened_config

        config: dict[str, Any] = dict(hardened_config())
        if self._extensions.offline:
            config["autoinstall_known_extensions"] = "false"
        read_only_file = read_only and database != ":memory:"
        return call_duckdb(
            lambda: duckdb.connect(database, read_only=read_only_file, config=config),
            (),
            f"DuckDB could not open {database!r}",
        )

    # --- how they get there ---

    def _apply(self, target: _Target, names: Sequence[str], alias: str | None) -> list[str]:
        if alias not in (None, BY_ID) and len(names) > 1:
            raise UsageError("one alias cannot name several secrets", hint="apply them one by one")
        self._guard.require(Grant.USE)
        applied = {name: self._current_name(target, name, alias) for name in names}
        missing = [name for name, there in applied.items() if there is None]
        if missing:
            with closing_all(self._read(missing, Action.APPLY)) as secrets:
                for name, secret in zip(missing, secrets, strict=True):
                    with secret:
                        applied[name] = self._create(target, secret, alias)
        return [there for name in names if (there := applied[name]) is not None]

    def _current_name(self, target: _Target, name: str, alias: str | None) -> str | None:
        """The DuckDB name of a secret that is there in its present revision, or None; costs microseconds."""
        known = self._metadata.revision_of(name)
        if known is None:
            return None
        secret_id, revision, _ = known
        there = "secret_" + secret_id.replace("-", "_") if alias == BY_ID else alias or name
        return there if target.has(there, secret_id, revision) else None

    def _create(self, target: _Target, secret: SecretCredentials, alias: str | None) -> str:
        secret_type = registry.get(secret.metadata.type)
        name = secret.metadata.duckdb_alias if alias == BY_ID else alias
        references = self._create_references(target, secret, secret_type)
        return target.create(secret, secret_type, name=name, references=references)

    def _create_references(self, target: _Target, secret: SecretCredentials, secret_type: SecretType) -> dict[str, str]:
        """Create the secrets that this one refers to first, and return their names in the instance."""
        named = {}
        for field, secret_id in references_of(secret, secret_type).items():
            referred = self._metadata.find(secret_id)
            if target.has(referred.name, referred.id, referred.revision):
                named[field] = referred.name
                continue
            with self._read([secret_id], Action.APPLY)[0] as other:
                named[field] = self._create(target, other, None)
        return named

    def _fill(self, target: _Target, names: Sequence[str], read_only: bool) -> None:
        with closing_all(self._read(names, Action.APPLY) if names else []) as secrets:
            for secret in secrets:
                with secret:
                    if registry.get(secret.metadata.type).attach is None:
                        self._create(target, secret, None)
                    else:
                        self._attach(target, secret, None, read_only)

    def _attach(self, target: _Target, secret: SecretCredentials, as_: str | None, read_only: bool) -> str:
        metadata, secret_type = secret.metadata, registry.get(secret.metadata.type)
        if as_ is not None and secret_type.attach is not None and secret_type.attach.own_name is not None:
            raise UsageError(
                f"databases of {secret_type.label} keep their own names", hint="attach it without an alias"
            )
        references = self._create_references(target, secret, secret_type)
        applied = target.create(
            secret, secret_type, name=metadata.attachable_name, references=references, for_attach=True
        )
        alias = metadata.name if as_ is None else as_
        try:
            attached = attaching.attach(
                target.con, secret, secret_type, applied, alias, read_only, extensions=self._extensions
            )
        except DuckDBIntegrationError as error:
            failure = error
        else:
            instance = instance_state.state_of(target.con)
            if instance is not None:
                instance.attachments[attached] = Attachment(metadata.id, applied, read_only)
            return attached
        if references:  # DuckDB's words may be about a secret that this one refers to
            failure = DuckDBIntegrationError(self._redact(failure.message, [metadata.id]), hint=failure.hint)
        raise failure
