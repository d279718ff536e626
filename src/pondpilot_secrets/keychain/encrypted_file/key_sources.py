"""Where the keys come from that wrap the data key: a passphrase, a key file, an item of the system's keychain."""

from __future__ import annotations

import binascii
import errno
import os
import stat
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from pondpilot_secrets import log
from pondpilot_secrets.errors import DecryptionFailedError, UsageError
from pondpilot_secrets.secure import SecureString, secret_files, wipe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pondpilot_secrets.keychain.base import KeychainProvider

KEY_LENGTH = 32
LARGEST_KEY_FILE = 1 << 20
SALT_LENGTH = 16
INFO = b"pondpilot-secrets encrypted-file v1 wrapping key"

SlotParameters: TypeAlias = dict[str, str | int]
"""What a slot stores beside its wrapped key, so that the wrapping key can be made again; nothing secret."""


class KeySource(Protocol):
    """Something that wrapping keys come from."""

    @property
    def kind(self) -> str:
        """The kind of its slots."""
        ...

    def new_parameters(self, file_id: str) -> SlotParameters:
        """Return the parameters of a new slot, and make what the source itself has to keep (a file, an item)."""
        ...

    def wrapping_key(self, parameters: SlotParameters) -> SecureString:
        """Return the 32-byte wrapping key of a slot; the caller closes it.

        Raises `KeyError`, `TypeError` or `ValueError` for parameters that it cannot have made.
        """
        ...

    def discard(self, parameters: SlotParameters) -> None:
        """Remove what the source itself kept for a slot that is no more."""
        ...


@dataclass(frozen=True, slots=True)
class Argon2Cost:
    """What guessing a passphrase costs; travels inside the slot, so that it can be raised without a migration.

    Attributes:
        memory: KiB of memory.
        passes: iterations over it.
        lanes: parallel lanes.
    """

    memory: int
    passes: int
    lanes: int


RFC_9106_SECOND_CHOICE = Argon2Cost(64 * 1024, 3, 4)
"""The second recommended option of RFC 9106, section 4: 64 MiB, 3 passes, 4 lanes; about 0.13 s."""

CHEAPEST = Argon2Cost(64, 1, 1)
"""For tests alone: guessing is as cheap as hashing."""

MOST = Argon2Cost(4 * 1024 * 1024, 100, 64)
"""More is not believed of a file, because somebody who changed it could make opening it take for ever."""


@dataclass(frozen=True, slots=True)
class PassphraseKey:
    """A passphrase, or a function that asks for it when it is needed and not before."""

    passphrase: SecureString | Callable[[], SecureString]
    cost: Argon2Cost = RFC_9106_SECOND_CHOICE
    kind: str = "passphrase"

    def new_parameters(self, file_id: str) -> SlotParameters:  # noqa: ARG002 - other sources need it
        """Return a fresh salt and the cost."""
        return {
            "salt": os.urandom(SALT_LENGTH).hex(),
            "memory": self.cost.memory,
            "passes": self.cost.passes,
            "lanes": self.cost.lanes,
        }

    def wrapping_key(self, parameters: SlotParameters) -> SecureString:
        """Derive the key with Argon2id; raises `DecryptionFailedError` for an empty passphrase."""
        cost = Argon2Cost(int(parameters["memory"]), int(parameters["passes"]), int(parameters["lanes"]))
        if cost.memory > MOST.memory or cost.passes > MOST.passes or cost.lanes > MOST.lanes:
            raise ValueError("the cost of the passphrase is beyond all measure")
        asked = not isinstance(self.passphrase, SecureString)
        passphrase = self.passphrase() if callable(self.passphrase) else self.passphrase
        try:
            if not passphrase:
                raise DecryptionFailedError("the passphrase is empty", hint="give the passphrase of this vault")
            return derive_key(passphrase, bytes.fromhex(str(parameters["salt"])), cost)
        finally:
            if asked:
                passphrase.close()

    def discard(self, parameters: SlotParameters) -> None:
        """Do nothing: a passphrase is kept by people."""


def derive_key(passphrase: SecureString, salt: bytes, cost: Argon2Cost, length: int = KEY_LENGTH) -> SecureString:
    """Make a key of a passphrase (Argon2id, RFC 9106); raises `DecryptionFailedError` where there is too little memory."""
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    derivation = Argon2id(salt=salt, length=length, iterations=cost.passes, lanes=cost.lanes, memory_cost=cost.memory)
    try:
        with passphrase.exposed() as view:
            return SecureString.take(derivation.derive(view))  # type: ignore[arg-type]
    except MemoryError:
        needed = cost.memory // 1024
        raise DecryptionFailedError(
            f"not enough memory for key derivation ({needed} MiB)", hint="free some and try again"
        ) from None


@dataclass(frozen=True, slots=True)
class FileKey:
    """A file of at least 32 random bytes that only its owner can read; made when the store is, if it is missing."""

    path: Path
    kind: str = "file"

    def new_parameters(self, file_id: str) -> SlotParameters:  # noqa: ARG002 - other sources need it
        """Make the file where there is none, and return a fresh salt."""
        try:
            if not self.path.exists():
                self._make()
        except OSError as error:
            raise UsageError(f"the key file {self.path} cannot be made: {error.strerror}") from error
        return {"salt": os.urandom(SALT_LENGTH).hex()}

    def _make(self) -> None:
        """Make the file under another name first: one that is there is whole, whenever the process or the power fails."""
        unfinished = self.path.with_name(f".{self.path.name}.{os.urandom(4).hex()}")
        secret_files.make_folder(self.path.parent)
        try:
            _write_key(unfinished)
            try:
                _give_name(unfinished, self.path)
            except FileExistsError:  # the key that another process made just now is as good
                log.debug("keychain", "another process made the key file %s", self.path)
        finally:
            unfinished.unlink(missing_ok=True)
        _sync_folder(self.path.parent)

    def wrapping_key(self, parameters: SlotParameters) -> SecureString:
        """Derive the key from the file with HKDF-SHA-256.

        Raises `UsageError` when the file is missing, too short, or readable by others.
        """
        with self._read() as content, content.exposed() as view:
            return expand_key(view, parameters)

    def _read(self) -> SecureString:
        try:
            with secret_files.open_regular(self.path) as file:
                mode = os.fstat(file.fileno()).st_mode
                if sys.platform != "win32" and stat.S_IMODE(mode) & 0o077:
                    raise UsageError(f"the key file {self.path} can be read by others", hint=f"chmod 600 '{self.path}'")
                content = secret_files.read_stream(file, LARGEST_KEY_FILE)
        except OSError as error:
            raise UsageError(
                f"the key file {self.path} cannot be read: {error.strerror}",
                hint="POND_KEY_FILE names the key file of a vault in an encrypted file",
            ) from error
        if len(content) < KEY_LENGTH:
            content.close()
            raise UsageError(f"the key file {self.path} is too short: it needs {KEY_LENGTH} random bytes or more")
        return content

    def discard(self, parameters: SlotParameters) -> None:
        """Do nothing: the file may open backups and other vaults."""


def _write_key(path: Path) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", buffering=0) as file:
        key = _new_key()
        try:
            whole = file.write(key) == len(key) and file.write(b"\n") == 1
        finally:
            wipe(key)
        if not whole:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(file.fileno())


def _new_key() -> bytearray:
    """Draw a key, as hexadecimal digits in a buffer that the caller wipes."""
    random = os.urandom(KEY_LENGTH)
    digits = binascii.hexlify(random)
    try:
        return bytearray(digits)
    finally:
        wipe(random)
        wipe(digits)


def _give_name(unfinished: Path, path: Path) -> None:
    """Put a file in its place, unless there is one: a key that another process made just now must not be replaced."""
    try:
        os.link(unfinished, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links, such as that of a memory stick
        if path.exists():
            raise FileExistsError(path) from None
        unfinished.rename(path)


def _sync_folder(folder: Path) -> None:
    """Let the name of a new file survive a power failure, as its content does."""
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@dataclass(frozen=True, slots=True)
class KeychainKey:
    """A random key that rests in one item of another keychain, so that logging in opens the store."""

    keychain: KeychainProvider
    kind: str = "keychain"

    def new_parameters(self, file_id: str) -> SlotParameters:
        """Make an item, and return its account and a fresh salt.

        Each slot has an item of its own: the one of an older slot must open that until the file has the new slot.
        """
        account = f"file-key:{file_id}:{os.urandom(8).hex()}"
        key = _new_key()
        try:
            self.keychain.set(account, key)
        finally:
            wipe(key)
        return {"account": account, "salt": os.urandom(SALT_LENGTH).hex()}

    def wrapping_key(self, parameters: SlotParameters) -> SecureString:
        """Derive the key from the item with HKDF-SHA-256; raises the keychain's own errors."""
        content = self.keychain.get(str(parameters["account"]))
        try:
            return expand_key(content, parameters)
        finally:
            wipe(content)

    def discard(self, parameters: SlotParameters) -> None:
        """Remove the slot's item; raises the keychain's own errors."""
        self.keychain.delete(str(parameters["account"]))


def expand_key(content: bytearray | memoryview, parameters: SlotParameters, info: bytes = INFO) -> SecureString:
    """Make a wrapping key of random content and the slot's salt (HKDF, RFC 5869)."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    salt = bytes.fromhex(str(parameters["salt"]))
    derivation = HKDF(SHA256(), KEY_LENGTH, salt, info)
    return SecureString.take(derivation.derive(content))
