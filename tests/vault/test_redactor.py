"""Redacting: every value of the secrets and of those they refer to is gone, or the whole text is."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.keychain.memory import items_of
from pondpilot_secrets.redaction.redact import WITHHELD
from pondpilot_secrets.vault.redactor import Redactor
from tests.vault.parts import parts
from tests.vault.stores import S3

PASSWORD = "marker-password"


@pytest.fixture
def vault(home: Path) -> Iterator[SecretsManager]:
    with SecretsManager.open(home, "memory") as opened:
        opened.save_secret("s3", "one", S3)
        opened.save_secret("postgres", "catalog", {"host": "db.example.com", "password": PASSWORD})
        opened.save_secret(
            "ducklake", "lake", {"catalog_secret": "catalog", "catalog_type": "postgres", "data_path": "/d"}
        )
        yield opened


def test_values_are_gone_and_the_rest_stays(vault: SecretsManager) -> None:
    found = vault.redact(f"wrong: {S3['secret']} / {PASSWORD}", ["one"])
    assert S3["secret"] not in found
    assert PASSWORD in found, "that secret was not named"
    assert found.startswith("wrong: ")


@pytest.mark.parametrize(
    "encoded", [PASSWORD, base64.b64encode(PASSWORD.encode()).decode(), PASSWORD.replace("-", "%2D")]
)
def test_values_of_secrets_that_are_referred_to_are_gone_too(vault: SecretsManager, encoded: str) -> None:
    assert encoded not in vault.redact(f"the catalog said {encoded!r}", ["lake"])


def test_without_a_secret_there_is_nothing_to_take_out(vault: SecretsManager) -> None:
    assert vault.redact("a plain text", []) == "a plain text"


@pytest.mark.parametrize("why", ["gone", "locked"])
def test_where_the_values_cannot_be_had_the_text_is_withheld(vault: SecretsManager, home: Path, why: str) -> None:
    if why == "gone":
        vault.delete_secret("one")
    else:
        items_of(home).locked = True
    assert vault.redact("a text with who knows what", ["one"]) == WITHHELD


def test_what_it_opens_it_closes(vault: SecretsManager) -> None:
    opened = []

    def read(names, action):
        found = parts(vault).use_cases.reader().read(names, action)
        opened.extend(found)
        return found

    Redactor(read).redact("text", ["lake"])
    assert [secret.metadata.name for secret in opened] == ["lake", "catalog"]
    assert [secret._credentials for secret in opened] == [None, None]
