"""What a command works with: the vault of the caller, opened when the first command needs it."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from pondpilot_secrets.access.grants import EVERYTHING, Access
from pondpilot_secrets.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from pondpilot_secrets.access.grants import Grant
    from pondpilot_secrets.manager import SecretsManager
    from pondpilot_secrets.models import Passphrase


@dataclass(eq=False)
class Session:
    """One caller's way to one vault; a context manager that closes it.

    Attributes:
        access: the caller's grants.
        home: the vault's folder, or None for the one that `POND_HOME` or the platform says.
        store: the store asked for, or None for what `POND_STORE` says.
        key_file: the key of a vault in an encrypted file, or None for what `POND_KEY_FILE` says.
        passphrase: the passphrase of a vault in an encrypted file, or a function that asks for it.
    """

    access: Access = EVERYTHING
    home: Path | str | None = None
    store: str | None = None
    key_file: Path | str | None = None
    passphrase: Passphrase = None

    @functools.cached_property
    def settings(self) -> Settings:
        """The settings that this session opens its vault with; raises `UsageError` for an unknown store."""
        return Settings.from_environment(home=self.home, store=self.store, key_file=self.key_file)

    @functools.cached_property
    def manager(self) -> SecretsManager:
        """The open vault; raises as `SecretsManager.open` does."""
        from pondpilot_secrets.manager import SecretsManager

        return SecretsManager.open(
            self.home,
            self.store or "auto",
            passphrase=self.passphrase,
            key_file=self.key_file,
            access=self.access,
        )

    def require(self, grant: Grant) -> None:
        """Raise `PolicyDeniedError` (1011) where the caller lacks a grant; a vault that is there records the denial."""
        if not self.access.allows(grant) and (self.settings.home / "metadata.db").exists():
            self.manager.require(grant)
        self.access.require(grant)

    def close(self) -> None:
        """Close the vault, if it was opened; a later command opens it anew."""
        manager = self.__dict__.pop("manager", None)
        if manager is not None:
            manager.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
