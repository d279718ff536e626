"""Changing whether a vault asks: refused where it makes no sense, recorded where it does, and for all processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pondpilot_secrets import Access, Grant, SecretsManager
from pondpilot_secrets.errors import PolicyDeniedError, UsageError
from pondpilot_secrets.vault.presence_settings import LONGEST_GRACE


@pytest.fixture
def vault(home: Path) -> Iterator[SecretsManager]:
    with SecretsManager.open(home, "memory") as opened:
        yield opened


def test_mode_and_grace_are_changed_together_or_alone_and_recorded(vault: SecretsManager) -> None:
    vault.change_presence("off", 60)
    assert (vault.presence_status().mode, vault.presence_status().grace) == ("off", 60)
    vault.change_presence(grace=0.5)
    assert (vault.presence_status().mode, vault.presence_status().grace) == ("off", 0.5)
    assert [record.detail for record in vault.audit_records()] == ["grace 0.5 s", "presence off, grace 60 s"]


@pytest.mark.parametrize("grace", [-1, LONGEST_GRACE + 1, float("nan")])
def test_a_grace_that_is_none_is_refused(vault: SecretsManager, grace: float) -> None:
    with pytest.raises(UsageError, match="grace"):
        vault.change_presence(grace=grace)
    assert vault.vault_status().store is None, "a vault is made for it"


def test_a_mode_that_there_is_not_is_refused(vault: SecretsManager) -> None:
    with pytest.raises(UsageError, match="'maybe'"):
        vault.change_presence("maybe")


def test_it_needs_the_grants_to_export_and_to_write(vault: SecretsManager) -> None:
    for missing in (Grant.EXPORT, Grant.WRITE):
        caller = vault.with_access(Access("web", frozenset(Grant) - {missing}))
        with pytest.raises(PolicyDeniedError, match=missing):
            caller.change_presence("off")


def test_another_process_sees_it_at_its_next_look(vault: SecretsManager, home: Path) -> None:
    with SecretsManager.open(home, "memory") as other:
        vault.change_presence("off")
        assert other.presence_status().mode == "off"
