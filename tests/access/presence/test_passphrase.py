"""The vault's passphrase as presence."""

from __future__ import annotations

import pytest

from pondpilot_secrets.access.presence.base import PresenceCheck
from pondpilot_secrets.access.presence.passphrase import PassphraseCheck
from pondpilot_secrets.errors import PresenceRefusedError
from pondpilot_secrets.secure import SecureString


class Typing:
    """Somebody who types this; keeps what was handed over, to see that it is wiped."""

    def __init__(self, text: str) -> None:
        self.typed = SecureString(text)

    def __call__(self) -> SecureString:
        return self.typed


def is_right(given: SecureString) -> bool:
    return given == SecureString("correct horse")


@pytest.mark.parametrize(
    ("text", "message"),
    [("correct horse", None), ("wrong", "was not accepted"), ("", "was dismissed")],
)
def test_only_the_right_passphrase_confirms_and_each_is_wiped(text: str, message: str | None) -> None:
    somebody = Typing(text)
    check = PassphraseCheck(somebody, is_right)
    if message is None:
        check.confirm("show it")
    else:
        with pytest.raises(PresenceRefusedError, match=message):
            check.confirm("show it")
    assert somebody.typed.closed


def test_what_was_typed_is_wiped_when_verifying_fails() -> None:
    somebody = Typing("correct horse")

    def broken(_: SecureString) -> bool:
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - whatever the store raises goes up
        PassphraseCheck(somebody, broken).confirm("show it")
    assert somebody.typed.closed


def test_the_end_of_the_input_is_a_dismissal() -> None:
    def nobody() -> SecureString:
        raise EOFError

    with pytest.raises(PresenceRefusedError, match="dismissed"):
        PassphraseCheck(nobody, is_right).confirm("show it")


def test_it_is_a_presence_check_that_can_be_asked() -> None:
    check = PassphraseCheck(Typing(""), is_right)
    assert isinstance(check, PresenceCheck)
    assert check.available().available
