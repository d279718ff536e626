"""Which store a vault opens and with which key: what is named, remembered or in the keychain."""

from __future__ import annotations

from pathlib import Path

import pytest

from pondpilot_secrets import NewKeys, SecretError, SecretsManager, SecureString
from pondpilot_secrets.errors import UsageError, VaultError
from pondpilot_secrets.keychain.encrypted_file import EncryptedFile, FileKey
from pondpilot_secrets.keychain.memory import MemoryKeychain, MemoryStore, items_of
from pondpilot_secrets.settings import Settings
from pondpilot_secrets.vault.secret_store import SecretStore
from tests.vault.half_done import FIELDS
from tests.vault.parts import parts
from tests.vault.stores import Clock

S3 = {"key_id": "AKIA", "secret": "marker-secret"}


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return tmp_path / "first.key"


@pytest.fixture
def made(home: Path, key: Path) -> Path:
    with SecretsManager.open(home, "file", key_file=key) as vault:
        vault.save_secret("s3", "prod", S3)
    return home


def value(home: Path, **how: object) -> str:
    with SecretsManager.open(home, **how) as vault, vault.get_secret("prod") as secret:  # type: ignore[arg-type]
        return secret.credentials["secret"].expose()


def test_a_named_key_file_that_is_out_of_date_does_not_hide_the_remembered_one(made: Path, key: Path) -> None:
    with SecretsManager.open(made, key_file=key) as vault:
        vault.rekey(NewKeys(key_file=key.with_name("second.key")))
    assert value(made, key_file=key) == "marker-secret"
    assert value(made) == "marker-secret"


def test_a_wrong_key_file_alone_is_a_wrong_key(made: Path, key: Path) -> None:
    wrong = key.with_name("wrong.key")
    wrong.write_text("0" * 64)
    wrong.chmod(0o600)
    key.unlink()
    with pytest.raises(SecretError):
        value(made, key_file=wrong)


@pytest.mark.parametrize("in_force", [True, False])
def test_a_rekey_that_died_opens_with_the_key_that_is_in_force(home: Path, in_force: bool) -> None:
    old, new = home.with_suffix(".key"), home.with_suffix(".new-key")
    with SecretsManager.open(home, "file", key_file=old) as vault:
        vault.save_secret("s3", "kept", FIELDS, scope="s3://b/")
        parts(vault).state.announce_key_file(new)
        if in_force:
            parts(vault).keychain.rekey([FileKey(new)])
        else:
            FileKey(new).new_parameters("x")  # the file was made, and nothing more
    with SecretsManager.open(home) as vault:
        assert vault.get_secret("kept").credentials["secret"].expose() == "value"
        assert parts(vault).state.key_file == (new if in_force else old)


def test_an_encrypted_file_without_a_secret_is_no_hindrance_to_a_new_vault(home: Path) -> None:
    key_file = home.with_suffix(".key")
    EncryptedFile.create(home / "secrets.db", [FileKey(key_file)]).close()
    with SecretsManager.open(home, "file", key_file=key_file) as vault:
        vault.save_secret("s3", "first", FIELDS, scope="s3://b/")


def test_a_half_made_key_file_of_a_rekey_does_not_lock_the_vault(home: Path) -> None:
    with SecretsManager.open(home, "file", key_file=home.with_suffix(".key")) as vault:
        vault.save_secret("s3", "kept", FIELDS, scope="s3://b/")
        parts(vault).state.announce_key_file(home.with_suffix(".torn"))
    home.with_suffix(".torn").touch(0o600)
    with SecretsManager.open(home) as vault:
        assert vault.get_secret("kept").credentials["secret"].expose() == "value"


def store_of(home: Path, vault: SecretsManager, **how: object) -> SecretStore:
    """A store of the vault that is not open yet."""
    settings = Settings(home, **{"store": "auto", **how})  # type: ignore[arg-type]
    return SecretStore(settings, parts(vault).state)


def test_it_is_opened_when_it_is_first_needed_and_again_after_it_was_closed(home: Path) -> None:
    with SecretsManager.open(home, "memory") as vault:
        vault.init_vault()
        store = store_of(home, vault)
        assert not store.is_open
        first = store.provider
        assert store.provider is first
        store.close()
        assert not store.is_open
        assert store.provider is not first


def test_a_vault_that_was_not_made_yet_has_no_store(home: Path) -> None:
    with SecretsManager.open(home, "memory") as vault:
        store = store_of(home, vault)
        assert store.kind is None
        assert (store.slot_kinds(), store.has_key_slots, store.opens_unattended()) == ((), False, False)
        assert not store.opens_with(SecureString("horse"))
        with pytest.raises(VaultError, match="no vault"):
            _ = store.provider


def test_another_store_than_was_asked_for_is_refused_unless_the_vault_is_about_to_move(home: Path) -> None:
    with SecretsManager.open(home, "memory") as vault:
        vault.init_vault()
        store = store_of(home, vault, store="file")
        with pytest.raises(VaultError, match="in the memory store, not in file"):
            _ = store.provider
        store.accept_any_store()
        assert store.provider.name == "memory"


def test_a_vault_is_made_once_and_what_is_there_already_is_never_overwritten(home: Path) -> None:
    with SecretsManager.open(home, "memory") as vault:
        store = parts(vault).store
        for _ in range(2):
            with store.prepared() as new, parts(vault).lock:
                store.create(new)
        number = parts(vault).state.vault_id
        vault.save_secret("s3", "prod", S3)
        assert parts(vault).state.vault_id == number


def test_a_store_without_key_slots_has_no_keys_to_change(home: Path) -> None:
    with SecretsManager.open(home, "memory") as vault:
        vault.init_vault()
        with pytest.raises(UsageError, match="keys of its own"):
            _ = parts(vault).store.key_slots


def test_another_provider_can_be_gone_on_with(home: Path) -> None:
    with SecretsManager.open(home, "memory") as vault:
        vault.init_vault()
        other = MemoryKeychain(items_of(home))
        parts(vault).store.use(MemoryStore(), other)
        assert parts(vault).store.provider is other


def test_when_somebody_gave_the_passphrase_is_remembered(home: Path) -> None:
    clock = Clock()
    clock.now = 5.0
    with SecretsManager.open(home, "file", passphrase="horse") as vault:
        vault.init_vault()
    with SecretsManager.open(home) as vault:
        store = SecretStore(Settings(home), parts(vault).state, lambda _new: SecureString("horse"), clock)
        assert store.passphrase_asked_at is None
        assert store.provider.name == "file"
        assert store.passphrase_asked_at == 5.0
        store.close()


def test_a_passphrase_is_tried_without_opening_the_store_by_it(home: Path) -> None:
    with SecretsManager.open(home, "file", passphrase="horse") as vault:
        vault.init_vault()
    with SecretsManager.open(home) as vault:
        store = store_of(home, vault)
        assert store.opens_with(SecureString("horse"))
        assert not store.opens_with(SecureString("donkey"))
        assert not store.is_open
