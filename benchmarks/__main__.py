"""Run every benchmark, or the ones named, on a private gnome-keyring, and print one table."""

from __future__ import annotations

import importlib
import os
import sys

from tests.services.keyring_daemon import KeyringDaemon

from benchmarks.measure import Row
from benchmarks.report import print_table

SUBJECTS = ("processes", "keychains", "lending", "listing")


def main(wanted: tuple[str, ...]) -> int:
    rows: list[Row] = []
    with KeyringDaemon() as daemon:
        os.environ.update(daemon.environment)
        for subject in wanted or SUBJECTS:
            print(f"measuring {subject} …", file=sys.stderr)
            rows.extend(importlib.import_module(f"benchmarks.{subject}").rows())
    print_table(rows)
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main(tuple(sys.argv[1:])))
