"""Whether a file is closed to others."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pondpilot_secrets.commands.checks.file_modes import open_to_others


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
@pytest.mark.parametrize(("mode", "shared"), [(0o600, False), (0o700, False), (0o640, True), (0o601, True)])
def test_any_right_of_another_user_counts(tmp_path: Path, mode: int, shared: bool) -> None:
    file = tmp_path / "x"
    file.touch()
    file.chmod(mode)
    assert open_to_others(file) is shared
