"""R2: an account's id leads to its endpoint, and an endpoint of one's own stands for it."""

from __future__ import annotations

import pytest

from pondpilot_secrets.secret_types.catalog.r2 import SECRET_TYPE
from tests.secret_types.secrets import accepted, parameters, refused, variables

KEY = {"key_id": "a", "secret": "b"}


@pytest.mark.parametrize("provider", ["config", "credential_chain"])
def test_one_of_account_and_endpoint_is_needed(provider: str) -> None:
    assert refused("r2", provider, **KEY) == "account_id"
    assert refused("r2", provider, **KEY, account_id="c", endpoint="d") == "endpoint"
    accepted("r2", provider, **KEY, account_id="c")
    accepted("r2", provider, **KEY, endpoint="minio.example.com:9000")


def test_the_account_is_a_parameter() -> None:
    assert parameters("r2", **KEY, cloudflare_account_id="c") == {**KEY, "account_id": "c"}


def test_tools_that_speak_s3_are_led_to_the_account() -> None:
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    auto = {"AWS_REGION": "auto", "AWS_DEFAULT_REGION": "auto"}
    there = {"AWS_ENDPOINT_URL": "https://c.r2.cloudflarestorage.com"}
    assert variables("r2", **KEY, account_id="c") == keys | auto | there
    assert variables("r2", **KEY, endpoint="h:1", use_ssl="false", region="weur") == {
        **keys,
        "AWS_REGION": "weur",
        "AWS_DEFAULT_REGION": "weur",
        "AWS_ENDPOINT_URL": "http://h:1",
    }


def test_it_is_for_paths_of_r2_alone() -> None:
    assert SECRET_TYPE.default_scopes == SECRET_TYPE.scope_schemes == ("r2://",)
