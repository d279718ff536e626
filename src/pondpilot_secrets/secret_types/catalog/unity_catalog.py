"""Unity Catalog, on Databricks or open source."""

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

if TYPE_CHECKING:
    from pondpilot_secrets.secret_types.base import Fields


def _target(_name: str, fields: Fields) -> AttachTarget:
    options = (("DEFAULT_SCHEMA", fields["default_schema"].expose()),) if "default_schema" in fields else ()
    return AttachTarget(fields["catalog"].expose() if "catalog" in fields else "", options)


SECRET_TYPE = SecretType(
    name="unity_catalog",
    label="Unity Catalog",
    help="Tables in a Unity Catalog, on Databricks or open source.",
    category=Category.API,
    duckdb_type="unity_catalog",
    extensions=("httpfs", "unity_catalog"),
    providers=(
        Provider(
            "config",
            "Access token",
            "Give the workspace's URL and a token.",
            (
                Field(
                    "endpoint",
                    "Workspace URL",
                    "The URL of the Databricks workspace or of the catalog's server.",
                    FieldKind.URL,
                    required=True,
                    aliases=("host", "workspace_url", "url"),
                    environment=("DATABRICKS_HOST",),
                    example="https://my-workspace.cloud.databricks.com",
                ),
                Field(
                    "token",
                    "Access token",
                    "A personal access token: Databricks, Settings, Developer, Access tokens.",
                    FieldKind.HEADER,
                    sensitive=True,
                    required=True,
                    aliases=("secret", "access_token", "databricks_token"),
                    environment=("DATABRICKS_TOKEN",),
                ),
                Field(
                    "catalog",
                    "Catalog",
                    "The catalog to attach.",
                    aliases=("database",),
                    parameter=False,
                    c_string=True,
                    example="main",
                ),
                Field(
                    "aws_region",
                    "AWS region",
                    "The region of the storage that the tables lie in.",
                    FieldKind.HOST,
                    aliases=("region",),
                    environment=("AWS_REGION", "AWS_DEFAULT_REGION"),
                    example="eu-west-1",
                ),
                Field("default_schema", "Default schema", "The schema that queries without one mean.", parameter=False),
            ),
        ),
    ),
    probe=Probe(
        ProbeKind.ATTACH,
        reasons=(
            (
                r"Unauthorized|UNAUTHENTICATED|Invalid (?:access )?token|HTTP (?:Error: )?401",
                TestReason.WRONG_CREDENTIALS,
            ),
            (r"PERMISSION_DENIED|Forbidden|HTTP (?:Error: )?403", TestReason.NOT_ALLOWED),
            (r"NOT_FOUND|does not exist|HTTP (?:Error: )?404", TestReason.NOT_FOUND),
        ),
    ),
    aliases=("uc", "databricks"),
    attach=Attach("unity_catalog", _target),
    example="FROM my_unity.sales.orders LIMIT 5",
)
