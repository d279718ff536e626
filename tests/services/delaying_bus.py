"""A way to a session bus on which every answer can be held back: for keychains that take their time."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from pathlib import Path


class DelayingBus:
    """Listens at `address` and passes everything on to another bus; while `delay` is set, answers come so much later.

    What is asked arrives at once all the same: a keychain does what it was told, and only its word is late.
    """

    def __init__(self, target: str, folder: Path) -> None:
        self._target = target.removeprefix("unix:path=").partition(",")[0]
        self.address = f"unix:path={folder}/delayed"
        self.delay = 0.0
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(f"{folder}/delayed")
        self._listener.listen()
        self._open: list[socket.socket] = [self._listener]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        for each in self._open:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                ours, _ = self._listener.accept()
                theirs = socket.socket(socket.AF_UNIX)
                theirs.connect(self._target)
                self._open += [ours, theirs]
                threading.Thread(target=self._pass_on, args=(ours, theirs, False), daemon=True).start()
                threading.Thread(target=self._pass_on, args=(theirs, ours, True), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, answers: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                if answers and self.delay:
                    time.sleep(self.delay)
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
