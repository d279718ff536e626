"""Which secrets a secret names: by field, and told without a value where only the names of its fields are known."""

from __future__ import annotations

import pytest

from pondpilot_secrets.secret_types import registry
from pondpilot_secrets.secret_types.base import FieldKind
from pondpilot_secrets.secret_types.reference_fields import has_references, references_of
from tests.secret_types.samples import FIELDS
from tests.secret_types.secrets import secure

REFERENCES = {(secret_type.name, field.name) for secret_type, _, field in FIELDS if field.kind is FieldKind.REFERENCE}


def test_three_types_name_another_secret() -> None:
    assert {
        ("ducklake", "catalog_secret"),
        ("postgres", "aws_rds_secret"),
        ("rds", "rds_template_secret_name"),
    } == REFERENCES


@pytest.mark.parametrize(("name", "field"), sorted(REFERENCES))
def test_what_a_field_names_is_found_by_the_field(name: str, field: str) -> None:
    provider = registry.get(name).providers[0]
    fields = secure(**{field: "warehouse", "region": "eu-west-1"})
    assert references_of(provider, fields) == {field: "warehouse"}
    assert has_references(provider, fields)


def test_what_is_not_set_names_nothing() -> None:
    provider = registry.get("postgres").providers[0]
    assert references_of(provider, secure(host="h")) == {}
    assert references_of(provider, secure(aws_rds_secret="")) == {}
    assert not has_references(provider, ("host", "password"))


def test_a_field_of_another_provider_is_none() -> None:
    assert references_of(registry.get("s3").providers[0], secure(catalog_secret="x")) == {}
