"""Probing a credential: using it once on the server it is for.

A test runs in a process of its own. Client libraries can wait for a silent server for ever, some without any setting against
it (MySQL's), and a thread that waits inside one cannot be ended; a process can. So nothing is left behind, whatever happens:
no thread, no connection, no secret in an instance, no value in memory.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pondpilot_secrets import log
from pondpilot_secrets.injection import probe_reasons
from pondpilot_secrets.injection.probe_request import ProbeRequest, read_result, write_request
from pondpilot_secrets.models import TestReason, TestResult

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pondpilot_secrets.injection.extensions import Extensions
    from pondpilot_secrets.models import SecretCredentials
    from pondpilot_secrets.secret_types.base import SecretType

_START_SECONDS = 30.0
"""What a process may take to begin, and to load extensions, on a busy machine."""
_FETCH_SECONDS = 90.0
"""What fetching extensions may take on top of that."""
_SHORTEST, _LONGEST = 0.001, 86400.0
_MAIN = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]); "
    "from pondpilot_secrets.injection.probe_process import main; main()"
)


def probe_secret(
    secret: SecretCredentials,
    secret_type: SecretType,
    target: str | None = None,
    *,
    extensions: Extensions,
    timeout: float = 5.0,
    references: Mapping[str, SecretCredentials] | None = None,
    command: Sequence[str] | None = None,
) -> TestResult:
    """Use a secret once, and say how it went; never raises for what the server or DuckDB says.

    `target` is what to use it on: a pattern to list (`s3://bucket/*`), a URL to read; types that are attached need none,
    others fall back on their scopes. `timeout` is in seconds and counts from the first contact. `references` are the
    secrets that its REFERENCE fields name, by field; where these need further ones, add them, before those that need them.
    `command` starts the process that does it, `process_command()` when None.
    """
    timeout = min(max(_SHORTEST, timeout), _LONGEST)  # no number at all counts as the shortest
    target = target or _default_target(secret, secret_type)
    if target is None and secret_type.probe.target_help is not None:
        return TestResult(
            ok=False,
            reason=TestReason.NO_TARGET,
            message=probe_reasons.MESSAGES[TestReason.NO_TARGET],
            elapsed=0.0,
            hint=f"name {secret_type.probe.target_help}",
        )
    request = ProbeRequest(secret, tuple((references or {}).values()), target, timeout, extensions.offline)
    allowance = _START_SECONDS if extensions.offline else _START_SECONDS + _FETCH_SECONDS
    began = time.perf_counter()
    result = _ask(request, process_command() if command is None else command, timeout + allowance)
    if result is None:  # a failed test counts as false, too
        return _ended_without_answer(time.perf_counter() - began, target, timeout + allowance)
    return result


def _default_target(secret: SecretCredentials, secret_type: SecretType) -> str | None:
    find = secret_type.probe.default_target
    return None if find is None else find(secret.metadata.scopes, secret.credentials)


def _ask(request: ProbeRequest, command: Sequence[str], deadline: float) -> TestResult | None:
    process = subprocess.Popen(
        list(command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        # Unbuffered, so that no buffer of Python's keeps a copy of what is written.
        bufsize=0,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    with process:
        try:
            _send(process, request)
            answer, _ = process.communicate(timeout=deadline)
        except subprocess.TimeoutExpired:
            log.debug("injection", "the process of a connection test is ended after %.0f s", deadline)
            return None
        finally:
            process.kill()
    return read_result(answer)


def _send(process: subprocess.Popen[bytes], request: ProbeRequest) -> None:
    """Write the request; a process that died before reading it shows in the missing answer."""
    stream = process.stdin
    assert stream is not None  # noqa: S101 - PIPE was asked for
    try:
        write_request(stream, request)  # type: ignore[arg-type]
    except BrokenPipeError:
        log.debug("injection", "the process of a connection test ended before it was asked")
    finally:
        process.stdin = None  # or communicate would flush a closed stream
        with contextlib.suppress(BrokenPipeError):  # said above already
            stream.close()


def process_command() -> list[str]:
    """Return the command of a Python that finds modules where this one does, and never in the current folder."""
    import json

    package = str(Path(__file__).resolve().parents[2])
    path = [*(entry for entry in sys.path if entry), package]
    return [sys.executable, "-P", "-c", _MAIN, json.dumps(list(dict.fromkeys(path)))]


def _ended_without_answer(elapsed: float, target: str | None, deadline: float) -> TestResult:
    reason = TestReason.TIMEOUT if elapsed >= deadline else TestReason.OTHER
    return TestResult(
        ok=False,
        reason=reason,
        message=f"{probe_reasons.MESSAGES[reason]}: its process ended without an answer",
        elapsed=elapsed,
        target=target,
        hint="`pond doctor` says whether DuckDB and its extensions are in order",
    )
