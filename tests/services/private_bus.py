"""A D-Bus session bus of our own, which starts nothing by itself but the prompter of gnome-keyring."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from pathlib import Path

from tests.services.process import Child, Service, find_program, serve_from_shell

CONFIGURATION = """\
<busconfig>
  <type>session</type>
  <listen>unix:path={folder}/bus</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{folder}/services</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""
INSTALLED_SERVICES = Path("/usr/share/dbus-1/services")
# A usual session bus would start gnome-keyring as soon as somebody asks for it; then "no Secret Service" cannot be tried.
PROMPTERS = ("org.gnome.keyring.SystemPrompter.service", "org.gnome.keyring.PrivatePrompter.service")
DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "GNOME_KEYRING_CONTROL")


class PrivateBus(Service):
    """A session bus with nobody on it. `environment` holds the variables that lead a program to it, and to its HOME."""

    configuration = CONFIGURATION

    def start(self) -> None:
        program = find_program("dbus-daemon", "the Debian package dbus")
        self.folder = self.make_folder()
        services = self.folder / "services"
        services.mkdir()
        for name in PROMPTERS:
            if (INSTALLED_SERVICES / name).exists():
                shutil.copy(INSTALLED_SERVICES / name, services)
        configuration = self.folder / "bus.conf"
        configuration.write_text(self.configuration.format(folder=self.folder))
        self.bus_address = f"unix:path={self.folder}/bus"
        self.environment = self._make_home()
        self.bus: Child = self.spawn(
            [program, f"--config-file={configuration}", "--nofork", "--nopidfile"],
            log=self.folder / "bus.log",
            environment=self.full_environment,
        )
        self.bus.wait_until(self._listens)

    def _listens(self) -> bool:
        """The socket's file is there a moment before anybody listens."""
        if sys.platform == "win32":
            return False
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.folder / "bus")) == 0

    def _make_home(self) -> dict[str, str]:
        names = {"HOME": "home", "XDG_DATA_HOME": "data", "XDG_CONFIG_HOME": "config", "XDG_CACHE_HOME": "cache"}
        names["XDG_RUNTIME_DIR"] = "run"
        for name in names.values():
            (self.folder / name).mkdir(mode=0o700)
        folders = {variable: str(self.folder / name) for variable, name in names.items()}
        return folders | {"DBUS_SESSION_BUS_ADDRESS": self.bus_address}

    @property
    def full_environment(self) -> dict[str, str]:
        """Everything a child needs: ours over the caller's own, without a display."""
        kept = {name: value for name, value in os.environ.items() if name not in DISPLAYS}
        return kept | self.environment

    def stop_bus(self) -> None:
        """End the bus, as when a desktop session is closed under a running program."""
        self.bus.stop()

    def describe(self) -> str:
        return "\n".join(f"export {name}={value}" for name, value in self.environment.items())


if __name__ == "__main__":
    serve_from_shell(PrivateBus())
