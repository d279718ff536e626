"""Azure: an account's key becomes a connection string, and what is none is refused before it is saved."""

from __future__ import annotations

import pytest

from pondpilot_secrets.models import TestReason
from pondpilot_secrets.secret_types.catalog.azure import SECRET_TYPE
from tests.secret_types.secrets import accepted, meaning, parameters, refused, variables

AZURITE = "http://127.0.0.1:10000/acc"


def test_an_account_and_key_become_a_connection_string() -> None:
    assert parameters("azure", account_id="acc", account_key="YWJj") == {
        "connection_string": "DefaultEndpointsProtocol=https;AccountName=acc;AccountKey=YWJj;"
        "BlobEndpoint=https://acc.blob.core.windows.net;"
    }


def test_an_endpoint_with_a_scheme_is_kept_as_it_is() -> None:
    made = parameters("azure", account_name="acc", account_key="YWJj", endpoint=AZURITE)
    assert made == {
        "connection_string": f"DefaultEndpointsProtocol=http;AccountName=acc;AccountKey=YWJj;BlobEndpoint={AZURITE};"
    }


def test_without_a_key_the_account_stays_a_parameter_of_its_own() -> None:
    made = parameters("azure", "managed_identity", account_name="acc", endpoint="e.example")
    assert made == {"account_name": "acc", "endpoint": "e.example"}


@pytest.mark.parametrize(
    ("provider", "given", "field"),
    [
        ("config", {}, "connection_string"),
        ("config", {"account_key": "YWJj"}, "account_name"),
        ("config", {"connection_string": "AccountName=a;AccountKey=not!"}, "connection_string"),
        ("config", {"connection_string": "nothing"}, "connection_string"),
        ("config", {"connection_string": "AccountName=a\n"}, "connection_string"),
        ("config", {"connection_string": "AccountName=a", "account_name": "a", "account_key": "YWJj"}, "account_key"),
        ("config", {"account_name": "a", "endpoint": "https://b"}, "endpoint"),
        ("service_principal", {"tenant_id": "a", "client_id": "b", "account_name": "c"}, "client_secret"),
        ("managed_identity", {"account_name": "a", "client_id": "b", "object_id": "c"}, "object_id"),
        ("credential_chain", {"account_name": "a", "chain": "sso"}, "chain"),
        ("access_token", {"account_name": "a"}, "access_token"),
    ],
)
def test_what_cannot_log_in_is_refused_by_its_field(provider: str, given: dict[str, str], field: str) -> None:
    assert refused("azure", provider, **given) == field


def test_a_connection_string_with_a_signature_will_do() -> None:
    accepted("azure", connection_string="BlobEndpoint=https://a.example;SharedAccessSignature=sv=1&sig=a%3D")


def test_tools_get_a_connection_string_only_where_the_account_alone_would_not_lead_there() -> None:
    assert variables("azure", account_name="a", account_key="YWJj") == {
        "AZURE_STORAGE_ACCOUNT": "a",
        "AZURE_STORAGE_KEY": "YWJj",
    }
    made = variables("azure", account_name="a", account_key="YWJj", endpoint=AZURITE)
    assert made["AZURE_STORAGE_CONNECTION_STRING"].endswith(f"BlobEndpoint={AZURITE};")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("AuthenticationFailed: Server failed to authenticate the request", TestReason.WRONG_CREDENTIALS),
        ("Unexpected end of Base64 encoded string.", TestReason.WRONG_CREDENTIALS),
        ("AuthorizationPermissionMismatch", TestReason.NOT_ALLOWED),
        ("ContainerNotFound", TestReason.NOT_FOUND),
    ],
)
def test_what_a_server_says_is_understood(text: str, reason: TestReason) -> None:
    assert meaning("azure", text) is reason


def test_its_schemes_are_those_that_duckdb_reads() -> None:
    assert SECRET_TYPE.scope_schemes == ("azure://", "az://", "abfss://", "abfs://")
