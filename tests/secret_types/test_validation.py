"""Each rule, over every field it applies to; no message ever holds a value."""

from __future__ import annotations

from pathlib import Path

import pytest

from pondpilot_secrets.errors import InvalidCredentialsError
from pondpilot_secrets.secret_types import registry
from pondpilot_secrets.secret_types.base import Field, FieldKind, Provider, SecretType
from pondpilot_secrets.secret_types.validation import (
    normalise,
    problems,
    provider_named,
    validate,
    validate_name,
)
from pondpilot_secrets.secure import SecureString
from tests.secret_types.samples import CASES, FIELDS, HARD_VALUES, by_name, sample, valid_fields

MARKER = "Zq7MARKERx"
SENSITIVE = [case for case in FIELDS if case[2].sensitive]
# A TEXT may be refused only where a library would cut it (NUL) or its own grammar forbids it (HTTP Basic, RFC 7617).
ALTERED_TEXTS = ("NUL", "line ends")


def refusal(secret_type: SecretType, provider: Provider, fields: dict[str, SecureString]) -> InvalidCredentialsError:
    with pytest.raises(InvalidCredentialsError) as caught:
        validate(secret_type, provider, fields)
    assert caught.value.code == 1003
    return caught.value


@pytest.mark.parametrize(("secret_type", "provider", "field"), SENSITIVE, ids=by_name)
def test_a_hard_value_is_kept_exactly_or_refused_without_being_shown(
    secret_type: SecretType, provider: Provider, field: Field, folder: Path
) -> None:
    fields = valid_fields(secret_type, provider, folder, field)
    for name, text in HARD_VALUES.items():
        kept = normalise(secret_type, provider, {**fields, field.name: text})
        assert kept[field.name].expose() == text, name
        for problem in problems(secret_type, provider, kept):
            assert problem.field == field.name, name
            assert len(text) < 2 or text not in f"{problem.message} {problem.hint}", name
            assert field.kind is not FieldKind.TEXT or name in ALTERED_TEXTS or field.name == "connection_string", name


@pytest.mark.parametrize("name", ["postgres", "mysql"])
def test_a_nul_that_the_database_client_would_cut_at_is_refused(name: str, folder: Path) -> None:
    secret_type = registry.get(name)
    provider = secret_type.providers[0]
    for field in provider.fields:
        if field.kind is FieldKind.TEXT:
            fields = valid_fields(secret_type, provider, folder, field)
            assert refusal(secret_type, provider, {**fields, field.name: SecureString("a\0b")}).field == field.name


def test_passwords_of_databases_keep_all_that_arrives() -> None:
    for name in ("postgres", "mysql"):
        secret_type = registry.get(name)
        for hard, text in HARD_VALUES.items():
            if hard != "NUL":
                validate(secret_type, secret_type.providers[0], {"password": SecureString(text)})


@pytest.mark.parametrize(("secret_type", "provider"), CASES, ids=by_name)
def test_a_missing_or_empty_required_field_is_named(secret_type: SecretType, provider: Provider, folder: Path) -> None:
    fields = valid_fields(secret_type, provider, folder)
    for field in provider.fields:
        if field.required:
            without = {name: value for name, value in fields.items() if name != field.name}
            assert field.name in {problem.field for problem in problems(secret_type, provider, without)}
            assert refusal(secret_type, provider, {**fields, field.name: SecureString("")}).field == field.name


RULES: list[tuple[str, str, dict[str, str], str]] = [
    ("s3", "config", {"key_id": "a"}, "secret"),
    ("s3", "credential_chain", {"session_token": "a"}, "key_id"),
    ("s3", "credential_chain", {"chain": "env; config"}, "chain"),
    ("s3", "credential_chain", {"chain": "sts"}, "assume_role_arn"),
    ("s3", "credential_chain", {"assume_role_arn": "arn:a"}, "chain"),
    ("r2", "config", {"key_id": "a", "secret": "b"}, "account_id"),
    ("r2", "config", {"key_id": "a", "secret": "b", "account_id": "c", "endpoint": "d"}, "endpoint"),
    ("gcs", "config", {"key_id": "a", "secret": "b", "bearer_token": "c"}, "key_id"),
    ("gcs", "config", {}, "key_id"),
    ("azure", "config", {"account_key": "YWJj"}, "account_name"),
    ("azure", "config", {}, "connection_string"),
    ("azure", "config", {"connection_string": "AccountName=a;AccountKey=not!"}, "connection_string"),
    ("azure", "config", {"connection_string": "nothing"}, "connection_string"),
    ("azure", "config", {"account_name": "a", "endpoint": "https://b"}, "endpoint"),
    ("azure", "service_principal", {"tenant_id": "a", "client_id": "b", "account_name": "c"}, "client_secret"),
    ("http", "config", {"bearer_token": "a", "username": "b", "password": "c"}, "username"),
    ("http", "config", {"username": "a:b", "password": "c"}, "username"),
    ("http", "config", {"username": "a"}, "password"),
    ("http", "config", {"password": "a"}, "username"),
    ("http", "config", {}, "bearer_token"),
    ("http", "config", {"bearer_token": "a", "extra_http_headers": '{"authorization": "b"}'}, "extra_http_headers"),
    ("postgres", "config", {"uri": "postgresql://x", "host": "a"}, "host"),
    ("postgres", "config", {"aws_rds_secret": "a", "password": "b"}, "password"),
    ("mysql", "config", {"port": "65400"}, "port"),
    ("mysql", "config", {"user": "u" * 97}, "user"),
    ("ducklake", "config", {"catalog_secret": "a"}, "catalog_type"),
    ("ducklake", "config", {}, "metadata_path"),
    ("ducklake", "config", {"metadata_path": "postgres:host=a password=b"}, "metadata_path"),
    ("iceberg", "config", {"endpoint": "https://a"}, "token"),
    ("iceberg", "config", {"client_id": "a", "endpoint": "https://a"}, "client_secret"),
    ("iceberg", "config", {"client_id": "a", "client_secret": "b"}, "endpoint"),
    ("quack", "config", {"token": "abcd", "port": "1"}, "host"),
]


@pytest.mark.parametrize(("name", "provider_name", "given", "field"), RULES)
def test_a_rule_over_several_fields_names_the_one_to_change(
    name: str, provider_name: str, given: dict[str, str], field: str
) -> None:
    secret_type = registry.get(name)
    provider = secret_type.provider(provider_name)
    assert refusal(secret_type, provider, normalise(secret_type, provider, given)).field == field


@pytest.mark.parametrize("name", ["", " a", "a ", "a\nb", "a\0", "x" * 201, "a\ud800", "a\u2028b", "\u00a0a"])
def test_a_name_that_cannot_be_one_is_refused(name: str) -> None:
    with pytest.raises(InvalidCredentialsError) as caught:
        validate_name(name)
    assert caught.value.field == "name"


@pytest.mark.parametrize("name", ["prod_s3", "Mädchen 1", 'it\'s "one"', "x" * 200, "🦆"])
def test_any_other_name_will_do(name: str) -> None:
    assert validate_name(name) == name


def test_an_unknown_provider_is_refused_with_the_nearest() -> None:
    with pytest.raises(InvalidCredentialsError) as caught:
        provider_named(registry.get("s3"), "credentials_chain")
    assert "did you mean `credential_chain`?" in str(caught.value.hint)


def test_a_sample_is_what_it_says(folder: Path) -> None:
    for _, _, field in FIELDS:
        assert sample(field, folder)
