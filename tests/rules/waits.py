"""Where tests sleep or read the machine's clock, and why an injected clock would not do: the file, the call, the reason.

A test that waits is slow, and one with a bar in seconds fails on a busy machine; prefer a clock that is handed in, an event,
or a file that the other process writes. What measures a promise of speed has to read the clock, and says which promise.
"""

from __future__ import annotations

WAITS: dict[str, dict[str, str]] = {
    "tests/access/presence/asker.py": {
        "sleep": "between looks at a terminal whose echo another process switches off",
    },
    "tests/access/presence/fakes.py": {
        "sleep": "a question takes a while, in which other threads come",
    },
    "tests/access/presence/test_polkit.py": {
        "monotonic": "measures the promise that a polkit that hangs holds nobody longer than the deadlines, on a real bus",
        "sleep": "between looks at what a mocked polkit was asked, which says nothing by itself",
    },
    "tests/docs/conftest.py": {
        "sleep": "between tries to connect to a server in another process, which says nothing when it is ready",
    },
    "tests/integration/test_two_threads.py": {
        "monotonic": "measures the promise that two threads in a new vault never wait for each other's deadline",
    },
    "tests/interfaces/cli/pond.py": {
        "monotonic": "the deadline after which a terminal that shows nothing fails the test instead of hanging it",
        "sleep": "a pseudo-terminal takes what is typed in pieces, and drops what comes while it is full",
    },
    "tests/keychain/visitor.py": {
        "monotonic": "measures the promise that a keychain that does not answer holds nobody longer than its deadline",
    },
    "tests/memory/test_core_dump.py": {
        "monotonic": "the deadline for another process to come to its read of standard input",
        "sleep": "between looks at /proc, the only place that says that a process sleeps in a read",
    },
    "tests/memory/watched.py": {
        "monotonic": "the deadline for a watched process to come to a place in the code",
    },
    "tests/metadata/processes.py": {
        "sleep": "waits for another process to enter the queue of the write lock, of which nobody is told",
    },
    "tests/services/delaying_bus.py": {
        "sleep": "this is the delay itself: a bus whose answers come late, as the keychain's clients would see it",
    },
    "tests/services/process.py": {
        "monotonic": "the deadline for a server of another program to answer",
        "sleep": "between tries to reach a server of another program, which says nothing when it is ready",
    },
    "tests/services/test_services_answer.py": {
        "monotonic": "tells a prompt that was dismissed, at once, from one that nobody answers",
    },
    "tests/test_imports.py": {
        "perf_counter": "measures the promise that importing us takes at most half of what importing keyring does",
    },
    "tests/torture/busy_worker.py": {
        "monotonic": "how long each operation took beside others; the longest is held against the write lock's deadline",
    },
    "tests/torture/crash_rig.py": {
        "sleep": "lets a worker run for a random time before it is killed, so that it dies anywhere",
    },
    "tests/torture/test_attacks.py": {
        "sleep": "a pipe whose writer comes in pieces, with pauses between them",
    },
    "tests/torture/test_many_at_once.py": {
        "monotonic": "the operations a second that the security page quotes",
    },
    "tests/torture/test_misbehaving_keychain.py": {
        "monotonic": "measures the promise that a keychain that misbehaves holds nobody longer than its deadline",
        "sleep": "lets a real keychain be killed, or answer late, while a call waits for it",
    },
    "tests/torture/test_rate_limits.py": {
        "monotonic": "the seconds that the security page quotes for the attack",
    },
    "tests/vault/test_unit_of_work.py": {
        "monotonic": "measures the promise that nobody waits while a person is asked, nor for another thread's deadline",
        "sleep": "a person takes a while to answer, in which the other thread comes",
    },
}
