"""Any of the keys opens the file, and where none does the error says which ones there are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pondpilot_secrets.errors import DecryptionFailedError, UsageError
from pondpilot_secrets.keychain.encrypted_file import EncryptedFile, FileKey, KeychainKey, PassphraseKey, RecoveryCode
from pondpilot_secrets.keychain.encrypted_file.key_slots import unwrap_data_key, wrap_data_key
from pondpilot_secrets.keychain.encrypted_file.key_sources import CHEAPEST
from pondpilot_secrets.keychain.memory import MemoryKeychain
from pondpilot_secrets.secure import SecureString
from tests.keychain.encrypted_file.conftest import passphrase


def test_any_of_the_keys_opens_and_no_other(path: Path, tmp_path: Path) -> None:
    first, second = passphrase("horse"), FileKey(tmp_path / "key")
    made = EncryptedFile.create(path, [first, second])
    made.set("s3:a", b"value")
    made.close()
    for keys in ([first], [second], [passphrase("donkey"), second], [FileKey(tmp_path / "missing"), first]):
        opened = EncryptedFile.open(path, keys)
        assert opened.get("s3:a") == b"value"
        opened.close()
    assert EncryptedFile.kinds_of_slots(path) == ("passphrase", "file")


@pytest.mark.parametrize("wrong", ["Horse", "horse ", "hors", "horse\n", "hörse", "x" * 10_000])
def test_a_wrong_passphrase_is_1006_and_is_not_repeated(path: Path, wrong: str) -> None:
    EncryptedFile.create(path, [passphrase("horse")]).close()
    with pytest.raises(DecryptionFailedError) as refused:
        EncryptedFile.open(path, [passphrase(wrong)])
    assert refused.value.code == 1006
    assert wrong not in f"{refused.value} {refused.value.hint}"
    assert "a passphrase" in str(refused.value.hint)


def test_the_key_file_of_another_vault_is_1006(store: EncryptedFile, path: Path, tmp_path: Path) -> None:
    other = FileKey(tmp_path / "other.key")
    EncryptedFile.create(tmp_path / "other.db", [other]).close()
    with pytest.raises(DecryptionFailedError) as refused:
        EncryptedFile.open(path, [other])
    assert refused.value.code == 1006
    assert "key file" in str(refused.value.hint)


def test_without_a_key_of_a_fitting_kind_it_says_what_opens_it(store: EncryptedFile, path: Path) -> None:
    for keys in ([], [passphrase("horse")]):
        with pytest.raises(DecryptionFailedError, match="needs its key") as refused:
            EncryptedFile.open(path, keys)
        assert "POND_KEY_FILE" in str(refused.value.hint)


def test_a_lost_keychain_item_leaves_the_other_ways_in_open(path: Path) -> None:
    keychain = MemoryKeychain()
    by_keychain, phrase = KeychainKey(keychain), passphrase("horse")
    EncryptedFile.create(path, [by_keychain, phrase]).close()
    EncryptedFile.open(path, [by_keychain]).close()
    for account in keychain.list_accounts():
        keychain.delete(account)
    EncryptedFile.open(path, [by_keychain, phrase]).close()
    with pytest.raises(DecryptionFailedError, match="gone from the keychain"):
        EncryptedFile.open(path, [by_keychain])
    keychain.close()


def test_a_lost_key_file_does_not_keep_the_passphrase_from_being_tried(store: EncryptedFile, key: FileKey) -> None:
    passphrase = PassphraseKey(SecureString("horse"), CHEAPEST)
    store.change_slots([passphrase])
    key.path.unlink()
    EncryptedFile.open(store.path, [key, passphrase]).close()
    store.change_slots([RecoveryCode.new()])
    with pytest.raises(UsageError, match="cannot be read") as caught:
        EncryptedFile.open(store.path, [key])
    assert "pond vault use-recovery-code" in (caught.value.hint or "")


def test_a_slot_opens_for_its_file_its_kind_and_its_parameters_alone(key: FileKey, path: Path) -> None:
    slot = wrap_data_key(key, SecureString(bytes(range(32))), "a file", 1)
    with unwrap_data_key([key], [slot], "a file", path).data_key as data_key, data_key.exposed() as view:
        assert view == bytes(range(32))
    for file_id, changed in (
        ("another file", slot),
        ("a file", replace(slot, parameters={"salt": "00" * 16})),
        ("a file", replace(slot, nonce=bytes(12))),
        ("a file", replace(slot, wrapped=bytes(48))),
    ):
        with pytest.raises(DecryptionFailedError):
            unwrap_data_key([key], [changed], file_id, path)


def test_a_slot_whose_parameters_nobody_wrote_is_named(key: FileKey, path: Path) -> None:
    slot = replace(wrap_data_key(key, SecureString(bytes(32)), "a file", 7), parameters={})
    with pytest.raises(DecryptionFailedError, match="slot 7"):
        unwrap_data_key([key], [slot], "a file", path)
