"""The ATTACH of each type that needs one, and the variables that `pond exec` sets."""

from __future__ import annotations

from pathlib import Path

import pytest

from pondpilot_secrets.errors import InvalidCredentialsError
from pondpilot_secrets.secret_types import registry
from pondpilot_secrets.secret_types.base import Field, Provider, SecretType
from pondpilot_secrets.secret_types.environment import environment_variables
from pondpilot_secrets.secure import SecureString
from tests.secret_types.samples import FIELDS, by_name, valid_fields


def secure(**fields: str) -> dict[str, SecureString]:
    return {name: SecureString(value) for name, value in fields.items()}


@pytest.mark.parametrize(
    ("name", "fields", "text", "options"),
    [
        ("postgres", {"host": "h"}, "", ()),
        ("mysql", {"host": "h"}, "", ()),
        ("motherduck", {"token": "t"}, "md:", ()),
        ("motherduck", {"token": "t", "database": "d"}, "md:d", ()),
        ("ducklake", {"metadata_path": "x"}, "ducklake:my_name", ()),
        ("iceberg", {"warehouse": "w", "endpoint": "https://c"}, "w", (("ENDPOINT", "https://c"),)),
        ("quack", {"host": "h", "port": "9"}, "quack:h:9", ()),
        ("quack", {"host": "::1", "disable_ssl": "true"}, "quack:[::1]:9494", (("DISABLE_SSL", True),)),
        ("unity_catalog", {"catalog": "c", "default_schema": "s"}, "c", (("DEFAULT_SCHEMA", "s"),)),
    ],
)
def test_attach_says_what_duckdb_understands(
    name: str, fields: dict[str, str], text: str, options: tuple[object, ...]
) -> None:
    attach = registry.get(name).attach
    assert attach is not None
    target = attach.target("my_name", secure(**fields))
    assert (target.text, target.options) == (text, options)


@pytest.mark.parametrize("name", ["my-lake", "my lake", "a.b", "döner", ""])
def test_a_ducklake_name_that_duckdb_takes_for_a_path_is_refused(name: str) -> None:
    attach = registry.get("ducklake").attach
    assert attach is not None
    with pytest.raises(InvalidCredentialsError):
        attach.target(name, {})


@pytest.mark.parametrize(("secret_type", "provider", "field"), FIELDS, ids=by_name)
def test_no_sensitive_value_becomes_part_of_an_attach(
    secret_type: SecretType, provider: Provider, field: Field, folder: Path
) -> None:
    if secret_type.attach is None or not field.sensitive:
        return
    fields = valid_fields(secret_type, provider, folder, field)
    plain = secret_type.attach.target("my_name", {name: v for name, v in fields.items() if name != field.name})
    assert secret_type.attach.target("my_name", fields) == plain


@pytest.mark.parametrize(
    ("name", "fields", "expected"),
    [
        (
            "s3",
            {"key_id": "a", "secret": "b", "region": "r", "endpoint": "h:1", "use_ssl": "false"},
            {
                "AWS_ACCESS_KEY_ID": "a",
                "AWS_SECRET_ACCESS_KEY": "b",
                "AWS_REGION": "r",
                "AWS_DEFAULT_REGION": "r",
                "AWS_ENDPOINT_URL": "http://h:1",
            },
        ),
        (
            "r2",
            {"key_id": "a", "secret": "b", "account_id": "c"},
            {
                "AWS_ACCESS_KEY_ID": "a",
                "AWS_SECRET_ACCESS_KEY": "b",
                "AWS_REGION": "auto",
                "AWS_DEFAULT_REGION": "auto",
                "AWS_ENDPOINT_URL": "https://c.r2.cloudflarestorage.com",
            },
        ),
        (
            "postgres",
            {"host": "h", "port": "1", "user": "u", "password": "p", "database": "d", "sslmode": "require"},
            {"PGHOST": "h", "PGPORT": "1", "PGUSER": "u", "PGPASSWORD": "p", "PGDATABASE": "d", "PGSSLMODE": "require"},
        ),
        (
            "mysql",
            {"host": "h", "port": "1", "password": "p"},
            {"MYSQL_HOST": "h", "MYSQL_TCP_PORT": "1", "MYSQL_PWD": "p"},
        ),
        ("huggingface", {"token": "t"}, {"HF_TOKEN": "t"}),
        ("motherduck", {"token": "t"}, {"motherduck_token": "t", "MOTHERDUCK_TOKEN": "t"}),
        ("http", {"bearer_token": "t"}, {}),
        (
            "iceberg",
            {"client_id": "a", "client_secret": "b"},
            {"PYICEBERG_CATALOG__DEFAULT__CREDENTIAL": "a:b"},
        ),
    ],
)
def test_tools_find_the_credential_in_their_own_variables(
    name: str, fields: dict[str, str], expected: dict[str, str]
) -> None:
    variables = environment_variables(registry.get(name), secure(**fields))
    assert {variable: value.expose() for variable, value in variables.items()} == expected


def test_a_value_that_no_environment_can_hold_is_refused() -> None:
    with pytest.raises(InvalidCredentialsError, match="NUL"):
        environment_variables(registry.get("s3"), secure(secret="a\0b"))
