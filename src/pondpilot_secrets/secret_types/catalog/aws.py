"""AWS credentials that are not for S3 alone: Iceberg catalogs of Glue and S3 Tables sign their requests with them."""

from __future__ import annotations

from dataclasses import replace

from pondpilot_secrets.secret_types.aws_environment import aws_variables
from pondpilot_secrets.secret_types.aws_fields import AWS_CONFIG_FIELDS, AWS_CONFIG_RULES, KEY_ID, SECRET, aws_chain
from pondpilot_secrets.secret_types.base import Category, Probe, ProbeKind, Provider, SecretType
from pondpilot_secrets.secret_types.object_store_probes import S3_REASONS

SECRET_TYPE = SecretType(
    name="aws",
    label="AWS",
    help="AWS services other than plain S3 files, such as the Iceberg catalogs of Glue and S3 Tables.",
    category=Category.API,
    duckdb_type="aws",
    extensions=("httpfs", "aws"),
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
    probe=Probe(ProbeKind.CREATE, reasons=S3_REASONS),
    aliases=("amazon",),
    environment=aws_variables,
    example="ATTACH '123456789012' AS glue (TYPE iceberg, ENDPOINT_TYPE glue, SECRET my_aws)",
)
