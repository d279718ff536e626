"""Credentials as items: bound to their context, told from what other programs write, and wiped on the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pondpilot_secrets import SecretMetadata, SecretsManager, SecureString
from pondpilot_secrets.errors import CredentialCorruptError, CredentialMissingError, VaultError
from pondpilot_secrets.keychain import payload as payloads
from pondpilot_secrets.keychain.memory import MemoryItems, items_of
from pondpilot_secrets.vault.context_binding import context_of
from pondpilot_secrets.vault.credential_items import CredentialItems
from tests.vault.parts import parts
from tests.vault.stores import S3


@pytest.fixture
def vault(home: Path) -> Iterator[SecretsManager]:
    with SecretsManager.open(home, "memory") as opened:
        opened.save_secret("s3", "one", S3, scope="s3://one/")
        opened.save_secret("s3", "two", S3)
        yield opened


@pytest.fixture
def items(vault: SecretsManager) -> CredentialItems:
    return CredentialItems(parts(vault).store)


@pytest.fixture
def one(vault: SecretsManager) -> SecretMetadata:
    return vault.find_secret("one")


@pytest.fixture
def stored(home: Path) -> MemoryItems:
    return items_of(home)


def test_what_is_encoded_has_its_context_and_is_wiped_after_the_block(
    items: CredentialItems, one: SecretMetadata
) -> None:
    with SecureString("v") as value, items.encoded([(one, {"secret": value})]) as encoded:
        payload = encoded[one.account]
        content = payloads.decode(one.account, payload)
        assert (content.revision, content.context) == (1, context_of(one))
    assert bytes(payload) == bytes(len(payload))


def test_a_payload_is_wiped_when_it_was_read(items: CredentialItems, one: SecretMetadata) -> None:
    payload = items.read(one)
    content = items.decode(one, payload)
    assert content.fields["secret"].expose() == S3["secret"]
    assert bytes(payload) == bytes(len(payload))


def test_an_item_of_another_program_is_named_and_not_shown(
    items: CredentialItems, one: SecretMetadata, stored: MemoryItems
) -> None:
    stored.overwrite(one.account, b'{"secret":"marker-theirs"}')
    with pytest.raises(CredentialCorruptError, match="'one'") as caught:
        items.decode(one, items.read(one))
    assert "marker" not in str(caught.value)


def test_an_item_that_is_gone_is_told_from_one_that_moved(
    vault: SecretsManager, items: CredentialItems, one: SecretMetadata, stored: MemoryItems
) -> None:
    stored.overwrite(one.account, None)
    with pytest.raises(CredentialMissingError, match="'one' is gone"):
        items.read(one)
    parts(vault).metadata.set_setting("store", "file")  # as another process would that moved the vault
    with pytest.raises(VaultError, match="moved to the file store"):
        items.read(one)


def test_many_are_read_in_one_call_and_one_by_itself(
    vault: SecretsManager, items: CredentialItems, stored: MemoryItems
) -> None:
    both = [vault.find_secret("one"), vault.find_secret("two")]
    before = len(stored.calls)
    found: dict[str, bytearray] = {}
    items.read_many(both, found)
    assert found.keys() == {each.account for each in both}
    items.read_many(both[:1], alone := {})
    assert alone.keys() == {both[0].account}
    assert stored.calls[before:] == [("get_many", None), ("get", both[0].account)]


@pytest.mark.parametrize("how", ["gone", "corrupt"])
def test_only_an_edit_that_gives_every_field_replaces_what_is_lost(
    items: CredentialItems, one: SecretMetadata, stored: MemoryItems, how: str
) -> None:
    stored.overwrite(one.account, None if how == "gone" else b"{}")
    with pytest.raises((CredentialMissingError, CredentialCorruptError)):
        items.fields_of(one, new=one, replaceable=False)
    assert items.fields_of(one, new=one, replaceable=True) == {}


def test_the_revision_of_what_was_never_written_whole_is_none(
    items: CredentialItems, one: SecretMetadata, stored: MemoryItems
) -> None:
    assert items.stored_revision(one) == 1
    stored.overwrite(one.account, stored.snapshot()[one.account][:-5])
    assert items.stored_revision(one) is None
    stored.overwrite(one.account, None)
    assert items.stored_revision(one) is None
