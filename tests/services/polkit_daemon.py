"""polkit on a private system bus: python-dbusmock's, which answers what a test says, and the real one with our policy.

The real polkitd reads /usr/share/polkit-1/actions and no other folder. It gets a mount namespace of its own in which our
policy is there, so nothing is installed; that needs root.
"""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path
from typing import Any

from jeepney import DBusAddress, new_method_call
from jeepney.io.blocking import open_dbus_connection
from jeepney.wrappers import unwrap_msg

from pondpilot_secrets.access.presence.polkit import ACTION, POLICY_FILE
from tests.services.keyring_daemon import name_is_owned
from tests.services.process import Child, ServiceMissingError, find_program, serve_from_shell
from tests.services.system_bus import SystemBus

NAME, PATH = "org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority"
AUTHORITY, MOCK = "org.freedesktop.PolicyKit1.Authority", "org.freedesktop.DBus.Mock"
ACTIONS = Path("/usr/share/polkit-1/actions")
DEBIAN_PYTHON, DEBIAN_DBUSMOCK = "/usr/bin/python3", Path("/usr/lib/python3/dist-packages/dbusmock")


class MockedPolkit(SystemBus):
    """python-dbusmock's polkitd, which knows our action, hears of cancelled questions, and says no until told otherwise."""

    def start(self) -> None:
        if not DEBIAN_DBUSMOCK.is_dir():
            raise ServiceMissingError("dbusmock is not installed: run scripts/install-services (python3-dbusmock)")
        super().start()
        self.daemon = self.spawn(
            [DEBIAN_PYTHON, "-m", "dbusmock", "--system", "--template", "polkitd"],
            log=self.folder / "polkit.log",
            environment=self.full_environment,
        )
        self.daemon.wait_until(lambda: name_is_owned(self.bus_address, NAME))
        self.know(ACTION)
        self._add_method("CancelCheckAuthorization", "s", "", "")

    def know(self, *actions: str) -> None:
        """Have these actions registered, and no others."""
        described = [(action, "", "", "", "", "", 0, 0, 0, {}) for action in actions]
        self._add_method("EnumerateActions", "s", "a(ssssssuuua{ss})", f"ret = {described!r}")

    def answer(self, authorized: bool, challenge: bool = False, details: dict[str, str] | None = None) -> None:
        """Answer every question with this from now on."""
        answer = (authorized, challenge, details or {})
        self._add_method("CheckAuthorization", "(sa{sv})sa{ss}us", "(bba{ss})", f"ret = {answer!r}")

    def refuse(self, error: str) -> None:
        """Answer every question with an error of this name."""
        code = f"raise dbus.exceptions.DBusException('no', name={error!r})"
        self._add_method("CheckAuthorization", "(sa{sv})sa{ss}us", "(bba{ss})", code)

    def allow(self) -> None:
        """Authorize our action, as the template itself does it."""
        self._mock("SetAllowed", "as", [ACTION])

    def hang(self) -> None:
        """Leave every question unanswered, as while a dialog is on the screen."""
        self._mock("SimulateHang", "b", True)

    def is_asked(self) -> bool:
        """Whether somebody waits for an answer."""
        return bool(self._mock("HaveHangingCalls", "")[0])

    def calls(self, method: str) -> list[Any]:
        """The arguments of the calls of a method that this class added, oldest first."""
        return [call[1] for call in self._mock("GetMethodCalls", "s", method)[0]]

    def freeze(self) -> None:
        """Let it hold its name and answer nothing."""
        self.daemon.signal(signal.SIGSTOP)

    def kill(self) -> None:
        """Kill it without warning; its name leaves the bus with it."""
        self.daemon.signal(signal.SIGKILL)

    def _add_method(self, name: str, takes: str, gives: str, code: str) -> None:
        self._mock("AddMethod", "sssss", AUTHORITY, name, takes, gives, code)

    def _mock(self, method: str, signature: str, *arguments: Any) -> Any:
        return call(self.bus_address, MOCK, method, signature, *arguments)


class RealPolkit(SystemBus):
    """The polkitd of this system, which knows our policy file beside those that are installed."""

    def start(self) -> None:
        polkitd = find_program("polkitd", "the Debian package polkitd", "/usr/lib/polkit-1", "/usr/libexec")
        unshare = find_program("unshare", "the Debian package util-linux")
        if os.geteuid() != 0:
            raise ServiceMissingError("polkitd runs with our policy in a mount namespace, which needs root")
        super().start()
        actions = self.folder / "actions"
        shutil.copytree(ACTIONS, actions)
        shutil.copy(POLICY_FILE, actions)
        script = f'mount --bind "$1" {ACTIONS} && exec "$2" --no-debug'
        self.daemon: Child = self.spawn(
            [unshare, "--mount", "sh", "-c", script, "sh", str(actions), polkitd],
            log=self.folder / "polkit.log",
            environment=self.full_environment,
        )
        self.daemon.wait_until(lambda: name_is_owned(self.bus_address, NAME))


def call(bus_address: str, interface: str, method: str, signature: str, *arguments: Any) -> Any:
    """Call a method of whoever is polkit on this bus, as the user that runs this."""
    address = DBusAddress(PATH, bus_name=NAME, interface=interface)
    with open_dbus_connection(bus=bus_address) as connection:
        message = new_method_call(address, method, signature or None, arguments)
        return unwrap_msg(connection.send_and_get_reply(message, timeout=5))


if __name__ == "__main__":
    serve_from_shell(RealPolkit() if os.geteuid() == 0 else MockedPolkit())
