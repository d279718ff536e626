"""Scopes cannot match more than they say."""

from __future__ import annotations

import pytest

from pondpilot_secrets.errors import InvalidCredentialsError
from pondpilot_secrets.secret_types import registry
from pondpilot_secrets.secret_types.base import SecretType
from pondpilot_secrets.secret_types.scopes import display_scopes, normalise_scopes
from pondpilot_secrets.secure import SecureString
from tests.secret_types.samples import by_name

WITH_SCHEMES = [kind for kind in registry.all_types() if any("://" in scheme for scheme in kind.scope_schemes)]


@pytest.mark.parametrize("secret_type", WITH_SCHEMES, ids=by_name)
def test_a_scope_that_names_a_bucket_or_host_ends_with_a_slash(secret_type: SecretType) -> None:
    for scheme in secret_type.scope_schemes:
        assert normalise_scopes(secret_type, f"{scheme}place") == (f"{scheme}place/",)
        assert normalise_scopes(secret_type, f"{scheme}place/") == (f"{scheme}place/",)
        assert normalise_scopes(secret_type, f"{scheme}place/part") == (f"{scheme}place/part",)
        assert normalise_scopes(secret_type, f"{scheme.upper()}place") == (f"{scheme}place/",)


@pytest.mark.parametrize("secret_type", WITH_SCHEMES, ids=by_name)
def test_a_scope_of_another_scheme_is_refused(secret_type: SecretType) -> None:
    for wrong in ("ftp://place/", "place", "/place"):
        with pytest.raises(InvalidCredentialsError, match="must start with") as caught:
            normalise_scopes(secret_type, wrong)
        assert caught.value.field == "scope"


def test_an_http_secret_needs_a_scope_or_a_star() -> None:
    http = registry.get("http")
    for given in (None, (), []):
        with pytest.raises(InvalidCredentialsError, match="sent to every host"):
            normalise_scopes(http, given)
    assert normalise_scopes(http, "*") == ()
    assert display_scopes(http, ()) == ("*",)
    assert normalise_scopes(http, display_scopes(http, normalise_scopes(http, "https://a.example"))) == (
        "https://a.example/",
    )


@pytest.mark.parametrize(
    "scope",
    [
        "https://",
        "https://user:pw@host/",
        "https://host/?token=x",
        "https://*.host/",
        "",
        " https://a/",
        "https://a/\n",
        "https://a\ud800/",
        "https://a/" + "x" * 2000,
    ],
)
def test_a_scope_that_is_too_wide_or_tells_too_much_is_refused(scope: str) -> None:
    with pytest.raises(InvalidCredentialsError) as caught:
        normalise_scopes(registry.get("http"), scope)
    assert caught.value.field == "scope"
    assert len(scope) < 5 or scope not in caught.value.message


def test_doubles_are_dropped_and_the_order_kept() -> None:
    given = ["s3://b", "s3://a/", "s3://b/", "s3a://a"]
    assert normalise_scopes(registry.get("s3"), given) == ("s3://b/", "s3://a/", "s3a://a/")


def test_a_star_stands_alone() -> None:
    with pytest.raises(InvalidCredentialsError, match="cannot stand beside"):
        normalise_scopes(registry.get("s3"), ["*", "s3://a"])


@pytest.mark.parametrize("secret_type", registry.all_types(), ids=by_name)
def test_stored_scopes_can_be_given_back(secret_type: SecretType) -> None:
    stored = normalise_scopes(secret_type, "*")
    assert normalise_scopes(secret_type, display_scopes(secret_type, stored)) == stored


def test_a_server_address_is_the_scope_of_its_secret() -> None:
    quack = registry.get("quack")
    fields = {"host": SecureString("db.example.com"), "port": SecureString("9000")}
    assert normalise_scopes(quack, None, fields) == ("quack:db.example.com:9000",)
    assert normalise_scopes(quack, None, {}) == ()
