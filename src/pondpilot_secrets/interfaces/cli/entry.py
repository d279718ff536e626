"""Where `pond` starts: what needs no parser is answered without one."""

from __future__ import annotations

import sys


def main() -> int:
    """Run `pond` with the words of the command line, and return its exit status."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from pondpilot_secrets._version import __version__

        sys.stdout.write(f"pond {__version__}\n")
        return 0
    from pondpilot_secrets.interfaces.cli.app import run

    return run(sys.argv[1:])
