"""A `metadata.db` that refuses some statements, as on a disk that is full: by triggers of the open connection alone."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from pondpilot_secrets import SecretsManager
from tests.vault.parts import parts

RECORDING = ("BEFORE INSERT ON audit",)
"""Whatever is written into the audit log."""

COMPLETING = ("BEFORE UPDATE ON secrets WHEN old.state <> 'ready'", "BEFORE DELETE ON secrets")
"""What completes or takes back a write that was announced."""


@contextlib.contextmanager
def refusing(vault: SecretsManager, statements: tuple[str, ...]) -> Iterator[None]:
    """Let statements fail with a `VaultError` for a `with` block."""
    database = parts(vault).metadata.database

    def fail() -> None:
        raise OSError("the disk is full")

    database._live().create_function("refuse", 0, fail)
    for number, statement in enumerate(statements):
        database.change(f"CREATE TEMP TRIGGER refused_{number} {statement} BEGIN SELECT refuse(); END")
    try:
        yield
    finally:
        for number in range(len(statements)):
            database.change(f"DROP TRIGGER refused_{number}")
