"""A system bus of our own: every user may come to it, and nothing else is different from the private session bus."""

from __future__ import annotations

from tests.services.private_bus import CONFIGURATION, PrivateBus
from tests.services.process import serve_from_shell


class SystemBus(PrivateBus):
    """A system bus with nobody on it. `environment` holds the variable that leads a program to it."""

    configuration = CONFIGURATION.replace(
        '<policy context="default">', '<policy context="default">\n    <allow user="*"/>'
    )

    def start(self) -> None:
        super().start()
        self.folder.chmod(0o755)  # for those who are not the one who runs the tests
        self.environment["DBUS_SYSTEM_BUS_ADDRESS"] = self.bus_address


if __name__ == "__main__":
    serve_from_shell(SystemBus())
