"""`pond vault`: a vault finds its key by itself, moves whole, and opens with its new keys alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interfaces.cli.pond import Pond
from tests.services.keyring_daemon import KeyringDaemon


@pytest.fixture
def keyless(pond: Pond) -> Pond:
    """No key and no store is named by a variable."""
    pond.variables = {"POND_KEY_FILE": "", "POND_STORE": ""}
    return pond


@pytest.fixture
def remembering(keyless: Pond) -> Pond:
    """A encrypted file whose key file was named when it was made, with one secret."""
    ended = keyless.ok("vault", "init", "--store", "file", "--key-file", str(keyless.folder / "pond.key"))
    assert (
        ended.err == f"{keyless.folder / 'pond.key'} opens it, which it remembers; keep a copy of that file elsewhere\n"
    )
    keyless.ok("add", "mysql", "shop", "host=h", "password=@-", stdin="marker-word")
    return keyless


def password(pond: Pond, **variables: str) -> str:
    return pond.ok("reveal", "shop", "password", **variables).out


def test_a_vault_remembers_where_its_key_file_lies(remembering: Pond) -> None:
    assert password(remembering) == "marker-word"
    assert remembering.ok("vault", "unlock").err == "the vault is open\n"


def test_a_key_file_named_by_a_relative_path_is_found_from_anywhere(keyless: Pond, tmp_path: Path) -> None:
    keyless.ok("vault", "init", "--store", "file", "--key-file", "~/pond.key")
    assert (keyless.folder / "home" / "pond.key").is_file()
    keyless.ok("add", "mysql", "shop", "host=h", "password=@-", stdin="marker-word")
    assert password(keyless) == "marker-word"


def test_a_key_file_that_was_moved_is_missed_by_name_and_may_be_named_again(remembering: Pond) -> None:
    old, new = remembering.folder / "pond.key", remembering.folder / "moved.key"
    old.rename(new)
    ended = remembering("reveal", "shop", "password")
    assert ended.status == 31
    assert f"the key file {old} cannot be read" in ended.err
    assert password(remembering, POND_KEY_FILE=str(new)) == "marker-word"
    remembering.ok("vault", "rekey", "--key-file", str(new), POND_KEY_FILE=str(new))
    assert password(remembering) == "marker-word"


def test_after_a_rekey_the_new_key_is_remembered_and_the_old_one_opens_nothing(remembering: Pond) -> None:
    old, new = remembering.folder / "pond.key", remembering.folder / "new.key"
    ended = remembering.ok("vault", "rekey", "--key-file", str(new))
    assert ended.err == "sealed 1 items anew; the vault opens with a key file\n"
    old.rename(remembering.folder / "kept.key")
    assert password(remembering) == "marker-word"
    kept = str(remembering.folder / "kept.key")
    assert password(remembering, POND_KEY_FILE=kept) == "marker-word", "a stale variable hid the remembered key"
    new.rename(remembering.folder / "elsewhere.key")
    assert remembering("reveal", "shop", "password", POND_KEY_FILE=kept).status != 0


def test_status_says_where_and_why_and_opens_nothing(remembering: Pond) -> None:
    (remembering.folder / "pond.key").unlink()
    found = remembering.ok("vault", "status", "--json").json()
    assert (found["store"], found["secrets"], found["opens_with"]) == ("file", 1, ["file"])
    assert found["reason"] == "it was asked for"
    assert "opens with  a key file" in remembering.ok("vault", "status").out


def test_a_vault_moves_to_the_keychain_and_back_and_keeps_every_value(
    remembering: Pond, secret_service: KeyringDaemon
) -> None:
    home = str(remembering.folder / "home")
    remembering.variables |= secret_service.environment | {"HOME": home}
    assert remembering.ok("vault", "migrate", "--to", "system").err.startswith("moved 1 items from the file store")
    assert password(remembering) == "marker-word"
    assert not (remembering.folder / "vault" / "secrets.db").exists()
    key = str(remembering.folder / "other.key")
    assert remembering.ok("vault", "migrate", "--to", "file", "--key-file", key).err.startswith("moved 1 items")
    assert password(remembering) == "marker-word"
    remembering.ok("vault", "rekey", "--keychain")
    assert password(remembering) == "marker-word"
    secret_service.lock()
    locked = remembering("reveal", "shop", "password")
    assert locked.status != 0
    assert locked.out == ""


def test_a_vault_that_is_there_is_not_made_again(remembering: Pond) -> None:
    ended = remembering("vault", "init")
    assert ended.status == 31
    assert "there is a vault in" in ended.err
    assert password(remembering) == "marker-word"
