"""A new vault gets the keychain where it can be used, else the encrypted file, and is told why."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

import pytest

from pondpilot_secrets.errors import PlatformNotSupportedError, UsageError
from pondpilot_secrets.keychain.base import KeychainProvider, KeychainStatus
from pondpilot_secrets.keychain.memory import MemoryStore
from pondpilot_secrets.keychain.store_choice import AUTO, StoreChoice, choose_store
from pondpilot_secrets.keychain.store_kind import StoreContext, StoreKind

ABSENT = KeychainStatus(False, False, "no keychain", "no bus", "start one")
LOCKED = KeychainStatus(True, True, "KWallet", "its password is needed")
OPEN = KeychainStatus(True, False, "KWallet")


class Fixed(MemoryStore):
    """A store in a state of its own."""

    automatic: ClassVar[bool] = True

    def __init__(self, name: str, status: KeychainStatus, *, prompts: bool = True) -> None:
        self.name = name  # type: ignore[misc]
        self.label = f"the store {name}"  # type: ignore[misc]
        self._status, self._prompts = status, prompts

    def status(self, context: StoreContext) -> KeychainStatus:
        return self._status

    def can_prompt(self) -> bool:
        return self._prompts


FALLBACK = Fixed("fallback", KeychainStatus(True, False, "a file"))


@pytest.fixture
def context(tmp_path: Path) -> StoreContext:
    return StoreContext(tmp_path)


def chosen(context: StoreContext, *stores: StoreKind) -> tuple[str, str]:
    choice = choose_store(AUTO, context, stores)
    assert not choice.asked_for
    return choice.kind.name, choice.reason


def test_an_open_keychain_is_taken(context: StoreContext) -> None:
    assert chosen(context, Fixed("first", OPEN), FALLBACK) == ("first", "KWallet answers and is unlocked")


def test_a_locked_keychain_is_taken_where_somebody_can_answer_it(context: StoreContext) -> None:
    name, reason = chosen(context, Fixed("first", LOCKED), FALLBACK)
    assert (name, reason) == ("first", "KWallet answers, and can ask for its password")
    name, reason = chosen(context, Fixed("first", LOCKED, prompts=False), FALLBACK)
    assert (name, reason) == ("fallback", "KWallet is locked, and nobody here could answer its prompt")


def test_an_absent_keychain_is_the_reason_for_the_next_one(context: StoreContext) -> None:
    assert chosen(context, Fixed("first", ABSENT), FALLBACK) == (
        "fallback", "the store first does not answer: no bus",
    )  # fmt: skip


def test_a_store_that_is_not_for_auto_is_never_chosen_by_it(context: StoreContext) -> None:
    class Special(Fixed):
        automatic: ClassVar[bool] = False

    assert chosen(context, Special("special", OPEN), FALLBACK)[0] == "fallback"


def test_where_none_can_be_used_every_reason_is_told(context: StoreContext) -> None:
    with pytest.raises(PlatformNotSupportedError, match="first does not answer: no bus; the store second does not"):
        choose_store(AUTO, context, [Fixed("first", ABSENT), Fixed("second", ABSENT)])


def test_a_store_that_was_asked_for_is_taken_or_refused(context: StoreContext) -> None:
    choice = choose_store("memory", context)
    assert (choice.kind.name, choice.reason, choice.asked_for) == ("memory", "it was asked for", True)
    with pytest.raises(UsageError, match="no store named"):
        choose_store("nonsense", context)


class Keyless(Fixed):
    """One that wants a key which nobody gave."""

    def create(self, context: StoreContext, *, replace: bool = False) -> KeychainProvider:
        raise UsageError("a key is missing", hint="give one")

    def destroy(self, context: StoreContext, accounts: Iterable[str]) -> None:
        raise AssertionError


def test_somebody_who_never_asked_for_a_store_is_told_why_it_wants_a_key(context: StoreContext) -> None:
    kind = Keyless("file", OPEN)
    with pytest.raises(UsageError) as caught:
        StoreChoice(kind, "no keychain answers").create(context)
    assert (
        caught.value.message == "no keychain answers, so the secrets would be kept in the store file; a key is missing"
    )
    assert caught.value.hint == "give one"
    with pytest.raises(UsageError, match=r"^a key is missing$"):
        StoreChoice(kind, "it was asked for", asked_for=True).create(context)
