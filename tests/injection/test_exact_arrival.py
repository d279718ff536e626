"""Every sensitive field of every type arrives in DuckDB exactly, or is refused with code 1003 before anything is saved."""

from __future__ import annotations

import base64

import pytest

from pondpilot_secrets.errors import DuckDBIntegrationError, InvalidCredentialsError, SecretError
from pondpilot_secrets.secret_types import registry, validation
from pondpilot_secrets.secret_types.base import FieldKind
from pondpilot_secrets.secret_types.mapping import create_parameters
from tests.injection.helpers import apply, connect, held, make_secret, map_text, plain
from tests.services.loopback_http import LoopbackHTTPServer, Reply, SeenRequest

pytestmark = pytest.mark.slow  # hundreds of values go through DuckDB one by one

HARD = {
    "quotes": "a'b''c\"d`e",
    "backslashes": "a\\b\\\\n\\x41",
    "line ends": "a\nb\r\nc\td",
    "nul": "a\0b",
    "parameter": "$1 $name :name",
    "question mark": "what? ?1",
    "comment": "a--b/*c*/;DROP SECRET x;",
    "long": "x1" * 50_000,
    "emoji": "🦆 \U0001f469\u200d\U0001f467",
    "right to left": "\u05e9\u05dc\u05d5\u05dd\u200f \u202eabc",
    "control": "\x01\x1b\x7f",
    "one letter": "a",
    "number": "0123",
    "word of SQL": "NULL",
}
SAMPLES = {
    FieldKind.PORT: "1234",
    FieldKind.INTEGER: "5",
    FieldKind.BOOLEAN: "true",
    FieldKind.URL: "https://example.com/x",
    FieldKind.HOST: "example.com",
    FieldKind.ENDPOINT: "example.com",
    FieldKind.BASE64: "YWJjZA==",
    FieldKind.REFERENCE: "other",
}
# These ask the machine they run on, or a server, when the secret is created.
ASKS_OUTSIDE = {"credential_chain", "managed_identity"}
# MotherDuck's extension does not load without its server; Iceberg logs in with a client when the secret is created.
ASKS_A_SERVER = {("motherduck", "token"), ("iceberg", "client_secret")}

CASES = [
    (secret_type.name, provider.name, field.name)
    for secret_type in registry.all_types()
    for provider in secret_type.providers
    for field in provider.fields
    if field.sensitive and provider.name not in ASKS_OUTSIDE and (secret_type.name, field.name) not in ASKS_A_SERVER
]


@pytest.fixture(scope="module")
def con():
    return connect()


@pytest.mark.parametrize("kind", HARD)
@pytest.mark.parametrize(("type_name", "provider_name", "field_name"), CASES)
def test_sensitive_value_arrives_exactly_or_is_refused(con, type_name, provider_name, field_name, kind):
    secret_type = registry.get(type_name)
    provider = secret_type.provider(provider_name)
    field = next(field for field in provider.fields if field.name == field_name)
    value = HARD[kind]
    in_a_map = field.kind in (FieldKind.MAP, FieldKind.HEADER_MAP)
    fields = {other.name: SAMPLES.get(other.kind, other.example or "x") for other in provider.fields if other.required}
    fields |= COMPANIONS.get((type_name, field_name), {})
    fields[field_name] = map_text({"X-Key": value}) if in_a_map else value
    secret = make_secret(type_name, "hard", fields, provider=provider_name)
    try:
        validation.validate(secret_type, provider, secret.credentials)
    except InvalidCredentialsError as error:
        assert error.field in (field_name, *COMPANIONS.get((type_name, field_name), {})), error  # noqa: PT017
        assert value not in f"{error} {error.hint}" or len(value) < 5  # noqa: PT017
        return
    apply(con, secret)
    with create_parameters(secret_type, provider_name, secret.credentials, {}) as parameters:
        sent = {key: plain(bound) for key, bound in parameters.values.items()}
    carrying = {key: wanted for key, wanted in sent.items() if key not in fields or key == field_name}
    assert carrying, "nothing was sent"
    for key, wanted in carrying.items():
        assert held(con, "hard", key, wanted), f"{key} did not arrive exactly"
    if (type_name, field_name) not in ENCODED:
        assert any(value in (text if isinstance(text, str) else "".join(text.values())) for text in carrying.values())


PROXY = {"http_proxy": "proxy:1", "http_proxy_username": "ana"}
ACCOUNT = {"account_name": "account"}
R2 = {"key_id": "id", "secret": "s", "account_id": "0123456789abcdef0123456789abcdef"}
ICEBERG = {"token": "t", "endpoint": "https://example.com/"}
COMPANIONS = {
    ("http", "password"): {"username": "ana"},
    ("http", "http_proxy_password"): {**PROXY, "bearer_token": "t"},
    ("azure", "account_key"): ACCOUNT,
    ("azure", "proxy_password"): {"http_proxy": "proxy:1", "proxy_user_name": "ana", "client_secret": "s", **ACCOUNT},
    ("iceberg", "refresh_token"): ICEBERG,
    ("iceberg", "extra_http_headers"): ICEBERG,
    **{
        ("gcs", name): {"key_id": "id", "secret": "s"}
        for name in ("extra_http_headers", "refresh_info", "session_token")
    },
    ("gcs", "secret"): {"key_id": "id"},
    ("gcs", "http_proxy_password"): {"key_id": "id", "secret": "s", **PROXY},
    **{("r2", name): R2 for name in ("secret", "extra_http_headers", "refresh_info", "session_token")},
    ("r2", "http_proxy_password"): {**R2, **PROXY},
    ("ducklake", "metadata_parameters"): {"metadata_path": "/x/y.ducklake"},
}
ENCODED = {("http", "password"), ("azure", "account_key")}


class TokenServer(LoopbackHTTPServer):
    """Gives a token to everybody, and remembers what was asked."""

    def answer(self, request: SeenRequest) -> Reply:
        return Reply(200, b'{"access_token": "t", "token_type": "bearer", "expires_in": 3600}', "application/json")


@pytest.mark.parametrize("kind", HARD)
def test_client_secret_of_iceberg_reaches_its_server_exactly_or_is_refused(con, kind):
    secret_type = registry.get("iceberg")
    with TokenServer() as server:
        fields = {"client_id": "id", "client_secret": HARD[kind], "oauth2_server_uri": f"{server.base_url}/token"}
        secret = make_secret("iceberg", "hard", fields)
        try:
            validation.validate(secret_type, secret_type.providers[0], secret.credentials)
        except InvalidCredentialsError as error:
            assert error.field == "client_secret"  # noqa: PT017
            return
        if kind == "long":
            with pytest.raises(DuckDBIntegrationError) as refused:  # no server takes a header of 100 KB
                apply(con, secret)
            assert HARD[kind][:20] not in str(refused.value)
            return
        apply(con, secret)
        (request,) = server.requests
    sent = base64.b64decode(str(request.authorization).removeprefix("Basic "))
    assert sent.decode() == f"id:{HARD[kind]}"


def test_a_value_that_is_not_text_is_refused():
    with pytest.raises(SecretError):
        make_secret("s3", fields={"key_id": "k", "secret": "\ud800"})
