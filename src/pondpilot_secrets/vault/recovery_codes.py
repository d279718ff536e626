"""Recovery codes of a vault in an encrypted file: making them, and getting back in with one when every other key is lost.

A code is used up in the transaction that adds the new keys, so that, wherever it is interrupted, either the code still
serves or the new keys do. The audit log's key rests in the encrypted file with everything else, so the log goes on.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets.access.audit import Action
from pondpilot_secrets.errors import DecryptionFailedError, UsageError, VaultError
from pondpilot_secrets.vault.new_keys import delete_keychain_keys

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from pondpilot_secrets.keychain.encrypted_file import RecoveryCode
    from pondpilot_secrets.keychain.encrypted_file.key_slots import KeySlot
    from pondpilot_secrets.keychain.store_kind import KeySlotProvider, StoreKind
    from pondpilot_secrets.secure import SecureString
    from pondpilot_secrets.vault.audit_trail import AuditTrail
    from pondpilot_secrets.vault.guard import Guard
    from pondpilot_secrets.vault.new_keys import NewKeys
    from pondpilot_secrets.vault.secret_store import SecretStore
    from pondpilot_secrets.vault.unit_of_work import UnitOfWork

CODES = 8
MOST_CODES = 100

KIND = "recovery"


@dataclass(frozen=True, slots=True)
class CodeRecovery:
    """What opens the vault after it was recovered with a code, and how many codes are left."""

    opens_with: tuple[str, ...]
    codes_left: int


class RecoveryCodes:
    """Makes and takes the recovery codes of one vault."""

    def __init__(self, guard: Guard, unit: UnitOfWork, store: SecretStore, trail: AuditTrail, home: Path) -> None:
        self._guard = guard
        self._unit = unit
        self._store = store
        self._trail = trail
        self._home = home

    def make(self, count: int = CODES) -> list[SecureString]:
        """Make one-time codes and return them as they are printed; older ones are void. The caller closes them.

        With a count of 0 there are none afterwards. Raises `UsageError` (1022) for a vault in another store.
        """
        from pondpilot_secrets.keychain.encrypted_file import RecoveryCode

        self._guard.require_rules_change()
        if not 0 <= count <= MOST_CODES:
            raise UsageError(f"a vault has up to {MOST_CODES} recovery codes, not {count}")
        self._require_key_slots()
        self._unit.open()
        self._guard.confirm_presence("make recovery codes")
        detail = f"{count} codes made, older ones void"
        with contextlib.ExitStack() as stack, contextlib.ExitStack() as texts:
            codes = [stack.enter_context(contextlib.closing(RecoveryCode.new())) for _ in range(count)]
            printed = [texts.enter_context(code.text()) for code in codes]
            with self._unit.begin() as work, work.trail.intent(Action.RECOVERY_CODES, detail):
                work.store.key_slots.change_slots(codes, drop=(KIND,))
            texts.pop_all()
        return printed

    def redeem(self, code: SecureString, keys: NewKeys, *, drop: Collection[str] = ()) -> CodeRecovery:
        """Open a vault with a recovery code, use that up, and let new keys open the vault from now on.

        `drop` names the kinds of older keys that shall open it no more: `passphrase`, `file`, `keychain`. The new keys are
        asked for only after the code has proved right. Raises `UsageError` (1022) for a code with a typo and for a vault
        in another store, `DecryptionFailedError` (1006) for a code that is not of this vault or was used.
        """
        from pondpilot_secrets.keychain.encrypted_file import RecoveryCode

        self._guard.require_rules_change()
        self._require_key_slots()
        with contextlib.closing(RecoveryCode.read(code)) as symbols:
            kind, provider = self._open_with(symbols)
        self._store.use(kind, provider)
        try:
            delete_keychain_keys(self._exchange(provider, keys, drop))
        except BaseException:
            self._store.close()  # a code that was not used up has opened nothing
            self._trail.wipe_key()
            raise
        kinds = [slot.kind for slot in provider.slots()]
        return CodeRecovery(tuple(dict.fromkeys(kind for kind in kinds if kind != KIND)), kinds.count(KIND))

    def _exchange(self, provider: KeySlotProvider, keys: NewKeys, drop: Collection[str]) -> list[KeySlot]:
        """Use up the code that opened the store, and let the new keys in; returns the slots that are gone."""
        detail = "opened with a recovery code, and given new keys"
        with (
            self._trail.intent(Action.RECOVERY_CODES, detail),
            keys.sources(self._home) as sources,
            self._unit.begin() as work,
        ):
            if keys.key_file is not None:
                work.state.announce_key_file(keys.key_file)
            removed = provider.change_slots(sources, drop=drop, used=provider.opened_by)
            if keys.key_file is not None or "file" in drop:
                work.state.remember_key_file(keys.key_file)
        return removed

    def _require_key_slots(self) -> None:
        kind = self._store.kind
        if kind is None:
            raise VaultError(f"there is no vault in {self._home} yet", hint="`pond vault init` makes one")
        if not self._store.has_key_slots:
            raise UsageError(
                f"recovery codes are for vaults in an encrypted file, and this one is in the {kind.name} store",
                hint="back up the keychain itself by its own means, or `pond vault move --to file` and then make codes",
            )

    def _open_with(self, code: RecoveryCode) -> tuple[StoreKind, KeySlotProvider]:
        kind, kinds = self._store.kind, self._store.slot_kinds()
        assert kind is not None  # noqa: S101 - for the type checker
        if KIND not in kinds:
            raise DecryptionFailedError(
                f"{kind.label} has no recovery codes, or none that is left",
                hint="only its own keys open it, or a backup",
            )
        try:
            return kind, kind.open_with(self._store.context(), [code])
        except DecryptionFailedError:
            raise DecryptionFailedError(
                f"this code does not open {kind.label}: it was used, or made void by newer codes, or is of another vault",
                hint=f"{kinds.count(KIND)} codes are left; try the next one on the list",
            ) from None
