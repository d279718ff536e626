"""Unity Catalog: a workspace's URL and token, and the catalog that ATTACH names."""

from __future__ import annotations

import pytest

from pondpilot_secrets.models import TestReason
from pondpilot_secrets.secret_types.base import AttachTarget
from pondpilot_secrets.secret_types.catalog.unity_catalog import SECRET_TYPE
from tests.secret_types.secrets import meaning, parameters, refused, target, variables

WORKSPACE = "https://w.cloud.databricks.com"


def test_a_workspace_and_its_token_are_needed() -> None:
    assert refused("unity_catalog", token="t") == "endpoint"
    assert refused("unity_catalog", endpoint=WORKSPACE) == "token"
    assert refused("unity_catalog", endpoint="w.cloud.databricks.com", token="t") == "endpoint"


def test_what_attach_says_is_no_parameter_of_the_secret() -> None:
    made = parameters("unity_catalog", host=WORKSPACE, token="t", catalog="c", default_schema="s", region="r")
    assert made == {"endpoint": WORKSPACE, "token": "t", "aws_region": "r"}


def test_attach_names_the_catalog_and_the_schema() -> None:
    assert target("unity_catalog", catalog="c", default_schema="s") == AttachTarget("c", (("DEFAULT_SCHEMA", "s"),))
    assert target("unity_catalog") == AttachTarget("")
    assert SECRET_TYPE.attach is not None
    assert SECRET_TYPE.attach.names_secret


def test_the_tools_of_databricks_find_the_credential() -> None:
    assert variables("unity_catalog", endpoint=WORKSPACE, token="t", aws_region="r") == {
        "DATABRICKS_HOST": WORKSPACE,
        "DATABRICKS_TOKEN": "t",
        "AWS_REGION": "r",
        "AWS_DEFAULT_REGION": "r",
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Invalid access token", TestReason.WRONG_CREDENTIALS),
        ("PERMISSION_DENIED: no USE CATALOG", TestReason.NOT_ALLOWED),
        ("Catalog 'c' does not exist", TestReason.NOT_FOUND),
    ],
)
def test_what_the_server_says_is_understood(text: str, reason: TestReason) -> None:
    assert meaning("unity_catalog", text) is reason
