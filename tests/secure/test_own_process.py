"""What `protect_process` does, seen from inside, from another user's side, and from what comes after it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pondpilot_secrets.secure.own_process import restore_core_limit

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the dumpable flag is Linux's own")

PROTECTED = """
import ctypes, os, resource, subprocess, sys, time
from pondpilot_secrets.secure.own_process import prepare_own_process, protect_process, restore_core_limit
dumpable = lambda: ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)
"""
NOBODY = 65534


def protected(code: str, **how) -> str:
    """What a process prints that has `protect_process` and runs the code."""
    done = subprocess.run([sys.executable, "-c", PROTECTED + code], capture_output=True, text=True, check=True, **how)
    return done.stdout.strip()


def test_the_process_is_not_dumpable_any_more() -> None:
    assert protected("print(dumpable(), protect_process(), dumpable())") == "1 True 0"


def test_a_second_call_does_nothing_and_says_the_same() -> None:
    assert protected("print(protect_process(), protect_process(), dumpable())") == "True True 0"


def test_a_process_of_our_own_is_closed_and_overwrites_what_it_frees() -> None:
    code = """
from pondpilot_secrets.secure import heap_scrubbing
before = heap_scrubbing._perturb.enabled
prepare_own_process()
print(dumpable(), before, heap_scrubbing._perturb.enabled)
"""
    assert protected(code) == "0 False True"


def test_a_child_program_is_dumpable_and_keeps_the_core_limit_that_the_user_had() -> None:
    ask = "import ctypes, resource; print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), resource.getrlimit(4))"
    code = f"""
resource.setrlimit(resource.RLIMIT_CORE, (4096, resource.getrlimit(resource.RLIMIT_CORE)[1]))
before = resource.getrlimit(resource.RLIMIT_CORE)
protect_process()
child = subprocess.run([sys.executable, "-c", {ask!r}], capture_output=True, text=True)
print(child.stdout.strip() == f"1 {{before}}")
"""
    assert protected(code) == "True"


def test_a_program_that_takes_its_place_is_dumpable_again() -> None:
    ask = "import ctypes; print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    assert protected(f"protect_process(); os.execv(sys.executable, ['python', '-c', {ask!r}])") == "1"


def test_it_still_reads_its_own_descriptors_and_locks_its_own_pages() -> None:
    code = """
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
protect_process()
from pondpilot_secrets.secure import SecureString
secret = SecureString("x")
reader, writer = os.pipe()
os.write(writer, b"through a pipe"); os.close(writer)
print(open(f"/dev/fd/{reader}").read(), "VmLck:\\t       0" not in open("/proc/self/status").read())
"""
    assert protected(code) == "through a pipe True"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user to look from there")
@pytest.mark.parametrize("file", ["mem", "environ", "maps"])
@pytest.mark.parametrize("protect", [True, False], ids=["protected", "control"])
def test_another_program_of_the_same_user_cannot_read_it(file: str, protect: bool) -> None:
    become = f"os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})\n"
    # Becoming another user takes the flag away as well; given back, it is as in any program of that user.
    watched_code = f"{PROTECTED}{become}ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)\n{'protect_process()' * protect}\n"
    with subprocess.Popen(
        [sys.executable, "-c", f"{watched_code}print('ready', flush=True); sys.stdin.read()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as watched:
        assert watched.stdout is not None
        assert watched.stdout.readline() == b"ready\n"
        look = f"import os\n{become}open('/proc/{watched.pid}/{file}', 'rb').read(0)"
        reader = subprocess.run([sys.executable, "-c", look], capture_output=True, check=False)
        watched.kill()
    assert (reader.returncode != 0) is protect
    assert (b"PermissionError" in reader.stderr) is protect


@pytest.mark.parametrize("words", [("reveal", "w", "password"), ("show", "w"), ("add", "mysql", "x", "host=h")])
def test_the_command_is_protected_before_it_sees_a_value(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert "protected\n" in spied_on(tmp_path, *words)


@pytest.mark.parametrize("words", [("ls",), ("--version",), ("completion", "bash")])
def test_a_command_that_sees_no_value_does_not_pay_for_it(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert "protected\n" not in spied_on(tmp_path, *words)


def spied_on(folder: Path, *words: str) -> str:
    """Run `pond` with a look at its dumpable flag at the end, and give what it wrote to standard error."""
    look = "import atexit, ctypes, sys\n"
    look += "said = {0: 'protected', 1: 'open'}\n"
    look += "atexit.register(lambda: sys.stderr.write(said[ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)] + '\\n'))\n"
    (folder / "sitecustomize.py").write_text(look)
    environment = {
        **os.environ,
        "PYTHONPATH": str(folder),
        "POND_HOME": str(folder / "vault"),
        "POND_STORE": "file",
        "POND_KEY_FILE": str(folder / "key"),
    }
    pond = str(Path(sys.executable).with_name("pond"))
    done = subprocess.run(
        [pond, *words], capture_output=True, text=True, env=environment, stdin=subprocess.DEVNULL, check=False
    )
    return done.stderr


def test_elsewhere_than_on_linux_the_core_limit_is_soft_and_given_back_for_another_program() -> None:
    code = """
sys.platform = "darwin"
hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
resource.setrlimit(resource.RLIMIT_CORE, (4096, hard))
print(protect_process(), resource.getrlimit(resource.RLIMIT_CORE) == (0, hard), end=" ")
restore_core_limit()
print(resource.getrlimit(resource.RLIMIT_CORE) == (4096, hard))
"""
    assert protected(code) == "True True True"


def test_a_process_that_was_not_limited_keeps_the_limit_that_it_has() -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_CORE)
    restore_core_limit()
    assert resource.getrlimit(resource.RLIMIT_CORE) == before
