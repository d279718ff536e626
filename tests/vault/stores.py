"""Opening a vault on each real store, the same way in a test and in its child processes."""

from __future__ import annotations

from pathlib import Path

from pondpilot_secrets import SecretsManager
from tests.vault.parts import parts

STORES = ("file", "system")


def open_vault(home: Path | str, store: str) -> SecretsManager:
    """Open the vault; a sealed one has its key file beside its home."""
    key_file = Path(home).with_suffix(".key") if store == "file" else None
    return SecretsManager.open(home, store, key_file=key_file)


def unlimited(vault: SecretsManager) -> SecretsManager:
    """Let a vault be read without end, for tests that read more in a minute than any person does."""
    with parts(vault).metadata.transaction():
        for name in ("reveal_each", "reveal_all", "use_all"):
            parts(vault).metadata.set_setting(f"limit_{name}", "1000000000/60")
    return vault
