"""The process of one connection test: reads a request, tries it in a DuckDB of its own, writes the result, and ends."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

from pondpilot_secrets.injection import probe_reasons, probe_request
from pondpilot_secrets.models import TestReason, TestResult
from pondpilot_secrets.secure.own_process import prepare_own_process

if TYPE_CHECKING:
    from pondpilot_secrets.injection.probe_request import ProbeRequest


def main() -> None:
    """Answer the request on standard input, on standard output."""
    prepare_own_process()
    answers = os.fdopen(os.dup(1), "wb")
    # What an extension prints must not mix with the answer.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    with open(0, "rb", buffering=0, closefd=False) as asked:
        request = probe_request.read_request(asked)
    probe_request.write_result(answers, answer(request))
    # A thread that a silent server holds would keep the process, and DuckDB's end would wait for it.
    os._exit(0)


def answer(request: ProbeRequest) -> TestResult:
    """Try the secret in a thread, and stop waiting when the time is over."""
    from pondpilot_secrets.injection import probe_attempt

    prepared, done = threading.Event(), threading.Event()
    box: list[TestResult] = []

    def work() -> None:
        try:
            box.append(probe_attempt.run(request, prepared.set))
        finally:
            prepared.set()
            done.set()

    threading.Thread(target=work, daemon=True).start()
    prepared.wait()
    began = time.perf_counter()
    done.wait(request.timeout)
    if box:
        return box[0]
    reason = TestReason.OTHER if done.is_set() else TestReason.TIMEOUT
    return TestResult(
        ok=False,
        reason=reason,
        message=probe_reasons.WORDS[reason],
        elapsed=time.perf_counter() - began,
        target=request.target,
        hint=probe_reasons.HINTS.get(reason),
    )
