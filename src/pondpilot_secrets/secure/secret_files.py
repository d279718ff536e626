"""Files that hold a secret: read whole into memory that is wiped, in folders that are closed to others."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

from pondpilot_secrets.secure.secure_string import SecureString
from pondpilot_secrets.secure.wiping import wipe

if TYPE_CHECKING:
    from io import RawIOBase
    from pathlib import Path


def read_file(path: Path, largest: int) -> SecureString:
    """Return the content of a file, a pipe or a device (`<(…)` of a shell is one) of at most `largest` bytes.

    Raises `OSError`, with EFBIG where there is more.
    """
    with path.open("rb", buffering=0) as stream:
        return read_stream(stream, largest)


def read_stream(stream: RawIOBase, largest: int) -> SecureString:
    """Read an unbuffered stream to its end; a pipe gives what it has bit by bit. Raises as `read_file` does."""
    size = os.fstat(stream.fileno()).st_size
    content = bytearray(min(size or largest, largest) + 1)
    length = 0
    try:
        with memoryview(content) as view:
            while length < len(content) and (count := stream.readinto(view[length:])):
                length += count
            if length == len(content):
                raise OSError(errno.EFBIG, "it is too large, or grew while it was read")
            return SecureString(view[:length])
    finally:
        wipe(content)


def make_folder(path: Path) -> None:
    """Make a folder that only its owner may enter, and so each that is missing above it, whatever the umask says."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)


def open_regular(path: Path) -> RawIOBase:
    """Open a file that must be a regular one: nothing is waited for, as opening a pipe without a writer would."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is not a regular file")
    return os.fdopen(descriptor, "rb", buffering=0)
