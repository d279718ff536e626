"""The platform's lock on one file."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

import pytest

from pondpilot_secrets.metadata.file_lock import remove_locked, try_lock, unlock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file"


@pytest.fixture
def two(path: Path) -> Iterator[tuple[int, int]]:
    opened = [os.open(path, os.O_RDWR | os.O_CREAT, 0o600) for _ in range(2)]
    yield opened[0], opened[1]
    for descriptor in opened:
        with contextlib.suppress(OSError):  # one of them may be closed already
            os.close(descriptor)


def test_one_of_two_descriptors_has_it(two: tuple[int, int]) -> None:
    one, other = two
    assert try_lock(one)
    assert not try_lock(other)
    unlock(one)
    assert try_lock(other)


def test_closing_gives_it_back(two: tuple[int, int]) -> None:
    one, other = two
    assert try_lock(one)
    os.close(one)
    assert try_lock(other)


def test_a_locked_file_is_read_and_written_by_whoever_has_it_open(two: tuple[int, int]) -> None:
    one, other = two
    assert try_lock(one)
    os.write(one, b"held")
    assert os.read(other, 10) == b"held"


def test_a_removed_file_is_gone_and_closed(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    assert try_lock(descriptor)
    remove_locked(str(path), descriptor)
    assert not path.exists()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)
