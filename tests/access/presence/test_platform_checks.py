"""Which ways of asking a machine has."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pondpilot_secrets.access.presence.base import PresenceCheck
from pondpilot_secrets.access.presence.platform_checks import presence_checks
from tests.access.presence.fakes import FakeCheck


@pytest.mark.parametrize(
    ("platform", "name"),
    [("linux", "polkit"), ("darwin", "Touch ID or password"), ("win32", "Windows Hello"), ("freebsd14", None)],
)
def test_each_platform_has_its_own_way_before_the_passphrase(platform: str, name: str | None) -> None:
    passphrase = FakeCheck("the passphrase")
    own = [name] if name else []
    assert [check.name for check in presence_checks(passphrase, platform)] == [*own, "the passphrase"]
    assert [check.name for check in presence_checks(None, platform)] == own
    assert all(isinstance(check, PresenceCheck) for check in presence_checks(passphrase, platform))


@pytest.mark.skipif(sys.platform != "linux", reason="names Linux's way of asking")
def test_choosing_imports_this_platforms_way_only_and_no_bus() -> None:
    script = "import sys; from pondpilot_secrets.access.presence import platform_checks as each; each.presence_checks()"
    script += "; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    ways = {"polkit", "touch_id", "windows_hello", "passphrase"}
    assert {name.rpartition(".")[2] for name in found} & {*ways, "jeepney"} == {"polkit"}
