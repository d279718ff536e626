"""Two truths agree: a writer that died in the middle leaves nothing lost and nothing orphaned after the next open."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.errors import KeychainUnavailableError, VaultBusyError
from pondpilot_secrets.keychain.memory import Fail, items_of
from pondpilot_secrets.models import SecretState
from pondpilot_secrets.vault.crash_recovery import CrashRecovery
from tests.vault.half_done import half_edited, half_saved
from tests.vault.parts import parts
from tests.vault.stores import open_vault, values

pytestmark = pytest.mark.slow  # most kill a process in the middle of a write


@pytest.fixture
def kept(tmp_path: Path, store: str) -> Path:
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


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_save_that_died_is_wholly_there_or_wholly_absent(kept: Path, store: str, moment: str) -> None:
    die(kept, store, "save", moment)
    with open_vault(kept, store) as vault:
        assert_stores_agree(vault)
        assert values(vault, "kept")["secret"] == "old-value"
        if moment == "after":
            assert values(vault, "fresh") == {"key_id": "K", "secret": "new-value"}
        else:
            assert [row.name for row in vault.list_secrets()] == ["kept"]
            vault.save_secret("s3", "fresh", {"key_id": "K", "secret": "again"})


@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_edit_that_died_is_wholly_done_or_not_at_all(kept: Path, store: str, moment: str) -> None:
    die(kept, store, "edit", moment)
    with open_vault(kept, store) as vault:
        assert_stores_agree(vault)
        row = vault.find_secret("kept")
        if moment == "after":
            assert values(vault, "kept") == {"key_id": "K", "secret": "new-value", "session_token": "t"}
            assert (row.tags, row.revision, row.field_names) == (("edited",), 2, ("key_id", "secret", "session_token"))
        else:
            assert values(vault, "kept") == {"key_id": "K", "secret": "old-value"}
            assert (row.tags, row.revision, row.field_names) == (("first",), 1, ("key_id", "secret"))


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_delete_that_died_is_finished(kept: Path, store: str, moment: str) -> None:
    die(kept, store, "delete", moment)
    with open_vault(kept, store) as vault:
        assert vault.list_secrets() == []
        assert_stores_agree(vault)
        vault.save_secret("s3", "kept", {"key_id": "K", "secret": "anew"})
        assert values(vault, "kept")["secret"] == "anew"


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_deletion_that_is_finished_later_is_in_the_log(kept: Path, store: str, moment: str) -> None:
    die(kept, store, "delete", moment)
    with open_vault(kept, store) as vault:
        entry = next(iter(parts(vault).audit_reader.entries(1)))
        assert (entry.action, entry.secret_name, entry.detail) == ("delete", "kept", "finished after a crash")


@pytest.mark.parametrize("moment", ["before", "after"])
def test_the_audit_log_verifies_after_a_crash(kept: Path, store: str, moment: str) -> None:
    die(kept, store, "edit", moment)
    with open_vault(kept, store) as vault:
        assert parts(vault).audit.verify().ok


NAMES = ["n0", "n1", "n2"]


@pytest.mark.parametrize(("written", "kept"), [(0, 0), (1, 0), (2, 0), (3, 3)])
def test_a_batch_that_died_is_kept_as_a_whole_or_not_at_all(home: Path, store: str, written: int, kept: int) -> None:
    with open_vault(home, store) as vault:
        _ = parts(vault).audit
        before = parts(vault).keychain.list_accounts()
        half_saved(vault, NAMES, written)
    with open_vault(home, store) as vault:
        assert len(vault.list_secrets()) == kept
        assert len(set(parts(vault).keychain.list_accounts()) - set(before)) == kept
        vault.delete_secrets([row.name for row in vault.list_secrets()])


def test_a_batch_is_not_confused_with_another(home: Path) -> None:
    with open_vault(home, "file") as vault:
        half_saved(vault, NAMES, 3)
        half_saved(vault, ["other"], 0)
    with open_vault(home, "file") as vault:
        assert [row.name for row in vault.list_secrets()] == ["n0", "n1", "n2"]


def test_a_name_that_an_unsettled_save_holds_is_told_from_one_that_is_taken(home: Path) -> None:
    with open_vault(home, "file") as vault:
        half_saved(vault, NAMES, 0)
        with pytest.raises(VaultBusyError, match="the change to 'n0' is incomplete"):
            half_saved(vault, ["n0"], 0)


@pytest.fixture
def made(tmp_path: Path):
    with SecretsManager.open(tmp_path / "made", "memory") as opened:
        opened.save_secret("s3", "kept", {"key_id": "K", "secret": "old-value"})
        yield opened


def recover(vault: SecretsManager) -> None:
    with parts(vault).use_cases.unit().begin() as work:
        CrashRecovery(parts(vault).metadata).run(work)


def test_what_was_left_is_told_without_opening_anything(made: SecretsManager) -> None:
    step = CrashRecovery(parts(made).metadata)
    assert not step.is_pending()
    half_saved(made, ["one"], 1)
    assert step.is_pending()
    recover(made)
    assert not step.is_pending()


def test_each_is_recorded_as_what_became_of_it(made: SecretsManager) -> None:
    half_edited(made, "kept", {"key_id": "K", "secret": "new-value"})
    half_saved(made, ["whole"], 1)
    recover(made)
    records = made.audit_records(limit=2)
    assert {(record.action, record.secret_name) for record in records} == {
        ("crash_recovery", "kept"),
        ("crash_recovery", "whole"),
    }
    parts(made).metadata.mark_deleting([made.find_secret("whole").id])
    recover(made)
    (record,) = made.audit_records(limit=1)
    assert (record.action, record.detail) == ("delete", "finished after a crash")


def test_what_the_store_refuses_now_keeps_no_other_from_being_recovered(made: SecretsManager) -> None:
    home = parts(made).settings.home
    made.save_secret("s3", "doomed", {"key_id": "K", "secret": "v"})
    parts(made).metadata.mark_deleting([made.find_secret("doomed").id])
    half_edited(made, "kept", {"key_id": "K", "secret": "new-value"})
    items_of(home).add_fault(Fail(KeychainUnavailableError("gone")), call="delete")
    with parts(made).use_cases.unit().begin():
        left = parts(made).metadata.incomplete_writes()
    assert [row.metadata.state for row in left] == [SecretState.DELETING]
    recover(made)
    assert parts(made).metadata.incomplete_writes() == []
    with made.get_secret("kept") as secret:
        assert secret.credentials["secret"].expose() == "new-value"
