"""What a command works with: the caller's grants, their vault, and the ways of asking them something."""

from __future__ import annotations

import dataclasses
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from pondpilot_secrets.access.grants import EVERYTHING, Access
from pondpilot_secrets.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    from pondpilot_secrets.access.grants import Grant
    from pondpilot_secrets.manager import SecretsManager
    from pondpilot_secrets.secure import SecureString


@dataclass(eq=False)
class Session:
    """One caller's way to one vault, which is opened when the first command needs it; a context manager that closes it.

    What must be asked of a person, and progress, are functions here and never data of a request. One that is None: no
    passphrase can be asked for, consent is taken as given, progress is told to nobody, there is no statement.

    Attributes:
        access: the caller's grants.
        home: the vault's folder, or None for the one that `POND_HOME` or the platform says.
        store: the store asked for, or None for what `POND_STORE` says.
        key_file: the key of a vault in an encrypted file, or None for what `POND_KEY_FILE` says.
        ask_passphrase: asks for the passphrase of an encrypted file; its argument says whether it is a new one.
        confirm: asks a question that is answered with yes or no.
        progress: is told how many of how many are done.
        ask_statement: asks for the next statement of SQL; None is the end.
        open_vault: a vault that is open already, which the session uses with its own access and does not close.
    """

    access: Access = EVERYTHING
    home: Path | str | None = None
    store: str | None = None
    key_file: Path | str | None = None
    ask_passphrase: Callable[[bool], SecureString] | None = None
    confirm: Callable[[str], bool] | None = None
    progress: Callable[[int, int], None] | None = None
    ask_statement: Callable[[], str | None] | None = None
    open_vault: SecretsManager | None = None
    _manager: SecretsManager | None = field(default=None, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    @property
    def settings(self) -> Settings:
        """The settings that this session opens its vault with; raises `UsageError` for an unknown store."""
        return Settings.from_environment(home=self.home, store=self.store, key_file=self.key_file)

    @property
    def manager(self) -> SecretsManager:
        """The open vault; raises as `SecretsManager.open` does."""
        with self._lock:
            if self._manager is None:
                self._manager = self._open() if self.open_vault is None else self.open_vault.with_access(self.access)
            return self._manager

    def _open(self) -> SecretsManager:
        from pondpilot_secrets.manager import SecretsManager

        return SecretsManager.open(
            self.home,
            self.store or "auto",
            passphrase=self.ask_passphrase,
            key_file=self.key_file,
            access=self.access,
        )

    @property
    def has_vault(self) -> bool:
        """Whether there is a vault already; asking makes none."""
        return (self.settings.home / "metadata.db").exists()

    def require(self, grant: Grant) -> None:
        """Raise `PolicyDeniedError` (1011) where the caller lacks a grant; a vault that is there records the denial."""
        if not self.access.allows(grant) and self.has_vault:
            self.manager.require(grant)
        self.access.require(grant)

    def with_store(self, store: str | None = None, key_file: str | None = None) -> Session:
        """Return a session of the same caller and folder, with another store or key file where one is named; close it."""
        if store is None and key_file is None:
            return dataclasses.replace(self, open_vault=self.manager)
        return dataclasses.replace(self, store=store or self.store, key_file=key_file or self.key_file, open_vault=None)

    def ask_consent(self, question: str) -> bool:
        """Ask for consent, where there is somebody to be asked."""
        return self.confirm is None or self.confirm(question)

    def report_progress(self, done: int, total: int) -> None:
        """Say how many of how many are done."""
        if self.progress is not None:
            self.progress(done, total)

    def next_statement(self) -> str | None:
        """Return the next statement of SQL, or None at the end."""
        return None if self.ask_statement is None else self.ask_statement()

    def close(self) -> None:
        """Close the vault, if it was opened; a later command opens it again."""
        with self._lock:
            manager, self._manager = self._manager, None
        if manager is not None:
            manager.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
