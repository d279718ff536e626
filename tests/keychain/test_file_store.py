"""The store `file`: made, opened with whichever key is at hand, and removed as a whole."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from pondpilot_secrets.errors import DecryptionFailedError, UsageError, VaultError
from pondpilot_secrets.keychain.encrypted_file import EncryptedFile, FileKey, KeychainKey, PassphraseKey, RecoveryCode
from pondpilot_secrets.keychain.encrypted_file.key_sources import CHEAPEST
from pondpilot_secrets.keychain.file_store import FILE_NAME, FileStore
from pondpilot_secrets.keychain.secret_service import SecretServiceKeychain
from pondpilot_secrets.keychain.store_kind import Capability, StoreContext
from pondpilot_secrets.secure import SecureString

STORE = FileStore()


@pytest.fixture
def context(tmp_path: Path) -> StoreContext:
    return StoreContext(tmp_path / "vault", (tmp_path / "pond.key",))


@pytest.fixture
def made(context: StoreContext) -> StoreContext:
    """A store with an item."""
    with contextlib.closing(STORE.create(context)) as provider:
        provider.set("s3:1", b"value")
    return context


def value_of(context: StoreContext) -> bytes:
    with contextlib.closing(STORE.open(context)) as provider:
        assert provider.name == STORE.name
        return bytes(provider.get("s3:1"))


def test_it_can_do_everything() -> None:
    assert all(STORE.can(capability) for capability in Capability)


def test_it_opens_with_the_key_it_was_made_with(made: StoreContext) -> None:
    assert value_of(made) == b"value"
    assert (made.home / FILE_NAME).exists()
    with pytest.raises(DecryptionFailedError):
        STORE.open(StoreContext(made.home))


def test_the_first_key_file_that_fits_opens_it(made: StoreContext, tmp_path: Path) -> None:
    other = tmp_path / "other.key"
    FileKey(other).new_parameters("x")
    assert value_of(StoreContext(made.home, (other, *made.key_files))) == b"value"


def test_nobody_is_asked_for_a_passphrase_that_could_not_open_it(made: StoreContext) -> None:
    def ask(new: bool) -> SecureString:
        raise AssertionError(new)

    assert value_of(StoreContext(made.home, made.key_files, ask)) == b"value"


def test_only_the_keys_that_are_named_are_tried(made: StoreContext) -> None:
    with contextlib.closing(STORE.open_with(made, [FileKey(made.key_files[0])])) as provider:
        assert provider.opened_by.kind == "file"
    with pytest.raises(DecryptionFailedError):
        STORE.open_with(made, [RecoveryCode.new()])


def test_an_empty_file_that_a_dead_process_left_is_replaced_and_a_full_one_is_not(made: StoreContext) -> None:
    with pytest.raises(VaultError, match="is there already"):
        STORE.create(made)
    with contextlib.closing(STORE.open(made)) as provider:
        provider.delete("s3:1")
    assert not STORE.holds_items(made)
    STORE.create(made).close()
    with contextlib.closing(STORE.create(made, replace=True)) as provider:
        assert provider.list_accounts() == []


def test_it_knows_whether_it_holds_items_without_a_key(made: StoreContext, tmp_path: Path) -> None:
    assert STORE.holds_items(StoreContext(made.home))
    assert not STORE.holds_items(StoreContext(tmp_path / "elsewhere"))


def test_it_says_what_opens_it_without_a_key(made: StoreContext) -> None:
    assert STORE.slot_kinds(StoreContext(made.home)) == ("file",)


def test_destroying_leaves_nothing(made: StoreContext) -> None:
    STORE.destroy(made, ["s3:1"])
    assert [path.name for path in made.home.iterdir()] == []
    assert made.key_files[0].exists(), "a key file may open backups"


def test_it_opens_unattended_with_a_file_of_either_kind(tmp_path: Path) -> None:
    assert not STORE.opens_unattended(StoreContext(tmp_path, passphrase=lambda _new: SecureString("x")))
    assert STORE.opens_unattended(StoreContext(tmp_path, (tmp_path / "key",)))
    assert STORE.opens_unattended(StoreContext(tmp_path, passphrase_file=tmp_path / "passphrase"))


def test_its_status_opens_nothing(made: StoreContext, tmp_path: Path) -> None:
    assert STORE.status(StoreContext(tmp_path / "new")).usable
    assert STORE.status(made).usable
    status = STORE.status(StoreContext(made.home))
    assert (status.available, status.locked) == (True, True)
    assert "POND_KEY_FILE" in str(status.hint)


def test_a_new_one_needs_a_key(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="needs a key"):
        STORE.create(StoreContext(tmp_path))


@pytest.fixture
def keychain(keychain_environment: object) -> Iterator[SecretServiceKeychain]:
    with contextlib.closing(SecretServiceKeychain()) as keychain:
        yield keychain
        for account in keychain.list_accounts():
            keychain.delete(account)


def test_a_key_in_the_keychain_opens_it_before_anybody_is_asked(
    tmp_path: Path, keychain: SecretServiceKeychain
) -> None:
    phrase = PassphraseKey(SecureString("horse"), CHEAPEST)
    with contextlib.closing(EncryptedFile.create(tmp_path / FILE_NAME, [KeychainKey(keychain), phrase])) as provider:
        provider.set("s3:1", b"value")

    def ask(new: bool) -> SecureString:
        raise AssertionError(new)

    assert value_of(StoreContext(tmp_path, passphrase=ask)) == b"value"
    for account in keychain.list_accounts():
        keychain.delete(account)
    assert value_of(StoreContext(tmp_path, passphrase="horse")) == b"value"
