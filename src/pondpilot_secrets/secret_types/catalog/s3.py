"""Amazon S3 and the many stores that speak its protocol."""

from __future__ import annotations

from dataclasses import replace

from pondpilot_secrets.secret_types.aws_environment import aws_variables
from pondpilot_secrets.secret_types.aws_fields import AWS_CONFIG_FIELDS, AWS_CONFIG_RULES, KEY_ID, SECRET, aws_chain
from pondpilot_secrets.secret_types.base import Category, Provider, SecretType
from pondpilot_secrets.secret_types.object_store_probes import listing

SECRET_TYPE = SecretType(
    name="s3",
    label="Amazon S3",
    help="Files in Amazon S3, or in a store that speaks its protocol, such as MinIO or Ceph.",
    category=Category.CLOUD_STORAGE,
    duckdb_type="s3",
    extensions=("httpfs",),
    providers=(
        Provider(
            "config",
            "Access key",
            "Give an access key and its secret.",
            (replace(KEY_ID, required=True), replace(SECRET, required=True), *AWS_CONFIG_FIELDS[2:]),
            rules=AWS_CONFIG_RULES,
        ),
        aws_chain(),
    ),
    probe=listing("s3://my-bucket/"),
    aliases=("minio", "amazon_s3"),
    default_scopes=("s3://", "s3n://", "s3a://"),
    scope_schemes=("s3://", "s3n://", "s3a://"),
    environment=aws_variables,
    example="FROM 's3://my-bucket/events/*.parquet' LIMIT 5",
)
