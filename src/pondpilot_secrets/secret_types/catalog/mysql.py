"""MySQL and MariaDB."""

from __future__ import annotations

from pondpilot_secrets.models import TestReason
from pondpilot_secrets.secret_types.base import (
    Attach,
    AttachTarget,
    Category,
    Field,
    FieldKind,
    Fields,
    Probe,
    ProbeKind,
    Provider,
    SecretType,
)

# The client library copies the user and the database into buffers of this many bytes and cuts what is longer.
_USER_BYTES = 96
_DATABASE_BYTES = 192
# DuckDB's own limit, not the protocol's.
_LARGEST_PORT = 65353


def _target(_name: str, _fields: Fields) -> AttachTarget:
    return AttachTarget("")


_TLS_FIELDS = (
    Field(
        "ssl_mode",
        "TLS mode",
        "How much TLS to insist on: required encrypts, verify_ca and verify_identity also check who answers.",
        FieldKind.CHOICE,
        default="preferred",
        choices=("disabled", "preferred", "required", "verify_ca", "verify_identity"),
        aliases=("sslmode",),
    ),
    Field("ssl_ca", "CA file", "The PEM file with the certificate authority to trust.", FieldKind.PEM_PATH),
    Field("ssl_capath", "CA folder", "A folder of certificate authorities to trust.", FieldKind.PATH),
    Field("ssl_cert", "Client certificate", "The PEM file with your own certificate.", FieldKind.PEM_PATH),
    Field("ssl_key", "Client key", "The PEM file with the private key of your certificate.", FieldKind.PEM_PATH),
    Field("ssl_cipher", "Ciphers", "The ciphers to allow, joined by colons.", c_string=True),
    Field("ssl_crl", "Revocation list", "The PEM file that lists revoked certificates.", FieldKind.PEM_PATH),
    Field("ssl_crlpath", "Revocation folder", "A folder of lists of revoked certificates.", FieldKind.PATH),
)

SECRET_TYPE = SecretType(
    name="mysql",
    label="MySQL",
    help="Databases in MySQL and MariaDB servers.",
    category=Category.DATABASE,
    duckdb_type="mysql",
    extensions=("mysql_scanner",),
    providers=(
        Provider(
            "config",
            "User and password",
            "Give the server, the database and who you are there.",
            (
                Field(
                    "host",
                    "Host",
                    "The server's name or address.",
                    FieldKind.HOST,
                    default="localhost",
                    aliases=("hostname", "server"),
                    environment=("MYSQL_HOST",),
                    example="db.example.com",
                ),
                Field(
                    "port",
                    "Port",
                    "The server's port. DuckDB allows none above 65353.",
                    FieldKind.PORT,
                    default="3306",
                    maximum=_LARGEST_PORT,
                    environment=("MYSQL_TCP_PORT",),
                ),
                Field(
                    "user",
                    "User",
                    "The database user.",
                    aliases=("username",),
                    environment=("MYSQL_USER",),
                    c_string=True,
                    max_bytes=_USER_BYTES,
                    example="ana",
                ),
                Field(
                    "password",
                    "Password",
                    "The password of the database user.",
                    sensitive=True,
                    aliases=("secret", "passwd", "pwd"),
                    environment=("MYSQL_PWD",),
                    c_string=True,
                ),
                Field(
                    "database",
                    "Database",
                    "The database (schema) that queries without one mean.",
                    aliases=("dbname", "db"),
                    environment=("MYSQL_DATABASE",),
                    c_string=True,
                    max_bytes=_DATABASE_BYTES,
                    example="shop",
                ),
                Field(
                    "socket",
                    "Unix socket",
                    "The path of the server's socket, on the same machine.",
                    FieldKind.PATH,
                    aliases=("unix_socket",),
                    environment=("MYSQL_UNIX_PORT",),
                ),
                *_TLS_FIELDS,
            ),
        ),
    ),
    probe=Probe(
        ProbeKind.ATTACH,
        reasons=(
            (r"Access denied for user .* to database", TestReason.NOT_ALLOWED),
            (r"Access denied for user", TestReason.WRONG_CREDENTIALS),
            (r"Unknown database", TestReason.NOT_FOUND),
            (r"SSL|TLS|certificate", TestReason.TLS),
            (r"Unknown MySQL server host|Can't connect to", TestReason.UNREACHABLE),
            (r"Too many connections", TestReason.RATE_LIMITED),
        ),
    ),
    aliases=("mariadb", "my"),
    attach=Attach("mysql", _target),
    example="FROM shop.orders LIMIT 5",
)
