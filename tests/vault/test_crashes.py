"""Two truths agree: a writer killed between its two writes leaves nothing lost and nothing orphaned after the next open."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.models import SecretState
from tests.vault.parts import parts
from tests.vault.stores import open_vault


@pytest.fixture
def home(tmp_path: Path, store: str) -> Path:
    with open_vault(tmp_path / "vault", store) as vault:
        strangers = set(parts(vault).keychain.list_accounts()) - {f"vault:{parts(vault).state.vault_id}"}
        (tmp_path / "strangers").write_text("\n".join(strangers))
        vault.save_secret("s3", "kept", {"key_id": "K", "secret": "old-value"}, scope="s3://b/", tags=["first"])
    return tmp_path / "vault"


def die(home: Path, store: str, operation: str, moment: str) -> None:
    command = [sys.executable, "-m", "tests.vault.dying_writer", str(home), store, operation, moment]
    child = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert child.returncode == -signal.SIGKILL, child.stderr


def assert_stores_agree(vault: SecretsManager) -> None:
    """Every row is settled and has its item, and every item of this vault has its row."""
    rows = vault.list_secrets()
    assert parts(vault).metadata.incomplete_writes() == []
    assert {row.state for row in rows} <= {SecretState.READY}
    known = {row.account for row in rows} | {f"vault:{parts(vault).metadata.setting('vault_id')}"}
    strangers = (parts(vault).settings.home.parent / "strangers").read_text().split("\n")
    assert set(parts(vault).keychain.list_accounts()) - set(strangers) == known


def values(vault: SecretsManager, name: str) -> dict[str, str]:
    with vault.get_secret(name) as secret:
        return {field: value.expose() for field, value in secret.credentials.items()}


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_save_that_died_is_wholly_there_or_wholly_absent(home: Path, store: str, moment: str) -> None:
    die(home, store, "save", moment)
    with open_vault(home, store) as vault:
        assert_stores_agree(vault)
        assert values(vault, "kept")["secret"] == "old-value"
        if moment == "after":
            assert values(vault, "fresh") == {"key_id": "K", "secret": "new-value"}
        else:
            assert [row.name for row in vault.list_secrets()] == ["kept"]
            vault.save_secret("s3", "fresh", {"key_id": "K", "secret": "again"})


@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_edit_that_died_is_wholly_done_or_not_at_all(home: Path, store: str, moment: str) -> None:
    die(home, store, "edit", moment)
    with open_vault(home, store) as vault:
        assert_stores_agree(vault)
        row = vault.find_secret("kept")
        if moment == "after":
            assert values(vault, "kept") == {"key_id": "K", "secret": "new-value", "session_token": "t"}
            assert (row.tags, row.revision, row.field_names) == (("edited",), 2, ("key_id", "secret", "session_token"))
        else:
            assert values(vault, "kept") == {"key_id": "K", "secret": "old-value"}
            assert (row.tags, row.revision, row.field_names) == (("first",), 1, ("key_id", "secret"))


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_delete_that_died_is_finished(home: Path, store: str, moment: str) -> None:
    die(home, store, "delete", moment)
    with open_vault(home, store) as vault:
        assert vault.list_secrets() == []
        assert_stores_agree(vault)
        vault.save_secret("s3", "kept", {"key_id": "K", "secret": "anew"})
        assert values(vault, "kept")["secret"] == "anew"


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_deletion_that_is_finished_later_is_in_the_log(home: Path, store: str, moment: str) -> None:
    die(home, store, "delete", moment)
    with open_vault(home, store) as vault:
        entry = next(iter(parts(vault).audit_reader.entries(1)))
        assert (entry.action, entry.secret_name, entry.detail) == ("delete", "kept", "finished after a crash")


@pytest.mark.parametrize("moment", ["before", "after"])
def test_the_audit_log_verifies_after_a_crash(home: Path, store: str, moment: str) -> None:
    die(home, store, "edit", moment)
    with open_vault(home, store) as vault:
        assert parts(vault).audit.verify().ok
