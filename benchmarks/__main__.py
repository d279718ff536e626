"""Run every benchmark, or the ones named, on a private gnome-keyring, and print one table."""

from __future__ import annotations

import importlib
import os
import sys

from tests.services.keyring_daemon import KeyringDaemon

from benchmarks.measure import Row
from benchmarks.report import print_table

ATTEMPTS = 4
SUBJECTS = ("processes", "keychains", "lending", "listing")


def main(wanted: tuple[str, ...]) -> int:
    rows: list[Row] = []
    for subject in wanted or SUBJECTS:
        print(f"measuring {subject} …", file=sys.stderr)
        rows.extend(measured(subject))
    print_table(rows)
    return 0 if all(row.holds for row in rows) else 1


def measured(subject: str) -> list[Row]:
    """Measure a subject on a keychain of its own; anew where gnome-keyring-daemon died under the many connections."""
    for _ in range(ATTEMPTS):
        with KeyringDaemon() as daemon:
            os.environ.update(daemon.environment)
            try:
                return list(importlib.import_module(f"benchmarks.{subject}").rows())
            except Exception:
                if not daemon.died:
                    raise
                print("gnome-keyring-daemon died; once more …", file=sys.stderr)
    raise SystemExit(f"gnome-keyring-daemon died {ATTEMPTS} times over {subject}")


if __name__ == "__main__":
    raise SystemExit(main(tuple(sys.argv[1:])))
