"""Iceberg REST catalogs: a token or an OAuth client, and what ATTACH says of the catalog."""

from __future__ import annotations

import pytest

from pondpilot_secrets.models import TestReason
from pondpilot_secrets.secret_types.base import AttachTarget
from pondpilot_secrets.secret_types.catalog.iceberg import SECRET_TYPE
from tests.secret_types.secrets import accepted, meaning, parameters, refused, target, variables


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"endpoint": "https://a"}, "token"),
        ({"client_id": "a", "endpoint": "https://a"}, "client_secret"),
        ({"client_id": "a", "client_secret": "b"}, "endpoint"),
        ({"token": "t", "client_id": "a", "client_secret": "b"}, "client_id"),
        ({"token": "t", "endpoint": "catalog.example.com"}, "endpoint"),
    ],
)
def test_what_cannot_log_in_is_refused_by_its_field(given: dict[str, str], field: str) -> None:
    assert refused("iceberg", **given) == field


def test_a_login_elsewhere_stands_for_the_endpoint() -> None:
    accepted("iceberg", client_id="a", client_secret="b", oauth2_server_uri="https://login.example.com/token")


def test_attach_says_where_the_catalog_is_and_how_files_are_reached() -> None:
    fields = {"warehouse": "w", "endpoint": "https://c", "default_schema": "s", "access_delegation_mode": "none"}
    assert target("iceberg", **fields) == AttachTarget(
        "w", (("ENDPOINT", "https://c"), ("DEFAULT_SCHEMA", "s"), ("ACCESS_DELEGATION_MODE", "none"))
    )
    assert target("iceberg", token="t") == AttachTarget("")


def test_what_attach_says_is_no_parameter_of_the_secret() -> None:
    made = parameters("iceberg", token="t", endpoint="https://c", warehouse="w", default_schema="s")
    assert made == {"token": "t", "endpoint": "https://c"}


def test_pyiceberg_finds_the_client_as_one_text() -> None:
    assert variables("iceberg", client_id="a", client_secret="b") == {"PYICEBERG_CATALOG__DEFAULT__CREDENTIAL": "a:b"}
    assert variables("iceberg", token="t") == {"PYICEBERG_CATALOG__DEFAULT__TOKEN": "t"}


def test_its_extensions_are_loaded_in_the_order_that_they_need() -> None:
    assert SECRET_TYPE.extensions == ("httpfs", "avro", "iceberg")
    assert meaning("iceberg", "invalid_client: HTTP Error: 401") is TestReason.WRONG_CREDENTIALS
    assert meaning("iceberg", "Warehouse x") is TestReason.NOT_FOUND
