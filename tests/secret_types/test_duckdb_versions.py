"""Which DuckDB takes which field, from the registry's own data."""

from __future__ import annotations

import pytest

from pondpilot_secrets.secret_types import registry
from pondpilot_secrets.secret_types.duckdb_versions import knows, missing_kind, parse_version, unknown_fields
from tests.secret_types.samples import CASES, FIELDS, by_name


@pytest.mark.parametrize(
    ("text", "version"),
    [("1.5.5", (1, 5, 5)), ("v1.4.4", (1, 4, 4)), ("2.0.1", (2, 0, 1)), ("1.10.0.dev7", (1, 10, 0))],
)
def test_a_version_is_read(text: str, version: tuple[int, int, int]) -> None:
    assert parse_version(text) == version


@pytest.mark.parametrize("text", ["", "1.5", "one.two.three", "-1.2.3"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a version"):
        parse_version(text)


def test_versions_compare_as_numbers() -> None:
    assert knows((1, 10, 0), "1.5.3")
    assert not knows((1, 4, 10), "1.5.0")
    assert knows((1, 4, 0), None)


def test_an_older_duckdb_lacks_fields_types_and_providers() -> None:
    s3, quack, azure = (registry.get(name) for name in ("s3", "quack", "azure"))
    names = ["key_id", "secret", "verify_ssl"]
    assert [field.name for field in unknown_fields(s3.provider("config"), names, (1, 4, 4))] == ["verify_ssl"]
    assert unknown_fields(s3.provider("config"), names, (1, 5, 5)) == ()
    chain = s3.provider("credential_chain")
    assert [field.name for field in unknown_fields(chain, ["http_proxy", "profile"], (1, 5, 3))] == ["http_proxy"]
    assert missing_kind(quack, quack.provider(None), (1, 4, 4)) == "1.5.3"
    assert missing_kind(quack, quack.provider(None), (1, 5, 3)) is None
    assert missing_kind(azure, azure.provider("managed_identity"), (1, 4, 0)) == "1.4.1"


@pytest.mark.parametrize(("secret_type", "provider"), CASES, ids=by_name)
def test_every_version_of_the_registry_is_a_release(secret_type, provider) -> None:
    for since in (secret_type.since, provider.since, *(field.since for field in provider.fields)):
        assert since is None or (1, 4, 0) < parse_version(since) <= (2, 0, 0)


@pytest.mark.parametrize(("secret_type", "provider", "field"), FIELDS, ids=by_name)
def test_the_newest_duckdb_takes_every_field(secret_type, provider, field) -> None:
    assert unknown_fields(provider, [field.name], (2, 0, 1)) == ()
    assert missing_kind(secret_type, provider, (2, 0, 1)) is None
