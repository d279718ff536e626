"""The parts of one open vault: shared by its callers, made when they are needed, and closed as one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pondpilot_secrets import EVERYTHING, SecretsManager, SecureString
from pondpilot_secrets.errors import VaultError, WipedError
from pondpilot_secrets.settings import Settings
from pondpilot_secrets.vault.composition import SharedParts, UseCases
from tests.vault.stores import S3


def test_a_use_case_is_made_once_for_each_caller_and_the_parts_once_for_all(home: Path) -> None:
    shared = SharedParts(Settings(home, store="memory"), None)
    first, second = UseCases(shared, EVERYTHING), UseCases(shared, EVERYTHING)
    assert first.reader() is first.reader()
    assert first.reader() is not second.reader()
    assert first.injection() is not second.injection()
    assert shared.lock() is shared.lock()
    shared.close()


def test_listing_imports_no_use_case(home: Path) -> None:
    code = (
        "import sys; from pondpilot_secrets import SecretsManager\n"
        "with SecretsManager.open(sys.argv[1]) as vault: vault.list_secrets()\n"
        "print(*sorted(name for name in sys.modules if name.startswith('pondpilot_secrets.vault.')))\n"
    )
    ran = subprocess.run([sys.executable, "-c", code, str(home)], capture_output=True, text=True, check=True)
    cases = {"secret_reader", "secret_writer", "injection_service", "rotation", "unit_of_work", "store_move", "repair"}
    assert cases & {name.rpartition(".")[2] for name in ran.stdout.split()} == set()


def test_closing_wipes_the_keys_and_the_passphrase(home: Path) -> None:
    given = SecureString("horse")
    shared = SharedParts(Settings(home, store="file"), given)
    cases = UseCases(shared, EVERYTHING)
    cases.unit().open()
    key, kept = shared.audit_key.open(), shared.store._value
    assert kept is not None
    shared.close()
    shared.close()
    assert key.closed
    assert kept.closed
    assert given.expose() == "horse", "what was given is the caller's"
    with pytest.raises(VaultError, match="closed"):
        shared.metadata.list()
    with pytest.raises((VaultError, WipedError)):
        cases.unit().open()


def test_a_text_that_was_given_as_the_passphrase_is_not_kept_as_text(home: Path) -> None:
    with SecretsManager.open(home, "file", passphrase="horse") as vault:
        vault.save_secret("s3", "lake", S3)
        held = [value for part in (vault, vault._shared, vault._shared.store) for value in vars(part).values()]
        assert "horse" not in [value for value in held if isinstance(value, str)]
        vault.lock()
        vault.get_secret("lake").close()  # it is opened again with the copy in secret memory


def test_a_vault_whose_metadata_was_lost_leaves_nothing_open(home: Path) -> None:
    with SecretsManager.open(home, "file", passphrase="horse") as vault:
        vault.init_vault()
    (home / "metadata.db").write_bytes(b"")
    with pytest.raises(VaultError, match="holds secrets"):
        SharedParts(Settings(home), None)
