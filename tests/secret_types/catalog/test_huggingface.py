"""Hugging Face: one token, or the login of this machine."""

from __future__ import annotations

import pytest

from pondpilot_secrets.models import TestReason
from pondpilot_secrets.secret_types.catalog.huggingface import SECRET_TYPE
from tests.secret_types.secrets import accepted, meaning, parameters, refused, variables


@pytest.mark.parametrize("name", ["token", "hf_token", "secret", "access_token"])
def test_the_token_has_many_names(name: str) -> None:
    assert parameters("huggingface", **{name: "hf_x"}) == {"token": "hf_x"}


def test_a_token_is_needed_and_goes_into_a_header() -> None:
    assert refused("huggingface") == "token"
    assert refused("huggingface", token="hf_x ") == "token"


def test_the_login_of_this_machine_has_no_fields() -> None:
    accepted("huggingface", "credential_chain")
    assert parameters("huggingface", "credential_chain") == {}
    assert refused("huggingface", "credential_chain", token="hf_x") == "token"


def test_tools_find_the_token() -> None:
    assert variables("huggingface", token="hf_x") == {"HF_TOKEN": "hf_x"}


def test_it_is_for_paths_of_the_hub_alone() -> None:
    assert SECRET_TYPE.default_scopes == SECRET_TYPE.scope_schemes == ("hf://",)
    assert meaning("huggingface", "HTTP Error: 401") is TestReason.WRONG_CREDENTIALS
    assert meaning("huggingface", "HTTP 404") is TestReason.NOT_FOUND
