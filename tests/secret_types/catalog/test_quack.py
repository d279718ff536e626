"""Quack: a server's address is the scope of its secret, because DuckDB finds the secret by nothing else."""

from __future__ import annotations

import pytest

from pondpilot_secrets.models import TestReason
from pondpilot_secrets.secret_types.base import AttachTarget
from pondpilot_secrets.secret_types.catalog.quack import SECRET_TYPE
from tests.secret_types.secrets import meaning, parameters, refused, secure, target


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({}, "quack:localhost:9494"),
        ({"host": "h"}, "quack:h:9494"),
        ({"host": "h", "port": "9"}, "quack:h:9"),
        ({"host": "::1"}, "quack:[::1]:9494"),
        ({"host": "[::1]", "port": "9"}, "quack:[::1]:9"),
    ],
)
def test_the_address_always_has_its_port(fields: dict[str, str], place: str) -> None:
    assert target("quack", **fields) == AttachTarget(place)
    derive = SECRET_TYPE.derive_scopes
    assert derive is not None
    assert derive(secure(**fields)) == ((place,) if "host" in fields else ())


def test_plain_http_is_said_to_attach() -> None:
    assert target("quack", host="h", disable_ssl="true").options == (("DISABLE_SSL", True),)
    assert target("quack", host="h", disable_ssl="false").options == (("DISABLE_SSL", False),)


def test_the_address_is_no_parameter_of_the_secret() -> None:
    assert parameters("quack", token="abcd", host="h", port="9", disable_ssl=True) == {"token": "abcd"}


def test_a_port_needs_a_host_and_a_secret_its_token() -> None:
    assert refused("quack", token="abcd", port="1") == "host"
    assert refused("quack", host="h") == "token"
    assert SECRET_TYPE.attach is not None
    assert not SECRET_TYPE.attach.names_secret


def test_a_wrong_token_is_told_from_a_server_that_is_not_there() -> None:
    assert meaning("quack", "Authentication failed") is TestReason.WRONG_CREDENTIALS
    assert meaning("quack", "Failed to send message") is TestReason.UNREACHABLE
