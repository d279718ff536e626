"""DuckLake: a catalog that another secret opens, named by the name under which that one is applied."""

from __future__ import annotations

import pytest

from pondpilot_secrets.errors import InvalidCredentialsError
from pondpilot_secrets.secret_types.catalog.ducklake import SECRET_TYPE
from tests.secret_types.secrets import accepted, parameters, refused, target


def test_the_catalog_is_named_by_its_applied_name() -> None:
    assert parameters(
        "ducklake",
        references={"catalog_secret": "pg_1"},
        catalog_secret="my pg",
        catalog_type="postgres",
        data_path="/data/",
        metadata_parameters={"READ_ONLY": "true"},
    ) == {
        "data_path": "/data/",
        "metadata_path": "",
        "metadata_parameters": {"READ_ONLY": "true", "TYPE": "postgres", "SECRET": "pg_1"},
    }


def test_a_catalog_that_is_a_file_needs_no_secret() -> None:
    assert parameters("ducklake", path="/data/catalog.ducklake") == {"metadata_path": "/data/catalog.ducklake"}
    assert target("ducklake", metadata_path="x").text == "ducklake:my_name"


def test_a_catalog_secret_that_was_not_applied_is_refused_by_its_field() -> None:
    with pytest.raises(InvalidCredentialsError, match="must be applied first") as caught:
        parameters("ducklake", catalog_secret="x", catalog_type="postgres")
    assert caught.value.field == "catalog_secret"


@pytest.mark.parametrize("name", ["my-lake", "my lake", "a.b", "döner", ""])
def test_a_name_that_duckdb_takes_for_a_path_is_refused(name: str) -> None:
    with pytest.raises(InvalidCredentialsError):
        target("ducklake", name)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "metadata_path"),
        ({"catalog_secret": "a"}, "catalog_type"),
        ({"metadata_path": "postgres:host=a password=b"}, "metadata_path"),
        ({"metadata_path": "postgres://u:p@host/db"}, "metadata_path"),
        (
            {"metadata_path": "x", "catalog_type": "postgres", "metadata_parameters": {"type": "a"}},
            "metadata_parameters",
        ),
    ],
)
def test_what_leads_nowhere_or_tells_too_much_is_refused(given: dict[str, object], field: str) -> None:
    assert refused("ducklake", **given) == field


def test_a_path_with_an_at_sign_is_no_password() -> None:
    accepted("ducklake", metadata_path="/data/me@work/catalog.ducklake")


def test_its_attach_names_no_secret_and_no_type() -> None:
    attach = SECRET_TYPE.attach
    assert attach is not None
    assert (attach.type, attach.names_secret) == (None, False)
