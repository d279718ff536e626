"""How a watched program says where it is, and waits there: over the socket that WATCH_SOCKET names."""

from __future__ import annotations

import os
import socket


def here(place: str) -> None:
    """Stop until the test has looked."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(os.environ["WATCH_SOCKET"])
        connection.sendall(f"{os.getpid()} {place}\n".encode())
        connection.recv(1)
