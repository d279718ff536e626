"""PostgreSQL, and what speaks its protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets.models import TestReason
from pondpilot_secrets.secret_types.base import (
    Attach,
    AttachTarget,
    Category,
    Fields,
    Probe,
    ProbeKind,
    Problem,
    Provider,
    SecretType,
)
from pondpilot_secrets.secret_types.libpq_fields import CONNECTION_FIELDS, FURTHER_FIELDS, TLS_FIELDS
from pondpilot_secrets.secret_types.rules import excludes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pondpilot_secrets.secure import SecureString

_FIELDS = (*CONNECTION_FIELDS, *TLS_FIELDS, *FURTHER_FIELDS)


def _target(_name: str, _fields: Fields) -> AttachTarget:
    return AttachTarget("")


def _uri_stands_alone(fields: Fields) -> Problem | None:
    others = [name for name in fields if name != "uri"]
    if "uri" not in fields or not others:
        return None
    message = f"{others[0]} cannot stand beside uri, which says everything"
    return Problem(others[0], message, "leave out uri, or write it into the uri")


def _variables(fields: Fields) -> Mapping[str, SecureString]:
    return {"DATABASE_URL": fields["uri"]} if "uri" in fields else {}


SECRET_TYPE = SecretType(
    name="postgres",
    label="PostgreSQL",
    help="Databases in PostgreSQL servers, and in those that speak its protocol.",
    category=Category.DATABASE,
    duckdb_type="postgres",
    extensions=("postgres_scanner",),
    providers=(
        Provider(
            "config",
            "User and password",
            "Give the server, the database and who you are there.",
            _FIELDS,
            rules=(
                _uri_stands_alone,
                excludes("aws_rds_secret", ("password",), "a token made from the rds secret is the password"),
            ),
        ),
    ),
    probe=Probe(
        ProbeKind.ATTACH,
        reasons=(
            (
                r"password authentication failed|no password supplied|authentication failed|no pg_hba\.conf entry|"
                r"role \".*\" does not exist|Peer authentication failed",
                TestReason.WRONG_CREDENTIALS,
            ),
            (r"database \".*\" does not exist", TestReason.NOT_FOUND),
            (r"permission denied", TestReason.NOT_ALLOWED),
            (r"server does not support SSL|SSL error|certificate verify failed|root certificate file", TestReason.TLS),
            (r"timeout expired", TestReason.TIMEOUT),
            (r"could not translate host name|Connection refused|No such file or directory", TestReason.UNREACHABLE),
            (r"too many (?:clients|connections)|remaining connection slots", TestReason.RATE_LIMITED),
        ),
    ),
    aliases=("pg", "postgresql", "redshift", "cockroachdb"),
    attach=Attach("postgres", _target, takes_words=True),
    environment=_variables,
    example="FROM warehouse.public.orders LIMIT 5",
)
