"""RDS: an IAM role that logs in to PostgreSQL, found by the AWS credential chain and nowhere else."""

from __future__ import annotations

import pytest

from pondpilot_secrets.secret_types.base import FieldKind, ProbeKind
from pondpilot_secrets.secret_types.catalog.rds import SECRET_TYPE
from tests.secret_types.secrets import accepted, parameters, refused, variables

WHOLE = {"host": "db.example.com", "port": "5432", "user": "reader", "chain": "sso", "region": "eu-west-1"}


@pytest.mark.parametrize(
    ("missing", "field"),
    [("host", "rds_host"), ("port", "rds_port"), ("user", "rds_user"), ("chain", "chain"), ("region", "region")],
)
def test_all_that_a_token_is_made_of_is_needed(missing: str, field: str) -> None:
    accepted("rds", **WHOLE)
    assert refused("rds", **{name: value for name, value in WHOLE.items() if name != missing}) == field


def test_the_chain_is_its_one_provider() -> None:
    assert [provider.name for provider in SECRET_TYPE.providers] == ["credential_chain"]
    assert parameters("rds", **WHOLE) == {
        "rds_host": "db.example.com",
        "rds_port": 5432,
        "rds_user": "reader",
        "chain": "sso",
        "region": "eu-west-1",
    }


def test_a_template_is_another_secret() -> None:
    field = next(field for field in SECRET_TYPE.providers[0].fields if field.name == "rds_template_secret_name")
    assert field.kind is FieldKind.REFERENCE
    made = parameters("rds", references={field.name: "other_1"}, rds_template_secret_name="other")
    assert made == {field.name: "other_1"}


def test_tools_of_both_worlds_find_their_part() -> None:
    assert variables("rds", rds_host="h", rds_port="1", rds_user="u", region="r") == {
        "PGHOST": "h",
        "PGPORT": "1",
        "PGUSER": "u",
        "AWS_REGION": "r",
        "AWS_DEFAULT_REGION": "r",
    }


def test_it_is_tried_by_the_postgres_secret_that_names_it() -> None:
    assert SECRET_TYPE.probe.kind is ProbeKind.CREATE
    assert SECRET_TYPE.attach is None
