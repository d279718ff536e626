"""Writing over freed memory: that it does, and that it leaves a user's own setting alone."""

from __future__ import annotations

import ctypes
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from pondpilot_secrets.secure import heap_scrubbing
from pondpilot_secrets.secure.heap_scrubbing import Perturb, scrub_freed_blocks

unix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no C library for all of a process")
glibc = pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="the setting is glibc's own")


def left_of(size: int, then: Callable[[int], None]) -> bytes:
    """Free a block full of a marker, as a library does that erases nothing, and give what is left of it then."""
    library = heap_scrubbing._c_library()
    block = library.malloc(size)
    library.memset(block, ord("m"), size)
    library.free(block)
    then(size)
    return ctypes.string_at(block, size)


@unix
@pytest.mark.parametrize("size", [32, 48, 200, 1000])
def test_a_small_block_that_was_just_freed_is_overwritten(size: int) -> None:
    assert b"mmmmmmmm" in left_of(size, lambda _size: None)
    assert b"mmmmmmmm" not in left_of(size, scrub_freed_blocks)


@glibc
@pytest.mark.parametrize("size", [2_000, 20_000, 100_000])
def test_a_larger_block_is_overwritten_as_it_is_freed(size: int) -> None:
    perturb = Perturb(heap_scrubbing.mallopt)
    perturb.enabled = True
    assert b"mmmmmmmm" in left_of(size, lambda _size: None)
    with perturb.held():
        assert b"mmmmmmmm" not in left_of(size, lambda _size: None)


HOST = """
from pondpilot_secrets.secure.heap_scrubbing import scrub_on_free
from tests.secure.test_heap_scrubbing import left_of

with scrub_on_free():
    print("left as it is" if b"mmmmmmmm" in left_of(20_000, lambda _size: None) else "overwritten")
"""


@glibc
def test_a_host_is_left_as_it_is() -> None:
    """A process in which nothing has called `prepare_own_process`, as tests of the command line do in pytest's."""
    root = Path(__file__).resolve().parents[2]
    child = subprocess.run([sys.executable, "-c", HOST], cwd=root, capture_output=True, text=True, check=True)
    assert child.stdout == "left as it is\n"


class Told(list[int]):
    """What glibc was told, in order."""

    def mallopt(self) -> Callable[[int, int], object]:
        return lambda _option, value: self.append(value)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def perturb(told: Told) -> Perturb:
    perturb = Perturb(told.mallopt)
    perturb.enabled = True
    return perturb


def test_a_block_inside_another_leaves_the_setting_to_the_outer_one(perturb: Perturb, told: Told) -> None:
    with perturb.held(), perturb.held():
        assert told == [0x55]
    assert told == [0x55, 0]


def test_the_setting_ends_with_the_last_of_several_threads_and_after_an_error(perturb: Perturb, told: Told) -> None:
    def work() -> None:
        with pytest.raises(ValueError, match="inside"), perturb.held():
            raise ValueError("inside")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told[-1] == 0
    assert told == [0x55, 0] * (len(told) // 2)


def test_nothing_is_told_until_it_is_enabled_and_nothing_stays_on_that_was_enabled_inside(told: Told) -> None:
    perturb = Perturb(told.mallopt)
    with perturb.held():
        perturb.enabled = True
    assert told == [0]
    with perturb.held():
        assert told == [0, 0x55]
    assert told == [0, 0x55, 0]


@pytest.mark.parametrize(
    ("name", "value"), [("MALLOC_PERTURB_", "7"), ("GLIBC_TUNABLES", "glibc.malloc.perturb=7"), ("LANG", "C")]
)
def test_a_setting_of_the_user_is_left_alone(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    assert (heap_scrubbing.mallopt.__wrapped__() is None) is (name != "LANG")
