"""After a full run over every type the marker is in no file, no temporary file, no log, no error, no process list."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.marker import MARKER, files_with_a_marker, occurrences


@pytest.mark.timeout(300)
@pytest.mark.parametrize("store", ["file", "system"])
def test_a_full_run_over_every_type_leaves_the_marker_nowhere(
    tmp_path: Path, store: str, request: pytest.FixtureRequest
) -> None:
    if store == "system":
        request.getfixturevalue("keychain_environment")
    home, temporary, log = tmp_path / "home", tmp_path / "tmp", tmp_path / "output.log"
    home.mkdir()
    temporary.mkdir()
    environment = os.environ | {"HOME": str(home), "TMPDIR": str(temporary), "POND_OFFLINE": "1"}
    command = [sys.executable, "-m", "tests.integration.full_run", str(home / "vault"), store]
    with (
        log.open("w") as output,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output, stderr=output, env=environment) as child,
    ):
        try:
            while b"scan now" not in log.read_bytes():  # not as text: it may end in the middle of a letter
                assert child.poll() is None, log.read_text()[-3000:]
                _assert_not_in_process_list(child.pid)
        finally:
            child.communicate(b"\n", timeout=60)
    text = log.read_text()
    assert child.returncode == 0, text[-3000:]
    assert "TEMPORARY SECRET" in text, "the query log was not captured"
    assert list(occurrences(log.read_bytes())) == []
    assert files_with_a_marker(tmp_path) == []


def _assert_not_in_process_list(pid: int) -> None:
    for name in ("cmdline", "environ"):
        try:
            data = Path(f"/proc/{pid}/{name}").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        assert list(occurrences(data)) == [], name


def test_the_scan_finds_a_marker_that_was_planted(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(b"x" * 5000 + MARKER.encode() + b"y")
    assert len(files_with_a_marker(tmp_path)) >= 1
