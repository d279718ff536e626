from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pondpilot_secrets.keychain.encrypted_file import EncryptedFile, FileKey, PassphraseKey
from pondpilot_secrets.keychain.encrypted_file.key_sources import CHEAPEST
from pondpilot_secrets.secure import SecureString

Change = Callable[..., None]


def passphrase(text: str) -> PassphraseKey:
    return PassphraseKey(SecureString(text), CHEAPEST)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "secrets.db"


@pytest.fixture
def key(tmp_path: Path) -> FileKey:
    return FileKey(tmp_path / "pond.key")


@pytest.fixture
def store(path: Path, key: FileKey) -> Iterator[EncryptedFile]:
    """A new store that a key file opens."""
    store = EncryptedFile.create(path, [key])
    yield store
    store.close()


@pytest.fixture
def change(path: Path) -> Change:
    """Changes the file as somebody could who has it and not the key."""

    def change(statement: str, *values: Any) -> None:
        with contextlib.closing(sqlite3.connect(path)) as connection, connection:
            assert connection.execute(statement, values).rowcount > 0

    return change
