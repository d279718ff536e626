"""`SecretsManager`: what every interface calls."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from pondpilot_secrets.access.grants import EVERYTHING, Access, Grant
from pondpilot_secrets.settings import AUTO, Settings
from pondpilot_secrets.vault.administration import VaultAdministration
from pondpilot_secrets.vault.composition import SharedParts, UseCases
from pondpilot_secrets.vault.drafts import UNCHANGED, Unchanged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    import duckdb

    from pondpilot_secrets.injection.shell_script import ShellScript
    from pondpilot_secrets.models import Passphrase, SecretCredentials, SecretMetadata, TestResult
    from pondpilot_secrets.secret_types.expiry import Expiry
    from pondpilot_secrets.secure import SecureString
    from pondpilot_secrets.vault.drafts import Draft
    from pondpilot_secrets.vault.rotation import Rotation


class SecretsManager(VaultAdministration):
    """A vault of credentials. Open it with `SecretsManager.open()`; it is a context manager and safe between threads."""

    def __init__(self, shared: SharedParts, access: Access, *, owner: bool = True) -> None:
        """Take the parts of an open vault, which the `owner` closes; use `open` or `with_access`."""
        self._shared = shared
        self._access = access
        self._owner = owner
        self._use_cases = UseCases(shared, access)

    @classmethod
    def open(
        cls,
        home: Path | str | None = None,
        store: str = AUTO,
        *,
        passphrase: Passphrase = None,
        key_file: Path | str | None = None,
        access: Access = EVERYTHING,
        read_only: bool = False,
        cache_seconds: float | None = None,
    ) -> Self:
        """Open the vault in `home` (the platform's folder for user data when None), making it at first use.

        `store` is `auto`, `system` or `file`; a vault that has secrets stays with the store it began with. A vault in an
        encrypted file takes a `passphrase` (text, a `SecureString`, or a function that asks for one) or a `key_file`. With
        `read_only` nothing can be saved, changed or deleted. `cache_seconds` is how long an opened secret is kept in
        memory, not at all by default. The `POND_…` variables stand in for arguments that are not given.
        """
        settings = Settings.from_environment(
            home=home, store=None if store == AUTO else store, key_file=key_file, cache_seconds=cache_seconds
        )
        if not (settings.home / "metadata.db").exists():
            _refuse_unknown_store(settings.store)  # before anything is made
        read_only = read_only or settings.read_only
        manager = cls(SharedParts(settings, passphrase), access.read_only() if read_only else access)
        try:
            if settings.store != manager._shared.state.store:
                _refuse_unknown_store(settings.store)
            manager._recover_unattended()
        except BaseException:
            manager.close()
            raise
        return manager

    def with_access(self, access: Access) -> SecretsManager:
        """Return the same open vault for another caller, by whose name what it does is recorded.

        It may do what `access` grants, as far as this manager may do it too. Closing it does not close the vault; closing
        the vault ends it.
        """
        granted = replace(access, grants=access.grants & self._access.grants)
        return SecretsManager(self._shared, granted, owner=False)

    def save_secret(
        self,
        type: str,  # noqa: A002 - the design's own word
        name: str,
        fields: Mapping[str, Any],
        *,
        provider: str | None = None,
        scope: str | Sequence[str] | None = None,
        tags: Sequence[str] = (),
        description: str | None = None,
        expires: Expiry = None,
        inject_only: bool = False,
    ) -> SecretMetadata:
        """Validate and keep a new secret.

        Field values are text, numbers, booleans, mappings or `SecureString`s, under DuckDB's parameter names or their
        aliases. `expires` is a moment, a span, or text such as `2026-12-31` or `12h`; a JWT tells it itself. An
        `inject_only` secret is handed to DuckDB and shown to nobody. Raises `InvalidCredentialsError` (1003) naming the
        field and the rule, `NameTakenError` (1009), or an error of the keychain; nothing is left behind by a save that
        fails.
        """
        from pondpilot_secrets.vault.drafts import Draft
        from pondpilot_secrets.vault.owned_values import protected

        with protected(fields) as values:
            del fields
            draft = Draft(type, name, values, provider, _scopes(scope), tuple(tags), description, expires, inject_only)
            return self._use_cases.writer().save([draft])[0]

    def save_secrets(self, drafts: Sequence[Draft]) -> list[SecretMetadata]:
        """Keep many new secrets, all or none; raises as `save_secret` does."""
        return self._use_cases.writer().save(drafts)

    def list_secrets(
        self,
        *,
        type: str | None = None,  # noqa: A002 - the design's own word
        tag: str | None = None,
        search: str | None = None,
        limit: int | None = None,
    ) -> list[SecretMetadata]:
        """List what is known of the secrets, by name, without opening the keychain."""
        self.require(Grant.LIST)
        return self._shared.metadata.list(type=type, tag=tag, search=search, limit=limit)

    def find_secret(self, name_or_id: str) -> SecretMetadata:
        """Return what is known of one secret; raises `SecretNotFoundError` (1002)."""
        self.require(Grant.LIST)
        return self._shared.metadata.find(name_or_id)

    def get_secret(self, name_or_id: str) -> SecretCredentials:
        """Open one secret's credentials; use the result in a `with` block, which wipes them.

        Raises `SecretNotFoundError` (1002), `CredentialMissingError` (1016), `CredentialCorruptError` (1017), or an
        error of the keychain.
        """
        return self.get_secrets([name_or_id])[0]

    def get_secrets(self, names_or_ids: Sequence[str]) -> list[SecretCredentials]:
        """Open many secrets in one batch, in the order given; raises as `get_secret` does, and then opens none."""
        from pondpilot_secrets.access.audit import Action

        return self._use_cases.reader().read(names_or_ids, Action.REVEAL)

    def describe_secret(self, name_or_id: str) -> tuple[SecretMetadata, dict[str, str]]:
        """Return what is known of a secret and the values of its fields that are not sensitive."""
        return self._use_cases.reader().describe(name_or_id)

    def update_secret(
        self,
        name_or_id: str,
        *,
        name: str | Unchanged = UNCHANGED,
        fields: Mapping[str, Any] | Unchanged = UNCHANGED,
        scope: str | Sequence[str] | Unchanged | None = UNCHANGED,
        tags: Sequence[str] | Unchanged = UNCHANGED,
        description: str | Unchanged | None = UNCHANGED,
        expires: Expiry | Unchanged = UNCHANGED,
        inject_only: bool | Unchanged = UNCHANGED,
    ) -> SecretMetadata:
        """Change what is given. Fields merge into those there are; a field that is None is removed.

        A secret stays inject-only unless every sensitive field is given. Raises as `save_secret` does, and
        `SecretNotFoundError` (1002).
        """
        from pondpilot_secrets.vault.drafts import Changes
        from pondpilot_secrets.vault.owned_values import protected

        scopes = scope if isinstance(scope, Unchanged) else _scopes(scope)
        changes = Changes(name, UNCHANGED, scopes, tags, description, expires, inject_only)
        if isinstance(fields, Unchanged):
            return self._use_cases.writer().update(name_or_id, changes)
        with protected(fields) as values:
            del fields
            return self._use_cases.writer().update(name_or_id, replace(changes, fields=values))

    def rotate_secret(
        self,
        name_or_id: str,
        fields: Mapping[str, Any],
        *,
        expires: Expiry | Unchanged = UNCHANGED,
        test: bool = True,
        target: str | None = None,
        timeout: float = 5.0,
    ) -> Rotation:
        """Put new values in the place of old ones, once a test has shown that they work.

        What this process has applied or attached with the secret is refreshed; other processes refresh it when they apply
        it next. Raises `RotationRefusedError` (1025) when the test fails, which leaves everything as it was.
        """
        from pondpilot_secrets.vault.drafts import Changes
        from pondpilot_secrets.vault.owned_values import protected
        from pondpilot_secrets.vault.rotation import ProbeOptions

        with protected(fields) as values:
            del fields
            changes, options = Changes(fields=values, expires=expires), ProbeOptions(test, target, timeout)
            return self._use_cases.rotation().rotate(name_or_id, changes, options)

    def delete_secret(self, name_or_id: str) -> None:
        """Delete a secret from the keychain and the vault; raises `SecretNotFoundError` (1002)."""
        self.delete_secrets([name_or_id])

    def delete_secrets(self, names_or_ids: Sequence[str]) -> list[SecretMetadata]:
        """Delete many secrets and return what was known of them; deletes none when one is not found."""
        return self._use_cases.writer().delete(names_or_ids)

    def test_secret(self, name_or_id: str, target: str | None = None, *, timeout: float = 5.0) -> TestResult:
        """Test a secret against the server it is for, in a DuckDB instance of the test's own.

        `target` is a path, URL or database to test where the secret does not say one; `timeout` is in seconds.
        """
        return self._use_cases.probes().test(name_or_id, target, timeout)

    def test_secrets(self, names_or_ids: Sequence[str], *, timeout: float = 5.0) -> Iterator[tuple[str, TestResult]]:
        """Test many secrets side by side, giving each result as it comes."""
        return self._use_cases.probes().test_many(names_or_ids, timeout)

    def apply(self, con: duckdb.DuckDBPyConnection, *names: str, alias: str | None = None) -> list[str]:
        """Create temporary secrets in the connection's DuckDB instance and return their names there.

        Without `alias` a secret has its own name; `alias="id"` gives the design's `secret_<id>`; any other text names
        a single one. Applying an unchanged secret again costs next to nothing, a changed one is replaced.
        Raises `NameConflictError` (1020) where a secret that is not ours has the name.
        """
        return self._use_cases.injection().apply(con, names, alias)

    @contextlib.contextmanager
    def applied(self, con: duckdb.DuckDBPyConnection, *names: str, alias: str | None = None) -> Iterator[list[str]]:
        """Apply for the length of a `with` block, and leave the instance as it was."""
        with self._use_cases.injection().applied(con, names, alias) as applied:
            yield applied

    def attach(self, con: duckdb.DuckDBPyConnection, name: str, as_: str | None = None, read_only: bool = True) -> str:
        """Apply a secret and attach its database, read-only unless asked otherwise; returns the database's name."""
        return self._use_cases.injection().attach(con, name, as_, read_only)

    def connect(self, *names: str, database: str = ":memory:", read_only: bool = True) -> duckdb.DuckDBPyConnection:
        """Open a hardened DuckDB with the named secrets applied, and attached where their type needs it."""
        return self._use_cases.injection().connect(names, database, read_only)

    @contextlib.contextmanager
    def connected(
        self, *names: str, database: str = ":memory:", read_only: bool = True
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """Do what `connect` does for a `with` block.

        At its end the secrets are taken out of the instance, which writes over them, unless another connection to the
        same database file needs them still.
        """
        with self._use_cases.injection().connected(names, database, read_only) as con:
            yield con

    def clear_secrets(self, con: duckdb.DuckDBPyConnection) -> list[str]:
        """Drop every secret that this product put into the connection's instance, and nothing else."""
        return self._use_cases.injection().clear(con)

    def environment(self, names_or_ids: Sequence[str]) -> dict[str, SecureString]:
        """The variables (`AWS_…`, `PG…`, `HF_TOKEN`, …) for one child process; the caller closes the values."""
        return self._use_cases.child_environment().variables(names_or_ids)

    def shell_script(self, *names: str, read_only: bool = True, version: str | None = None) -> ShellScript:
        """What a DuckDB shell of that version reads at its start to have secrets applied and attached; close it."""
        return self._use_cases.shell_startup().script(names, read_only=read_only, version=version)

    def redact(self, text: str, names_or_ids: Sequence[str]) -> str:
        """Return an error text without any value of these secrets, in whatever common encoding it stands there."""
        return self._use_cases.redactor().redact(text, names_or_ids)

    def lock(self) -> None:
        """Wipe what is open: the cache, and the keys of the store and the log; the next use opens it again."""
        self._shared.wipe()

    def close(self) -> None:
        """Close the vault; calling it again does nothing."""
        if self._owner:
            self._shared.close()

    def _recover_unattended(self) -> None:
        """Recover from a crash now where nobody must be asked for it, so that lists show what there is."""
        if self._shared.has_leftovers():
            self._use_cases.unit().open_unattended()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _scopes(scope: str | Sequence[str] | None) -> tuple[str, ...]:
    if scope is None:
        return ()
    return (scope,) if isinstance(scope, str) else tuple(scope)


def _refuse_unknown_store(name: str) -> None:
    """Raise `UsageError` (1022) for a name that no store has; the vault's own needs no look at what is installed."""
    if name != AUTO:
        from pondpilot_secrets.keychain import registry

        registry.get(name)
