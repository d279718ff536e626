"""The keys that a person or a setting gave for an encrypted file, and how long their values live."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from pondpilot_secrets.errors import UsageError
from pondpilot_secrets.keychain.encrypted_file.key_sources import FileKey, PassphraseKey
from pondpilot_secrets.secure import SecureString
from pondpilot_secrets.secure.secret_files import read_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pondpilot_secrets.keychain.encrypted_file.key_sources import KeySource
    from pondpilot_secrets.keychain.store_kind import StoreContext

LARGEST_PASSPHRASE = 1 << 16
"""Bytes of a passphrase in a file."""


@contextlib.contextmanager
def given_keys(context: StoreContext, *, new: bool) -> Iterator[list[KeySource]]:
    """Give the key files, then the passphrase as given, from its file, or to be asked for; what was read is wiped after.

    A `new` store takes the first key file alone, and asks for no passphrase where it has one. Raises `UsageError` (1022)
    for a new store without any key.
    """
    keys: list[KeySource] = [FileKey(path) for path in (context.key_files[:1] if new else context.key_files)]
    with contextlib.ExitStack() as stack:
        passphrase = context.passphrase
        if isinstance(passphrase, SecureString):
            keys.append(PassphraseKey(passphrase))
        elif isinstance(passphrase, str):
            keys.append(PassphraseKey(stack.enter_context(SecureString(passphrase))))
        elif context.passphrase_file is not None:
            keys.append(PassphraseKey(stack.enter_context(read_passphrase(context.passphrase_file))))
        elif passphrase is not None and not (new and keys):
            keys.append(PassphraseKey(_ask_once(passphrase, new)))
        if new and not keys:
            raise UsageError(
                "a new encrypted file needs a key: a key file or a passphrase",
                hint="POND_KEY_FILE names a key file, made when it is missing; POND_PASSPHRASE_FILE one with a passphrase",
            )
        yield keys


def _ask_once(ask: Callable[[bool], SecureString], new: bool) -> Callable[[], SecureString]:
    return lambda: ask(new)


def read_passphrase(path: Path) -> SecureString:
    """Read a passphrase from a file, without the line end; the caller closes it. Raises `UsageError` (1022)."""
    try:
        content = read_file(path, LARGEST_PASSPHRASE)
    except OSError as error:
        raise UsageError(f"the passphrase file {path} cannot be read: {error.strerror}") from error
    with content, content.exposed() as view:
        end = len(view)
        while end and view[end - 1] in b"\r\n":
            end -= 1
        return SecureString(view[:end])
