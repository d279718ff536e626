"""A core dump holds no secret, and the commands that see one leave no core dump at all.

As keyring-rs does it: let a program dump its core, and search that for the secret and for a planted marker, which proves
that the search works.
"""

from __future__ import annotations

import os
import resource
import secrets
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.interfaces.cli.pond import PROGRAM, Pond
from tests.memory.scan import Copy, Mapping, scan, search
from tests.memory.watched import ROOT, Watched


def why_no_core() -> str | None:
    """Why a program cannot leave a core file in its own folder here, or None."""
    pattern = Path("/proc/sys/kernel/core_pattern").read_text().strip()
    if pattern.startswith(("|", "/")):
        return f"this system sends core dumps elsewhere ({pattern})"
    if resource.getrlimit(resource.RLIMIT_CORE)[1] == 0:
        return "this login forbids core dumps (the hard limit is 0)"
    return None


dumping = pytest.mark.skipif(why_no_core() is not None, reason=str(why_no_core()))


def found_in(core: Path, marker: str) -> list[Copy]:
    data = core.read_bytes()
    return search(data, 0, marker, Mapping(0, len(data), "", core.name, frozenset()))


def cores(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.startswith("core")]


@dumping
def test_a_core_dump_holds_the_planted_marker_and_not_the_secret(tmp_path: Path) -> None:
    secret, control = secrets.token_urlsafe(36), secrets.token_urlsafe(36)
    path = tmp_path / "markers"
    path.write_text(secret + control)
    command = [sys.executable, "-m", "tests.memory.core_dump", str(path)]
    # Else pieces may be where the dynamic linker saves the vector registers: see `Copy.spilled`.
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LD_BIND_NOW": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert done.returncode == -signal.SIGABRT, done.stderr.decode()
    (core,) = cores(tmp_path)
    assert any(copy.whole for copy in found_in(core, control))
    assert [*map(str, found_in(core, secret))] == []
    core.unlink()


def test_a_secret_lies_in_pages_that_the_kernel_locks_and_leaves_out_of_a_core_dump(tmp_path: Path) -> None:
    """The same without a dump, for systems that send those elsewhere: by the kernel's own flags on the pages."""
    secret, control = secrets.token_urlsafe(36), secrets.token_urlsafe(36)
    path = tmp_path / "markers"
    path.write_text(secret + control)
    code = f"""
from pondpilot_secrets.secure import SecureString, wipe
read, control = bytearray(48), bytearray(48)
with open({str(path)!r}, "rb", buffering=0) as file:
    file.readinto(read)
    file.readinto(control)
kept = SecureString(read)
wipe(read)
here("kept")
"""
    with Watched(tmp_path / "vault", "file", code, LD_BIND_NOW="1") as program, program.at("kept") as pid:
        (kept,) = scan(pid, secret)
        assert kept.mapping.flags >= {"lo", "dd"}
        assert not any(copy.mapping.flags & {"lo", "dd"} for copy in scan(pid, control))


def raise_core_limit() -> None:
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))


@dumping
@pytest.mark.parametrize("protected", [True, False], ids=["pond", "control"])
def test_a_command_that_is_killed_while_it_sees_a_value_leaves_no_core(
    tmp_path: Path, pond: Pond, protected: bool
) -> None:
    words = [PROGRAM, "add", "mysql", "x", "host=h", "password=@-"]
    plain = [sys.executable, "-c", "import sys; sys.stdout.write('x'); sys.stdin.read()"]
    with subprocess.Popen(
        words if protected else plain,
        cwd=tmp_path,
        env=pond.environment(),
        stdin=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=raise_core_limit,  # noqa: PLW1509 - a limit of the child alone
    ) as child:
        wait_until_it_reads(child.pid)
        child.send_signal(signal.SIGABRT)
    assert child.returncode == -signal.SIGABRT
    assert len(cores(tmp_path)) == (0 if protected else 1)
    for core in cores(tmp_path):
        core.unlink()


def wait_until_it_reads(pid: int) -> None:
    """Until the process sleeps in read(0)."""
    import time

    end = time.monotonic() + 20
    while time.monotonic() < end:
        if Path(f"/proc/{pid}/syscall").read_text().startswith("0 0x0 "):
            return
        time.sleep(0.02)
    raise AssertionError("it never came to read its standard input")
