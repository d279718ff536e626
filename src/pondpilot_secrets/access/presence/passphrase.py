"""The vault's own passphrase, where the platform has nobody to ask: it is known to the one whose vault it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets.access.presence.base import (
    ANSWER_DEADLINE,
    PresenceStatus,
    answer_rejected,
    question_dismissed,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pondpilot_secrets.secure import SecureString


class PassphraseCheck:
    """Asks for the passphrase and has it verified."""

    name = "the passphrase"

    def __init__(self, ask: Callable[[], SecureString], verify: Callable[[SecureString], bool]) -> None:
        """`ask` gives what was typed, for us to close; `verify` says whether it opens the vault, and keeps nothing."""
        self._ask = ask
        self._verify = verify

    def available(self) -> PresenceStatus:
        """Say that it can be asked for: there is somebody who can type it."""
        return PresenceStatus(True, "the vault's passphrase")

    def confirm(self, reason: str, deadline: float = ANSWER_DEADLINE) -> None:  # noqa: ARG002 - who asks keeps the time
        """Ask once; nothing typed, or the end of the input, is a question dismissed. See `PresenceCheck.confirm`."""
        try:
            typed = self._ask()
        except EOFError:
            raise question_dismissed("the vault") from None
        with typed:
            if not typed:
                raise question_dismissed("the vault")
            if not self._verify(typed):
                raise answer_rejected("the vault")
