"""Making a vault at its first use, and finding its store again afterwards."""

from __future__ import annotations

import contextlib
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pondpilot_secrets.errors import DecryptionFailedError, UsageError, VaultError
from pondpilot_secrets.keychain import choose
from pondpilot_secrets.secure import SecureString
from pondpilot_secrets.secure.secret_files import read_file
from pondpilot_secrets.settings import Store
from pondpilot_secrets.vault import marker_file

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pondpilot_secrets.keychain.base import KeychainProvider
    from pondpilot_secrets.keychain.choose import Choice
    from pondpilot_secrets.keychain.encrypted_file import KeySource
    from pondpilot_secrets.metadata.store import MetadataStore
    from pondpilot_secrets.metadata.write_lock import WriteLock
    from pondpilot_secrets.models import Passphrase
    from pondpilot_secrets.settings import Settings

SECRETS_FILE = "secrets.db"
LARGEST_PASSPHRASE = 1 << 16

NEXT_KEY_FILE = "next_key_file"
"""The setting that names the key file of a rekey that is under way, or that died."""


def open_keychain(
    settings: Settings, metadata: MetadataStore, lock: WriteLock, passphrase: Passphrase
) -> KeychainProvider:
    """Open the store that the vault remembers, or choose and make one for a new vault.

    Raises `VaultError` when another store is asked for than the one the secrets are in, and the store's own errors.
    """
    remembered = metadata.setting("store")
    if remembered is None:
        with lock:
            remembered = metadata.setting("store")
            if remembered is None:
                keychain = _make(settings, metadata, passphrase)
                _leave_mark(settings, metadata)
                return keychain
    _leave_mark(settings, metadata)
    if settings.store not in (Store.AUTO, remembered):
        raise VaultError(
            f"this vault keeps its secrets in the {remembered} store, not in {settings.store}",
            hint=f"leave POND_STORE unset, or move them with `pond vault migrate --to {settings.store}`",
        )
    if remembered == Store.FILE:
        announced = _open_with_announced_key(settings.home / SECRETS_FILE, metadata)
        if announced is not None:
            return announced
        remembered_file = metadata.setting("key_file")
        others = [] if remembered_file is None else [Path(remembered_file)]
        return open_encrypted_file(settings.home / SECRETS_FILE, settings, passphrase, others)
    return choose.open_system()


def _leave_mark(settings: Settings, metadata: MetadataStore) -> None:
    vault_id = metadata.setting("vault_id")
    if vault_id is not None:
        marker_file.leave(settings.home, vault_id)


def opens_without_asking(settings: Settings, metadata: MetadataStore) -> bool:
    """Whether opening the store of an existing vault would ask nobody anything, as far as can be told beforehand."""
    remembered = metadata.setting("store")
    if remembered == Store.FILE:
        settings = with_remembered_key_file(settings, metadata)
        return settings.key_file is not None or settings.passphrase_file is not None
    return remembered is not None and choose.status_of_system().usable


def _make(settings: Settings, metadata: MetadataStore, passphrase: Passphrase) -> KeychainProvider:
    from pondpilot_secrets.keychain.encrypted_file import EncryptedFile

    secrets_file = settings.home / SECRETS_FILE
    refuse_forgotten(settings, metadata)
    if secrets_file.exists():
        EncryptedFile.remove(secrets_file)  # empty: whoever was making the vault died before it was one
    choice = choose.choose_store(settings.store)
    if choice.store == choose.FILE:
        keychain = _make_encrypted_file(secrets_file, settings, passphrase, choice)
    else:
        keychain = choose.open_system()
        keychain.unlock()
    with metadata.transaction():
        metadata.set_setting("vault_id", str(uuid.uuid4()))
        metadata.set_setting("created_at", datetime.now(UTC).isoformat(timespec="seconds"))
        metadata.set_setting("store", choice.store)
        metadata.set_setting("store_reason", choice.reason)
        remember_key_file(metadata, settings if choice.store == choose.FILE else None)
    return keychain


def refuse_forgotten(settings: Settings, metadata: MetadataStore) -> None:
    """Raise `VaultError` (1018) where a `metadata.db` without anything stands in the place of one that was lost."""
    from pondpilot_secrets.keychain.encrypted_file import EncryptedFile

    secrets_file = settings.home / SECRETS_FILE
    if secrets_file.exists() and not EncryptedFile.is_empty(secrets_file):
        raise VaultError(
            f"{secrets_file} holds secrets, but {metadata.database.path} knows nothing of them",
            hint="put metadata.db back from a backup; to begin anew, move both files away",
        )
    if marker_file.is_there(settings.home):
        raise VaultError(
            f"{metadata.database.path} is empty, but {settings.home} had a vault: its secrets are still in their store",
            hint=f"put metadata.db back from a backup; to begin anew, move {marker_file.MARK_FILE} away",
        )


def _make_encrypted_file(path: Path, settings: Settings, passphrase: Passphrase, choice: Choice) -> KeychainProvider:
    from pondpilot_secrets.keychain.encrypted_file import EncryptedFile

    try:
        return EncryptedFile.create(path, key_sources(settings, passphrase, new=True))
    except UsageError as error:
        if settings.store == Store.FILE:
            raise
        # Somebody who never asked for a vault in an encrypted file wonders why one wants a passphrase.
        raise UsageError(f"{choice.reason}, so the vault would be sealed; {error.message}", hint=error.hint) from None


def remember_key_file(metadata: MetadataStore, settings: Settings | None) -> None:
    """Keep the place of the key file, so that it need be said once only; the place is no secret."""
    key_file = None if settings is None or settings.key_file is None else str(settings.key_file)
    metadata.set_setting("key_file", key_file)
    metadata.set_setting(NEXT_KEY_FILE, None)


def announce_key_file(metadata: MetadataStore, settings: Settings) -> None:
    """Keep the place of a key file that a rekey is about to put in force, should it die before it remembers it."""
    metadata.set_setting(NEXT_KEY_FILE, None if settings.key_file is None else str(settings.key_file))


def _open_with_announced_key(path: Path, metadata: MetadataStore) -> KeychainProvider | None:
    """Open an encrypted file with the key of a rekey that died, and remember that key; None where it was never in force."""
    from pondpilot_secrets.keychain.encrypted_file import EncryptedFile, FileKey

    announced = metadata.setting(NEXT_KEY_FILE)
    if announced is None or not Path(announced).exists():
        return None
    try:
        store = EncryptedFile.open(path, [FileKey(Path(announced))])
    except (DecryptionFailedError, UsageError):
        return None
    with metadata.transaction():
        metadata.set_setting("key_file", announced)
        metadata.set_setting(NEXT_KEY_FILE, None)
    return store


def with_remembered_key_file(settings: Settings, metadata: MetadataStore) -> Settings:
    """Return the settings with the vault's own key file where no other is named."""
    remembered = metadata.setting("key_file")
    if settings.key_file is not None or remembered is None:
        return settings
    return replace(settings, key_file=Path(remembered))


def open_encrypted_file(
    path: Path, settings: Settings, passphrase: Passphrase, key_files: Sequence[Path] = ()
) -> KeychainProvider:
    """Open the encrypted file with whatever key there is: what is named, what the vault remembers, then what asks somebody.

    A keychain that would have to ask comes only where there is no other way.
    """
    from pondpilot_secrets.keychain.encrypted_file import EncryptedFile, FileKey, KeychainKey

    kinds = EncryptedFile.kinds_of_slots(path)
    named = key_sources(settings, passphrase, new=False)
    sources: list[KeySource] = [source for source in named if source.kind == "file"]
    sources += [FileKey(each) for each in key_files if each != settings.key_file]
    others = [source for source in named if source.kind != "file" and source.kind in kinds]
    if "file" not in kinds:
        sources = []
    with contextlib.ExitStack() as stack:
        if "keychain" in kinds and (choose.status_of_system().usable or not (sources or others)):
            keychain = stack.enter_context(contextlib.closing(choose.open_system()))
            sources.append(KeychainKey(keychain))
        return EncryptedFile.open(path, [*sources, *others])


def key_sources(settings: Settings, passphrase: Passphrase, *, new: bool) -> list[KeySource]:
    """Return the keys at hand: the key file, then the passphrase as given, from its file, or asked for.

    Raises `UsageError` for a new store without any.
    """
    from pondpilot_secrets.keychain.encrypted_file import FileKey, PassphraseKey

    sources: list[KeySource] = []
    if settings.key_file is not None:
        sources.append(FileKey(settings.key_file))
    if isinstance(passphrase, (str, SecureString)):
        sources.append(PassphraseKey(passphrase if isinstance(passphrase, SecureString) else SecureString(passphrase)))
    elif settings.passphrase_file is not None:
        sources.append(PassphraseKey(read_passphrase(settings.passphrase_file)))
    elif callable(passphrase) and not (new and sources):
        sources.append(PassphraseKey(_asked_once(passphrase, new)))
    if new and not sources:
        raise UsageError(
            "a new encrypted file needs a key: a key file or a passphrase",
            hint="POND_KEY_FILE names a key file, made when it is missing; POND_PASSPHRASE_FILE one with a passphrase",
        )
    return sources


def _asked_once(ask: Callable[[bool], SecureString], new: bool) -> Callable[[], SecureString]:
    return lambda: ask(new)


def read_passphrase(path: Path) -> SecureString:
    """Read a passphrase from a file, without the line end; raises `UsageError`."""
    try:
        content = read_file(path, LARGEST_PASSPHRASE)
    except OSError as error:
        raise UsageError(f"the passphrase file {path} cannot be read: {error.strerror}") from error
    with content, content.exposed() as view:
        end = len(view)
        while end and view[end - 1] in b"\r\n":
            end -= 1
        return SecureString(view[:end])
