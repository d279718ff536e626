"""The keys that were given come in their order, and what was read for them is wiped afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from pondpilot_secrets.errors import UsageError
from pondpilot_secrets.keychain.encrypted_file import FileKey, PassphraseKey
from pondpilot_secrets.keychain.given_keys import LARGEST_PASSPHRASE, given_keys, read_passphrase
from pondpilot_secrets.keychain.store_kind import StoreContext
from pondpilot_secrets.secure import SecureString


def passphrase_of(key: object) -> SecureString:
    assert isinstance(key, PassphraseKey)
    assert isinstance(key.passphrase, SecureString)
    return key.passphrase


def test_key_files_come_first_and_a_new_store_takes_one(tmp_path: Path) -> None:
    files = (tmp_path / "a", tmp_path / "b")
    context = StoreContext(tmp_path, files, "horse")
    with given_keys(context, new=False) as keys:
        assert keys[:2] == [FileKey(files[0]), FileKey(files[1])]
        assert passphrase_of(keys[2]).expose() == "horse"
    with given_keys(context, new=True) as keys:
        assert [key.kind for key in keys] == ["file", "passphrase"]


def test_a_text_is_wiped_afterwards_and_a_value_of_the_callers_is_not(tmp_path: Path) -> None:
    with given_keys(StoreContext(tmp_path, passphrase="horse"), new=False) as keys:
        made = passphrase_of(keys[0])
    assert made.closed
    with SecureString("horse") as own:
        with given_keys(StoreContext(tmp_path, passphrase=own), new=False) as keys:
            assert passphrase_of(keys[0]) is own
        assert not own.closed


def test_what_was_read_from_a_file_is_wiped_also_after_an_error(tmp_path: Path) -> None:
    file = tmp_path / "passphrase"
    file.write_text("horse\r\n")
    taken: list[SecureString] = []

    def fail() -> None:
        with given_keys(StoreContext(tmp_path, passphrase_file=file), new=False) as keys:
            taken.append(passphrase_of(keys[0]))
            assert taken[0].expose() == "horse"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert taken[0].closed


def test_a_function_is_asked_when_the_key_is_needed(tmp_path: Path) -> None:
    asked: list[bool] = []

    def ask(new: bool) -> SecureString:
        asked.append(new)
        return SecureString("horse")

    for new in (False, True):
        with given_keys(StoreContext(tmp_path, passphrase=ask), new=new) as keys:
            (key,) = keys
            assert isinstance(key, PassphraseKey)
            assert asked == [], "nobody is asked before"
            assert callable(key.passphrase)
            key.passphrase().close()
            assert asked == [new]
            asked.clear()


def test_nobody_is_asked_where_a_file_says_it_or_a_new_store_has_a_key(tmp_path: Path) -> None:
    def ask(new: bool) -> SecureString:
        raise AssertionError(new)

    (tmp_path / "passphrase").write_text("horse")
    with given_keys(StoreContext(tmp_path, passphrase=ask, passphrase_file=tmp_path / "passphrase"), new=True) as keys:
        assert passphrase_of(keys[0]).expose() == "horse"
    with given_keys(StoreContext(tmp_path, (tmp_path / "key",), ask), new=True) as keys:
        assert [key.kind for key in keys] == ["file"]


def test_a_new_store_needs_a_key_and_an_old_one_may_have_others(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="needs a key"), given_keys(StoreContext(tmp_path), new=True):
        pass
    with given_keys(StoreContext(tmp_path), new=False) as keys:
        assert keys == []


@pytest.mark.parametrize(
    ("content", "passphrase"),
    [(b"horse", "horse"), (b"horse\n", "horse"), (b"horse\r\n\n", "horse"), (b" horse ", " horse "), (b"\n", "")],
)
def test_a_passphrase_in_a_file_ends_before_its_line_end(tmp_path: Path, content: bytes, passphrase: str) -> None:
    (tmp_path / "passphrase").write_bytes(content)
    with read_passphrase(tmp_path / "passphrase") as read:
        assert read.expose() == passphrase


def test_a_passphrase_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"missing cannot be read"):
        read_passphrase(tmp_path / "missing")
    (tmp_path / "large").write_bytes(b"x" * (LARGEST_PASSPHRASE + 1))
    with pytest.raises(UsageError, match="large cannot be read"):
        read_passphrase(tmp_path / "large")
