"""Fields of what is reached over HTTP: which of them are secret, and which travel through a C library."""

from __future__ import annotations

from pondpilot_secrets.secret_types.base import FieldKind
from pondpilot_secrets.secret_types.field_kinds import check_kind
from pondpilot_secrets.secret_types.http_fields import (
    EXTRA_HTTP_HEADERS,
    HTTP_PROXY,
    HTTP_PROXY_PASSWORD,
    HTTP_PROXY_USERNAME,
    PROXY_FIELDS,
    VERIFY_SSL,
)
from pondpilot_secrets.secure import SecureString


def test_a_proxy_has_its_user_and_password_in_fields_of_their_own() -> None:
    assert PROXY_FIELDS == (HTTP_PROXY, HTTP_PROXY_USERNAME, HTTP_PROXY_PASSWORD)
    assert check_kind(HTTP_PROXY, SecureString("http://user:pw@proxy.example.com:3128")) is not None
    assert check_kind(HTTP_PROXY, SecureString("proxy.example.com:3128")) is None
    assert (HTTP_PROXY_USERNAME.sensitive, HTTP_PROXY_PASSWORD.sensitive) == (False, True)


def test_what_curl_reads_as_a_c_string_must_not_hold_a_nul() -> None:
    for field in (HTTP_PROXY_USERNAME, HTTP_PROXY_PASSWORD):
        assert check_kind(field, SecureString("a\0b")) is not None


def test_headers_are_secret_because_any_of_them_may_be() -> None:
    assert EXTRA_HTTP_HEADERS.sensitive
    assert EXTRA_HTTP_HEADERS.kind is FieldKind.HEADER_MAP


def test_certificates_are_verified_unless_asked_otherwise() -> None:
    assert VERIFY_SSL.default == "true"
