"""A disk that can be filled: a tmpfs of 2 MB in a mount namespace of its own, or a limit on the size of files.

`python -m tests.torture.small_disk` is not for people: `run_on_small_disk` starts it, as root or in a user namespace, and it
runs one scenario of `full_disk` there.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

KILOBYTES = 2048
MOUNT = 'mount -t tmpfs -o size="$0" none "$1" && shift && exec "$@"'


class TmpfsDisk:
    """Filled by a file that takes all space but some."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self, leaving: int = 0) -> None:
        """Leave so many kilobytes free."""
        with contextlib.suppress(OSError), self._ballast.open("ab", buffering=0) as file:
            while shutil.disk_usage(self.folder).free > leaving * 1024:
                file.write(bytes(4096))

    def free(self) -> None:
        self._ballast.unlink(missing_ok=True)


class LimitedDisk:
    """Where nothing may be mounted: no file grows beyond the largest one that there is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, leaving: int = 0) -> None:
        largest = max((path.stat().st_size for path in self.folder.rglob("*") if path.is_file()), default=0)
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest + leaving * 1024, resource.RLIM_INFINITY))

    def free(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


DISKS = {"tmpfs": TmpfsDisk, "limit": LimitedDisk}


@cache
def namespace() -> list[str] | None:
    """The words that give a command a mount namespace of its own where it may mount, or None where nobody lets us."""
    for words in (["unshare", "-m"], ["unshare", "-rm"]):
        with contextlib.suppress(OSError):
            trial = [*words, "sh", "-c", "mount -t tmpfs none /tmp"]
            if subprocess.run(trial, capture_output=True, check=False).returncode == 0:
                return words
    return None


def run_on_small_disk(kind: str, scenario: str, folder: Path, *arguments: object) -> dict[str, Any]:
    """Run a scenario in a child and return what it reports; its disk is gone with it."""
    folder.mkdir()
    words = [sys.executable, "-m", "tests.torture.small_disk", kind, scenario, str(folder), *map(str, arguments)]
    if kind == "tmpfs":
        words = [*(namespace() or ()), "sh", "-c", MOUNT, f"{KILOBYTES}k", str(folder), *words]
    child = subprocess.run(words, capture_output=True, text=True, check=False, timeout=1500)
    assert child.returncode == 0, child.stderr[-6000:]
    report: dict[str, Any] = json.loads(child.stdout)
    return report


if __name__ == "__main__":
    from tests.torture import full_disk

    _, kind, scenario, folder, *rest = sys.argv
    os.environ["POND_OFFLINE"] = "1"
    print(json.dumps(getattr(full_disk, scenario)(DISKS[kind](Path(folder)), *rest)))
