"""What CREATE SECRET takes is what was given, under DuckDB's names and of the type it casts best."""

from __future__ import annotations

from pathlib import Path

import pytest

from pondpilot_secrets.errors import InvalidCredentialsError
from pondpilot_secrets.secret_types import registry
from pondpilot_secrets.secret_types.base import Field, FieldKind, Provider, SecretType
from pondpilot_secrets.secret_types.mapping import create_parameters
from pondpilot_secrets.secure import SecureString
from tests.secret_types.samples import FIELDS, by_name, valid_fields
from tests.secret_types.secrets import parameters, secure
from tests.secure.live_values import none_left_open


@pytest.mark.parametrize(("secret_type", "provider", "field"), FIELDS, ids=by_name)
def test_a_field_becomes_a_parameter_of_its_type(
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


def test_numbers_truths_and_maps_arrive_as_such() -> None:
    made = parameters("s3", key_id="a", secret="b", use_ssl="no", extra_http_headers='{"A": "b"}')
    assert made == {"key_id": "a", "secret": "b", "use_ssl": False, "extra_http_headers": {"A": "b"}}
    assert parameters("postgres", port=5433)["port"] == 5433


@pytest.mark.parametrize(
    ("name", "fields", "references"),
    [
        ("http", {"username": "a", "password": "b", "extra_http_headers": '{"Authorization": "c"}'}, {}),
        ("s3", {"extra_http_headers": '{"A": "b"}', "refresh_info": "no map"}, {}),
        ("ducklake", {"metadata_parameters": '{"A": "b"}', "catalog_type": "postgres", "catalog_secret": "x"}, {}),
        ("s3", {"extra_http_headers": '{"A": "b"}', "use_ssl": "maybe"}, {}),
    ],
)
def test_a_failure_leaves_nothing_open_that_was_made_for_the_call(
    name: str, fields: dict[str, str], references: dict[str, str]
) -> None:
    given = secure(**fields)
    with none_left_open():
        with pytest.raises(InvalidCredentialsError) as caught:
            create_parameters(registry.get(name), None, given, references)
        assert caught.value.code == 1003
    assert not any(value.closed for value in given.values())


@pytest.mark.parametrize(("secret_type", "provider", "field"), FIELDS, ids=by_name)
def test_a_value_of_another_kind_than_the_fields_is_refused_by_name_alone(
    secret_type: SecretType, provider: Provider, field: Field
) -> None:
    if field.kind not in (FieldKind.BOOLEAN, FieldKind.INTEGER, FieldKind.PORT, FieldKind.MAP, FieldKind.HEADER_MAP):
        return
    fields = secure(**{field.name: "Zq7MARKERx"})
    if field.parameter:
        with pytest.raises(InvalidCredentialsError) as caught:
            create_parameters(secret_type, provider.name, fields, {})
        assert caught.value.field == field.name
        assert "Zq7" not in caught.value.message
