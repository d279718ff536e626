"""A move to another store that died leaves no copies behind, on whichever side of the switch."""

from __future__ import annotations

from pathlib import Path

import pytest

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.keychain.memory import items_of
from pondpilot_secrets.keychain.system_store import open_system_keychain
from pondpilot_secrets.vault import store_move
from pondpilot_secrets.vault.move_recovery import MoveRecovery
from tests.vault.half_done import FIELDS
from tests.vault.parts import parts
from tests.vault.stores import open_vault


def accounts_in_system() -> set[str]:
    keychain = open_system_keychain()
    try:
        return set(keychain.list_accounts())
    finally:
        keychain.close()


@pytest.mark.usefixtures("keychain_environment")
def test_a_move_that_died_before_the_switch_leaves_nothing_in_the_new_store(home: Path) -> None:
    before = accounts_in_system()
    with open_vault(home, "file") as vault:
        vault.save_secret("s3", "kept", FIELDS, scope="s3://b/")
        opened = parts(vault)
        opened.state.begin_move("system")
        system = open_system_keychain()
        store_move._copy(opened.keychain, system, [row.account for row in opened.metadata.list()], None)
        system.close()
        assert accounts_in_system() - before
    with open_vault(home, "file") as vault:
        assert accounts_in_system() == before
        assert not parts(vault).state.is_moving()
        assert vault.get_secret("kept").credentials["secret"].expose() == "value"


@pytest.mark.usefixtures("keychain_environment")
def test_a_move_that_died_after_the_switch_leaves_nothing_in_the_old_store(home: Path) -> None:
    key_file = home.with_suffix(".key")
    with SecretsManager.open(home, "system", key_file=key_file) as vault:
        vault.save_secret("s3", "kept", FIELDS, scope="s3://b/")
        account = vault.find_secret("kept").account
        item = bytes(parts(vault).keychain.get(account))
        vault.move_store("file")
        parts(vault).metadata.set_setting("moving_from", "system")
    keychain = open_system_keychain()
    keychain.set(account, item)
    keychain.close()
    with SecretsManager.open(home, key_file=key_file) as vault:
        assert account not in accounts_in_system()
        assert not parts(vault).state.is_moving()
        assert vault.get_secret("kept").credentials["secret"].expose() == "value"


def test_a_store_that_is_named_as_the_one_with_copies_is_emptied_of_this_vault(home: Path) -> None:
    key_file = home.with_suffix(".key")
    with SecretsManager.open(home, "memory", key_file=key_file) as vault:
        vault.save_secret("s3", "kept", FIELDS, scope="s3://b/")
        copies = items_of(home).snapshot()
        vault.move_store("file")
        items_of(home).write(copies)  # as a crash leaves it, after the switch
        parts(vault).metadata.set_setting("moving_from", "memory")
        step = MoveRecovery(parts(vault).state)
        assert step.is_pending()
        with parts(vault).use_cases.unit().begin() as work:
            step.run(work)
        assert not step.is_pending()
    assert items_of(home).accounts() == []


def test_a_store_that_this_version_does_not_know_is_left_for_another_time(home: Path) -> None:
    with SecretsManager.open(home, "memory") as vault:
        vault.save_secret("s3", "kept", FIELDS)
        parts(vault).metadata.set_setting("moving_from", "of-a-plugin-that-is-gone")
        vault.save_secret("s3", "next", FIELDS)
        assert parts(vault).state.moving_from == "of-a-plugin-that-is-gone"
