from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from pondpilot_secrets.errors import WipedError
from pondpilot_secrets.models import SecretCredentials, SecretMetadata, TestReason, TestResult, expiry_in_words
from pondpilot_secrets.secure import SecureString

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SECRET = SecretMetadata(
    id="550e8400-e29b-41d4-a716-446655440000",
    name="warehouse",
    type="postgres",
    provider="config",
    scopes=(),
    tags=(),
    description=None,
    field_names=("password",),
    created_at=NOW,
    updated_at=NOW,
)


def test_a_secret_has_the_designs_account_and_alias() -> None:
    assert SECRET.account == "postgres:550e8400-e29b-41d4-a716-446655440000"
    assert SECRET.duckdb_alias == "secret_550e8400_e29b_41d4_a716_446655440000"


def test_what_is_known_of_a_secret_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        SECRET.name = "other"  # type: ignore[misc]


def test_credentials_are_wiped_at_the_end_of_their_block() -> None:
    value = SecureString("marker-value")
    with SecretCredentials(SECRET, {"password": value}) as credentials:
        assert credentials.credentials["password"].expose() == "marker-value"
    assert value.closed
    credentials.close()
    with pytest.raises(WipedError, match="warehouse"):
        _ = credentials.credentials


def test_credentials_show_names_of_fields_and_no_value() -> None:
    with SecretCredentials(SECRET, {"password": SecureString("marker-value")}) as credentials:
        assert repr(credentials) == "SecretCredentials('warehouse', fields=['password'])"
        with pytest.raises(TypeError):
            credentials.credentials["password"] = SecureString("other")  # type: ignore[index]
    assert repr(credentials) == "SecretCredentials('warehouse', fields=[])"


@pytest.mark.parametrize("ok", [True, False])
def test_a_result_is_as_true_as_the_test_was_good(ok: bool) -> None:
    assert bool(TestResult(ok, TestReason.OK if ok else TestReason.TIMEOUT, "said", 0.1)) is ok


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (30, "expires in less than a minute"),
        (60, "expires in 1 minute"),
        (7_199, "expires in 1 hour"),
        (86_400 * 3 + 5, "expires in 3 days"),
        (0, "expired less than a minute ago"),
        (-120, "expired 2 minutes ago"),
        (-86_400, "expired 1 day ago"),
    ],
)
def test_expiry_is_said_in_the_largest_unit_that_fits(seconds: int, words: str) -> None:
    assert expiry_in_words(NOW + timedelta(seconds=seconds), NOW) == words
