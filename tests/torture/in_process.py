"""The command line inside of the test's own process, fifty times quicker than a new one."""

from __future__ import annotations

import io
import os
import sys

from pondpilot_secrets.interfaces.cli import app
from tests.interfaces.cli.pond import Ended


def pond(*words: str) -> Ended:
    """Carry out a command line in this process, with streams as strict as those of a terminal in UTF-8."""
    streams = [
        io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors=errors) for errors in ("strict", "backslashreplace")
    ]
    before = sys.stdin, sys.stdout, sys.stderr
    with open(os.devnull, encoding="utf-8") as nothing:  # noqa: PTH123
        sys.stdin, (sys.stdout, sys.stderr) = nothing, streams
        try:
            status = app.run(words)
        finally:
            sys.stdin, sys.stdout, sys.stderr = before
    texts = []
    for stream in streams:
        stream.flush()
        texts.append(stream.buffer.getvalue().decode())  # type: ignore[attr-defined]
    return Ended(status, *texts)
