"""What travels to the process of a connection test and back: exactly, and with no copy that is not wiped."""

from __future__ import annotations

import io

import pytest

from pondpilot_secrets.injection.probe_request import (
    ProbeRequest,
    read_request,
    read_result,
    write_request,
    write_result,
)
from pondpilot_secrets.models import TestReason, TestResult
from tests.injection.helpers import make_secret
from tests.secure.live_values import none_left_open

HARD = "line\nend \0 é🦆 \"'\\"


class InParts(io.RawIOBase):
    """A stream that gives a few bytes at a time, as a pipe does."""

    def __init__(self, data: bytes) -> None:
        self._stream = io.BytesIO(data)

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        return self._stream.readinto(buffer[:3])


def sent(request: ProbeRequest) -> bytes:
    stream = io.BytesIO()
    write_request(stream, request)
    return stream.getvalue()


def a_request() -> ProbeRequest:
    secret = make_secret(
        "http", HARD.replace("\0", ""), {"bearer_token": HARD, "http_proxy": ""}, scopes=("https://a/",)
    )
    return ProbeRequest(secret, [make_secret("postgres", fields={"password": "p"})], "https://a/b", 2.5, offline=True)


def test_a_request_arrives_as_it_was_sent() -> None:
    request = a_request()
    arrived = read_request(InParts(sent(request)))
    assert (arrived.target, arrived.timeout, arrived.offline) == ("https://a/b", 2.5, True)
    for one, other in zip((*request.references, request.secret), (*arrived.references, arrived.secret), strict=True):
        assert one.credentials == other.credentials
        assert (one.metadata.id, one.metadata.name) == (other.metadata.id, other.metadata.name)
        assert (one.metadata.type, one.metadata.provider) == (other.metadata.type, other.metadata.provider)
        assert one.metadata.scopes == other.metadata.scopes


@pytest.mark.parametrize("cut", [0, 4, 8, 30, -1])
def test_a_request_that_ends_early_is_refused_and_leaves_nothing_open(cut: int) -> None:
    request = a_request()
    data = sent(request)[:cut]
    with none_left_open():
        with pytest.raises(EOFError) as caught:
            read_request(InParts(data))
        assert "early" in str(caught.value)


RESULT = TestResult(False, TestReason.TLS, "no é", 1.25, "s3://b/*", hint="try\nagain")


def test_a_result_comes_back_as_it_was_and_what_an_extension_printed_is_passed_over() -> None:
    stream = io.BytesIO(b"noise of an extension\n")
    stream.seek(0, io.SEEK_END)
    write_result(stream, RESULT)
    stream.write(b'{"not": "ours"}\n')
    assert read_result(stream.getvalue()) == RESULT


def test_no_result_is_none() -> None:
    assert read_result(b"") is None
    assert read_result(b"Segmentation fault\n") is None
