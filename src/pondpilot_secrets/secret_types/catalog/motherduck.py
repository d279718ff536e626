"""MotherDuck, DuckDB in the cloud."""

from __future__ import annotations

import re
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
from pondpilot_secrets.secure import SecureString

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pondpilot_secrets.secret_types.base import Fields

DEFAULT_DATABASE = "my_db"
"""The database that every MotherDuck account begins with; without a database all of the account's are attached."""

_HOST = re.compile(rb"https?://([^/?#]+)", re.IGNORECASE)


def _target(_name: str, fields: Fields) -> AttachTarget:
    database = fields["database"].expose() if "database" in fields else ""
    return AttachTarget("md:" + database)


def _own_name(fields: Fields) -> str:
    return fields["database"].expose() if "database" in fields else DEFAULT_DATABASE


def _variables(fields: Fields) -> Mapping[str, SecureString]:
    if "endpoint" not in fields:
        return {}
    with fields["endpoint"].exposed() as view:
        match = _HOST.match(view)
        return {} if match is None else {"motherduck_host": SecureString(match[1])}


SECRET_TYPE = SecretType(
    name="motherduck",
    label="MotherDuck",
    help="Databases in MotherDuck.",
    category=Category.DATABASE,
    duckdb_type="motherduck",
    extensions=("motherduck",),
    providers=(
        Provider(
            "config",
            "Access token",
            "Give an access token of your MotherDuck account.",
            (
                Field(
                    "token",
                    "Access token",
                    "From Settings, Access Tokens at app.motherduck.com. A read-scaling token can only read.",
                    FieldKind.HEADER,
                    sensitive=True,
                    required=True,
                    aliases=("motherduck_token", "secret", "access_token"),
                    environment=("motherduck_token", "MOTHERDUCK_TOKEN"),
                ),
                Field(
                    "database",
                    "Database",
                    "The database to attach; all of the account's when it is left out.",
                    aliases=("dbname", "db"),
                    parameter=False,
                    c_string=True,
                    example="my_db",
                ),
                Field(
                    "endpoint",
                    "Endpoint",
                    "Another MotherDuck server than the public one. Rarely needed.",
                    FieldKind.URL,
                    aliases=("host", "motherduck_host"),
                    parameter=False,
                    example="https://app.motherduck.com",
                ),
            ),
        ),
    ),
    probe=Probe(
        ProbeKind.ATTACH,
        reasons=(
            (
                r"Invalid MotherDuck token|Jwt|expired token|UNAUTHENTICATED|not authenticated",
                TestReason.WRONG_CREDENTIALS,
            ),
            (r"no database/share named|[Dd]atabase .* does not exist", TestReason.NOT_FOUND),
            (r"extension_version|Could not establish connection|ext\.motherduck\.com", TestReason.UNREACHABLE),
        ),
    ),
    aliases=("md",),
    # MotherDuck's databases keep their own names, and its ATTACH has no options: a read-scaling token makes it read-only.
    attach=Attach(None, _target, names_secret=False, read_only=False, own_name=_own_name),
    environment=_variables,
    example="FROM my_db.main.orders LIMIT 5",
)
