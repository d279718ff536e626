"""The real gnome-keyring as the Secret Service of a private bus."""

from __future__ import annotations

import subprocess

from jeepney import DBusAddress, new_method_call
from jeepney.io.blocking import open_dbus_connection
from jeepney.wrappers import unwrap_msg

from tests.services.process import find_program, serve_from_shell
from tests.services.secret_service_daemon import NAME, PATH, SERVICE, SecretServiceDaemon, name_is_owned

__all__ = ["COLLECTION", "NAME", "PATH", "KeyringDaemon", "name_is_owned"]

PACKAGE = "the Debian package gnome-keyring"
COLLECTION = f"{PATH}/collection/login"
# The only way to unlock without a window; gnome-keyring's own tests and PAM module use it too.
INTERNAL = DBusAddress(PATH, bus_name=NAME, interface="org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface")


class KeyringDaemon(SecretServiceDaemon):
    """gnome-keyring-daemon."""

    collection = COLLECTION
    label = "GNOME Keyring"
    password = "keyring p@ss'word"

    def find_programs(self) -> None:
        self._program = find_program("gnome-keyring-daemon", PACKAGE)

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
        self.daemon.wait_until(self.answers_unlocked if unlocked else self.is_on_the_bus)

    def unlock(self) -> None:
        with open_dbus_connection(bus=self.bus_address) as connection:
            opening = new_method_call(SERVICE, "OpenSession", "sv", ("plain", ("s", "")))
            session = unwrap_msg(connection.send_and_get_reply(opening, timeout=5))[1]
            secret = (session, b"", self.password.encode(), "text/plain")
            call = new_method_call(INTERNAL, "UnlockWithMasterPassword", "o(oayays)", (COLLECTION, secret))
            unwrap_msg(connection.send_and_get_reply(call, timeout=5))


if __name__ == "__main__":
    serve_from_shell(KeyringDaemon())
