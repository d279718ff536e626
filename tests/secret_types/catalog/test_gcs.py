"""Google Cloud Storage: an HMAC key or an access token, and Google's endpoint for tools that speak S3."""

from __future__ import annotations

import pytest

from pondpilot_secrets.secret_types.catalog.gcs import SECRET_TYPE
from tests.secret_types.secrets import accepted, parameters, refused, variables


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "key_id"),
        ({"key_id": "a"}, "secret"),
        ({"key_id": "a", "secret": "b", "bearer_token": "c"}, "key_id"),
    ],
)
def test_one_of_key_and_token_is_needed(given: dict[str, str], field: str) -> None:
    assert refused("gcs", **given) == field


def test_a_token_alone_will_do() -> None:
    accepted("gcs", token="ya29.x")
    assert parameters("gcs", token="ya29.x") == {"bearer_token": "ya29.x"}
    assert variables("gcs", bearer_token="ya29.x") == {"CLOUDSDK_AUTH_ACCESS_TOKEN": "ya29.x"}


def test_tools_that_speak_s3_are_led_to_google() -> None:
    assert variables("gcs", key_id="a", secret="b") == {
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_ENDPOINT_URL": "https://storage.googleapis.com",
    }
    assert variables("gcs", key_id="a", secret="b", endpoint="h:1")["AWS_ENDPOINT_URL"] == "https://h:1"


def test_every_provider_says_googles_endpoint() -> None:
    for provider in SECRET_TYPE.providers:
        endpoint = next(field for field in provider.fields if field.name == "endpoint")
        assert endpoint.default == "storage.googleapis.com"
