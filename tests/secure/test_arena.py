"""Slots of secret memory: as long as was asked for, zeroed when they go, and shared where they are small."""

from __future__ import annotations

import re
import sys
import threading
from pathlib import Path

import pytest

from pondpilot_secrets.secure import arena


@pytest.mark.parametrize("length", [0, 1, 63, 64, 65, 4_000, arena.LARGEST_SHARED_SLOT, 100_000])
def test_a_slot_is_as_long_as_was_asked_for_and_empty(length: int) -> None:
    slot = arena.take(length)
    assert len(slot.view) == length
    assert not any(slot.view)
    slot.release()


@pytest.mark.parametrize("length", [12, 50_000])
def test_a_released_slot_is_zeroed_and_its_views_are_over(length: int) -> None:
    slot = arena.take(length)
    slot.view[:] = b"m" * length
    home, view = slot._home, slot.readonly_view()
    shared = slot._pages is None
    slot.release()
    for gone in (view, slot.view):
        with pytest.raises(ValueError, match="released"):
            bytes(gone)
    if shared:
        assert not any(home)


def test_a_view_cannot_be_written_to() -> None:
    slot = arena.take(4)
    with slot.readonly_view() as view, pytest.raises(TypeError):
        view[0] = 1
    slot.release()


def test_small_slots_share_pages_and_are_used_again() -> None:
    first = arena.take(10)
    home = first._home
    first.release()
    second = arena.take(20)
    assert second._home is home  # the same size class
    second.release()


def test_a_slot_that_is_in_use_is_zeroed_and_not_given_to_another() -> None:
    slot = arena.take(10)
    slot.view[:] = b"m" * 10
    home, view = slot._home, slot.readonly_view()
    working = re.compile(b"x").finditer(view)  # holds it, as a call in another thread would
    slot.release()
    assert not any(view)
    others = [arena.take(10) for _ in range(3)]
    assert not any(other._home is home for other in others)
    del working
    for other in others:
        other.release()


def test_threads_never_share_a_slot() -> None:
    torn: list[bytes] = []

    def work(mark: int) -> None:
        for _ in range(500):
            slot = arena.take(32)
            slot.view[:] = bytes([mark]) * 32
            if bytes(slot.view) != bytes([mark]) * 32:
                torn.append(bytes(slot.view))
            slot.release()

    threads = [threading.Thread(target=work, args=(mark,)) for mark in range(1, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert torn == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells of a page's flags")
def test_pages_stay_out_of_core_dumps() -> None:
    slot = arena.take(50_000)
    slot.view[:8] = b"8 bytes!"
    flags = [line for line in Path("/proc/self/smaps").read_text().splitlines() if line.startswith("VmFlags")]
    assert any(" dd" in line for line in flags)
    slot.release()
