"""The variables of one child: those of all its secrets, or none where two differ or one is never shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.errors import PolicyDeniedError, UsageError
from pondpilot_secrets.vault.child_environment import ChildEnvironment
from tests.vault.parts import parts
from tests.vault.stores import S3


@pytest.fixture
def vault(home: Path) -> Iterator[SecretsManager]:
    with SecretsManager.open(home, "memory") as opened:
        opened.save_secret("s3", "lake", S3)
        opened.save_secret("huggingface", "hub", {"token": "hf_marker"})
        yield opened


def shown(vault: SecretsManager, *names: str) -> dict[str, str]:
    variables = vault.environment(names)
    try:
        return {variable: value.expose() for variable, value in variables.items()}
    finally:
        for value in variables.values():
            value.close()


def test_the_variables_of_several_secrets_are_gathered(vault: SecretsManager) -> None:
    found = shown(vault, "lake", "hub")
    assert (found["AWS_SECRET_ACCESS_KEY"], found["HF_TOKEN"]) == (S3["secret"], "hf_marker")


def test_two_that_agree_set_a_variable_once(vault: SecretsManager) -> None:
    vault.save_secret("s3", "same", S3)
    assert shown(vault, "lake", "same") == shown(vault, "lake")


def test_two_that_differ_are_refused_and_named(vault: SecretsManager) -> None:
    vault.save_secret("s3", "other", {**S3, "key_id": "OTHER"})
    with pytest.raises(UsageError, match="'lake' and 'other' both set AWS_ACCESS_KEY_ID") as caught:
        vault.environment(["lake", "other"])
    assert "OTHER" not in str(caught.value)


def test_a_secret_that_is_never_shown_goes_into_no_environment(vault: SecretsManager) -> None:
    vault.save_secret("huggingface", "hidden", {"token": "hf_x"}, inject_only=True)
    with pytest.raises(PolicyDeniedError):
        vault.environment(["lake", "hidden"])


def test_the_values_are_the_callers_own(vault: SecretsManager) -> None:
    cases = parts(vault).use_cases
    first = ChildEnvironment(cases.guard, parts(vault).metadata, cases.reader().read).variables(["hub"])
    second = vault.environment(["hub"])
    first["HF_TOKEN"].close()
    assert second["HF_TOKEN"].expose() == "hf_marker"
    second["HF_TOKEN"].close()
