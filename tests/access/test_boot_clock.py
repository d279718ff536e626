"""The clock that counts from the start of the machine."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pondpilot_secrets.access.boot_clock import nanoseconds_since_boot


def test_windows_counts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert 0 < nanoseconds_since_boot() <= nanoseconds_since_boot()


def test_it_goes_on_and_never_back() -> None:
    moments = [nanoseconds_since_boot() for _ in range(1000)]
    assert moments == sorted(moments)


def test_it_is_the_same_for_all_processes() -> None:
    code = "from pondpilot_secrets.access.boot_clock import nanoseconds_since_boot as clock; print(clock())"
    before = nanoseconds_since_boot()
    said = int(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
    assert before <= said <= nanoseconds_since_boot()


@pytest.mark.parametrize("missing", [("CLOCK_BOOTTIME",), ("CLOCK_BOOTTIME", "CLOCK_MONOTONIC")])
def test_a_system_with_fewer_clocks_has_one_all_the_same(
    monkeypatch: pytest.MonkeyPatch, missing: tuple[str, ...]
) -> None:
    import time

    for name in missing:
        monkeypatch.delattr(time, name, raising=False)
    assert 0 < nanoseconds_since_boot() <= nanoseconds_since_boot()
