"""Files and APIs over HTTP and HTTPS."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from pondpilot_secrets.errors import InvalidCredentialsError
from pondpilot_secrets.models import TestReason
from pondpilot_secrets.secret_types.base import (
    Category,
    Field,
    FieldKind,
    Probe,
    ProbeKind,
    Problem,
    Provider,
    SecretType,
)
from pondpilot_secrets.secret_types.derived_values import basic_authorization
from pondpilot_secrets.secret_types.http_fields import EXTRA_HTTP_HEADERS, PROXY_FIELDS, VERIFY_SSL
from pondpilot_secrets.secret_types.rules import excludes
from pondpilot_secrets.secure.json_buffer import read_map

if TYPE_CHECKING:
    from pondpilot_secrets.secret_types.base import Fields, Parameters, References
    from pondpilot_secrets.secure import SecureString

_COLON = re.compile(rb":")
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_BEARER_TOKEN = Field(
    "bearer_token",
    "Bearer token",
    "The token that the service gave you, without the word Bearer. It is sent as `Authorization: Bearer …`.",
    FieldKind.HEADER,
    sensitive=True,
    aliases=("token", "access_token", "api_key"),
)
_USERNAME = Field(
    "username",
    "User name",
    "For services that ask for a user and a password (HTTP Basic).",
    aliases=("user",),
    parameter=False,
)
_PASSWORD = Field(
    "password",
    "Password",
    "Goes with the user name (HTTP Basic).",
    sensitive=True,
    aliases=("secret",),
    parameter=False,
)
_OTHER_FIELDS = (EXTRA_HTTP_HEADERS, *PROXY_FIELDS, VERIFY_SSL)


def _basic_is_whole(fields: Fields) -> Problem | None:
    if "password" in fields and "username" not in fields:
        return Problem("username", "username is missing: password means nothing without it")
    if "username" in fields and "password" not in fields:
        return Problem("password", "password is missing", "an empty one is allowed: password=''")
    return None


def _basic_can_be_sent(fields: Fields) -> Problem | None:
    for name in ("username", "password"):
        if name not in fields:
            continue
        with fields[name].exposed() as view:
            if _CONTROL.search(view):
                return Problem(name, f"{name} must not hold control characters: HTTP Basic forbids them (RFC 7617)")
            if name == "username" and _COLON.search(view):
                return Problem(name, "username must not hold a colon: HTTP Basic would end it there (RFC 7617)")
    return None


def _one_authorization(fields: Fields) -> Problem | None:
    if "extra_http_headers" not in fields or not {"bearer_token", "username"} & set(fields):
        return None
    entries = read_map(fields["extra_http_headers"])
    twice = any(name.lower() == "authorization" for name in entries)
    for value in entries.values():
        value.close()
    if not twice:
        return None
    return Problem(
        "extra_http_headers", "extra_http_headers holds an Authorization header, and so would the token or password"
    )


def _something_to_send(fields: Fields) -> Problem | None:
    if {"bearer_token", "username", "extra_http_headers", "http_proxy"} & set(fields):
        return None
    return Problem("bearer_token", "nothing to send is given", "give bearer_token, username and password, or headers")


def _parameters(parameters: Parameters, fields: Fields, _references: References) -> None:
    if "username" not in fields:
        return
    given = parameters.values.get("extra_http_headers", {})
    headers: dict[str, SecureString | str] = {**given} if isinstance(given, Mapping) else {}
    if any(name.lower() == "authorization" for name in headers) or "bearer_token" in fields:
        raise InvalidCredentialsError("two Authorization headers cannot be sent at once", field="username")
    headers["Authorization"] = parameters.own(basic_authorization(fields["username"], fields.get("password")))
    parameters.values["extra_http_headers"] = headers


SECRET_TYPE = SecretType(
    name="http",
    label="HTTP",
    help="Files and APIs over HTTPS that ask for a token, a password or a header.",
    category=Category.API,
    duckdb_type="http",
    extensions=("httpfs",),
    providers=(
        Provider(
            "config",
            "Token, password or headers",
            "Give what the service asks for.",
            (_BEARER_TOKEN, _USERNAME, _PASSWORD, *_OTHER_FIELDS),
            rules=(
                excludes("bearer_token", ("username", "password"), "both become the Authorization header"),
                _basic_is_whole,
                _basic_can_be_sent,
                _one_authorization,
                _something_to_send,
            ),
        ),
        Provider(
            "env",
            "Proxy of this machine",
            "Use the proxy of the variables HTTP_PROXY, HTTP_PROXY_USERNAME and HTTP_PROXY_PASSWORD.",
            (replace(_BEARER_TOKEN), *_OTHER_FIELDS),
            rules=(_one_authorization,),
        ),
    ),
    probe=Probe(
        ProbeKind.READ,
        target_help="the URL of a small file that only the right credential may read",
        # DuckDB drops the status of a refused HEAD request and says this instead.
        reasons=(
            (r"HTTP 0 Internal Server Error|HTTP (?:401|403)|Unauthorized|Forbidden", TestReason.WRONG_CREDENTIALS),
        ),
    ),
    aliases=("https", "web", "api"),
    scope_schemes=("http://", "https://"),
    scope_required=True,
    parameters=_parameters,
    example="FROM read_csv('https://api.example.com/orders.csv') LIMIT 5",
    core_since="2.0.0",
)
