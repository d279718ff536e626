"""Secrets that expire: known when they are saved, warned of when they are used."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.vault.expiry_warning import SecretExpiryWarning
from tests.secret_types.test_expiry import jwt
from tests.vault.stores import S3, open_vault


@pytest.fixture
def vault(home: Path):
    with open_vault(home, "file") as opened:
        yield opened


def in_seconds(moment: datetime | None) -> float:
    assert moment is not None
    return (moment - datetime.now(UTC)).total_seconds()


def test_expiry_is_given_or_told_by_a_token_or_printed_by_sts(vault: SecretsManager) -> None:
    given = vault.save_secret("s3", "given", S3, expires="12h")
    assert in_seconds(given.expires_at) == pytest.approx(12 * 3600, abs=60)
    exp = int((datetime.now(UTC) + timedelta(days=2)).timestamp())
    told = vault.save_secret("motherduck", "md", {"token": jwt(exp=exp)})
    assert told.expires_at == datetime.fromtimestamp(exp, UTC)
    printed = {"AccessKeyId": "ASIA", "SecretAccessKey": "s", "SessionToken": "t", "Expiration": "2031-01-01T00:00:00Z"}
    assert vault.save_secret("s3", "sts", printed).expires_at == datetime(2031, 1, 1, tzinfo=UTC)
    assert vault.save_secret("s3", "lasting", S3).expires_at is None
    assert vault.find_secret("given").expires_at == given.expires_at


def test_a_new_value_has_an_expiry_of_its_own(vault: SecretsManager) -> None:
    vault.save_secret("s3", "prod", S3, expires="12h")
    assert vault.update_secret("prod", fields={"region": "eu-west-1"}).expires_at is not None
    assert vault.update_secret("prod", fields={"secret": "new"}).expires_at is None
    assert in_seconds(vault.update_secret("prod", fields={"secret": "newer"}, expires="1h").expires_at) > 3500
    assert in_seconds(vault.update_secret("prod", expires="2h").expires_at) > 7000
    assert vault.update_secret("prod", expires="never").expires_at is None


def test_an_expired_secret_is_warned_of_when_it_is_used_and_works_on(vault: SecretsManager) -> None:
    vault.save_secret("s3", "old", S3, expires=datetime.now(UTC) - timedelta(hours=3))
    vault.save_secret("s3", "soon", S3, expires="2m")
    vault.save_secret("s3", "fine", S3, expires="2d")
    with duckdb.connect() as con:
        with pytest.warns(SecretExpiryWarning, match=r"'old' expired 3 hours ago: renew it with `pond rotate`"):
            vault.apply(con, "old")
        with pytest.warns(SecretExpiryWarning, match="'soon' expires in"):
            vault.apply(con, "soon")
        vault.apply(con, "fine")
    vault.describe_secret("old")
