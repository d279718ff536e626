"""For tests of programs that use this package, and of packages that add a store to it.

A vault in memory is `SecretsManager.open(folder, "memory")`: fast, gone with the process, and never a real keychain.
`items_of(folder)` shows what lies in it, and makes its calls fail, wait, lose or tear what they are given, one by one. A
store of your own passes the suite `KeychainConformance`, as every built-in one does.
"""

from __future__ import annotations

from pondpilot_secrets.keychain.conformance import KeychainConformance
from pondpilot_secrets.keychain.memory import (
    Delay,
    Fail,
    Fault,
    Lose,
    MemoryItems,
    MemoryKeychain,
    MemoryStore,
    Tear,
    forget_items_of,
    items_of,
)

__all__ = [
    "Delay",
    "Fail",
    "Fault",
    "KeychainConformance",
    "Lose",
    "MemoryItems",
    "MemoryKeychain",
    "MemoryStore",
    "Tear",
    "forget_items_of",
    "items_of",
]
