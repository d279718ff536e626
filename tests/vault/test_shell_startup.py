"""What a DuckDB shell reads at its start: every secret and its references, once, and attached where the type needs it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.errors import SecretNotFoundError
from pondpilot_secrets.injection.extensions import Extensions
from pondpilot_secrets.vault.shell_startup import ShellStartup
from tests.vault.parts import parts
from tests.vault.stores import S3


@pytest.fixture
def vault(home: Path) -> Iterator[SecretsManager]:
    with SecretsManager.open(home, "memory") as opened:
        opened.save_secret("s3", "one", S3, scope="s3://one/")
        opened.save_secret("postgres", "catalog", {"host": "db.example.com", "password": "marker-password"})
        opened.save_secret(
            "ducklake", "lake", {"catalog_secret": "catalog", "catalog_type": "postgres", "data_path": "/d"}
        )
        yield opened


def text(vault: SecretsManager, *names: str, read_only: bool = True) -> str:
    script = ShellStartup(parts(vault).use_cases.reader().read, Extensions(True)).script(
        names, read_only=read_only, version=None
    )
    with script:
        return script.text("/values.json")


def test_no_value_is_in_the_text(vault: SecretsManager) -> None:
    found = text(vault, "one", "catalog", "lake")
    assert "marker" not in found
    assert found.count('TEMPORARY SECRET "catalog"') == 1, "named by itself and referred to, it is created once"


def test_references_come_before_what_refers_to_them(vault: SecretsManager) -> None:
    found = text(vault, "lake")
    assert found.index('SECRET "catalog"') < found.index('SECRET "lake"') < found.index("ATTACH")


@pytest.mark.parametrize(("read_only", "said"), [(True, "READ_ONLY"), (False, None)])
def test_a_type_that_needs_it_is_attached_for_reading_alone_unless_asked_otherwise(
    vault: SecretsManager, read_only: bool, said: str | None
) -> None:
    found = text(vault, "catalog", read_only=read_only)
    assert "ATTACH" in found
    assert ("READ_ONLY" in found) is (said is not None)


def test_a_secret_that_there_is_not_is_told(vault: SecretsManager) -> None:
    with pytest.raises(SecretNotFoundError):
        vault.shell_script("nobody")
