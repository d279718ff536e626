"""Quack, DuckDB's own protocol between a server and its clients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets.models import TestReason
from pondpilot_secrets.secret_types.base import (
    Attach,
    AttachTarget,
    Category,
    Field,
    FieldKind,
    Probe,
    ProbeKind,
    Provider,
    SecretType,
)
from pondpilot_secrets.secret_types.duckdb_versions import since
from pondpilot_secrets.secret_types.http_fields import EXTRA_HTTP_HEADERS
from pondpilot_secrets.secret_types.rules import needs

if TYPE_CHECKING:
    from pondpilot_secrets.secret_types.base import Fields

_DEFAULT_PORT = "9494"


def _place(fields: Fields) -> str:
    host = fields["host"].expose() if "host" in fields else "localhost"
    bracketed = f"[{host}]" if ":" in host and not host.startswith("[") else host
    # Always with its port: a scope that ended with the host would also match `quack:host.example.net`.
    return f"quack:{bracketed}:{fields['port'].expose() if 'port' in fields else _DEFAULT_PORT}"


def _target(_name: str, fields: Fields) -> AttachTarget:
    if "disable_ssl" not in fields:
        return AttachTarget(_place(fields))
    return AttachTarget(_place(fields), (("DISABLE_SSL", fields["disable_ssl"].expose() == "true"),))


def _scopes(fields: Fields) -> tuple[str, ...]:
    """DuckDB looks a quack secret up by the server's address and takes no SECRET option."""
    return (_place(fields),) if "host" in fields else ()


SECRET_TYPE = SecretType(
    name="quack",
    label="DuckDB server (Quack)",
    help="Another DuckDB that serves its databases over the Quack protocol.",
    category=Category.DATABASE,
    duckdb_type="quack",
    extensions=("httpfs", "quack"),
    providers=(
        Provider(
            "config",
            "Token",
            "Give the server's address and its token.",
            (
                Field(
                    "token",
                    "Token",
                    "The token that the server was started with (`quack_serve(…, token := …)`).",
                    sensitive=True,
                    required=True,
                    aliases=("secret", "password"),
                ),
                Field(
                    "host",
                    "Host",
                    "The server's name or address.",
                    FieldKind.HOST,
                    default="localhost",
                    aliases=("server", "hostname"),
                    parameter=False,
                    example="duck.example.com",
                ),
                Field("port", "Port", "The server's port.", FieldKind.PORT, default=_DEFAULT_PORT, parameter=False),
                Field(
                    "disable_ssl",
                    "Plain HTTP",
                    "Speak HTTP without TLS. Left out, that is done for this machine only.",
                    FieldKind.BOOLEAN,
                    parameter=False,
                ),
                *since("1.5.5", EXTRA_HTTP_HEADERS),
            ),
            rules=(needs("port", "host"),),
        ),
    ),
    probe=Probe(
        ProbeKind.ATTACH,
        reasons=(
            (r"Authentication failed|Could not find a Quack authentication token", TestReason.WRONG_CREDENTIALS),
            (r"Failed to send message", TestReason.UNREACHABLE),
        ),
    ),
    aliases=("duckdb_server",),
    default_scopes=("quack:",),
    scope_schemes=("quack:",),
    derive_scopes=_scopes,
    attach=Attach("quack", _target, names_secret=False),
    example="FROM my_server.main.orders LIMIT 5",
    since="1.5.3",
)
