"""Iceberg REST catalogs: Polaris, Lakekeeper, Nessie, R2 Data Catalog and others."""

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
    Problem,
    Provider,
    SecretType,
)
from pondpilot_secrets.secret_types.duckdb_versions import since
from pondpilot_secrets.secret_types.http_fields import EXTRA_HTTP_HEADERS
from pondpilot_secrets.secret_types.rules import both_or_neither, excludes
from pondpilot_secrets.secure import SecureString

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pondpilot_secrets.secret_types.base import Fields


def _target(_name: str, fields: Fields) -> AttachTarget:
    options: list[tuple[str, str | int | bool]] = []
    if "endpoint" in fields:
        options.append(("ENDPOINT", fields["endpoint"].expose()))
    further = [name for name in ("default_schema", "access_delegation_mode") if name in fields]
    options.extend((name.upper(), fields[name].expose()) for name in further)
    return AttachTarget(fields["warehouse"].expose() if "warehouse" in fields else "", tuple(options))


def _can_log_in(fields: Fields) -> Problem | None:
    if "token" in fields or "client_id" in fields:
        return None
    return Problem("token", "token is missing", "or give client_id and client_secret")


def _knows_where_to_log_in(fields: Fields) -> Problem | None:
    if "token" in fields or "oauth2_server_uri" in fields or "endpoint" in fields:
        return None
    return Problem("endpoint", "endpoint is missing: where to log in", "or give oauth2_server_uri")


def _variables(fields: Fields) -> Mapping[str, SecureString]:
    if "client_id" not in fields or "client_secret" not in fields:
        return {}
    pair = SecureString.join([fields["client_id"], b":", fields["client_secret"]])
    return {"PYICEBERG_CATALOG__DEFAULT__CREDENTIAL": pair}


SECRET_TYPE = SecretType(
    name="iceberg",
    label="Iceberg catalog",
    help="Tables in an Iceberg REST catalog, such as Polaris, Lakekeeper or R2 Data Catalog.",
    category=Category.API,
    duckdb_type="iceberg",
    extensions=("httpfs", "avro", "iceberg"),
    providers=(
        Provider(
            "config",
            "Client or token",
            "Give an OAuth client (id and secret), or a token that you have already.",
            (
                Field(
                    "endpoint",
                    "Catalog URL",
                    "The URL of the REST catalog, from its provider's page.",
                    FieldKind.URL,
                    aliases=("uri", "catalog_uri", "url"),
                    environment=("PYICEBERG_CATALOG__DEFAULT__URI",),
                    example="https://catalog.example.com/api/catalog",
                ),
                Field(
                    "warehouse",
                    "Warehouse",
                    "The catalog's name on its server, which ATTACH asks for.",
                    parameter=False,
                    environment=("PYICEBERG_CATALOG__DEFAULT__WAREHOUSE",),
                    c_string=True,
                    example="my_warehouse",
                ),
                Field(
                    "token",
                    "Token",
                    "A bearer token. It is not renewed when it expires.",
                    FieldKind.HEADER,
                    sensitive=True,
                    aliases=("bearer_token", "access_token"),
                    environment=("PYICEBERG_CATALOG__DEFAULT__TOKEN",),
                ),
                Field(
                    "client_id",
                    "Client id",
                    "The OAuth client's id, from the catalog's administration.",
                    aliases=("user",),
                ),
                Field(
                    "client_secret",
                    "Client secret",
                    "The OAuth client's secret, shown once when the client is made.",
                    sensitive=True,
                    aliases=("secret", "password"),
                ),
                Field(
                    "oauth2_server_uri",
                    "Login URL",
                    "Where tokens are fetched, when it is not the catalog itself.",
                    FieldKind.URL,
                    aliases=("oauth2_uri",),
                    example="https://login.example.com/oauth/token",
                ),
                Field("oauth2_scope", "OAuth scope", "What the token is for, as the catalog's documentation says."),
                Field(
                    "oauth2_grant_type",
                    "OAuth grant",
                    "How tokens are asked for; DuckDB knows one way.",
                    FieldKind.CHOICE,
                    default="client_credentials",
                    choices=("client_credentials",),
                ),
                Field(
                    "refresh_token",
                    "Refresh token",
                    "Fetches a new token when the old one expires.",
                    FieldKind.HEADER,
                    sensitive=True,
                    since="1.5.0",
                ),
                Field(
                    "expires_in",
                    "Expires in",
                    "Seconds that the token is valid for.",
                    FieldKind.INTEGER,
                    minimum=0,
                    maximum=2**31 - 1,
                    since="1.5.0",
                ),
                *since("1.5.0", EXTRA_HTTP_HEADERS),
                Field(
                    "default_schema", "Default schema", "The namespace that queries without one mean.", parameter=False
                ),
                Field(
                    "access_delegation_mode",
                    "Access to files",
                    "Whether the catalog hands out keys for the files (vended_credentials) or you have your own (none).",
                    FieldKind.CHOICE,
                    default="vended_credentials",
                    choices=("vended_credentials", "none"),
                    parameter=False,
                ),
            ),
            rules=(
                both_or_neither("client_id", "client_secret"),
                excludes("token", ("client_id",), "the token stands for the client"),
                _can_log_in,
                _knows_where_to_log_in,
            ),
        ),
    ),
    probe=Probe(
        ProbeKind.ATTACH,
        reasons=(
            (
                r"Unauthorized|invalid_client|HTTP (?:Error: )?401|Could not get token|NotAuthorized",
                TestReason.WRONG_CREDENTIALS,
            ),
            (r"Forbidden|HTTP (?:Error: )?403", TestReason.NOT_ALLOWED),
            (r"Warehouse|NotFound|HTTP (?:Error: )?404", TestReason.NOT_FOUND),
        ),
    ),
    aliases=("iceberg_rest", "polaris", "lakekeeper"),
    attach=Attach("iceberg", _target),
    environment=_variables,
    example="FROM my_catalog.sales.orders LIMIT 5",
)
