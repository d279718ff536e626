"""The process of a connection test: it answers in time whatever the work does, and is closed to others."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import threading

import pytest

from pondpilot_secrets.injection import probe_process
from pondpilot_secrets.injection.probe import process_command
from pondpilot_secrets.injection.probe_request import ProbeRequest, read_result, write_request
from pondpilot_secrets.models import TestReason, TestResult
from tests.injection.helpers import make_secret

WORKS = TestResult(True, TestReason.OK, "it works", 0.1)


def a_request(timeout: float) -> ProbeRequest:
    return ProbeRequest(make_secret("aws"), [], None, timeout, offline=True)


def test_the_work_answers_for_itself() -> None:
    def attempt(_request, prepared) -> TestResult:
        prepared()
        return WORKS

    assert probe_process.answer(a_request(30.0), attempt) is WORKS


def test_work_that_waits_for_ever_ends_in_a_timeout() -> None:
    release = threading.Event()

    def attempt(_request, prepared) -> TestResult:
        prepared()
        release.wait()
        return WORKS

    result = probe_process.answer(a_request(0.01), attempt)
    assert (result.ok, result.reason) == (False, TestReason.TIMEOUT)
    release.set()


def test_the_time_counts_from_the_first_contact_and_not_from_loading() -> None:
    """Loading takes longer here than the whole time limit."""
    loaded = threading.Event()
    threading.Timer(0.2, loaded.set).start()

    def attempt(_request, prepared) -> TestResult:
        loaded.wait()
        prepared()
        return WORKS

    assert probe_process.answer(a_request(0.1), attempt) is WORKS


def test_work_that_fails_in_an_unknown_way_is_a_failed_test() -> None:
    def attempt(_request, _prepared) -> TestResult:
        raise RuntimeError("unknown")

    result = probe_process.answer(a_request(30.0), attempt)
    assert (result.ok, result.reason) == (False, TestReason.OTHER)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the dumpable flag is Linux's own")
def test_the_process_is_closed_to_others_and_keeps_noise_out_of_its_answer() -> None:
    watching = (
        "import sys, json, ctypes; sys.path[:] = json.loads(sys.argv[1]);"
        "from pondpilot_secrets.injection import probe_process as p;"
        "from pondpilot_secrets.models import TestResult, TestReason;"
        "flag = lambda *_: (print('noise'), TestResult(True, TestReason.OK,"
        " str(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)), 0.0))[1];"
        "p.main(flag)"
    )
    stream = io.BytesIO()
    write_request(stream, a_request(30.0))
    words = process_command()
    done = subprocess.run(
        [*words[:3], watching, words[4]], input=stream.getvalue(), capture_output=True, check=True, timeout=60
    )
    result = read_result(done.stdout)
    assert result is not None
    assert result.message == "0"
    assert b"noise" not in done.stdout
    assert json.loads(done.stdout)["ok"] is True
