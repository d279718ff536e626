"""Whether a vault asks."""

from __future__ import annotations

import subprocess
import sys

from pondpilot_secrets.access.presence.mode import GRACE, PresenceMode


def test_it_is_kept_and_given_as_a_word() -> None:
    assert [str(mode) for mode in PresenceMode] == ["on", "off"]
    assert PresenceMode("off") is PresenceMode.OFF
    assert GRACE == 300


def test_knowing_the_mode_imports_no_way_of_asking_and_no_gate() -> None:
    script = "import sys; import pondpilot_secrets.access.presence.mode; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    prefix = "pondpilot_secrets.access.presence."
    assert {name.removeprefix(prefix) for name in found if name.startswith(prefix)} == {"mode"}
