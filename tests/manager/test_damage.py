"""Damage that only the vault as a whole can tell: an emptied file, a row that leads elsewhere, a turned letter."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.commands.doctor import Health
from pondpilot_secrets.commands.doctor_vault import database
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.errors import AuditBrokenError, SecretNotFoundError, VaultError
from pondpilot_secrets.keychain.sealed import FileKey, SealedStore

VALUES = {"key_id": "K", "secret": "the-value"}


def open_it(home: Path) -> SecretsManager:
    return SecretsManager.open(home, "sealed", key_file=home.with_suffix(".key"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "vault"
    with open_it(home) as vault:
        for name in ("lake", "pond", "sea"):
            vault.save_secret("s3", name, {**VALUES, "secret": f"of {name}"}, scope=f"s3://{name}/", tags=["blue"])
    return home


def run(home: Path, sql: str, *parameters: object) -> None:
    connection = sqlite3.connect(home / "metadata.db")
    connection.execute(sql, parameters)
    connection.commit()
    connection.close()


def test_an_emptied_metadata_file_is_not_taken_for_a_new_vault(home: Path) -> None:
    (home / "metadata.db").write_bytes(b"")
    for _ in range(2):
        with pytest.raises(VaultError, match=r"sealed\.db holds secrets") as caught:
            open_it(home)
        assert "backup" in (caught.value.hint or "")


@pytest.mark.parametrize("gone", [False, True], ids=["emptied", "deleted"])
def test_a_lost_metadata_file_over_the_systems_store_is_not_taken_for_a_new_vault(
    tmp_path: Path, keychain_environment: object, gone: bool
) -> None:
    home = tmp_path / "system-vault"
    with SecretsManager.open(home, "system") as vault:
        vault.save_secret("s3", "lake", VALUES)
        number = vault.vault.metadata.setting("vault_id")
    kept = (home / "metadata.db").read_bytes()
    for path in home.glob("metadata.db*"):
        path.unlink()
    if not gone:
        (home / "metadata.db").write_bytes(b"")
    for _ in range(2):
        with pytest.raises(VaultError, match=r"metadata\.db is empty, but .* had a vault") as caught:
            SecretsManager.open(home, "system")
        assert "vault.id" in (caught.value.hint or "")
    assert (home / "vault.id").read_text() == f"{number}\n"
    (home / "metadata.db").write_bytes(kept)
    with SecretsManager.open(home, "system") as vault, vault.get_secret("lake") as secret:
        assert secret.credentials["secret"].expose() == VALUES["secret"]
        vault.delete_secret("lake")


def test_a_mark_that_is_moved_away_lets_a_vault_begin_anew(tmp_path: Path, keychain_environment: object) -> None:
    home = tmp_path / "system-vault"
    for _ in range(2):
        with SecretsManager.open(home, "system") as vault:
            vault.save_secret("s3", "lake", VALUES)
            vault.delete_secret("lake")
        (home / "metadata.db").unlink()
        (home / "vault.id").unlink()


def test_a_vault_from_before_there_were_marks_gets_one(home: Path) -> None:
    (home / "vault.id").unlink()
    with open_it(home) as vault:
        vault.get_secret("lake").close()
        assert (home / "vault.id").read_text() == f"{vault.vault.metadata.setting('vault_id')}\n"


def test_a_sealed_file_that_nothing_was_put_into_yet_does_not_stand_in_the_way(tmp_path: Path) -> None:
    home = tmp_path / "vault"
    home.mkdir()
    SealedStore.create(home / "sealed.db", [FileKey(tmp_path / "lost.key")]).close()
    with open_it(home) as vault:
        vault.save_secret("s3", "lake", VALUES)
        vault.get_secret("lake").close()


def test_a_name_that_leads_to_another_secret_gives_no_credential(home: Path) -> None:
    run(home, "UPDATE secrets SET name = 'pont' WHERE name = 'pond'")
    with open_it(home) as vault:
        for read in (vault.find_secret, vault.get_secret):
            with pytest.raises(VaultError, match="leads to another secret") as caught:
                read("pond")
            assert "metadata.db" in caught.value.message
        with pytest.raises(SecretNotFoundError):
            vault.get_secret("pont")
        with vault.get_secret("lake") as secret:
            assert secret.credentials["secret"].expose() == "of lake"


def test_a_row_with_a_wrong_id_says_that_it_is_broken(home: Path) -> None:
    with open_it(home) as vault:
        wrong = vault.find_secret("lake").id[:-1] + "x"
        run(home, "UPDATE secrets SET id = ? WHERE name = 'lake'", wrong)
        with pytest.raises(VaultError, match="'lake' has a wrong id"):
            vault.get_secret("lake")


def test_text_that_became_bytes_is_damage(home: Path) -> None:
    run(home, "UPDATE secrets SET provider = CAST(provider AS BLOB) WHERE name = 'lake'")
    with open_it(home) as vault, pytest.raises(VaultError, match="unreadable"):
        vault.get_secret("lake")


def test_tables_whose_definition_is_not_even_text_are_damage(home: Path) -> None:
    for file, word in (("metadata.db", b"CREATE TABLE secrets"), ("sealed.db", b"CREATE TABLE sealed")):
        content = (home / file).read_bytes()
        (home / file).write_bytes(content.replace(word, word[:9] + b"\xff" + word[10:]))
        with pytest.raises(VaultError, match=rf"{file}.* is damaged"), open_it(home) as vault:
            vault.get_secret("lake")
        (home / file).write_bytes(content)


def test_the_doctor_finds_a_turned_letter_that_a_list_would_show(home: Path) -> None:
    with Session(home=home, key_file=home.with_suffix(".key")) as session:
        assert [finding.health for finding in database(session)] == [Health.OK]
    for column, value in (("tags", '["blux"]'), ("scopes", '["s3://lakf/"]'), ("type", "r2"), ("name", "lbke")):
        before = (home / "metadata.db").read_bytes()
        run(home, f"UPDATE secrets SET {column} = ? WHERE name = 'lake'", value)
        with Session(home=home, key_file=home.with_suffix(".key")) as session:
            (finding,) = database(session)
        assert finding.health is Health.BROKEN
        assert "metadata.db" in finding.message
        assert finding.hint
        (home / "metadata.db").write_bytes(before)


def test_letters_that_an_older_unicode_folds_otherwise_are_no_damage(home: Path) -> None:
    with open_it(home) as vault:
        vault.save_secret("s3", "größe", VALUES, tags=["Ärger"])
        run(home, "UPDATE secrets SET haystack = replace(haystack, 'ä', 'Ä') WHERE name = 'größe'")
        assert vault.vault.metadata.problems() == []


def test_an_audit_log_whose_end_was_changed_names_its_file(home: Path) -> None:
    run(home, "UPDATE audit_anchor SET seal = zeroblob(32)")
    with open_it(home) as vault, pytest.raises(AuditBrokenError, match=r"metadata\.db"):
        vault.get_secret("lake")


def test_a_vault_without_its_number_begins_no_new_log(home: Path) -> None:
    run(home, "DELETE FROM settings WHERE key = 'vault_id'")
    with open_it(home) as vault, pytest.raises(VaultError, match="number of the vault"):
        vault.get_secret("lake")
