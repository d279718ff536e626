"""`SecretsManager`: what every interface calls."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Self

from pondpilot_secrets.access.grants import EVERYTHING, Access, Grant
from pondpilot_secrets.errors import UsageError
from pondpilot_secrets.settings import AUTO, Settings
from pondpilot_secrets.vault.drafts import UNCHANGED, Unchanged
from pondpilot_secrets.vault.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path
    from types import TracebackType

    import duckdb

    from pondpilot_secrets.access.audit.records import Anchor, AuditRecord, Verification
    from pondpilot_secrets.access.presence.gate import GateStatus
    from pondpilot_secrets.access.presence.mode import Mode
    from pondpilot_secrets.access.rate_limits import Limits
    from pondpilot_secrets.injection.shell_script import ShellScript
    from pondpilot_secrets.metadata.integrity import Damage
    from pondpilot_secrets.models import Passphrase, SecretCredentials, SecretMetadata, TestResult
    from pondpilot_secrets.secret_types.expiry import Expiry
    from pondpilot_secrets.secure import SecureString
    from pondpilot_secrets.vault.drafts import Draft
    from pondpilot_secrets.vault.injection_service import Lender
    from pondpilot_secrets.vault.new_keys import NewKeys
    from pondpilot_secrets.vault.recovery_codes import CodeRecovery
    from pondpilot_secrets.vault.rotation import Rotation
    from pondpilot_secrets.vault.status import KeySlots, VaultStatus
    from pondpilot_secrets.vault.store_move import Rekey, StoreMove


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
        if settings.store != AUTO:
            from pondpilot_secrets.keychain import registry

            registry.get(settings.store)  # a name that no store has is refused before anything is done
        read_only = read_only or settings.read_only
        vault = Vault(settings, passphrase, access.read_only() if read_only else access)
        manager = cls(vault)
        vault.recover_if_nobody_must_be_asked()
        return manager

    def require(self, grant: Grant) -> None:
        """Raise `PolicyDeniedError` (1011) where the caller lacks the grant; the denial is recorded in the audit log."""
        self._vault.require(grant)

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
        from pondpilot_secrets.secret_types.normalisation import protect
        from pondpilot_secrets.vault import drafts, writer

        fields = protect(fields)  # in this frame too: a traceback with locals is an error text
        draft = drafts.Draft(
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

        Raises `SecretNotFoundError` (1002), `CredentialMissingError` (1016), `CredentialCorruptError` (1017), or an
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
        from pondpilot_secrets.vault import drafts, writer

        if not isinstance(fields, Unchanged):
            from pondpilot_secrets.secret_types.normalisation import protect

            fields = protect(fields)
        scopes = scope if isinstance(scope, Unchanged) else _scopes(scope)
        changes = drafts.Changes(name, fields, scopes, tags, description, expires, inject_only)
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

        What this process has applied or attached with the secret is refreshed; other processes refresh it when they apply
        it next. Raises `RotationRefusedError` (1025) when the test fails, which leaves everything as it was.
        """
        from pondpilot_secrets.secret_types.normalisation import protect
        from pondpilot_secrets.vault import drafts, rotation

        fields = protect(fields)
        changes = drafts.Changes(fields=fields, expires=expires)
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

    # --- the audit log ---

    def audit_records(
        self, *, secret: str | None = None, since: datetime | None = None, limit: int | None = 100
    ) -> list[AuditRecord]:
        """Return the newest audit records first, of one secret by name or id, since an aware moment.

        The records of a deleted secret are found by its id.
        """
        self._vault.require(Grant.LIST)
        if secret is not None:
            from pondpilot_secrets.errors import SecretNotFoundError

            with contextlib.suppress(SecretNotFoundError):
                secret = self._vault.metadata.find(secret).id
        return self._vault.audit_reader.entries(limit, since, secret)

    def each_audit_record(self, since: datetime | None = None) -> Iterator[AuditRecord]:
        """Give every audit record since an aware moment, the oldest first, as they stand when the first is asked for."""
        self._vault.require(Grant.LIST)
        return self._vault.audit_reader.each(since)

    def verify_audit(self, since: Anchor | None = None) -> Verification:
        """Check the whole audit log; one that does not verify is a result and no error.

        With `since`, an anchor that was kept elsewhere, it also finds a log that was put back to an older copy.
        """
        self._vault.require(Grant.LIST)
        return self._vault.audit.verify(since)

    def audit_anchor(self) -> Anchor | None:
        """Return the end of the audit log, to be kept elsewhere; None before the first record."""
        self._vault.require(Grant.LIST)
        return self._vault.audit.anchor()

    def restart_audit(self, reason: str) -> None:
        """Begin a new chain after the records there are, for a log whose end was destroyed or whose key was lost."""
        self._vault.require(Grant.EXPORT)
        self._vault.require(Grant.WRITE)
        self._vault.confirm_presence("begin the audit log anew")
        self._vault.restart_audit(reason)

    # --- rate limits and presence ---

    def limits(self) -> Limits:
        """Return how often secrets of this vault may be revealed and used."""
        from pondpilot_secrets.vault import limit_settings

        self._vault.require(Grant.LIST)
        return limit_settings.limits_of(self._vault.metadata)

    def change_limits(self, changes: Mapping[str, str | None]) -> Limits:
        """Change limits by name, as `60/minute`; None brings the default back. Raises `UsageError` (1022)."""
        from pondpilot_secrets.vault import limit_settings

        return limit_settings.set_limits(self._vault, changes)

    def presence_status(self) -> GateStatus:
        """Say whether and how this vault asks if the person is there, without asking anybody."""
        self._vault.require(Grant.LIST)
        return self._vault.presence.status()

    def change_presence(self, mode: Mode | str | None = None, grace: float | None = None) -> None:
        """Change whether this vault asks, and for how many seconds an answer holds; None leaves a thing as it is.

        Raises `PresenceRefusedError` (1024) when nobody confirms the change, and `UsageError` (1022) for a grace that is
        longer than a day.
        """
        from pondpilot_secrets.vault import user_presence

        user_presence.change_presence(self._vault, mode, grace)

    # --- the store ---

    def vault_status(self) -> VaultStatus:
        """Say where credentials rest, without opening the store and without asking anybody."""
        from pondpilot_secrets.vault import status

        self._vault.require(Grant.LIST)
        return status.status_of(self._vault)

    def key_slots(self) -> KeySlots:
        """Say what opens a vault in an encrypted file; nothing where it is in another store."""
        from pondpilot_secrets.vault import status

        self._vault.require(Grant.LIST)
        return status.key_slots_of(self._vault)

    def init_vault(self) -> None:
        """Make the vault now, and not at its first use.

        Raises `UsageError` (1022) where there is one already, and the errors of its store.
        """
        self._vault.require(Grant.WRITE)
        store = self._vault.metadata.setting("store")
        if store is not None:
            raise UsageError(
                f"there is a vault in {self._vault.settings.home} already, in the {store} store",
                hint="`pond vault status` tells about it; `pond vault migrate` moves it to another store",
            )
        _ = self._vault.audit  # opens the store, which makes it

    def unlock(self) -> None:
        """Unlock the keychain, asking whoever must be asked; for an encrypted file, try that its key opens it."""
        self._vault.require(Grant.USE)
        self._vault.keychain.unlock()

    def move_store(
        self, to: str, *, passphrase: Passphrase = None, progress: Callable[[int, int], None] | None = None
    ) -> StoreMove:
        """Move every credential to another store, or finish a move that was interrupted while it emptied the old one.

        `passphrase` is that of a new encrypted file. Until everything is copied and compared, the vault stays as it was.
        Raises `UsageError` (1022) for a store that the vault is in already, and the errors of both stores.
        """
        from pondpilot_secrets.settings import Store
        from pondpilot_secrets.vault import store_move

        if to not in (Store.SYSTEM, Store.FILE):
            raise UsageError("credentials can be moved to the system store or to the encrypted file")
        return store_move.migrate(self._vault, Store(to), passphrase, progress)

    def rekey(self, keys: NewKeys) -> Rekey:
        """Encrypt everything under a new key, so that exactly these keys open the vault, and no recovery code.

        Raises `UsageError` (1022) for a vault that is not in the encrypted file.
        """
        from pondpilot_secrets.vault import store_move

        return store_move.rekey(self._vault, keys)

    def make_recovery_codes(self, count: int = 8) -> list[SecureString]:
        """Make one-time codes that open a vault in an encrypted file; older ones are void. The caller closes them.

        With a count of 0 there are none afterwards. Raises `UsageError` (1022) for a vault in another store.
        """
        from pondpilot_secrets.vault import recovery_codes

        return recovery_codes.make_codes(self._vault, count)

    def recover_with_code(self, code: SecureString, keys: NewKeys, *, drop: Collection[str] = ()) -> CodeRecovery:
        """Open the vault with a recovery code, use that up, and let new keys open it from now on.

        `drop` names the kinds of older keys that open it no more: `passphrase`, `file`, `keychain`. Raises `UsageError`
        (1022) for a code with a typo, `DecryptionFailedError` (1006) for one that is not of this vault or was used.
        """
        from pondpilot_secrets.vault import recovery_codes

        return recovery_codes.recover(self._vault, code, keys, drop=drop)

    # --- damage ---

    def find_corruption(self) -> Damage:
        """Look through `metadata.db`; raises `VaultError` (1018) where not even that can be done."""
        from pondpilot_secrets.vault import repair

        return repair.damage(self._vault)

    def repair(self, entries: Iterable[SecretMetadata]) -> list[SecretMetadata]:
        """Rebuild indexes, and keep those of the corrupt entries that still read as they were seen; returns them."""
        from pondpilot_secrets.vault import repair

        return repair.mend(self._vault, entries)

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
