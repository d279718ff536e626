"""Handing secrets to DuckDB and to child processes: apply, attach, test, and environment variables."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from pondpilot_secrets.access.audit import Action
from pondpilot_secrets.access.grants import Grant
from pondpilot_secrets.errors import DuckDBIntegrationError, SecretError, UsageError
from pondpilot_secrets.injection import attach as attaching
from pondpilot_secrets.injection import instance_state
from pondpilot_secrets.injection.duckdb_errors import call_duckdb
from pondpilot_secrets.injection.extensions import Extensions
from pondpilot_secrets.injection.injector import Injector
from pondpilot_secrets.injection.instance_state import Attachment
from pondpilot_secrets.secret_types import registry
from pondpilot_secrets.secret_types.base import FieldKind
from pondpilot_secrets.vault import reader

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

    from pondpilot_secrets.injection.refresh import Refresh
    from pondpilot_secrets.models import SecretCredentials, SecretMetadata, TestResult
    from pondpilot_secrets.secret_types.base import SecretType
    from pondpilot_secrets.secure import SecureString
    from pondpilot_secrets.vault.vault import Vault

BY_ID = "id"
"""The alias that asks for the design's name of a secret inside DuckDB, `secret_<id>`."""

TESTS_AT_ONCE = 8

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_]+")

Have: TypeAlias = Callable[[str, str, int], bool]
"""Whether the instance has a secret under a DuckDB name, by id and revision; if so it now counts as wanted here too."""

Put: TypeAlias = Callable[..., str]
"""Put an opened secret of a type into the instance, under `name` and with `references`; returns its DuckDB name."""


class Lender:
    """Lends the secrets of one vault. Loaded only when something is lent, because DuckDB takes 90 ms to import."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self.extensions = Extensions(vault.settings.offline)
        self._injector = Injector(self.extensions)

    def apply(self, con: duckdb.DuckDBPyConnection, names: Sequence[str], alias: str | None) -> list[str]:
        """Put secrets into the instance to stay."""
        return self._place(partial(self._injector.keep, con), partial(self._injector.apply, con), names, alias)

    @contextlib.contextmanager
    def applied(self, con: duckdb.DuckDBPyConnection, names: Sequence[str], alias: str | None) -> Iterator[list[str]]:
        """Put secrets into the instance for a `with` block."""
        with self._injector.lease(con) as lease:
            yield self._place(lease.take, lease.apply, names, alias)

    def clear(self, con: duckdb.DuckDBPyConnection) -> list[str]:
        """Take every secret of ours out of the instance."""
        return self._injector.clear(con)

    def attach(self, con: duckdb.DuckDBPyConnection, name: str, as_: str | None, read_only: bool) -> str:
        """Put a secret into the instance to stay, and attach its database under the secret's own name or `as_`."""
        with reader.read(self._vault, [name], Action.APPLY)[0] as secret:
            have, put = partial(self._injector.keep, con), partial(self._injector.apply, con)
            return self._attach(con, secret, as_, read_only, have, put)

    def _attach(
        self,
        con: duckdb.DuckDBPyConnection,
        secret: SecretCredentials,
        as_: str | None,
        read_only: bool,
        have: Have,
        put: Put,
    ) -> str:
        about = secret.metadata
        secret_type = registry.get(about.type)
        if as_ is not None and secret_type.attach is not None and secret_type.attach.own_name is not None:
            raise UsageError(
                f"databases of {secret_type.label} keep their own names", hint="attach it without an alias"
            )
        name = plain_duckdb_name(about)
        applied = put(secret, secret_type, name=name, references=self._put_references(have, put, secret, secret_type))
        alias = about.name if as_ is None else as_
        try:
            attached = attaching.attach(con, secret, secret_type, applied, alias, read_only, extensions=self.extensions)
        except DuckDBIntegrationError as error:
            failure = error
        else:
            instance = instance_state.known(con)
            if instance is not None:
                instance.attachments[attached] = Attachment(about.id, applied, read_only)
            return attached
        if references_of(secret, secret_type):  # DuckDB's words may be about a secret that this one refers to
            from pondpilot_secrets.vault.redactor import cleared

            failure = DuckDBIntegrationError(cleared(self._vault, failure.message, [about.id]), hint=failure.hint)
        raise failure

    def connect(self, names: Sequence[str], database: str, read_only: bool) -> duckdb.DuckDBPyConnection:
        """Open a DuckDB that keeps no secret of its own, with these applied or attached."""
        con = self._opened(database, read_only)
        try:
            self._fill(con, names, read_only, partial(self._injector.keep, con), partial(self._injector.apply, con))
        except BaseException:
            con.close()
            raise
        return con

    @contextlib.contextmanager
    def connected(self, names: Sequence[str], database: str, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
        """Do what `connect` does for a `with` block, and take out at its end what nobody else there needs."""
        with self._opened(database, read_only) as con, self._injector.lease(con) as lease:
            self._fill(con, names, read_only, lease.take, lease.apply)
            yield con

    def _opened(self, database: str, read_only: bool) -> duckdb.DuckDBPyConnection:
        import duckdb

        from pondpilot_secrets.injection.harden import hardened_config

        config: dict[str, Any] = dict(hardened_config())
        if self._vault.settings.offline:
            config["autoinstall_known_extensions"] = "false"
        read_only_file = read_only and database != ":memory:"
        return call_duckdb(
            lambda: duckdb.connect(database, read_only=read_only_file, config=config),
            (),
            f"DuckDB could not open {database!r}",
        )

    def _fill(
        self, con: duckdb.DuckDBPyConnection, names: Sequence[str], read_only: bool, have: Have, put: Put
    ) -> None:
        for secret in reader.read(self._vault, names, Action.APPLY) if names else ():
            with secret:
                secret_type = registry.get(secret.metadata.type)
                if secret_type.attach is None:
                    put(secret, secret_type, references=self._put_references(have, put, secret, secret_type))
                else:
                    self._attach(con, secret, None, read_only, have, put)

    def test(self, names: Sequence[str], target: str | None, timeout: float) -> list[TestResult]:
        """Try secrets one after another, each in an instance of its own."""
        return [self.try_out(secret, target, timeout) for secret in reader.read(self._vault, names, Action.TEST)]

    def test_many(self, names: Sequence[str], timeout: float) -> Iterator[tuple[str, TestResult]]:
        """Try secrets side by side, giving each result as it comes."""
        from concurrent.futures import ThreadPoolExecutor, as_completed

        with ThreadPoolExecutor(TESTS_AT_ONCE, thread_name_prefix="pond-test") as pool:
            opened = reader.read(self._vault, names, Action.TEST)
            running = {pool.submit(self._tried, secret, timeout): secret.metadata.name for secret in opened}
            for ended in as_completed(running):
                yield running[ended], ended.result()

    def _tried(self, secret: SecretCredentials, timeout: float) -> TestResult:
        """Try one of many, whose trouble (a secret that it refers to is gone) is no reason not to try the others."""
        from pondpilot_secrets.models import TestReason, TestResult

        try:
            return self.try_out(secret, None, timeout)
        except SecretError as error:
            return TestResult(False, TestReason.OTHER, error.message, 0.0, hint=error.hint)

    def try_out(self, secret: SecretCredentials, target: str | None, timeout: float) -> TestResult:
        """Try credentials, which need not be saved, and close them."""
        from pondpilot_secrets.injection import probe

        with secret, contextlib.ExitStack() as stack:
            secret_type = registry.get(secret.metadata.type)
            references = {
                field: stack.enter_context(reader.read(self._vault, [id_], Action.TEST)[0])
                for field, id_ in references_of(secret, secret_type).items()
            }
            return probe.probe_secret(
                secret, secret_type, target, extensions=self.extensions, timeout=timeout, references=references
            )

    def refresh(self, name: str) -> Refresh:
        """Bring the present values of a secret to every instance of this process that has it."""
        from pondpilot_secrets.injection.refresh import Refresh, refresh_secret

        if not instance_state.instances_with(self._vault.metadata.find(name).id):
            return Refresh()
        with reader.read(self._vault, [name], Action.APPLY)[0] as secret:
            return refresh_secret(secret, registry.get(secret.metadata.type))

    def environment(self, names: Sequence[str]) -> dict[str, SecureString]:
        """Gather the variables of several secrets; raises `UsageError` where two of them differ about one."""
        from pondpilot_secrets.secret_types.environment import environment_variables

        for about in self._vault.metadata.find_many(names):
            if about.inject_only:  # a child shows its environment to whoever asks it
                self._vault.require(Grant.REVEAL, about)
        gathered: dict[str, SecureString] = {}
        givers: dict[str, str] = {}
        for secret in reader.read(self._vault, names, Action.USE):
            with secret:
                if secret.metadata.inject_only:  # since just now
                    self._vault.require(Grant.REVEAL, secret.metadata)
                variables = environment_variables(registry.get(secret.metadata.type), secret.credentials)
                for variable, value in variables.items():
                    if variable in gathered and gathered[variable] != value:
                        raise UsageError(
                            f"{givers[variable]!r} and {secret.metadata.name!r} both set {variable}, to different values",
                            hint="name one of them, or run the command twice",
                        )
                    gathered[variable], givers[variable] = value.copy(), secret.metadata.name
        return gathered

    def _place(self, have: Have, put: Put, names: Sequence[str], alias: str | None) -> list[str]:
        if alias not in (None, BY_ID) and len(names) > 1:
            raise UsageError("one alias cannot name several secrets", hint="apply them one by one")
        self._vault.require(Grant.USE)
        placed = {name: self._already(have, name, alias) for name in names}
        missing = [name for name, there in placed.items() if there is None]
        if missing:
            for name, secret in zip(missing, reader.read(self._vault, missing, Action.APPLY), strict=True):
                with secret:
                    placed[name] = self._put(have, put, secret, alias)
        return [there for name in names if (there := placed[name]) is not None]

    def _already(self, have: Have, name: str, alias: str | None) -> str | None:
        """The DuckDB name of a secret that is there in its present revision, or None; costs microseconds."""
        known = self._vault.metadata.revision_of(name)
        if known is None:
            return None
        secret_id, revision, _ = known
        there = "secret_" + secret_id.replace("-", "_") if alias == BY_ID else alias or name
        return there if have(there, secret_id, revision) else None

    def _put(self, have: Have, put: Put, secret: SecretCredentials, alias: str | None) -> str:
        secret_type = registry.get(secret.metadata.type)
        name = secret.metadata.duckdb_alias if alias == BY_ID else alias
        references = self._put_references(have, put, secret, secret_type)
        return put(secret, secret_type, name=name, references=references)

    def _put_references(
        self, have: Have, put: Put, secret: SecretCredentials, secret_type: SecretType
    ) -> dict[str, str]:
        """Put the secrets that this one refers to into the instance first, and return their names there."""
        named = {}
        for field, secret_id in references_of(secret, secret_type).items():
            about = self._vault.metadata.find(secret_id)
            if have(about.name, about.id, about.revision):
                named[field] = about.name
                continue
            with reader.read(self._vault, [secret_id], Action.APPLY)[0] as other:
                named[field] = self._put(have, put, other, None)
        return named


def references_of(secret: SecretCredentials, secret_type: SecretType) -> dict[str, str]:
    """The ids of the secrets that this one refers to, by field."""
    provider = secret_type.provider(secret.metadata.provider)
    return {
        field.name: secret.credentials[field.name].expose()
        for field in provider.fields
        if field.kind is FieldKind.REFERENCE and field.name in secret.credentials
    }


def plain_duckdb_name(about: SecretMetadata) -> str:
    """The name under which a secret is created to be attached: DuckLake takes one with other letters for a file's path."""
    return about.name if _PLAIN_NAME.fullmatch(about.name) else about.duckdb_alias
