"""Testing secrets: one or many, each closed afterwards, and none in the way of another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from pondpilot_secrets import SecretCredentials, SecretsManager
from pondpilot_secrets.access.audit import Action
from pondpilot_secrets.errors import SecretError
from pondpilot_secrets.injection.extensions import Extensions
from pondpilot_secrets.models import TestReason
from pondpilot_secrets.vault.probe_service import ProbeService
from tests.services.http_server import HTTPDataServer
from tests.vault.parts import parts


@pytest.fixture
def vault(home: Path, http_data_server: HTTPDataServer) -> Iterator[SecretsManager]:
    scope = f"{http_data_server.base_url}/"
    with SecretsManager.open(home, "memory") as opened:
        opened.save_secret("http", "right", {"token": http_data_server.token}, scope=scope)
        opened.save_secret("http", "wrong", {"token": http_data_server.wrong_token}, scope=scope)
        opened.save_secret("postgres", "catalog", {"host": "127.0.0.1", "port": 1, "password": "p"})
        opened.save_secret(
            "ducklake", "lake", {"catalog_secret": "catalog", "catalog_type": "postgres", "data_path": "/d"}
        )
        yield opened


def test_a_right_value_passes_and_a_wrong_one_does_not(vault: SecretsManager, http_data_server: HTTPDataServer) -> None:
    assert vault.test_secret("right", http_data_server.url).ok
    refused = vault.test_secret("wrong", http_data_server.url)
    assert refused.reason is TestReason.WRONG_CREDENTIALS


def test_one_that_cannot_be_tested_is_a_result_among_many(vault: SecretsManager) -> None:
    with_reference = vault.find_secret("lake")
    vault.delete_secret("catalog")
    results = dict(vault.test_secrets(["right", "lake"], timeout=2))
    assert results.keys() == {"right", "lake"}
    assert (results["lake"].ok, results["lake"].reason) == (False, TestReason.OTHER)
    with pytest.raises(SecretError):
        vault.test_secret(with_reference.id)


def test_each_is_recorded_as_a_test_and_not_counted_as_a_use(
    vault: SecretsManager, http_data_server: HTTPDataServer
) -> None:
    vault.test_secret("right", http_data_server.url)
    (record,) = vault.audit_records(limit=1)
    assert (record.action, record.secret_name) == ("test", "right")
    assert vault.find_secret("right").use_count == 0


def test_what_was_opened_is_closed_also_where_nobody_reads_on(
    vault: SecretsManager, http_data_server: HTTPDataServer
) -> None:
    opened: list[SecretCredentials] = []

    def read(names: Sequence[str], action: Action) -> list[SecretCredentials]:
        opened.extend(parts(vault).use_cases.reader().read(names, action))
        return opened

    results = ProbeService(read, Extensions()).test_many(["right", "wrong", "lake"], timeout=2)
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert [secret._credentials for secret in opened] == [None] * len(opened)
