"""What every type must bring with it; a new file in the catalog is tested by being there."""

from __future__ import annotations

from pathlib import Path

import pytest

from pondpilot_secrets.secret_types import registry
from pondpilot_secrets.secret_types.base import Field, FieldKind, ProbeKind, Provider, SecretType
from pondpilot_secrets.secret_types.field_kinds import check_kind
from pondpilot_secrets.secret_types.validation import problems
from pondpilot_secrets.secure import SecureString
from tests.secret_types.samples import CASES, FIELDS, by_name, valid_fields

DESIGN = {"motherduck", "s3", "r2", "gcs", "azure", "postgres", "mysql", "http", "huggingface", "ducklake"}
SINCE = {"aws", "rds", "iceberg", "quack", "unity_catalog"}


def test_the_fifteen_types_are_there() -> None:
    assert set(registry.names()) >= DESIGN | SINCE


def test_no_two_types_share_a_name_or_alias() -> None:
    known = [word for kind in registry.all_types() for word in (kind.name, *kind.aliases)]
    assert len(known) == len(set(known))


@pytest.mark.parametrize("secret_type", registry.all_types(), ids=by_name)
def test_a_type_says_what_it_is(secret_type: SecretType) -> None:
    assert secret_type.label
    assert secret_type.help.endswith(".")
    assert secret_type.extensions
    assert secret_type.example
    assert secret_type.name == secret_type.name.lower()
    if secret_type.probe.kind in (ProbeKind.GLOB, ProbeKind.READ):
        assert secret_type.probe.target_help
    if secret_type.probe.kind is ProbeKind.ATTACH:
        assert secret_type.attach is not None


@pytest.mark.parametrize(("secret_type", "provider"), CASES, ids=by_name)
def test_no_name_means_two_fields_of_one_provider(secret_type: SecretType, provider: Provider) -> None:
    names = [name for field in provider.fields for name in (field.name, *field.aliases)]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize(("secret_type", "provider", "field"), FIELDS, ids=by_name)
def test_a_field_explains_itself(secret_type: SecretType, provider: Provider, field: Field) -> None:
    assert field.label[0].isupper() or field.label[0].isdigit()
    assert field.help[0].isupper() or field.help.startswith(("direct", "One"))
    assert field.help.rstrip(")").endswith((".", "`"))
    assert (field.kind is FieldKind.CHOICE) <= bool(field.choices)


@pytest.mark.parametrize(("secret_type", "provider", "field"), FIELDS, ids=by_name)
def test_defaults_and_examples_keep_the_rules(secret_type: SecretType, provider: Provider, field: Field) -> None:
    for text in (field.default, field.example):
        if text is not None and "…" not in text:
            assert check_kind(field, SecureString(text)) is None


@pytest.mark.parametrize(("secret_type", "provider", "field"), FIELDS, ids=by_name)
def test_what_sounds_secret_is_sensitive(secret_type: SecretType, provider: Provider, field: Field) -> None:
    telling = ("password", "token", "account_key", "client_secret", "connection_string", "uri", "secret", "_key")
    harmless = ("token_file", "sslkey", "ssl_key", "server_uri", "catalog_secret", "rds_secret", "template_secret_name")
    if field.name.endswith(telling) and not field.name.endswith(harmless):
        assert field.sensitive
    if field.kind is FieldKind.HEADER_MAP:
        assert field.sensitive


@pytest.mark.parametrize(("secret_type", "provider", "field"), FIELDS, ids=by_name)
def test_every_field_has_a_valid_secret_that_sets_it(
    secret_type: SecretType, provider: Provider, field: Field, folder: Path
) -> None:
    fields = valid_fields(secret_type, provider, folder, field)
    assert field.name in fields
    assert problems(secret_type, provider, fields) == []


@pytest.mark.parametrize(("secret_type", "provider", "field"), FIELDS, ids=by_name)
def test_no_sensitive_value_becomes_part_of_an_attach(
    secret_type: SecretType, provider: Provider, field: Field, folder: Path
) -> None:
    if secret_type.attach is None or not field.sensitive:
        return
    fields = valid_fields(secret_type, provider, folder, field)
    plain = secret_type.attach.target("my_name", {name: v for name, v in fields.items() if name != field.name})
    assert secret_type.attach.target("my_name", fields) == plain
