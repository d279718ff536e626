"""AWS services beside S3: a key that must be whole, and nothing that could be listed to try it."""

from __future__ import annotations

from pondpilot_secrets.secret_types.base import ProbeKind
from pondpilot_secrets.secret_types.catalog.aws import SECRET_TYPE
from tests.secret_types.secrets import accepted, parameters, refused, variables


def test_an_access_key_must_be_whole() -> None:
    assert refused("aws", key_id="a") == "secret"
    assert refused("aws", secret="b") == "key_id"
    accepted("aws", key_id="a", secret="b", region="eu-west-1")


def test_a_chain_saves_nothing_secret_and_needs_the_extension_aws() -> None:
    chain = SECRET_TYPE.provider("credential_chain")
    assert "aws" in chain.extensions
    assert parameters("aws", "credential_chain", chain="sso", profile="p") == {"chain": "sso", "profile": "p"}


def test_tools_find_a_role_by_web_identity_and_the_profile() -> None:
    assert variables("aws", web_identity_token_file="/t", assume_role_arn="arn:a", profile="p") == {
        "AWS_PROFILE": "p",
        "AWS_WEB_IDENTITY_TOKEN_FILE": "/t",
        "AWS_ROLE_ARN": "arn:a",
    }


def test_creating_it_is_all_that_can_be_tried() -> None:
    assert SECRET_TYPE.probe.kind is ProbeKind.CREATE
    assert SECRET_TYPE.attach is None
    assert SECRET_TYPE.default_scopes == ()
