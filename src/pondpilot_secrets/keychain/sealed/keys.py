"""Where the keys come from that wrap the data key: a passphrase, a key file, an item of the system's keychain."""

from __future__ import annotations

import os
import stat
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from pondpilot_secrets.errors import DecryptionFailedError, UsageError
from pondpilot_secrets.secure import SecureString, wipe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pondpilot_secrets.keychain.base import KeychainProvider

KEY_LENGTH = 32
SALT_LENGTH = 16

Parameters: TypeAlias = dict[str, str | int]
"""What a slot stores beside its wrapped key, so that the wrapping key can be made again; nothing secret."""


class KeySource(Protocol):
    """Something that wrapping keys come from."""

    @property
    def kind(self) -> str:
        """The kind of its slots."""
        ...

    def new_parameters(self, file_id: str) -> Parameters:
        """Return the parameters of a new slot, and make what the source itself has to keep (a file, an item)."""
        ...

    def wrapping_key(self, parameters: Parameters) -> SecureString:
        """Return the 32-byte wrapping key of a slot; the caller closes it."""
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


@dataclass(frozen=True, slots=True)
class PassphraseKey:
    """A passphrase, or a function that asks for it when it is needed and not before."""

    passphrase: SecureString | Callable[[], SecureString]
    cost: Argon2Cost = RFC_9106_SECOND_CHOICE
    kind: str = "passphrase"

    def new_parameters(self, file_id: str) -> Parameters:  # noqa: ARG002 - other sources need it
        """Return a fresh salt and the cost."""
        return {
            "salt": os.urandom(SALT_LENGTH).hex(),
            "memory": self.cost.memory,
            "passes": self.cost.passes,
            "lanes": self.cost.lanes,
        }

    def wrapping_key(self, parameters: Parameters) -> SecureString:
        """Derive the key with Argon2id; raises `DecryptionFailedError` for an empty passphrase."""
        from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

        asked = not isinstance(self.passphrase, SecureString)
        passphrase = self.passphrase() if callable(self.passphrase) else self.passphrase
        try:
            if not passphrase:
                raise DecryptionFailedError("the passphrase is empty", hint="give the passphrase of this vault")
            derivation = Argon2id(
                salt=bytes.fromhex(str(parameters["salt"])),
                length=KEY_LENGTH,
                iterations=int(parameters["passes"]),
                lanes=int(parameters["lanes"]),
                memory_cost=int(parameters["memory"]),
            )
            with passphrase.exposed() as view:
                return SecureString.take(derivation.derive(view))  # type: ignore[arg-type]
        finally:
            if asked:
                passphrase.close()


@dataclass(frozen=True, slots=True)
class FileKey:
    """A file of at least 32 random bytes that only its owner can read; made when the store is, if it is missing."""

    path: Path
    kind: str = "file"

    def new_parameters(self, file_id: str) -> Parameters:  # noqa: ARG002 - other sources need it
        """Make the file where there is none, and return a fresh salt."""
        if not self.path.exists():
            self._make()
        return {"salt": os.urandom(SALT_LENGTH).hex()}

    def _make(self) -> None:
        """Make the file under another name first: one that is there is whole, whenever the process or the power fails."""
        unborn = self.path.with_name(f".{self.path.name}.{os.urandom(4).hex()}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write_key(unborn)
            try:
                _give_name(unborn, self.path)
            finally:
                unborn.unlink(missing_ok=True)
            _sync_folder(self.path.parent)
        except FileExistsError:
            return
        except OSError as error:
            raise UsageError(f"the key file {self.path} cannot be made: {error.strerror}") from error

    def wrapping_key(self, parameters: Parameters) -> SecureString:
        """Derive the key from the file with HKDF-SHA-256.

        Raises `UsageError` when the file is missing, too short, or readable by others.
        """
        content = self._read()
        try:
            return expanded(content, parameters)
        finally:
            wipe(content)

    def _read(self) -> bytearray:
        try:
            with self.path.open("rb", buffering=0) as file:
                status = os.fstat(file.fileno())
                if sys.platform != "win32" and stat.S_IMODE(status.st_mode) & 0o077:
                    raise UsageError(f"the key file {self.path} can be read by others", hint=f"chmod 600 '{self.path}'")
                content = bytearray(status.st_size)
                file.readinto(content)
        except OSError as error:
            raise UsageError(
                f"the key file {self.path} cannot be read: {error.strerror}",
                hint="POND_KEY_FILE names the key file of a sealed vault",
            ) from error
        if len(content) < KEY_LENGTH:
            raise UsageError(f"the key file {self.path} is too short: it needs {KEY_LENGTH} random bytes or more")
        return content


def _write_key(path: Path) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(os.urandom(KEY_LENGTH).hex().encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _give_name(unborn: Path, path: Path) -> None:
    """Put a file in its place, unless there is one: a key that another process made just now must not be replaced."""
    try:
        os.link(unborn, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links, such as that of a memory stick
        if path.exists():
            raise FileExistsError(path) from None
        unborn.rename(path)


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

    def new_parameters(self, file_id: str) -> Parameters:
        """Make the item, and return its account and a fresh salt."""
        account = f"sealed:{file_id}"
        key = bytearray(os.urandom(KEY_LENGTH).hex().encode())
        try:
            self.keychain.set(account, key)
        finally:
            wipe(key)
        return {"account": account, "salt": os.urandom(SALT_LENGTH).hex()}

    def wrapping_key(self, parameters: Parameters) -> SecureString:
        """Derive the key from the item with HKDF-SHA-256; raises the keychain's own errors."""
        content = self.keychain.get(str(parameters["account"]))
        try:
            return expanded(content, parameters)
        finally:
            wipe(content)


def expanded(content: bytearray, parameters: Parameters) -> SecureString:
    """Make a wrapping key of random content and the slot's salt (HKDF, RFC 5869)."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    salt = bytes.fromhex(str(parameters["salt"]))
    derivation = HKDF(SHA256(), KEY_LENGTH, salt, b"pondpilot-secrets sealed v1 wrapping key")
    return SecureString.take(derivation.derive(content))
