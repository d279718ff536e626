"""Where tests replace a part of our own modules, and why nothing better serves: the file, the part, the reason.

A part that is handed in (a clock, a function, a store such as `keychain/memory.py` with its faults) needs no patch; prefer
that. Patches of the standard library and of the system are not listed: they stand in for what cannot be had in a test.
"""

from __future__ import annotations

PATCHES: dict[str, dict[str, str]] = {
    "tests/secure/watching.py": {
        "SecureString._fill": "sees each value that is made, to tell which of them nobody closes",
        "SecureString.__del__": "sees each value that ends without having been closed, which nothing else can tell",
    },
    "tests/torture/busy_worker.py": {
        "WriteLock.acquire": "measures each wait for the lock from inside of a worker that shares it with seven others",
    },
    "tests/torture/full_disk.py": {
        "schema_migrations.SCHEMA": "no later schema exists yet, and a migration to one has to run out of disk",
    },
    "tests/torture/test_audit_tampering.py": {
        "chain.row_mac": "the same function, each call made once: 10,000 rows at 10,000 places would take hours",
    },
    "tests/torture/test_hostile_command_lines.py": {
        "prompt.has_terminal": "commands run in the test's own process, whose terminal they would ask",
    },
    "tests/torture/test_induced_errors.py": {
        "prompt.has_terminal": "commands run in the test's own process, whose terminal they would ask",
    },
    "tests/torture/test_misbehaving_keychain.py": {
        "SecretServiceKeychain.*": "counts the calls to a real keychain, which is killed, frozen or locked before the third",
    },
    "tests/vault/test_damaged_files.py": {
        "lookup._row": "a save of another process that ends between two looks at the same table",
    },
}
