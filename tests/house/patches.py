"""Where tests replace a part of our own modules, and why nothing better serves: the file, the part, the reason.

A part that is handed in (a clock, a function, a store such as `keychain/memory.py` with its faults) needs no patch; prefer
that. Patches of the standard library and of the system are not listed: they stand in for what cannot be had in a test.
"""

from __future__ import annotations

PATCHES: dict[str, dict[str, str]] = {
    "tests/torture/full_disk.py": {
        "schema_migrations.SCHEMA": "a later version of the program, opened through the facade in a process of its own",
    },
}
