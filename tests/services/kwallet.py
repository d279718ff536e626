"""KDE's real wallet as the Secret Service of a private bus, without a screen; its windows open where nobody sees them.

The wallet is opened as PAM opens it at a login: by the hash of its password. `python -m tests.services.kwallet` starts one
from a shell, `python -m tests.services.kwallet new` as a new KDE account has it, without any wallet.
"""

from __future__ import annotations

import sys

from jeepney import DBusAddress, new_method_call

from tests.services.process import find_program, serve_from_shell
from tests.services.secret_service_daemon import PATH, SecretServiceDaemon

PACKAGE = "the Debian packages libkf5wallet-bin and libqca-qt5-2-plugins"
WALLET = "kdewallet"
PASSWORD_HASH = bytes(range(56))
"""What PAM derives of the password at a login."""

DAEMON = DBusAddress("/modules/kwalletd5", bus_name="org.kde.kwalletd5", interface="org.kde.KWallet")

SETTINGS = f"""\
[Wallet]
Enabled=true
First Use=false
Prompt on Open=false
Default Wallet={WALLET}
Leave Open=true
Close When Idle=false

[org.freedesktop.secrets]
apiEnabled=true
"""


class KWallet(SecretServiceDaemon):
    """kwalletd5. With `with_wallet=False` there is no wallet, and so no default collection, as in a new KDE account."""

    collection = f"{PATH}/collection/{WALLET}"
    label = "KWallet"

    def __init__(self, state: str = "unlocked", *, with_wallet: bool = True, display: str | None = None) -> None:
        super().__init__(state)  # type: ignore[arg-type]
        self._with_wallet = with_wallet
        self._display = display

    def find_programs(self) -> None:
        self._program = find_program("kwalletd5", PACKAGE)

    def start_daemon(self) -> None:
        settings = self.folder / "config" / "kwalletrc"
        new = not settings.exists()
        if new:
            settings.write_text(SETTINGS)
        self._run_daemon()
        if not self._with_wallet:
            return
        if new:  # a wallet that is made while it runs is no collection before it runs again
            self._open()
            self.kill_daemon()
            self._run_daemon()
        self._open()

    def _run_daemon(self) -> None:
        screen = {"QT_QPA_PLATFORM": "offscreen"} if self._display is None else {"DISPLAY": self._display}
        self.daemon = self.spawn(
            [self._program], log=self.folder / "kwallet.log", environment=self.full_environment | screen
        )
        self.daemon.wait_until(self.is_on_the_bus)

    def lock(self) -> None:
        self.ask(new_method_call(DAEMON, "closeAllWallets"))

    def unlock(self) -> None:
        """Open the wallet; as a daemon that still shows a prompt opens nothing, another takes its place."""
        self.kill_daemon()
        self._run_daemon()
        self._open()

    def _open(self) -> None:
        self.ask(new_method_call(DAEMON, "pamOpen", "sayi", (WALLET, PASSWORD_HASH, 0)))


if __name__ == "__main__":
    serve_from_shell(KWallet(with_wallet=sys.argv[1:] != ["new"]))
