"""A Secret Service on a private bus: unlocked, locked, frozen, killed or absent, as a test needs it."""

from __future__ import annotations

import signal
import sys
from typing import Any, Literal

from jeepney import DBusAddress, Properties, new_method_call
from jeepney.io.blocking import open_dbus_connection
from jeepney.wrappers import MessageGenerator, unwrap_msg

from tests.services.private_bus import PrivateBus
from tests.services.process import Child, ServiceFailedError

NAME = "org.freedesktop.secrets"
PATH = "/org/freedesktop/secrets"
SERVICE = DBusAddress(PATH, bus_name=NAME, interface="org.freedesktop.Secret.Service")

State = Literal["unlocked", "locked", "absent"]


class SecretServiceDaemon(PrivateBus):
    """A Secret Service for one test session. `environment` leads a program to it.

    `state` is how it starts: `unlocked`; `locked`, with a collection that wants its password; `absent`, nothing on the bus.
    `collection` is the path of the default one, `label` what we call the program.
    """

    collection: str
    label: str

    def __init__(self, state: State = "unlocked") -> None:
        super().__init__()
        self.state = state
        self.daemon: Child | None = None

    def find_programs(self) -> None:
        """Find what is needed, or raise `ServiceMissingError`, before anything is started."""
        raise NotImplementedError

    def start_daemon(self) -> None:
        """Start the program, unlocked, and wait until it answers."""
        raise NotImplementedError

    def unlock(self) -> None:
        """Unlock with the right password and without a prompt, as a login does."""
        raise NotImplementedError

    def start(self) -> None:
        self.find_programs()
        super().start()
        if self.state != "absent":
            self.start_daemon()
        if self.state == "locked":
            self.lock()

    @property
    def daemon_pid(self) -> int:
        if self.daemon is None:
            raise ServiceFailedError("no daemon runs in this session")
        return self.daemon.pid

    @property
    def died(self) -> bool:
        """Whether the daemon ended by itself; one that is about to has left the bus already."""
        return self.daemon is not None and (not self.daemon.running or not self.is_on_the_bus())

    @property
    def locked(self) -> bool:
        """Whether the collection is locked now, asked of the daemon itself."""
        address = DBusAddress(self.collection, bus_name=NAME, interface="org.freedesktop.Secret.Collection")
        return bool(self.ask(Properties(address).get("Locked"))[0][1])

    def lock(self) -> None:
        self.ask(new_method_call(SERVICE, "Lock", "ao", ([self.collection],)))

    def kill_daemon(self) -> None:
        """Kill it without warning; its name leaves the bus with it."""
        if sys.platform != "win32" and self.daemon is not None:
            self.daemon.signal(signal.SIGKILL)
            self.daemon.stop()
            self.daemon = None

    def restart_daemon(self) -> None:
        self.kill_daemon()
        self.start_daemon()

    def freeze(self) -> None:
        """Let it hold its name and answer nothing, so that every call hangs."""
        if sys.platform != "win32" and self.daemon is not None:
            self.daemon.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        if sys.platform != "win32" and self.daemon is not None:
            self.daemon.signal(signal.SIGCONT)

    def ask(self, message: MessageGenerator | Any) -> Any:
        """Make a call on this bus and return what came back."""
        with open_dbus_connection(bus=self.bus_address) as connection:
            return unwrap_msg(connection.send_and_get_reply(message, timeout=5))

    def answers_unlocked(self) -> bool:
        """The name comes first and the collection a moment later."""
        try:
            return not self.locked
        except Exception:  # noqa: BLE001 - whatever it says while it starts, it is not ready
            return False

    def is_on_the_bus(self) -> bool:
        return name_is_owned(self.bus_address, NAME)


def name_is_owned(bus_address: str, name: str) -> bool:
    """Tell whether somebody on this bus holds the name."""
    bus = DBusAddress("/org/freedesktop/DBus", bus_name="org.freedesktop.DBus", interface="org.freedesktop.DBus")
    with open_dbus_connection(bus=bus_address) as connection:
        return bool(unwrap_msg(connection.send_and_get_reply(new_method_call(bus, "NameHasOwner", "s", (name,))))[0])
