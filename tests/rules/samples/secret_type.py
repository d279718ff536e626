"""A sample of a secret type: `src/pondpilot_secrets/secret_types/catalog/sample.py`."""

from __future__ import annotations

from pondpilot_secrets.secret_types.base import Category, Field, Probe, ProbeKind, Provider, SecretType

SECRET_TYPE = SecretType(
    name="sample",
    label="Sample service",
    help="Files of a sample service.",
    category=Category.API,
    duckdb_type="http",
    extensions=("httpfs",),
    providers=(
        Provider(
            "config",
            "Token",
            "Give the token.",
            (Field("bearer_token", "Token", "What the service sent you.", sensitive=True, required=True),),
        ),
    ),
    probe=Probe(ProbeKind.CREATE),
    scope_schemes=("https://",),
    scope_required=True,
)
