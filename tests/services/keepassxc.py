"""The real KeePassXC as the Secret Service of a private bus, without a screen, over a database of its own."""

from __future__ import annotations

import base64
import subprocess

from jeepney import DBusAddress, new_method_call

from tests.services.process import ServiceFailedError, find_program, serve_from_shell
from tests.services.secret_service_daemon import PATH, SecretServiceDaemon

PACKAGE = "the Debian package keepassxc"
PASSWORD = "database p@ss'word"
WINDOW = DBusAddress("/keepassxc", "org.keepassxc.KeePassXC.MainWindow", "org.keepassxc.KeePassXC.MainWindow")

SETTINGS = """\
[General]
ConfigVersion=2
UpdateCheckMessageShown=true
AutoSaveAfterEveryChange=true

[GUI]
CheckForUpdates=false

[FdoSecrets]
Enabled=true
ShowNotification=false
ConfirmDeleteItem=false
ConfirmAccessItem=false
UnlockBeforeSearch=true
"""

EXPOSED, ROOT = bytes(range(16)), bytes(range(16, 32))
DATABASE = f"""\
<?xml version="1.0" encoding="utf-8"?>
<KeePassFile>
<Meta><DatabaseName>tests</DatabaseName><CustomData><Item><Key>FDO_SECRETS_EXPOSED_GROUP</Key>
<Value>{{00010203-0405-0607-0809-0a0b0c0d0e0f}}</Value></Item></CustomData></Meta>
<Root><Group><UUID>{base64.b64encode(ROOT).decode()}</UUID><Name>Root</Name>
<Group><UUID>{base64.b64encode(EXPOSED).decode()}</UUID><Name>Secrets</Name></Group></Group></Root>
</KeePassFile>
"""


class KeePassXC(SecretServiceDaemon):
    """KeePassXC with one database, whose group `Secrets` is the default collection."""

    collection = f"{PATH}/collection/tests"
    label = "KeePassXC"

    def find_programs(self) -> None:
        self._program = find_program("keepassxc", PACKAGE)
        self._cli = find_program("keepassxc-cli", PACKAGE)

    def start_daemon(self) -> None:
        self._database = self.folder / "tests.kdbx"
        if not self._database.exists():
            self._make_database()
        self.daemon = self.spawn(
            [self._program, "--pw-stdin", str(self._database)],
            log=self.folder / "keepassxc.log",
            # The lock that keeps a second instance from starting lies in the temporary folder.
            environment=self.full_environment | {"QT_QPA_PLATFORM": "offscreen", "TMPDIR": str(self.folder / "run")},
            stdin=subprocess.PIPE,
        )
        assert self.daemon.process.stdin is not None
        self.daemon.process.stdin.write(f"{PASSWORD}\n".encode())
        self.daemon.process.stdin.close()
        self.daemon.wait_until(self.answers_unlocked)

    def _make_database(self) -> None:
        settings = self.folder / "config" / "keepassxc"
        settings.mkdir()
        (settings / "keepassxc.ini").write_text(SETTINGS)
        document = self.folder / "tests.xml"
        document.write_text(DATABASE)
        command = [self._cli, "import", "-p", "--decryption-time", "100", str(document), str(self._database)]
        made = subprocess.run(
            command,
            input=f"{PASSWORD}\n{PASSWORD}\n",
            env=self.full_environment | {"QT_QPA_PLATFORM": "offscreen"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if made.returncode != 0:
            raise ServiceFailedError(f"keepassxc-cli made no database\n{made.stderr[-2000:]}")

    def lock(self) -> None:
        self.ask(new_method_call(WINDOW, "lockAllDatabases"))

    def unlock(self) -> None:
        self.ask(new_method_call(WINDOW, "openDatabase", "ss", (str(self._database), PASSWORD)))
        assert self.daemon is not None
        self.daemon.wait_until(self.answers_unlocked)


if __name__ == "__main__":
    serve_from_shell(KeePassXC())
