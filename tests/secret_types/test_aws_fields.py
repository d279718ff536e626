"""What the AWS types share: keys, chains, and the rules that hold them together."""

from __future__ import annotations

import pytest

from pondpilot_secrets.secret_types.aws_fields import (
    AWS_CHAIN_FIELDS,
    AWS_CHAIN_RULES,
    AWS_CONFIG_FIELDS,
    CHAIN_LINKS,
    KEY_ID,
    SECRET,
    aws_chain,
)
from tests.secret_types.secrets import secure


def broken(**fields: str) -> str | None:
    found = [problem for rule in AWS_CHAIN_RULES if (problem := rule(secure(**fields)))]
    return found[0].field if found else None


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({}, None),
        ({"chain": ";".join(link for link in CHAIN_LINKS if link != "sts")}, None),
        ({"chain": "sts"}, "assume_role_arn"),
        ({"chain": "sts", "assume_role_arn": "arn:a"}, None),
        ({"chain": "stsx"}, "chain"),
        ({"assume_role_arn": "arn:a"}, "chain"),
        ({"key_id": "a"}, "secret"),
        ({"session_token": "a"}, "key_id"),
    ],
)
def test_a_chain_is_whole(fields: dict[str, str], named: str | None) -> None:
    assert broken(**fields) == named


def test_a_provider_of_ones_own_fields_keeps_the_rules_and_adds_to_them() -> None:
    def rule(_fields: object) -> None:
        return None

    provider = aws_chain((KEY_ID, SECRET), rule)
    assert provider.name == "credential_chain"
    assert provider.fields == (KEY_ID, SECRET)
    assert provider.rules == (*AWS_CHAIN_RULES, rule)


def test_the_halves_of_a_key_come_first_and_the_public_one_is_no_secret() -> None:
    assert AWS_CONFIG_FIELDS[:2] == (KEY_ID, SECRET)
    assert (KEY_ID.sensitive, SECRET.sensitive) == (False, True)
    assert len({field.name for field in AWS_CHAIN_FIELDS}) == len(AWS_CHAIN_FIELDS)
