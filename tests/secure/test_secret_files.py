"""Files that hold a secret: read whole into memory that is wiped, from pipes as well, and never more than is allowed."""

from __future__ import annotations

import errno
import os
import stat
import threading
from pathlib import Path

import pytest

from pondpilot_secrets.secure.secret_files import make_folder, open_regular, read_file, read_stream

posix = pytest.mark.skipif(os.name != "posix", reason="Windows has no mode bits and no named pipes")


@pytest.mark.parametrize("content", [b"", b"secret", b"a\0b\n", b"x" * 100_000])
def test_a_file_is_read_whole(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "value"
    path.write_bytes(content)
    with read_file(path, 100_000) as value, value.exposed() as view:
        assert bytes(view) == content


def test_more_than_is_allowed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "value"
    path.write_bytes(b"12345")
    assert read_file(path, 5).expose() == "12345"
    with pytest.raises(OSError, match="too large") as caught:
        read_file(path, 4)
    assert caught.value.errno == errno.EFBIG


@posix
def test_a_pipe_gives_what_it_has_bit_by_bit() -> None:
    reader, writer = os.pipe()

    def write() -> None:
        for part in (b"se", b"cr", b"et"):
            os.write(writer, part)
        os.close(writer)

    thread = threading.Thread(target=write)
    thread.start()
    with os.fdopen(reader, "rb", buffering=0) as stream:
        assert read_stream(stream, 100).expose() == "secret"
    thread.join()


@posix
def test_an_endless_pipe_is_refused() -> None:
    reader, writer = os.pipe()
    os.write(writer, b"12345")
    os.close(writer)
    with os.fdopen(reader, "rb", buffering=0) as stream, pytest.raises(OSError, match="too large"):
        read_stream(stream, 4)


@posix
def test_folders_are_closed_to_others_whatever_the_umask_says(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        make_folder(tmp_path / "a" / "b")
    finally:
        os.umask(before)
    for folder in (tmp_path / "a", tmp_path / "a" / "b"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    make_folder(tmp_path / "a" / "b")  # which is there already


@posix
def test_only_a_regular_file_is_opened_and_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x")
    with open_regular(path) as stream:
        assert stream.read() == b"x"
    os.mkfifo(tmp_path / "pipe")
    for other in (tmp_path / "pipe", tmp_path):
        with pytest.raises(OSError, match=r"regular|directory"):
            open_regular(other)
    with pytest.raises(FileNotFoundError):
        open_regular(tmp_path / "absent")
