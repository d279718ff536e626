"""What is bound is what was given, under DuckDB's names and of the type it casts best."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path

import pytest

from pondpilot_secrets.errors import InvalidCredentialsError
from pondpilot_secrets.secret_types import registry
from pondpilot_secrets.secret_types.base import Field, FieldKind, Provider, SecretType
from pondpilot_secrets.secret_types.mapping import create_parameters
from pondpilot_secrets.secret_types.validation import normalise
from pondpilot_secrets.secure import SecureString
from tests.secret_types.samples import FIELDS, by_name, valid_fields


def bound(
    name: str, provider: str | None = None, references: Mapping[str, str] | None = None, **given: object
) -> dict[str, object]:
    secret_type = registry.get(name)
    fields = normalise(secret_type, secret_type.provider(provider), given)  # type: ignore[arg-type]
    with create_parameters(secret_type, provider, fields, references or {}) as made:
        return {parameter: plain(value) for parameter, value in made.values.items()}


def plain(value: object) -> object:
    if isinstance(value, SecureString):
        return value.expose()
    if isinstance(value, Mapping):
        return {name: plain(entry) for name, entry in value.items()}
    return value


@pytest.mark.parametrize(("secret_type", "provider", "field"), FIELDS, ids=by_name)
def test_a_field_is_bound_with_its_type(
    secret_type: SecretType, provider: Provider, field: Field, folder: Path
) -> None:
    fields = valid_fields(secret_type, provider, folder, field)
    references = dict.fromkeys(fields, "other")
    with create_parameters(secret_type, provider.name, fields, references) as made:
        allowed = {each.name for each in provider.fields if each.parameter} | {"connection_string", "metadata_path"}
        assert set(made.values) <= allowed | {"extra_http_headers", "metadata_parameters"}
        if field.parameter and field.name in made.values:
            value = made.values[field.name]
            expected = {FieldKind.BOOLEAN: bool, FieldKind.INTEGER: int, FieldKind.PORT: int}
            maps = {FieldKind.MAP: dict, FieldKind.HEADER_MAP: dict, FieldKind.REFERENCE: str}
            assert type(value) is (expected | maps).get(field.kind, SecureString)
        derived = list(made.derived)
    assert all(value.closed for value in derived)
    assert not any(value.closed for value in fields.values())


def test_an_azure_account_and_key_become_a_connection_string() -> None:
    assert bound("azure", account_id="acc", account_key="YWJj") == {
        "connection_string": "DefaultEndpointsProtocol=https;AccountName=acc;AccountKey=YWJj;"
        "BlobEndpoint=https://acc.blob.core.windows.net;"
    }


def test_a_whole_azure_endpoint_is_kept_as_it_is() -> None:
    made = bound("azure", account_name="acc", account_key="YWJj", endpoint="http://127.0.0.1:10000/acc")
    assert made["connection_string"] == (
        "DefaultEndpointsProtocol=http;AccountName=acc;AccountKey=YWJj;BlobEndpoint=http://127.0.0.1:10000/acc;"
    )


def test_a_user_and_password_become_a_basic_header_beside_the_others() -> None:
    made = bound("http", username="ana", password="pä:ss", headers={"X-A": "b"})
    encoded = base64.b64encode("ana:pä:ss".encode()).decode()
    assert made == {"extra_http_headers": {"X-A": "b", "Authorization": f"Basic {encoded}"}}


def test_a_second_authorization_header_is_refused() -> None:
    with pytest.raises(InvalidCredentialsError):
        bound("http", username="ana", password="x", headers={"authorization": "b"})


def test_the_catalog_of_a_ducklake_is_named_by_its_applied_name() -> None:
    made = bound(
        "ducklake",
        references={"catalog_secret": "pg_1"},
        catalog_secret="my pg",
        catalog_type="postgres",
        data_path="/data/",
        metadata_parameters={"READ_ONLY": "true"},
    )
    assert made == {
        "data_path": "/data/",
        "metadata_path": "",
        "metadata_parameters": {"READ_ONLY": "true", "TYPE": "postgres", "SECRET": "pg_1"},
    }


def test_a_reference_that_was_not_applied_is_refused_by_field() -> None:
    for name, field in (("ducklake", "catalog_secret"), ("postgres", "aws_rds_secret")):
        with pytest.raises(InvalidCredentialsError, match="must be applied first") as caught:
            bound(name, **({field: "x"} | ({"catalog_type": "postgres"} if name == "ducklake" else {})))
        assert caught.value.field == field


def test_numbers_truths_and_maps_are_bound_as_such() -> None:
    made = bound("s3", key_id="a", secret="b", use_ssl="no", extra_http_headers='{"A": "b"}')
    assert made == {"key_id": "a", "secret": "b", "use_ssl": False, "extra_http_headers": {"A": "b"}}
    assert bound("postgres", port=5433)["port"] == 5433
