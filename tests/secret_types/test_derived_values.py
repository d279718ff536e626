"""Texts that are made from fields, in secret memory from the start."""

from __future__ import annotations

import base64

import pytest

from pondpilot_secrets.secret_types.derived_values import azure_connection_string, basic_authorization
from pondpilot_secrets.secure import SecureString
from tests.secure.live_values import none_left_open


@pytest.mark.parametrize(("user", "password"), [("ana", "pä:ss"), ("", ""), ("ä" * 100, "🦆")])
def test_basic_authorization_is_that_of_the_rfc(user: str, password: str) -> None:
    made = basic_authorization(SecureString(user), SecureString(password))
    assert made.expose() == "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def test_no_password_is_an_empty_one() -> None:
    assert basic_authorization(SecureString("ana"), None) == basic_authorization(SecureString("ana"), SecureString(""))


@pytest.mark.parametrize(
    ("endpoint", "protocol", "location"),
    [
        (None, "https", "https://acc.blob.core.windows.net"),
        ("", "https", "https://acc.blob.core.windows.net"),
        ("blob.core.chinacloudapi.cn", "https", "https://acc.blob.core.chinacloudapi.cn"),
        ("http://127.0.0.1:10000/acc", "http", "http://127.0.0.1:10000/acc"),
        ("HTTPS://e.example", "https", "HTTPS://e.example"),
    ],
)
def test_a_connection_string_leads_to_the_endpoint(endpoint: str | None, protocol: str, location: str) -> None:
    made = azure_connection_string(
        SecureString("acc"), SecureString("YWJj"), None if endpoint is None else SecureString(endpoint)
    )
    assert made.expose() == (
        f"DefaultEndpointsProtocol={protocol};AccountName=acc;AccountKey=YWJj;BlobEndpoint={location};"
    )


def test_only_what_is_returned_stays_open() -> None:
    user, password = SecureString("ana"), SecureString("x")
    with none_left_open():
        made = basic_authorization(user, password)
        made.close()
