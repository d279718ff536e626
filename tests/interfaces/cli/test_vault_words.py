"""A vault's status in words."""

from __future__ import annotations

import dataclasses

from pondpilot_secrets.commands.vault import KeychainInfo, StatusResult
from pondpilot_secrets.interfaces.cli.vault_words import keys_in_words, status_pairs

STATUS = StatusResult(
    home="/home/ana/vault",
    store="file",
    reason="it was asked for",
    created_at="2026-11-24",
    secrets=3,
    unfinished=0,
    opens_with=("passphrase", "file"),
    keychain=KeychainInfo(True, True, "GNOME Keyring", "nobody unlocked it", None),
    moving_from=None,
    recovery_codes=0,
)


def words(**changes: object) -> list[tuple[str, str]]:
    return list(status_pairs(dataclasses.replace(STATUS, **changes)))  # type: ignore[arg-type]


def test_an_encrypted_file_says_what_opens_it_and_no_keychain_that_it_does_not_need() -> None:
    assert ("opens with", "a passphrase or a key file") in words()
    assert ("opens with", "a passphrase or a key file, 8 recovery codes") in words(recovery_codes=8)
    assert "keychain" not in dict(words())
    assert "keychain" in dict(words(opens_with=("keychain",)))


def test_the_keychain_says_how_it_is() -> None:
    assert ("keychain", "GNOME Keyring: locked (nobody unlocked it)") in words(store="system", opens_with=())
    absent = KeychainInfo(False, False, "no keychain", None, None)
    assert ("keychain", "no keychain: does not answer") in words(store="system", opens_with=(), keychain=absent)


def test_what_a_crash_left_says_how_it_is_completed() -> None:
    assert "completes them or rolls them back" in dict(words(unfinished=2))["incomplete"]
    assert "`pond vault move --to file`" in dict(words(moving_from="system"))["incomplete"]


def test_a_vault_that_is_not_made_yet() -> None:
    assert ("store", "not made yet") in words(store=None, opens_with=(), created_at=None)


def test_a_kind_of_key_that_is_not_known_is_named_as_it_is() -> None:
    assert keys_in_words(["keychain", "yubikey"]) == "the system's keychain or yubikey"
