"""When credentials expire: what they tell themselves, and what a person may say."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

from pondpilot_secrets.errors import InvalidCredentialsError
from pondpilot_secrets.secret_types import expiry, registry
from pondpilot_secrets.secure import SecureString

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def jwt(**claims: object) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none'})}.{part(claims)}.c2ln"


def told(**fields: str) -> datetime | None:
    return expiry.expiry_of({name: SecureString(value) for name, value in fields.items()}, NOW)


@pytest.mark.parametrize("extra", [{}, {"sub": "ä😀" * 3}, {"iat": 1}, {"x": ">>>???~~~"}])
def test_a_jwt_tells_its_exp(extra: dict[str, object]) -> None:
    moment = NOW + timedelta(days=3)
    assert told(token=jwt(**extra, exp=int(moment.timestamp()))) == moment
    assert told(token=jwt(exp=moment.timestamp() + 0.5, **extra)) == moment


def test_the_earliest_of_several_counts() -> None:
    first, second = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
    tokens = {"a": jwt(exp=int(second.timestamp())), "b": jwt(exp=int(first.timestamp())), "c": "plain"}
    assert told(**tokens) == first


@pytest.mark.parametrize(
    "text",
    ["", "eyJ", "eyJ.e30.x", "eyJ..", "a.b.c", "eyJhbGciOiJub25lIn0.!!!.x", jwt(), jwt(exp="soon"), jwt(exp=10**13)],
)
def test_what_is_no_jwt_with_an_exp_tells_nothing(text: str) -> None:
    assert told(token=text) is None


def test_a_temporary_aws_key_is_good_for_36_hours_at_most() -> None:
    assert told(key_id="ASIAX", secret="s", session_token="t") == NOW + timedelta(hours=36)
    assert told(key_id="AKIAX", secret="s", session_token="t") is None
    assert told(key_id="ASIAX", secret="s") is None


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("2026-12-31T18:00Z", datetime(2026, 12, 31, 18, tzinfo=UTC)),
        ("2026-12-31T18:00:00+02:00", datetime(2026, 12, 31, 16, tzinfo=UTC)),
        ("90m", NOW + timedelta(minutes=90)),
        (" 12h ", NOW + timedelta(hours=12)),
        ("30d", NOW + timedelta(days=30)),
        ("8 w", NOW + timedelta(weeks=8)),
        (timedelta(days=1), NOW + timedelta(days=1)),
        (NOW, NOW),
        ("never", None),
        ("", None),
        (None, None),
    ],
)
def test_a_moment_or_a_span_is_understood(given: expiry.Expiry, meant: datetime | None) -> None:
    assert expiry.parse_expiry(given, NOW) == meant


def test_a_moment_without_a_zone_is_local() -> None:
    assert expiry.parse_expiry("2026-12-31", NOW) == datetime(2026, 12, 31).astimezone()


@pytest.mark.parametrize("given", ["soon", "12", "2026-13-01", "-3h", "99999w9", "9" * 400 + "d", "3y"])
def test_what_is_neither_is_refused_without_being_repeated(given: str) -> None:
    with pytest.raises(InvalidCredentialsError) as caught:
        expiry.parse_expiry(given, NOW)
    assert caught.value.field == "expires"
    assert given not in caught.value.message


def test_the_expiration_that_sts_prints_is_taken_out_of_the_fields() -> None:
    provider = registry.get("s3").provider(None)
    given = {"AccessKeyId": "ASIA", "SecretAccessKey": "s", "SessionToken": "t", "Expiration": "2026-11-24T20:00:00Z"}
    fields, expires = expiry.pop_expiry(provider, given)
    assert expires == "2026-11-24T20:00:00Z"
    assert set(fields) == {"AccessKeyId", "SecretAccessKey", "SessionToken"}
