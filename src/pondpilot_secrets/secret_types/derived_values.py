"""Texts made from fields for one call (a Basic header, an Azure connection string), held in secret memory from the start."""

from __future__ import annotations

import binascii
import re

from pondpilot_secrets.secure import SecureString, wipe

_SCHEME = re.compile(rb"(https?)://", re.IGNORECASE)
AZURE_BLOB_ENDPOINT = b"blob.core.windows.net"


def basic_authorization(username: SecureString, password: SecureString | None) -> SecureString:
    """Return `Basic …` for an Authorization header (RFC 7617, in UTF-8)."""
    with SecureString.join([username, b":", password or b""]) as pair, pair.exposed() as view:
        encoded = binascii.b2a_base64(view, newline=False)
    try:
        return SecureString.join([b"Basic ", encoded])
    finally:
        wipe(encoded)


def azure_connection_string(
    account_name: SecureString, account_key: SecureString, endpoint: SecureString | None
) -> SecureString:
    """Return the connection string of a storage account.

    An endpoint with a scheme is taken whole (`http://127.0.0.1:10000/devstoreaccount1` for Azurite); one without is the
    domain after the account's name, as DuckDB's own ENDPOINT is.
    """
    protocol = b"https"
    location: list[SecureString | bytes] = [b"https://", account_name, b".", AZURE_BLOB_ENDPOINT]
    if endpoint is not None and endpoint:
        with endpoint.exposed() as view:
            match = _SCHEME.match(view)
            scheme = bytes(view[slice(*match.span(1))]).lower() if match else None
        protocol = scheme or protocol
        location = [endpoint] if scheme else [b"https://", account_name, b".", endpoint]
    return SecureString.join(
        [
            b"DefaultEndpointsProtocol=" + protocol + b";AccountName=",
            account_name,
            b";AccountKey=",
            account_key,
            b";BlobEndpoint=",
            *location,
            b";",
        ]
    )
