"""`SecretsManager`: what every interface calls."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Self

from pondpilot_secrets.access.grants import EVERYTHING, Access, Grant
from pondpilot_secrets.settings import Settings
from pondpilot_secrets.vault.unchanged import UNCHANGED, Unchanged
from pondpilot_secrets.vault.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    import duckdb

    from pondpilot_secrets.injection.shell_script import ShellScript
    from pondpilot_secrets.models import SecretCredentials, SecretMetadata, TestResult
    from pondpilot_secrets.secret_types.expiry import Expiry
    from pondpilot_secrets.secure import SecureString
    from pondpilot_secrets.vault.injection_service import Lender
    from pondpilot_secrets.vault.opening import Passphrase
    from pondpilot_secrets.vault.rotation import Rotation
    from pondpilot_secrets.vault.writer import Draft


class SecretsManager:
    """A vault of credentials. Open it with `SecretsManager.open()`; it is a context manager and safe between threads."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._lender: Lender | None = None

    @classmethod
    def open(
        cls,
        home: Path | str | None = None,
        store: str = "auto",
        *,
        passphrase: Passphrase = None,
        key_file: Path | str | None = None,
        access: Access = EVERYTHING,
        read_only: bool = False,
        cache_seconds: float | None = None,
    ) -> Self:
        """Open the vault in `home` (the platform's folder for user data when None), making it at first use.

        `store` is `auto`, `system` or `file`; a vault that has secrets stays with the store it began with. A sealed
        vault takes a `passphrase` (text, a `SecureString`, or a function that asks for one) or a `key_file`. With
        `read_only` nothing can be saved, changed or deleted. `cache_seconds` is how long an opened secret is kept in
        memory, not at all by default. The `POND_…` variables stand in for arguments that are not given.
        """
        settings = Settings.from_environment(
            home=home, store=None if store == "auto" else store, key_file=key_file, cache_seconds=cache_seconds
        )
        read_only = read_only or settings.read_only
        vault = Vault(settings, passphrase, access.read_only() if read_only else access)
        manager = cls(vault)
        vault.recover_if_nobody_must_be_asked()
        return manager

    @property
    def vault(self) -> Vault:
        """The open parts of the vault, for commands that look after it."""
        return self._vault

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
        from pondpilot_secrets.secret_types.normalisation import concealed
        from pondpilot_secrets.vault import writer

        fields = concealed(fields)  # in this frame too: a traceback with locals is an error text
        draft = writer.Draft(
            type, name, fields, provider, _scopes(scope), tuple(tags), description, expires, inject_only
        )
        return writer.save(self._vault, [draft])[0]

    def save_secrets(self, drafts: Sequence[Draft]) -> list[SecretMetadata]:
        """Keep many new secrets, all or none; raises as `save_secret` does."""
        from pondpilot_secrets.vault import writer

        return writer.save(self._vault, drafts)

    def list_secrets(
        self,
        *,
        type: str | None = None,  # noqa: A002 - the design's own word
        tag: str | None = None,
        search: str | None = None,
        limit: int | None = None,
    ) -> list[SecretMetadata]:
        """List what is known of the secrets, by name, without opening the keychain."""
        self._vault.require(Grant.LIST)
        return self._vault.metadata.list(type=type, tag=tag, search=search, limit=limit)

    def find_secret(self, name_or_id: str) -> SecretMetadata:
        """Return what is known of one secret; raises `SecretNotFoundError` (1002)."""
        self._vault.require(Grant.LIST)
        return self._vault.metadata.find(name_or_id)

    def get_secret(self, name_or_id: str) -> SecretCredentials:
        """Open one secret's credentials; use the result in a `with` block, which wipes them.

        Raises `SecretNotFoundError` (1002), `CredentialMissingError` (1016), `CredentialAlteredError` (1017), or an
        error of the keychain.
        """
        return self.get_secrets([name_or_id])[0]

    def get_secrets(self, names_or_ids: Sequence[str]) -> list[SecretCredentials]:
        """Open many secrets in one batch, in the order given; raises as `get_secret` does, and then opens none."""
        from pondpilot_secrets.access.audit import Action
        from pondpilot_secrets.vault import reader

        return reader.read(self._vault, names_or_ids, Action.REVEAL)

    def describe_secret(self, name_or_id: str) -> tuple[SecretMetadata, dict[str, str]]:
        """Return what is known of a secret and the values of its fields that are not sensitive."""
        from pondpilot_secrets.vault import reader

        return reader.describe(self._vault, name_or_id)

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

        A secret stays inject-only unless every sensitive field is given anew. Raises as `save_secret` does, and
        `SecretNotFoundError` (1002).
        """
        from pondpilot_secrets.vault import writer

        if not isinstance(fields, Unchanged):
            from pondpilot_secrets.secret_types.normalisation import concealed

            fields = concealed(fields)
        scopes = scope if isinstance(scope, Unchanged) else _scopes(scope)
        changes = writer.Changes(name, fields, scopes, tags, description, expires, inject_only)
        return writer.update(self._vault, name_or_id, changes)

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

        What this process has applied or attached with the secret is renewed; other processes renew it when they apply
        it next. Raises `RotationRefusedError` (1025) when the test fails, which leaves everything as it was.
        """
        from pondpilot_secrets.secret_types.normalisation import concealed
        from pondpilot_secrets.vault import rotation, writer

        fields = concealed(fields)
        changes = writer.Changes(fields=fields, expires=expires)
        return rotation.rotate(self._vault, self._lending, name_or_id, changes, rotation.Trial(test, target, timeout))

    def delete_secret(self, name_or_id: str) -> None:
        """Delete a secret from the keychain and the vault; raises `SecretNotFoundError` (1002)."""
        self.delete_secrets([name_or_id])

    def delete_secrets(self, names_or_ids: Sequence[str]) -> list[SecretMetadata]:
        """Delete many secrets and return what was known of them; deletes none when one is not found."""
        from pondpilot_secrets.vault import writer

        return writer.delete(self._vault, names_or_ids)

    @property
    def _lending(self) -> Lender:
        if self._lender is None:
            from pondpilot_secrets.vault.injection_service import Lender

            self._lender = Lender(self._vault)
        return self._lender

    def test_secret(self, name_or_id: str, target: str | None = None, *, timeout: float = 5.0) -> TestResult:
        """Try a secret against the server it is for, in a DuckDB instance of the test's own.

        `target` is a path, URL or database to try where the secret does not say one; `timeout` is in seconds.
        """
        return self._lending.test([name_or_id], target, timeout)[0]

    def test_secrets(self, names_or_ids: Sequence[str], *, timeout: float = 5.0) -> Iterator[tuple[str, TestResult]]:
        """Try many secrets side by side, giving each result as it comes."""
        return self._lending.test_many(names_or_ids, timeout)

    def apply(self, con: duckdb.DuckDBPyConnection, *names: str, alias: str | None = None) -> list[str]:
        """Create temporary secrets in the connection's DuckDB instance and return their names there.

        Without `alias` a secret has its own name; `alias="id"` gives the design's `secret_<id>`; any other text names
        a single one. Applying an unchanged secret again costs next to nothing, a changed one is replaced.
        Raises `NameConflictError` (1020) where a secret that is not ours has the name.
        """
        return self._lending.apply(con, names, alias)

    @contextlib.contextmanager
    def applied(self, con: duckdb.DuckDBPyConnection, *names: str, alias: str | None = None) -> Iterator[list[str]]:
        """Apply for the length of a `with` block, and leave the instance as it was."""
        with self._lending.applied(con, names, alias) as applied:
            yield applied

    def attach(self, con: duckdb.DuckDBPyConnection, name: str, as_: str | None = None, read_only: bool = True) -> str:
        """Apply a secret and attach its database, read-only unless asked otherwise; returns the database's name."""
        return self._lending.attach(con, name, as_, read_only)

    def connect(self, *names: str, database: str = ":memory:", read_only: bool = True) -> duckdb.DuckDBPyConnection:
        """Open a hardened DuckDB with the named secrets applied, and attached where their type needs it."""
        return self._lending.connect(names, database, read_only)

    @contextlib.contextmanager
    def connected(
        self, *names: str, database: str = ":memory:", read_only: bool = True
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """Do what `connect` does for a `with` block.

        At its end the secrets are taken out of the instance, which writes over them, unless another connection to the
        same database file needs them still.
        """
        with self._lending.connected(names, database, read_only) as con:
            yield con

    def clear_secrets(self, con: duckdb.DuckDBPyConnection) -> list[str]:
        """Drop every secret that this product put into the connection's instance, and nothing else."""
        return self._lending.clear(con)

    def environment(self, names_or_ids: Sequence[str]) -> dict[str, SecureString]:
        """The variables (`AWS_…`, `PG…`, `HF_TOKEN`, …) for one child process; the caller closes the values."""
        return self._lending.environment(names_or_ids)

    def shell_script(self, *names: str, read_only: bool = True, version: str | None = None) -> ShellScript:
        """What a DuckDB shell of that version reads at its start to have secrets applied and attached; close it."""
        from pondpilot_secrets.vault.shell_startup import shell_script

        return shell_script(self._vault, self._lending.extensions, names, read_only=read_only, version=version)

    def cleared(self, text: str, names_or_ids: Sequence[str]) -> str:
        """Return an error text without any value of these secrets, in whatever common encoding it stands there."""
        from pondpilot_secrets.vault.redactor import cleared

        return cleared(self._vault, text, names_or_ids)

    def lock(self) -> None:
        """Forget what is open: the cache, and the key of an encrypted file; the next use opens it again."""
        self._vault.let_go_of_keychain()

    def close(self) -> None:
        """Close the vault; calling it again does nothing."""
        self._vault.close()

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
