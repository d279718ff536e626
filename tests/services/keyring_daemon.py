"""The real gnome-keyring on a private bus: unlocked, locked, frozen, killed or absent, as a test needs it."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import Any, Literal

from jeepney import DBusAddress, Properties, new_method_call
from jeepney.io.blocking import open_dbus_connection
from jeepney.wrappers import MessageGenerator, unwrap_msg

from tests.services.private_bus import PrivateBus
from tests.services.process import Child, ServiceFailedError, find_program, serve_from_shell

PACKAGE = "the Debian package gnome-keyring"
NAME = "org.freedesktop.secrets"
PATH = "/org/freedesktop/secrets"
COLLECTION = f"{PATH}/collection/login"
SERVICE = DBusAddress(PATH, bus_name=NAME, interface="org.freedesktop.Secret.Service")
# The only way to unlock without a window; gnome-keyring's own tests and PAM module use it too.
INTERNAL = DBusAddress(PATH, bus_name=NAME, interface="org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface")

State = Literal["unlocked", "locked", "absent"]


class KeyringDaemon(PrivateBus):
    """A Secret Service for one test session. `environment` leads a program to it.

    `state` is how it starts: `unlocked`; `locked`, with a keyring that wants `password`; `absent`, nothing on the bus.
    """

    password = "keyring p@ss'word"

    def __init__(self, state: State = "unlocked") -> None:
        super().__init__()
        self.state = state
        self.daemon: Child | None = None

    def start(self) -> None:
        self._program = find_program("gnome-keyring-daemon", PACKAGE)
        super().start()
        if self.state != "absent":
            self.start_daemon()
        if self.state == "locked":
            self.lock()

    def start_daemon(self, *, unlocked: bool = True) -> None:
        """Start the daemon, with the password on its standard input or without."""
        command = [self._program, "--foreground", "--components=secrets", *(["--unlock"] if unlocked else [])]
        self.daemon = self.spawn(
            command,
            log=self.folder / "keyring.log",
            environment=self.full_environment,
            stdin=subprocess.PIPE if unlocked else subprocess.DEVNULL,
        )
        if self.daemon.process.stdin is not None:
            self.daemon.process.stdin.write(self.password.encode())
            self.daemon.process.stdin.close()
        self.daemon.wait_until(self._answers if unlocked else self._on_the_bus)

    @property
    def daemon_pid(self) -> int:
        if self.daemon is None:
            raise ServiceFailedError("no daemon runs in this session")
        return self.daemon.pid

    @property
    def died(self) -> bool:
        """Whether the daemon ended by itself."""
        return self.daemon is not None and self.daemon.process.poll() is not None

    @property
    def locked(self) -> bool:
        """Whether the collection is locked now, asked of the daemon itself."""
        address = DBusAddress(COLLECTION, bus_name=NAME, interface="org.freedesktop.Secret.Collection")
        return bool(self._call(Properties(address).get("Locked"))[0][1])

    def lock(self) -> None:
        self._call(new_method_call(SERVICE, "Lock", "ao", ([COLLECTION],)))

    def unlock(self) -> None:
        """Unlock with the right password and without a prompt, as a login does."""
        with open_dbus_connection(bus=self.bus_address) as connection:
            opening = new_method_call(SERVICE, "OpenSession", "sv", ("plain", ("s", "")))
            session = unwrap_msg(connection.send_and_get_reply(opening, timeout=5))[1]
            secret = (session, b"", self.password.encode(), "text/plain")
            call = new_method_call(INTERNAL, "UnlockWithMasterPassword", "o(oayays)", (COLLECTION, secret))
            unwrap_msg(connection.send_and_get_reply(call, timeout=5))

    def kill_daemon(self) -> None:
        """Kill it without warning; its name leaves the bus with it."""
        if sys.platform != "win32" and self.daemon is not None:
            self.daemon.signal(signal.SIGKILL)
            self.daemon.stop()
            self.daemon = None

    def restart_daemon(self, *, unlocked: bool = True) -> None:
        self.kill_daemon()
        self.start_daemon(unlocked=unlocked)

    def freeze(self) -> None:
        """Let it hold its name and answer nothing, so that every call hangs."""
        if sys.platform != "win32" and self.daemon is not None:
            self.daemon.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        if sys.platform != "win32" and self.daemon is not None:
            self.daemon.signal(signal.SIGCONT)

    def _call(self, message: MessageGenerator | Any) -> Any:
        with open_dbus_connection(bus=self.bus_address) as connection:
            return unwrap_msg(connection.send_and_get_reply(message, timeout=5))

    def _answers(self) -> bool:
        """The name comes first and the collection a moment later."""
        try:
            return not self.locked
        except Exception:  # noqa: BLE001 - whatever it says while it starts, it is not ready
            return False

    def _on_the_bus(self) -> bool:
        return name_is_owned(self.bus_address, NAME)


def name_is_owned(bus_address: str, name: str) -> bool:
    """Tell whether somebody on this bus holds the name."""
    bus = DBusAddress("/org/freedesktop/DBus", bus_name="org.freedesktop.DBus", interface="org.freedesktop.DBus")
    with open_dbus_connection(bus=bus_address) as connection:
        return bool(unwrap_msg(connection.send_and_get_reply(new_method_call(bus, "NameHasOwner", "s", (name,))))[0])


if __name__ == "__main__":
    serve_from_shell(KeyringDaemon())
