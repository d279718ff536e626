"""The store of a vault while it is open: which one it is, what opens it, and when it is closed again."""

from __future__ import annotations

import contextlib
import threading
import time
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from pondpilot_secrets import log
from pondpilot_secrets.errors import DecryptionFailedError, UsageError, VaultError
from pondpilot_secrets.secure import SecureString
from pondpilot_secrets.settings import AUTO
from pondpilot_secrets.vault import marker_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pondpilot_secrets.keychain.base import KeychainProvider
    from pondpilot_secrets.keychain.store_choice import StoreChoice
    from pondpilot_secrets.keychain.store_kind import KeySlotProvider, StoreContext, StoreKind
    from pondpilot_secrets.models import Passphrase
    from pondpilot_secrets.settings import Settings
    from pondpilot_secrets.vault.vault_state import VaultState


@dataclass(frozen=True, slots=True)
class NewStore:
    """The store that a new vault gets, and what it is made with."""

    choice: StoreChoice
    context: StoreContext


class SecretStore:
    """Owns the one provider of an open vault: makes, opens, locks and closes it. Safe between threads.

    Opening may ask a person. It never takes the vault's write lock, so that it may happen under that lock and beside it.
    """

    def __init__(
        self,
        settings: Settings,
        state: VaultState,
        passphrase: Passphrase = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._state = state
        self._clock = clock
        self._any_store = False
        self.asker: Callable[[bool], SecureString] | None = passphrase if callable(passphrase) else None
        self.passphrase_asked_at: float | None = None
        """When a person last gave the passphrase, in seconds on the clock of this store."""
        # Of our own, so that the text that was given need not stay, and a value that was given may be closed.
        self._value = None if passphrase is None or callable(passphrase) else _copy(passphrase)
        self._opening = threading.RLock()
        self._provider: KeychainProvider | None = None
        self._provider_kind: StoreKind | None = None

    # --- opening and closing ---

    @property
    def provider(self) -> KeychainProvider:
        """The open provider, which is opened when it is first needed.

        Raises `VaultError` (1018) for a vault that was not made yet, or that is in another store than was asked for, and
        the errors of the store.
        """
        found = self._provider  # read once: another thread may close it at any moment
        if found is None:
            with self._opening:
                found = self._provider
                if found is None:
                    kind, found = self._open()
                    self._go_on_with(kind, found)
        return found

    @property
    def is_open(self) -> bool:
        """Whether the provider is open."""
        return self._provider is not None

    @contextlib.contextmanager
    def prepared(self) -> Iterator[NewStore]:
        """Give what a new vault's store is made of, for a `with` block; a person is asked now, while nothing is locked."""
        from pondpilot_secrets.keychain.store_choice import choose_store

        self.refuse_lost_metadata()
        choice = choose_store(self._settings.store, self.context(new=True))
        with self.context_of_new(choice.kind) as context:
            yield NewStore(choice, context)

    @contextlib.contextmanager
    def context_of_new(self, kind: StoreKind, passphrase: Passphrase = None) -> Iterator[StoreContext]:
        """Give what a new store of that kind is made with; a person who is to choose its passphrase is asked now."""
        from pondpilot_secrets.keychain.store_kind import Capability

        context = self.context(new=True, passphrase=passphrase)
        ask = context.passphrase
        has_key = context.key_files or context.passphrase_file
        if not callable(ask) or has_key or not kind.can(Capability.KEY_SLOTS):
            yield context
            return
        with ask(True) as answer:
            yield replace(context, passphrase=answer)

    def create(self, new: NewStore) -> None:
        """Make the store of a new vault, unless another process just did. The caller holds the write lock.

        Raises `VaultError` (1018) where this is no new vault but one whose `metadata.db` was lost, and the errors of the
        store.
        """
        with self._opening:
            if self._state.store is not None:
                return
            self.refuse_lost_metadata()
            provider = new.choice.create(new.context)
            try:
                self._state.record_creation(
                    str(uuid.uuid4()),
                    datetime.now(UTC).isoformat(timespec="seconds"),
                    new.choice.kind.name,
                    new.choice.reason,
                    self.key_file_of(new.choice.kind),
                )
            except BaseException:
                provider.close()
                raise
            self._leave_marker()
            self._go_on_with(new.choice.kind, provider)

    def use(self, kind: StoreKind, provider: KeychainProvider) -> None:
        """Go on with a provider that was opened in another way: by a recovery code, or as the target of a move."""
        with self._opening:
            self.close()
            self._go_on_with(kind, provider)

    def close(self) -> None:
        """Close the provider, which wipes its key; the next use opens the store that the vault is in by then."""
        with self._opening:
            provider, self._provider = self._provider, None
            self._provider_kind = None
        if provider is not None:
            provider.close()

    def wipe_passphrase(self) -> None:
        """Wipe the passphrase that was given: the vault is not opened again."""
        if self._value is not None:
            self._value.close()

    def check_unchanged(self) -> None:
        """Raise `VaultError` (1018) when another process moved the vault to another store since this one opened it."""
        provider, store = self._provider, self._state.store
        if provider is not None and store != provider.name:
            raise VaultError(f"the vault was moved to the {store} store by another process", hint="open it again")

    def accept_any_store(self) -> None:
        """Open the vault in whatever store it is, although another was asked for: it is about to be moved."""
        self._any_store = True

    def _go_on_with(self, kind: StoreKind, provider: KeychainProvider) -> None:
        self._provider_kind = kind
        self._provider = provider

    def _open(self) -> tuple[StoreKind, KeychainProvider]:
        kind = self.kind
        if kind is None:
            raise VaultError(f"there is no vault in {self._settings.home} yet", hint="`pond vault init` makes one")
        self._leave_marker()
        if not self._any_store and self._settings.store not in (AUTO, kind.name):
            raise VaultError(
                f"this vault keeps its secrets in the {kind.name} store, not in {self._settings.store}",
                hint=f"leave POND_STORE unset, or move them with `pond vault move --to {self._settings.store}`",
            )
        return kind, self._open_with_announced_key(kind) or kind.open(self.context())

    def _open_with_announced_key(self, kind: StoreKind) -> KeychainProvider | None:
        """Open with the key of a rekey that died, and remember it; None where there is none, or it was never in force."""
        key_file = self._state.announced_key_file
        if key_file is None or not key_file.exists():
            return None
        from pondpilot_secrets.keychain.encrypted_file import FileKey

        try:
            provider = kind.open_with(self.context(), [FileKey(key_file)])
        except (DecryptionFailedError, UsageError) as error:
            log.debug("vault", "the key file that a rekey announced does not open the store: %s", error.message)
            return None
        log.info("vault", "the store opens with the key file of a rekey that did not end; it is remembered")
        self._state.remember_key_file(key_file)
        return provider

    def _leave_marker(self) -> None:
        vault_id = self._state.vault_id
        if vault_id is not None:
            marker_file.leave_marker(self._settings.home, vault_id)

    # --- which store, and what opens it ---

    @property
    def kind(self) -> StoreKind | None:
        """The kind of store that is open, or else that the vault is in; None for a vault that was not made yet."""
        kind = self._provider_kind
        if kind is not None:
            return kind
        name = self._state.store
        if name is None:
            return None
        from pondpilot_secrets.keychain import registry

        return registry.get(name)

    def context(self, *, new: bool = False, passphrase: Passphrase = None) -> StoreContext:
        """Return what the store is opened with, or a `new` one made; a `passphrase` stands in for that of the vault."""
        from pondpilot_secrets.keychain.store_kind import StoreContext

        files = (self._settings.key_file,) if new else (self._settings.key_file, self._state.key_file)
        if passphrase is None:
            passphrase = self._value if self.asker is None else self._ask
        return StoreContext(
            self._settings.home,
            tuple(dict.fromkeys(each for each in files if each is not None)),
            passphrase,
            self._settings.passphrase_file,
        )

    def key_file_of(self, kind: StoreKind) -> Path | None:
        """The key file to remember for a new store of that kind."""
        from pondpilot_secrets.keychain.store_kind import Capability

        return self._settings.key_file if kind.can(Capability.KEY_SLOTS) else None

    def opens_unattended(self) -> bool:
        """Whether the store is open, or can be opened without asking anybody, as far as can be told beforehand."""
        if self.is_open:
            return True
        kind = self.kind
        return kind is not None and kind.opens_unattended(self.context())

    def refuse_lost_metadata(self) -> None:
        """Raise `VaultError` (1018) where an empty `metadata.db` stands in the place of one that was lost.

        Needs no lock: a vault that is just being made says so in its state before it leaves a marker or an item.
        """
        if self._state.store is not None:
            return
        home = self._settings.home
        items, marked = self._place_with_items(), marker_file.has_marker(home)
        if self._state.store is not None:
            return
        if items is not None:
            raise VaultError(
                f"{items} holds secrets, but {home / 'metadata.db'} knows nothing of them",
                hint="put metadata.db back from a backup; to begin a new vault, move both files away",
            )
        if marked:
            raise VaultError(
                f"{home / 'metadata.db'} is empty, but {home} had a vault: its secrets are still in their store",
                hint=f"put metadata.db back from a backup; to begin a new vault, move {marker_file.MARKER_FILE} away",
            )

    def _place_with_items(self) -> str | None:
        from pondpilot_secrets.keychain import registry

        context = self.context(new=True)
        return next((kind.status(context).description for kind in registry.STORES if kind.holds_items(context)), None)

    # --- keys of the store's own ---

    @property
    def key_slots(self) -> KeySlotProvider:
        """The open provider of a store that has key slots; raises `UsageError` (1022) for any other."""
        provider = self.provider
        if not self.has_key_slots:
            raise UsageError(
                "only a vault in an encrypted file has keys of its own",
                hint="the system's keychain looks after its own key",
            )
        return cast("KeySlotProvider", provider)

    @property
    def has_key_slots(self) -> bool:
        """Whether the store of the vault has keys of its own."""
        from pondpilot_secrets.keychain.store_kind import Capability

        kind = self.kind
        return kind is not None and kind.can(Capability.KEY_SLOTS)

    def slot_kinds(self) -> tuple[str, ...]:
        """The kind of each key slot, without opening the store; none for a store without."""
        kind = self.kind
        return () if kind is None else kind.slot_kinds(self.context())

    def opens_with(self, passphrase: SecureString) -> bool:
        """Whether a passphrase opens the store."""
        from pondpilot_secrets.keychain.encrypted_file import PassphraseKey

        kind = self.kind
        if kind is None:
            return False
        try:
            kind.open_with(self.context(), [PassphraseKey(passphrase)]).close()
        except DecryptionFailedError:
            return False
        return True

    def _ask(self, new: bool) -> SecureString:
        """Ask for the passphrase, and remember that somebody was there to give it."""
        assert self.asker is not None  # noqa: S101 - for the type checker
        answer = self.asker(new)
        self.passphrase_asked_at = self._clock()
        return answer


def _copy(passphrase: str | SecureString) -> SecureString:
    return passphrase.copy() if isinstance(passphrase, SecureString) else SecureString(passphrase)
