"""Fields of what is reached over HTTP: proxies, headers, TLS."""

from __future__ import annotations

from pondpilot_secrets.secret_types.base import Field, FieldKind

VERIFY_SSL = Field(
    "verify_ssl",
    "Verify TLS certificates",
    "Turned off, anybody between you and the server can read the credential. Leave it on.",
    FieldKind.BOOLEAN,
    default="true",
    since="1.5.0",
)
EXTRA_HTTP_HEADERS = Field(
    "extra_http_headers",
    "Extra HTTP headers",
    "Headers to send with every request, as a JSON object. DuckDB does not hide them in duckdb_secrets().",
    FieldKind.HEADER_MAP,
    sensitive=True,
    aliases=("headers", "http_headers"),
    example='{"X-Api-Key": "…"}',
)
HTTP_PROXY = Field(
    "http_proxy",
    "HTTP proxy",
    "The proxy to go through, as host and port.",
    FieldKind.PROXY,
    aliases=("proxy",),
    example="proxy.example.com:3128",
)
HTTP_PROXY_USERNAME = Field(
    "http_proxy_username",
    "Proxy user",
    "The user name for the proxy, if it asks for one.",
    c_string=True,
    aliases=("proxy_user", "proxy_username"),
)
HTTP_PROXY_PASSWORD = Field(
    "http_proxy_password",
    "Proxy password",
    "The password for the proxy, if it asks for one.",
    sensitive=True,
    c_string=True,
    aliases=("proxy_password",),
)
PROXY_FIELDS = (HTTP_PROXY, HTTP_PROXY_USERNAME, HTTP_PROXY_PASSWORD)
