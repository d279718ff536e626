"""The data server of the start page, which the pages' examples ask."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.docs.pages import DOCUMENTED_PORT, blocks, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def server_port(tmp_path: Path) -> Iterator[str]:
    """The port of the server, which runs as the page has it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    source = next(block for block in blocks(text_of("start.md"), "python") if DOCUMENTED_PORT in block)
    script = tmp_path / "server.py"
    script.write_text(source.replace(DOCUMENTED_PORT, port))
    with subprocess.Popen([sys.executable, script], stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(int(port))
            yield port
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    for _ in range(500):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            time.sleep(0.02)
        else:
            return
    pytest.fail("the server of the start page does not answer")
