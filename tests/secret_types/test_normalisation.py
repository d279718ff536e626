"""What was given becomes the fields that are stored: own names, canonical texts, and nothing left open where it fails."""

from __future__ import annotations

import pytest

from pondpilot_secrets.errors import InvalidCredentialsError
from pondpilot_secrets.secret_types import registry
from pondpilot_secrets.secret_types.base import Provider, SecretType
from pondpilot_secrets.secret_types.normalisation import normalise, protect
from pondpilot_secrets.secure import SecureString
from tests.secret_types.samples import CASES, by_name
from tests.secure.live_values import none_left_open

MARKER = "Zq7MARKERx"


@pytest.mark.parametrize(("secret_type", "provider"), CASES, ids=by_name)
def test_an_unknown_field_is_refused_with_the_list(secret_type: SecretType, provider: Provider) -> None:
    with pytest.raises(InvalidCredentialsError) as caught:
        normalise(secret_type, provider, {"no_such_field": MARKER})
    assert "no_such_field" in caught.value.message
    assert all(field.name in str(caught.value.hint) for field in provider.fields)
    assert MARKER not in f"{caught.value} {caught.value.hint}"


def test_the_nearest_field_is_suggested() -> None:
    s3 = registry.get("s3")
    with pytest.raises(InvalidCredentialsError) as caught:
        normalise(s3, s3.providers[0], {"secret_acess_key": "x"})
    assert "did you mean `secret_access_key`?" in str(caught.value.hint)


def test_a_value_given_as_a_name_is_not_repeated() -> None:
    s3 = registry.get("s3")
    with pytest.raises(InvalidCredentialsError) as caught:
        normalise(s3, s3.providers[0], {"AKIA0/secret+value=": "x"})
    assert "AKIA0" not in caught.value.message


def test_a_field_of_another_provider_is_refused_by_naming_it() -> None:
    s3 = registry.get("s3")
    with pytest.raises(InvalidCredentialsError, match="belongs to the provider credential_chain"):
        normalise(s3, s3.providers[0], {"profile": "x"})


def test_a_field_given_twice_is_refused() -> None:
    s3 = registry.get("s3")
    with pytest.raises(InvalidCredentialsError, match="given twice, as key_id and as access_key_id"):
        normalise(s3, s3.providers[0], {"key_id": "a", "access_key_id": "b"})


@pytest.mark.parametrize(
    ("name", "given", "stored"),
    [
        ("s3", "access_key_id", "key_id"),
        ("s3", "secret_access_key", "secret"),
        ("s3", "Access-Key-Id", "key_id"),
        ("postgres", "secret", "password"),
        ("postgres", "ssl_mode", "sslmode"),
        ("postgres", "username", "user"),
        ("postgres", "dbname", "database"),
        ("mysql", "username", "user"),
        ("mysql", "secret", "password"),
        ("http", "token", "bearer_token"),
        ("azure", "account_id", "account_name"),
        ("huggingface", "secret", "token"),
        ("motherduck", "secret", "token"),
    ],
)
def test_names_of_the_design_are_stored_under_those_of_duckdb(name: str, given: str, stored: str) -> None:
    secret_type = registry.get(name)
    assert set(normalise(secret_type, secret_type.providers[0], {given: "require"})) == {stored}


def test_values_become_canonical_text() -> None:
    s3 = registry.get("s3")
    raw = {
        "use_ssl": False,
        "requester_pays": "YES",
        "url_style": "Path",
        "extra_http_headers": {"A": 'b"\n'},
        "region": None,
    }
    fields = normalise(s3, s3.providers[0], raw)
    assert {name: value.expose() for name, value in fields.items()} == {
        "use_ssl": "false",
        "requester_pays": "true",
        "url_style": "path",
        "extra_http_headers": '{"A":"b\\"\\u000a"}',
    }


def test_a_secure_string_is_taken_as_it_is() -> None:
    secret = SecureString("x")
    assert normalise(registry.get("s3"), registry.get("s3").providers[0], {"secret": secret})["secret"] is secret


def test_a_lone_surrogate_is_refused_by_field_name() -> None:
    s3 = registry.get("s3")
    with pytest.raises(InvalidCredentialsError, match=r"^secret: .*surrogate") as caught:
        normalise(s3, s3.providers[0], {"secret": "a\ud800"})
    assert caught.value.field == "secret"
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "raw",
    [
        {"key_id": "a", "access_key_id": "b"},
        {"secret": "b", "no_such_field": "a"},
        {"use_ssl": "YES", "secret": "b", "region": "a\ud800"},
        {"extra_http_headers": {"A": "b"}, "profile": "x"},
        {"secret": object()},
    ],
)
def test_a_refusal_closes_what_was_made_and_nothing_that_was_given(raw: dict[str, object]) -> None:
    s3, given = registry.get("s3"), SecureString("of the caller")
    with none_left_open():
        with pytest.raises(InvalidCredentialsError) as caught:
            normalise(s3, s3.providers[0], {"session_token": given, **raw})  # type: ignore[arg-type]
        assert caught.value.code == 1003
    assert given.expose() == "of the caller"


def test_only_what_is_returned_stays_open() -> None:
    s3, given = registry.get("s3"), SecureString("YES")
    fields = normalise(s3, s3.providers[0], {"use_ssl": "No", "requester_pays": given, "url_style": "vhost"})
    with none_left_open():
        again = normalise(s3, s3.providers[0], fields)
    assert all(again[name] is value for name, value in fields.items())
    assert given.expose() == "YES"  # replaced by its canonical text, and the caller's still
    assert fields["requester_pays"].expose() == "true"


def test_what_is_no_text_travels_as_its_error_without_the_value() -> None:
    error = protect({"secret": b"bytes"})["secret"]  # type: ignore[dict-item]
    assert isinstance(error, InvalidCredentialsError)
    assert error.__traceback__ is None
    assert protect({"a": 1, "b": None})["b"] is None
