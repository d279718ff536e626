"""Opening a vault on each real store, the same way in a test and in its child processes; and one in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from pondpilot_secrets import EVERYTHING, SecretError, SecretsManager
from pondpilot_secrets.access.presence.base import PresenceCheck
from pondpilot_secrets.settings import Settings
from pondpilot_secrets.vault.composition import SharedParts

STORES = ("file", "system")

S3 = {"key_id": "AKIA", "secret": "marker-secret", "region": "eu-west-1"}


def open_vault(home: Path | str, store: str) -> SecretsManager:
    """Open the vault; one in an encrypted file has its key file beside its home."""
    return SecretsManager.open(home, store, key_file=key_file_of(home, store))


def key_file_of(home: Path | str, store: str) -> Path | None:
    return Path(home).with_suffix(".key") if store == "file" else None


def open_asking(
    home: Path, store: str, checks: Callable[[PresenceCheck | None], Iterable[PresenceCheck]], **how: Any
) -> SecretsManager:
    """Open the vault with these ways of asking whether the person is there, in the place of the platform's."""
    settings = Settings.from_environment(
        home=home,
        store=store,
        key_file=how.pop("key_file", None),
        cache_seconds=how.pop("cache_seconds", None),
    )
    access = how.pop("access", EVERYTHING)
    return SecretsManager(SharedParts(settings, how.pop("passphrase", None), checks, **how), access)


class Clock:
    """A clock that a test sets, in seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def unlimited(vault: SecretsManager) -> SecretsManager:
    """Let a vault be read without end, for tests that read more in a minute than any person does."""
    vault._shared.state.set_limits(dict.fromkeys(("reveal_each", "reveal_all", "use_all"), "1000000000/60"))
    return vault


def values(vault: SecretsManager, name: str) -> dict[str, str]:
    """Reveal a secret whole."""
    with vault.get_secret(name) as secret:
        return {field: value.expose() for field, value in secret.credentials.items()}


def code_of(call: Callable[[], object]) -> int:
    """The number of the error that a call raises, which holds no value of `S3`."""
    with pytest.raises(SecretError) as caught:
        call()
    assert "marker" not in f"{caught.value} {caught.value.hint}"
    return caught.value.code
