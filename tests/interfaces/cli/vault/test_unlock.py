"""`pond vault unlock`: with the key that the vault remembers, or another that is named."""

from __future__ import annotations

from tests.interfaces.cli.pond import Pond


def password(pond: Pond, **variables: str) -> str:
    return pond.ok("reveal", "shop", "password", **variables).out


def test_a_vault_remembers_where_its_key_file_lies(remembering: Pond) -> None:
    assert password(remembering) == "marker-word"
    assert remembering.ok("vault", "unlock").err == "the vault is open\n"


def test_a_key_file_that_was_moved_is_missed_by_name_and_may_be_named_again(remembering: Pond) -> None:
    old, new = remembering.folder / "pond.key", remembering.folder / "moved.key"
    old.rename(new)
    ended = remembering("reveal", "shop", "password")
    assert ended.status == 31
    assert f"the key file {old} cannot be read" in ended.err
    assert password(remembering, POND_KEY_FILE=str(new)) == "marker-word"
    remembering.ok("vault", "rekey", "--key-file", str(new), POND_KEY_FILE=str(new))
    assert password(remembering) == "marker-word"


def test_a_wrong_key_file_is_said_and_nothing_is_lost(warehouse: Pond, tmp_path) -> None:
    other = tmp_path / "other.key"
    other.write_text("0" * 64)
    other.chmod(0o600)
    own = warehouse.folder / "pond.key"
    own.rename(tmp_path / "away.key")  # or the vault would open with the key file that it remembers
    wrong = warehouse("reveal", "warehouse", "user", POND_KEY_FILE=str(other))
    assert wrong.status in {15, 31}
    assert wrong.out == ""
    (tmp_path / "away.key").rename(own)
    assert warehouse.ok("reveal", "warehouse", "user").out == "ana"
