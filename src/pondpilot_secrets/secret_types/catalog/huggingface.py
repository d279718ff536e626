"""Hugging Face data sets and models."""

from __future__ import annotations

from pondpilot_secrets.models import TestReason
from pondpilot_secrets.secret_types.base import Category, Field, FieldKind, Provider, SecretType
from pondpilot_secrets.secret_types.object_store_probes import listing

SECRET_TYPE = SecretType(
    name="huggingface",
    label="Hugging Face",
    help="Private and gated data sets on the Hugging Face Hub.",
    category=Category.API,
    duckdb_type="huggingface",
    extensions=("httpfs",),
    providers=(
        Provider(
            "config",
            "Access token",
            "Give a token from your Hugging Face settings.",
            (
                Field(
                    "token",
                    "Access token",
                    "From Settings, Access Tokens on huggingface.co; it starts with hf_. Read access is enough.",
                    FieldKind.HEADER,
                    sensitive=True,
                    required=True,
                    aliases=("hf_token", "secret", "access_token", "bearer_token"),
                    environment=("HF_TOKEN",),
                ),
            ),
        ),
        Provider(
            "credential_chain",
            "Login of this machine",
            "Use the token that `huggingface-cli login` left on this machine. Nothing secret is saved.",
            (),
        ),
    ),
    probe=listing(
        "hf://datasets/user/name/",
        (
            (r"HTTP (?:Error: .*)?(?:401|403)|Unauthorized|Forbidden", TestReason.WRONG_CREDENTIALS),
            (r"404", TestReason.NOT_FOUND),
        ),
    ),
    aliases=("hf", "hugging_face"),
    default_scopes=("hf://",),
    scope_schemes=("hf://",),
    example="FROM 'hf://datasets/my-user/my-data/train.parquet' LIMIT 5",
)
