"""Rows of `metadata.db` that a disk or another program changed: told of, never shown, and repaired when somebody agrees."""

from __future__ import annotations

import itertools
import re
import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.access.grants import Access, Grant
from pondpilot_secrets.errors import (
    CredentialCorruptError,
    PolicyDeniedError,
    VaultError,
)
from pondpilot_secrets.vault import repair
from tests.vault.parts import parts

VALUES = {"key_id": "K", "secret": "the-value"}


def open_it(home: Path) -> SecretsManager:
    return SecretsManager.open(home, "file", key_file=home.with_suffix(".key"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "vault"
    with open_it(home) as vault:
        for name in ("lake", "pond", "sea"):
            vault.save_secret("s3", name, {**VALUES, "secret": f"of {name}"}, scope=f"s3://{name}/", tags=["blue"])
    return home


def run(home: Path, sql: str, *parameters: object) -> None:
    connection = sqlite3.connect(home / "metadata.db")
    connection.execute("PRAGMA ignore_check_constraints = ON")
    connection.execute(sql, parameters)
    connection.commit()
    connection.close()


ALTERED = [
    ("name", "lbke"),
    ("type", "r2"),
    ("provider", "confih"),
    ("scopes", '["s3://lakf/"]'),
    ("tags", '["blux"]'),
    ("description", "x"),
    ("field_names", '["key_id", "secrft"]'),
    ("created_at", 1),
    ("updated_at", 1),
    ("expires_at", 4_102_444_800_000_000),
    ("revision", 2),
    ("inject_only", 1),
]


def test_a_name_that_leads_to_another_secret_gives_no_credential(home: Path) -> None:
    run(home, "UPDATE secrets SET name_key = 'x' WHERE name = 'lake'")
    run(home, "UPDATE secrets SET name_key = 'lake' WHERE name = 'pond'")  # an index that leads elsewhere
    with open_it(home) as vault:
        for read in (vault.find_secret, vault.get_secret):
            with pytest.raises(VaultError, match="leads to another secret") as caught:
                read("lake")
            assert "metadata.db" in caught.value.message
        with vault.get_secret("sea") as secret:
            assert secret.credentials["secret"].expose() == "of sea"


@pytest.mark.parametrize(("column", "value"), ALTERED)
def test_a_row_that_is_not_as_it_was_written_is_told_of_and_never_shown(home: Path, column: str, value: object) -> None:
    run(home, f"UPDATE secrets SET {column} = ? WHERE name = 'lake'", value)
    with open_it(home) as vault:
        for read in (vault.list_secrets, lambda: vault.find_secret("lake"), lambda: vault.get_secret("lake")):
            with pytest.raises(
                VaultError, match=r"metadata\.db is damaged: the entry of '(lake|lbke)' is not as"
            ) as caught:
                read()
            assert "`pond vault repair`" in (caught.value.hint or "")
        with vault.get_secret("sea") as secret:
            assert secret.credentials["secret"].expose() == "of sea"


@pytest.mark.parametrize(("column", "value"), ALTERED)
def test_a_row_can_be_kept_as_it_reads_and_its_credential_stays_bound(home: Path, column: str, value: object) -> None:
    run(home, f"UPDATE secrets SET {column} = ? WHERE name = 'lake'", value)
    with open_it(home) as vault:
        (seen,) = vault.find_corruption().corrupt
        (entry,) = vault.repair([seen])
        assert entry == (replace(seen, type="s3") if column == "type" else seen)  # the keychain knows the type
        assert vault.find_corruption() == ((), (), ())
        assert entry in vault.list_secrets()
        assert vault.find_secret(entry.name) == entry
        assert [found.name for found in vault.list_secrets(tag="blux")] == ([entry.name] if column == "tags" else [])
        (record,) = parts(vault).audit_reader.entries(limit=1)
        assert (record.action, record.secret_name, record.detail) == ("update", entry.name, repair.KEPT)
        assert parts(vault).audit.verify().ok
        if column in ("provider", "scopes", "inject_only", "revision"):
            with pytest.raises(PolicyDeniedError if column == "inject_only" else CredentialCorruptError):
                vault.get_secret(entry.name)
        else:
            with vault.get_secret(entry.name) as secret:
                assert secret.credentials["secret"].expose() == "of lake"


@pytest.mark.parametrize("text", ["lake", "s3://lake/", "blue", "config"])
def test_a_bit_that_was_turned_in_the_file_can_be_mended_wherever_it_was(home: Path, text: str) -> None:
    """In the row or in an index, which SQL would have kept in step."""
    whole = (home / "metadata.db").read_bytes()
    with open_it(home) as vault:
        right = {row.id: row.name for row in vault.list_secrets()}
    places = [found.start() for found in re.finditer(re.escape(text.encode()), whole)]
    damaged = 0
    for place in places:
        turned = bytearray(whole)
        turned[place + len(text) - 1] ^= 1
        (home / "metadata.db").write_bytes(turned)
        with open_it(home) as vault:
            found = vault.find_corruption()
            if found:
                damaged += 1
                vault.repair(found.corrupt)
            assert vault.find_corruption() == ((), (), ())
            assert {row.id for row in vault.list_secrets()} == set(right)
    assert damaged >= 2


@pytest.mark.parametrize("state", ["pending", "updating", "deleting"])
def test_a_damaged_row_of_a_dead_writer_stands_in_no_other_secrets_way(home: Path, state: str) -> None:
    run(home, "UPDATE secrets SET state = ?, tags = '[]', proposal = ? WHERE name = 'lake'", state, "no JSON")
    with open_it(home) as vault:
        with vault.get_secret("sea") as secret:
            assert secret.credentials["secret"].expose() == "of sea"
        vault.save_secret("s3", "new", VALUES)
        assert len(vault.repair(vault.find_corruption().corrupt)) == 1
        assert vault.find_corruption() == ((), (), ())
        vault.save_secret("s3", "newer", VALUES)
        names = [row.name for row in vault.list_secrets()]
        assert {"new", "newer", "pond", "sea"} <= set(names)


UNREADABLE = [
    ("description", b"bytes"),
    ("provider", b"bytes"),
    ("scopes", "[1, 2]"),
    ("tags", '[["a"]]'),
    ("tags", '["\\ud800"]'),
    ("tags", '{"a": 1}'),
    ("revision", ""),
    ("created_at", 1.5),
    ("expires_at", "soon"),
    ("use_count", "x"),
    ("state", "redey"),
]


@pytest.mark.parametrize(("column", "value"), UNREADABLE)
def test_an_unreadable_row_is_told_of_and_stops_no_other_from_being_mended(
    home: Path, column: str, value: object
) -> None:
    run(home, f"UPDATE secrets SET {column} = ? WHERE name = 'lake'", value)
    run(home, "UPDATE secrets SET tags = '[]' WHERE name = 'sea'")
    with open_it(home) as vault:
        found = vault.find_corruption()
        assert [entry.name for entry in found.corrupt] == ["sea"]
        assert any("is unreadable" in line for line in found.unreadable)
        assert [entry.name for entry in vault.repair(found.corrupt)] == ["sea"]
        with vault.get_secret("sea") as secret:
            assert secret.credentials["secret"].expose() == "of sea"
        with pytest.raises(VaultError, match=r"metadata\.db is damaged"):
            vault.get_secret("lake")


def test_text_that_is_not_utf_8_stops_no_other_row_from_being_mended(home: Path) -> None:
    run(home, "UPDATE secrets SET description = CAST(x'ff' AS TEXT) WHERE name = 'lake'")
    run(home, "UPDATE secrets SET tags = '[]' WHERE name = 'sea'")
    with open_it(home) as vault:
        found = vault.find_corruption()
        assert ([entry.name for entry in found.corrupt], len(found.unreadable)) == (["sea"], 1)
        assert [entry.name for entry in vault.repair(found.corrupt)] == ["sea"]
        vault.get_secret("sea").close()


@pytest.mark.parametrize("proposal", ["no JSON", "null", "[1]", b"\xff"])
def test_an_unfinished_edit_that_cannot_be_read_is_told_of_and_given_up(home: Path, proposal: object) -> None:
    run(home, "UPDATE secrets SET state = 'updating', proposal = ?, proposed_key = 'x' WHERE name = 'lake'", proposal)
    with open_it(home) as vault:
        (line,) = vault.find_corruption().unreadable
        assert "incomplete edit makes of 'lake'" in line
        vault.repair(())
        assert vault.find_corruption() == ((), (), ())
        vault.update_secret("lake", fields={"secret": "newer"})
        with vault.get_secret("lake") as secret:
            assert secret.credentials["secret"].expose() == "newer"


@pytest.mark.parametrize("owner", [2, 999])
def test_a_tag_that_leads_to_another_secret_or_to_none_is_mended(home: Path, owner: int) -> None:
    run(home, "UPDATE secret_tags SET secret = ? WHERE name_key = 'lake'", owner)
    with open_it(home) as vault:
        vault.update_secret("lake", tags=["blue", "green"])
        assert len(vault.list_secrets(tag="green")) == 1
    run(home, "UPDATE secret_tags SET secret = ? WHERE name_key = 'lake'", owner)
    with open_it(home) as vault:
        found = vault.find_corruption()
        assert found.unindexed or found.unreadable
        vault.repair(())
        assert vault.find_corruption() == ((), (), ())
        assert len(vault.list_secrets(tag="blue")) == 3


def test_what_others_write_meanwhile_is_no_damage(home: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        with open_it(home) as vault:
            for number in itertools.count():
                if stop.is_set():
                    return
                vault.save_secret("s3", f"n{number}", VALUES, tags=["blue"])
                vault.update_secret(f"n{number}", name=f"m{number}", tags=[f"t{number}"])

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with open_it(home) as vault:
            found = [vault.find_corruption() for _ in range(100)]
    finally:
        stop.set()
        writer.join()
    assert not any(found)


def test_tags_that_another_program_wrote_more_tightly_are_read_as_they_are(home: Path) -> None:
    run(home, """UPDATE secrets SET tags = '["a","b"]' WHERE name = 'lake'""")
    with open_it(home) as vault:
        assert [entry.tags for entry in vault.find_corruption().corrupt] == [("a", "b")]


def test_a_tag_that_the_index_of_tags_lost_is_found_and_mended(home: Path) -> None:
    run(home, "UPDATE secret_tags SET tag_key = 'blux' WHERE name_key = 'lake'")
    with open_it(home) as vault:
        assert len(vault.list_secrets(tag="blue")) == 2
        found = vault.find_corruption()
        assert (found.corrupt, [entry.name for entry in found.unindexed]) == ((), ["lake"])
        assert vault.repair(()) == []
        assert vault.find_corruption() == ((), (), ())
        assert len(vault.list_secrets(tag="blue")) == 3


def test_what_nobody_has_seen_is_not_kept(home: Path) -> None:
    run(home, "UPDATE secrets SET tags = '[]' WHERE name = 'lake'")
    with open_it(home) as vault:
        (seen,) = vault.find_corruption().corrupt
        run(home, "UPDATE secrets SET tags = '[\"evil\"]' WHERE name = 'lake'")
        assert vault.repair([seen]) == []
        with pytest.raises(VaultError):
            vault.list_secrets()


def test_a_use_between_seeing_and_keeping_changes_nothing(home: Path) -> None:
    run(home, "UPDATE secrets SET tags = '[]' WHERE name = 'lake'")
    with open_it(home) as vault:
        (seen,) = vault.find_corruption().corrupt
        run(home, "UPDATE secrets SET use_count = 7 WHERE name = 'lake'")
        assert [entry.use_count for entry in vault.repair([seen])] == [7]


def test_what_a_search_does_not_find_any_more_is_mended_without_asking(home: Path) -> None:
    run(home, "UPDATE secrets SET haystack = 'x' WHERE name = 'lake'")
    with open_it(home) as vault:
        assert vault.list_secrets(search="s3://lake") == []
        assert vault.repair(()) == []
        assert [row.name for row in vault.list_secrets(search="s3://lake")] == ["lake"]


def test_a_row_that_took_the_name_of_another_is_kept_under_a_name_of_its_own(home: Path) -> None:
    run(home, "UPDATE secrets SET name = 'sea' WHERE name = 'lake'")
    with open_it(home) as vault:
        (entry,) = vault.repair(vault.find_corruption().corrupt)
        assert entry.name == f"sea {entry.id[:8]}"
        for name, value in (("sea", "of sea"), (entry.name, "of lake")):
            with vault.get_secret(name) as secret:
                assert secret.credentials["secret"].expose() == value


def test_mending_needs_the_right_to_write(home: Path) -> None:
    run(home, "UPDATE secrets SET tags = '[]' WHERE name = 'lake'")
    access = Access("mcp", frozenset([Grant.LIST]))
    with SecretsManager.open(home, "file", key_file=home.with_suffix(".key"), access=access) as vault:
        found = vault.find_corruption()
        with pytest.raises(PolicyDeniedError):
            vault.repair(found.corrupt)


def test_a_row_with_a_wrong_id_says_that_it_is_broken(home: Path) -> None:
    with open_it(home) as vault:
        wrong = vault.find_secret("lake").id[:-1] + "x"
        run(home, "UPDATE secrets SET id = ? WHERE name = 'lake'", wrong)
        with pytest.raises(VaultError, match="'lake' is not as it was written"):
            vault.get_secret("lake")
        vault.repair(vault.find_corruption().corrupt)
        with pytest.raises(VaultError, match=f"the entry of '{wrong}' is there and cannot be read"):
            vault.get_secret("lake")


def test_letters_that_an_older_unicode_folds_otherwise_are_no_damage(home: Path) -> None:
    with open_it(home) as vault:
        vault.save_secret("s3", "größe", VALUES, tags=["Ärger"])
        run(home, "UPDATE secrets SET haystack = replace(haystack, 'ä', 'Ä') WHERE name = 'größe'")
        assert parts(vault).metadata.find_corruption() == ((), (), ())
