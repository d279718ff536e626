"""Adding a secret."""

from __future__ import annotations

import pytest

from pondpilot_secrets.commands.add import AddRequest
from pondpilot_secrets.commands.registry import dispatch
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.commands.show import ShowRequest
from pondpilot_secrets.errors import InvalidCredentialsError, NameTakenError
from tests.commands.requests import fields


def test_what_is_said_of_a_new_secret_is_kept(session: Session) -> None:
    request = AddRequest(
        "s3",
        "lake",
        fields(access_key_id="AK", secret="marker"),
        scopes=("s3://prod",),
        tags=("prod", "eu"),
        description="the lake",
        expires="2999-01-01",
        inject_only=True,
    )
    secret = dispatch(session, "add", request).secret
    assert (secret.name, secret.type, secret.provider, secret.tags) == ("lake", "s3", "config", ("prod", "eu"))
    assert (secret.scopes, secret.description, secret.inject_only) == (("s3://prod/",), "the lake", True)
    assert secret.field_names == ("key_id", "secret")
    assert secret.expires_at is not None
    assert secret.expires_at.year in (2998, 2999)  # midnight where this runs


def test_a_map_is_given_as_the_text_of_an_object(session: Session) -> None:
    given = fields(bearer_token="marker", extra_http_headers='{"X-A": "b"}')
    dispatch(session, "add", AddRequest("http", "api", given, scopes=("https://x.example.com/",)))
    assert dispatch(session, "show", ShowRequest("api")).hidden == ("bearer_token", "extra_http_headers")


def test_a_name_that_is_taken_and_a_wrong_field_are_refused(warehouse: Session) -> None:
    with pytest.raises(NameTakenError):
        dispatch(warehouse, "add", AddRequest("mysql", "WAREHOUSE", fields(host="h")))
    with pytest.raises(InvalidCredentialsError):
        dispatch(warehouse, "add", AddRequest("mysql", "x", fields(port="many")))
