"""Google Cloud Storage."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pondpilot_secrets.secret_types.aws_environment import aws_variables
from pondpilot_secrets.secret_types.aws_fields import (
    AWS_CHAIN_FIELDS,
    AWS_CONFIG_FIELDS,
    AWS_CONFIG_RULES,
    ENDPOINT,
    KEY_ID,
    SECRET,
    aws_chain,
)
from pondpilot_secrets.secret_types.base import Category, Field, FieldKind, Problem, Provider, SecretType
from pondpilot_secrets.secret_types.object_store_probes import listing
from pondpilot_secrets.secret_types.rules import excludes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pondpilot_secrets.secret_types.base import Fields
    from pondpilot_secrets.secure import SecureString

_ENDPOINT = replace(ENDPOINT, default="storage.googleapis.com")
_KEY_HELP = "Of an HMAC key: Cloud Storage, Settings, Interoperability."
_BEARER_TOKEN = Field(
    "bearer_token",
    "Access token",
    "An OAuth access token, as `gcloud auth print-access-token` prints it; it expires within the hour.",
    FieldKind.HEADER,
    sensitive=True,
    aliases=("token", "access_token"),
    environment=("CLOUDSDK_AUTH_ACCESS_TOKEN",),
)


def _key_or_token(fields: Fields) -> Problem | None:
    if "bearer_token" in fields or "key_id" in fields:
        return None
    return Problem("key_id", "key_id is missing", "give key_id and secret of an HMAC key, or a bearer_token")


def _variables(fields: Fields) -> Mapping[str, SecureString]:
    return aws_variables(fields, (b"storage.googleapis.com",) if "key_id" in fields else ())


def _with_google_endpoint(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    return tuple(_ENDPOINT if field is ENDPOINT else field for field in fields)


SECRET_TYPE = SecretType(
    name="gcs",
    label="Google Cloud Storage",
    help="Files in Google Cloud Storage.",
    category=Category.CLOUD_STORAGE,
    duckdb_type="gcs",
    extensions=("httpfs",),
    providers=(
        Provider(
            "config",
            "HMAC key or token",
            "Give an HMAC key (it lasts) or an access token (it expires within the hour).",
            (
                replace(KEY_ID, label="HMAC access id", help=_KEY_HELP, example="GOOG1EXAMPLE"),
                replace(SECRET, label="HMAC secret", help=_KEY_HELP),
                _BEARER_TOKEN,
                *_with_google_endpoint(AWS_CONFIG_FIELDS[2:]),
            ),
            rules=(
                *AWS_CONFIG_RULES,
                _key_or_token,
                excludes("bearer_token", ("key_id", "secret"), "a request carries one of them only"),
            ),
        ),
        aws_chain(_with_google_endpoint(AWS_CHAIN_FIELDS)),
    ),
    probe=listing("gs://my-bucket/"),
    aliases=("gs", "google", "google_cloud_storage"),
    default_scopes=("gcs://", "gs://"),
    scope_schemes=("gcs://", "gs://"),
    environment=_variables,
    example="FROM 'gs://my-bucket/events/*.parquet' LIMIT 5",
)
