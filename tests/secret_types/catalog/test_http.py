"""HTTP: one Authorization header, made of what the service asks for, and sent to no host that was not named."""

from __future__ import annotations

import base64

import pytest

from pondpilot_secrets.errors import InvalidCredentialsError
from pondpilot_secrets.models import TestReason
from pondpilot_secrets.secret_types.base import ProbeKind
from pondpilot_secrets.secret_types.catalog.http import SECRET_TYPE
from tests.secret_types.secrets import accepted, meaning, parameters, refused, variables


def test_a_user_and_password_become_a_basic_header_beside_the_others() -> None:
    made = parameters("http", username="ana", password="pä:ss", headers={"X-A": "b"})
    encoded = base64.b64encode("ana:pä:ss".encode()).decode()
    assert made == {"extra_http_headers": {"X-A": "b", "Authorization": f"Basic {encoded}"}}


def test_an_empty_password_is_one() -> None:
    accepted("http", username="ana", password="")
    encoded = base64.b64encode(b"ana:").decode()
    assert parameters("http", username="ana", password="") == {
        "extra_http_headers": {"Authorization": f"Basic {encoded}"}
    }


def test_a_second_authorization_header_is_refused_where_it_is_stored_already() -> None:
    for given in ({"headers": {"authorization": "b"}}, {"bearer_token": "t"}):
        with pytest.raises(InvalidCredentialsError, match="two Authorization headers"):
            parameters("http", username="ana", password="x", **given)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "bearer_token"),
        ({"username": "a"}, "password"),
        ({"password": "a"}, "username"),
        ({"username": "a:b", "password": "c"}, "username"),
        ({"username": "a", "password": "c\n"}, "password"),
        ({"bearer_token": "a", "username": "b", "password": "c"}, "username"),
        ({"bearer_token": "a", "extra_http_headers": '{"authorization": "b"}'}, "extra_http_headers"),
        ({"bearer_token": "a\n"}, "bearer_token"),
    ],
)
def test_what_cannot_be_sent_is_refused_by_its_field(given: dict[str, str], field: str) -> None:
    assert refused("http", **given) == field


def test_it_is_sent_nowhere_without_a_scope_and_tells_no_tool_anything() -> None:
    assert SECRET_TYPE.scope_required
    assert SECRET_TYPE.default_scopes == ()
    assert variables("http", bearer_token="t", username="u", password="p") == {}


def test_the_proxy_of_this_machine_is_a_provider_of_its_own() -> None:
    accepted("http", "env")
    assert parameters("http", "env", verify_ssl=True) == {"verify_ssl": True}


def test_a_file_must_be_named_to_try_it_on() -> None:
    assert SECRET_TYPE.probe.kind is ProbeKind.READ
    assert SECRET_TYPE.probe.default_target is None
    assert meaning("http", "HTTP 0 Internal Server Error") is TestReason.WRONG_CREDENTIALS
