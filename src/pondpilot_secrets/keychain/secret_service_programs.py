"""The programs that serve the Secret Service: what people call them, and how each is unlocked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NAME = "org.freedesktop.secrets"
"""The name on the session bus that the one which serves owns."""


@dataclass(frozen=True, slots=True)
class Program:
    """One program.

    Attributes:
        label: what people call it, in the middle of a sentence.
        names: other names that it owns on the bus, by which it is known.
        unlock: what to do when it is locked, in the imperative.
        prompts_at_search: whether it answers a search only after a person has unlocked it.
        settles_in: seconds after its answer to a prompt for which a client should not disconnect.
    """

    label: str
    names: tuple[str, ...]
    unlock: str
    prompts_at_search: bool = False
    settles_in: float = 0.0


GNOME_KEYRING = Program(
    "GNOME Keyring",
    ("org.gnome.keyring",),
    # Typing the password into the daemon itself would show it, and take the line end for a part of it.
    "run `read -rs PASSWORD && printf '%s' \"$PASSWORD\" | gnome-keyring-daemon --unlock --replace --components=secrets; "
    "unset PASSWORD` and type the keyring's password",
)
KWALLET = Program(
    "KWallet",
    ("org.kde.kwalletd6", "org.kde.kwalletd5", "org.kde.ksecretd"),
    "open the wallet on its desktop, in KWalletManager",
)
KEEPASSXC = Program(
    "KeePassXC",
    ("org.keepassxc.KeePassXC.MainWindow",),
    "unlock the database in KeePassXC's window",
    prompts_at_search=True,
    # 2.7.4 saves its database after it has answered, and crashes now and then when the client is gone by then: at one
    # deletion of 128 or 256 where the client ended at once, at one of 1,800 where it ended 50 ms later on a busy machine.
    settles_in=0.1,
)
PROGRAMS = (GNOME_KEYRING, KWALLET, KEEPASSXC)

UNKNOWN = Program("the keychain", (), GNOME_KEYRING.unlock)
"""One that is none of them, or could not be asked."""


def program_on(owners_of: Callable[[Sequence[str]], Sequence[str | None]]) -> Program | None:
    """Return the program that serves the Secret Service, or None where nobody does yet.

    `owners_of` tells which connections own names on the bus. Calling the service itself instead would start one.
    """
    names = [name for program in PROGRAMS for name in program.names]
    owner, *others = owners_of([NAME, *names])
    if owner is None:
        return None
    owned = {name for name, other in zip(names, others, strict=True) if other == owner}
    return next((program for program in PROGRAMS if owned & set(program.names)), UNKNOWN)
