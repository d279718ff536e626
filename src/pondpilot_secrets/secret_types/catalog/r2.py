"""Cloudflare R2."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pondpilot_secrets.secret_types.aws_environment import aws_variables
from pondpilot_secrets.secret_types.aws_fields import (
    AWS_CHAIN_FIELDS,
    AWS_CONFIG_FIELDS,
    AWS_CONFIG_RULES,
    KEY_ID,
    SECRET,
    aws_chain,
)
from pondpilot_secrets.secret_types.base import Category, Field, FieldKind, Problem, Provider, SecretType
from pondpilot_secrets.secret_types.object_store_probes import listing
from pondpilot_secrets.secret_types.rules import excludes
from pondpilot_secrets.secure import SecureString

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pondpilot_secrets.secret_types.base import Fields

_ACCOUNT_ID = Field(
    "account_id",
    "Account id",
    "The 32 characters that name your Cloudflare account, on the R2 overview page.",
    FieldKind.HOST,
    aliases=("account", "cloudflare_account_id"),
    example="0123456789abcdef0123456789abcdef",
)
_ONE_PLACE = excludes("account_id", ("endpoint",), "DuckDB would use the account id and ignore the endpoint")


def _needs_a_place(fields: Fields) -> Problem | None:
    if "account_id" in fields or "endpoint" in fields:
        return None
    return Problem(
        "account_id", "account_id is missing", "it is on the R2 overview page; a custom endpoint would do as well"
    )


def _variables(fields: Fields) -> Mapping[str, SecureString]:
    default = (fields["account_id"], b".r2.cloudflarestorage.com") if "account_id" in fields else ()
    variables = dict(aws_variables(fields, default))
    if "region" not in fields:
        variables |= {"AWS_REGION": SecureString("auto"), "AWS_DEFAULT_REGION": SecureString("auto")}
    return variables


SECRET_TYPE = SecretType(
    name="r2",
    label="Cloudflare R2",
    help="Files in Cloudflare R2.",
    category=Category.CLOUD_STORAGE,
    duckdb_type="r2",
    extensions=("httpfs",),
    providers=(
        Provider(
            "config",
            "API token",
            "Give the access key and secret of an R2 API token, and the account's id.",
            (_ACCOUNT_ID, replace(KEY_ID, required=True), replace(SECRET, required=True), *AWS_CONFIG_FIELDS[2:]),
            rules=(*AWS_CONFIG_RULES, _needs_a_place, _ONE_PLACE),
        ),
        aws_chain((_ACCOUNT_ID, *AWS_CHAIN_FIELDS), _needs_a_place, _ONE_PLACE),
    ),
    probe=listing("r2://my-bucket/"),
    aliases=("cloudflare", "cloudflare_r2"),
    default_scopes=("r2://",),
    scope_schemes=("r2://",),
    environment=_variables,
    example="FROM 'r2://my-bucket/events/*.parquet' LIMIT 5",
)
