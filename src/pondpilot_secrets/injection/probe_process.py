"""The process of one connection test: reads a request, tries it in a DuckDB of its own, writes the result, and ends."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING, TypeAlias

from pondpilot_secrets import log
from pondpilot_secrets.injection import probe_reasons, probe_request
from pondpilot_secrets.models import TestReason, TestResult
from pondpilot_secrets.secure.own_process import prepare_own_process

if TYPE_CHECKING:
    from collections.abc import Callable

    from pondpilot_secrets.injection.probe_request import ProbeRequest


Attempt: TypeAlias = "Callable[[ProbeRequest, Callable[[], None]], TestResult]"
"""What tries a request; it calls its second argument when all is loaded and the server is about to be asked."""


def main(attempt: Attempt | None = None) -> None:
    """Answer the request on standard input, on standard output; `attempt` tries it, `probe_attempt.run` when None."""
    prepare_own_process()
    answers = os.fdopen(os.dup(1), "wb")
    # What an extension prints must not mix with the answer.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    with open(0, "rb", buffering=0, closefd=False) as asked:
        request = probe_request.read_request(asked)
    probe_request.write_result(answers, answer(request, attempt))
    # A thread that a silent server holds would keep the process, and DuckDB's end would wait for it.
    os._exit(0)


def answer(request: ProbeRequest, attempt: Attempt | None = None) -> TestResult:
    """Try the secret in a thread, and stop waiting when the time is over."""
    carry_out = _probe_attempt() if attempt is None else attempt
    prepared, done = threading.Event(), threading.Event()
    box: list[TestResult] = []

    def work() -> None:
        try:
            box.append(carry_out(request, prepared.set))
        except Exception as error:  # noqa: BLE001 - the missing result says it
            log.debug("injection", "a connection test failed: %s", type(error).__name__)
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
        message=probe_reasons.MESSAGES[reason],
        elapsed=time.perf_counter() - began,
        target=request.target,
        hint=probe_reasons.HINTS.get(reason),
    )


def _probe_attempt() -> Attempt:
    from pondpilot_secrets.injection.probe_attempt import run

    return run
