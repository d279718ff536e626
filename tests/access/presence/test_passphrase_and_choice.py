"""The vault's passphrase as presence, and which ways of asking a machine has."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pondpilot_secrets.access.presence.base import PresenceCheck
from pondpilot_secrets.access.presence.choose import checks
from pondpilot_secrets.access.presence.passphrase import Passphrase
from pondpilot_secrets.errors import PresenceRefusedError
from pondpilot_secrets.secure import SecureString
from tests.access.presence.fakes import FakeCheck


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
    check = Passphrase(somebody, is_right)
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
        Passphrase(somebody, broken).confirm("show it")
    assert somebody.typed.closed


def test_the_end_of_the_input_is_a_dismissal() -> None:
    def nobody() -> SecureString:
        raise EOFError

    with pytest.raises(PresenceRefusedError, match="dismissed"):
        Passphrase(nobody, is_right).confirm("show it")


def test_it_is_a_presence_check_that_can_be_asked() -> None:
    check = Passphrase(Typing(""), is_right)
    assert isinstance(check, PresenceCheck)
    assert check.available().available


@pytest.mark.parametrize(
    ("platform", "name"),
    [("linux", "polkit"), ("darwin", "Touch ID or password"), ("win32", "Windows Hello"), ("freebsd14", None)],
)
def test_each_platform_has_its_own_way_before_the_passphrase(platform: str, name: str | None) -> None:
    passphrase = FakeCheck("the passphrase")
    own = [name] if name else []
    assert [check.name for check in checks(passphrase, platform)] == [*own, "the passphrase"]
    assert [check.name for check in checks(None, platform)] == own
    assert all(isinstance(check, PresenceCheck) for check in checks(passphrase, platform))


@pytest.mark.skipif(sys.platform != "linux", reason="names Linux's way of asking")
def test_choosing_imports_this_platforms_way_only_and_no_bus() -> None:
    script = "import sys; from pondpilot_secrets.access.presence.choose import checks; checks(); print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    ways = {"polkit", "touch_id", "windows_hello", "passphrase"}
    assert {name.rpartition(".")[2] for name in found} & {*ways, "jeepney"} == {"polkit"}
