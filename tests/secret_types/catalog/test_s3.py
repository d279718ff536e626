"""S3: the design's names, the variables of the AWS tools, and a bucket to list."""

from __future__ import annotations

import pytest

from pondpilot_secrets.models import TestReason
from pondpilot_secrets.secret_types.base import ProbeKind
from pondpilot_secrets.secret_types.catalog.s3 import SECRET_TYPE
from tests.secret_types.secrets import accepted, meaning, parameters, refused, variables


def test_the_names_of_the_design_become_those_of_duckdb() -> None:
    made = parameters("s3", access_key_id="a", secret_access_key="b", endpoint_url="h:1", use_ssl="no")
    assert made == {"key_id": "a", "secret": "b", "endpoint": "h:1", "use_ssl": False}


def test_a_key_needs_its_secret_and_a_session_its_key() -> None:
    assert refused("s3", key_id="a") == "secret"
    assert refused("s3", "credential_chain", session_token="a") == "key_id"
    accepted("s3", key_id="a", secret="b", session_token="c")


def test_tools_find_the_credential_and_the_endpoint_with_its_scheme() -> None:
    assert variables("s3", key_id="a", secret="b", region="r", endpoint="h:1", use_ssl="false") == {
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_REGION": "r",
        "AWS_DEFAULT_REGION": "r",
        "AWS_ENDPOINT_URL": "http://h:1",
    }
    assert variables("s3", endpoint="h")["AWS_ENDPOINT_URL"] == "https://h"


def test_the_bucket_of_a_scope_is_listed_and_none_is_guessed() -> None:
    assert SECRET_TYPE.probe.kind is ProbeKind.GLOB
    find = SECRET_TYPE.probe.default_target
    assert find is not None
    assert find(("s3://", "s3://bucket/folder/"), {}) == "s3://bucket/folder/*"
    assert find(("s3://",), {}) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("HTTP GET error: SignatureDoesNotMatch", TestReason.WRONG_CREDENTIALS),
        ("<Code>AccessDenied</Code> (HTTP 403)", TestReason.NOT_ALLOWED),
        ("NoSuchBucket", TestReason.NOT_FOUND),
        ("SlowDown", TestReason.RATE_LIMITED),
        ("Could not connect to server", TestReason.UNREACHABLE),
    ],
)
def test_what_a_server_says_is_understood(text: str, reason: TestReason) -> None:
    assert meaning("s3", text) is reason
