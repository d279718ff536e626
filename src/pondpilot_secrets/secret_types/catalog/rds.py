"""Amazon RDS and Aurora, where an IAM role stands in for the password of a PostgreSQL user."""

from __future__ import annotations

from dataclasses import replace

from pondpilot_secrets.secret_types.aws_environment import aws_variables
from pondpilot_secrets.secret_types.aws_fields import AWS_CHAIN_FIELDS, aws_chain
from pondpilot_secrets.secret_types.base import Category, Field, FieldKind, Probe, ProbeKind, SecretType
from pondpilot_secrets.secret_types.object_store_probes import S3_REASONS

_OWN_FIELDS = (
    Field(
        "rds_host",
        "Database host",
        "The endpoint of the RDS instance or cluster, from its page in the console.",
        FieldKind.HOST,
        required=True,
        aliases=("host",),
        environment=("PGHOST",),
        example="db.abc123.eu-west-1.rds.amazonaws.com",
    ),
    Field(
        "rds_port",
        "Database port",
        "The port of the instance; 5432 for PostgreSQL.",
        FieldKind.PORT,
        required=True,
        aliases=("port",),
        environment=("PGPORT",),
        example="5432",
    ),
    Field(
        "rds_user",
        "Database user",
        "The database user that may log in with IAM.",
        required=True,
        aliases=("user", "username"),
        environment=("PGUSER",),
        c_string=True,
        example="reader",
    ),
    Field(
        "rds_template_secret_name",
        "Template",
        "Another rds secret that this one is made from. DuckDB sets it itself; rarely given by hand.",
        FieldKind.REFERENCE,
    ),
)
_REQUIRED = ("chain", "region")

SECRET_TYPE = SecretType(
    name="rds",
    label="Amazon RDS (IAM)",
    help="Log in to PostgreSQL on RDS or Aurora with an IAM role; name it in a postgres secret's aws_rds_secret.",
    category=Category.DATABASE,
    duckdb_type="rds",
    extensions=("httpfs", "aws", "postgres_scanner"),
    providers=(
        aws_chain(
            (
                *_OWN_FIELDS,
                *(replace(field, required=True) if field.name in _REQUIRED else field for field in AWS_CHAIN_FIELDS),
            )
        ),
    ),
    probe=Probe(ProbeKind.CREATE, reasons=S3_REASONS),
    aliases=("aurora",),
    environment=aws_variables,
    since="1.5.3",
    example="-- save a postgres secret with aws_rds_secret=my_rds, then: FROM warehouse.public.orders LIMIT 5",
)
