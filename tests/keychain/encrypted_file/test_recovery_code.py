"""Recovery codes: forgiving to read, impossible to guess, told from a typo, and good for one time."""

from __future__ import annotations

import contextlib
import hmac
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from pondpilot_secrets.errors import DecryptionFailedError, UsageError, VaultError
from pondpilot_secrets.keychain.encrypted_file import EncryptedFile, FileKey, PassphraseKey, RecoveryCode
from pondpilot_secrets.keychain.encrypted_file.key_sources import CHEAPEST
from pondpilot_secrets.secure import SecureString

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_text() -> str:
    return RecoveryCode.new().text().expose()


def read(text: str) -> str:
    return RecoveryCode.read(SecureString(text)).text().expose()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EncryptedFile]:
    with contextlib.closing(EncryptedFile.create(tmp_path / "secrets.db", [FileKey(tmp_path / "key")])) as made:
        made.set("s3:1", b"value")
        yield made


def test_a_code_is_seven_groups_of_five_and_no_two_are_alike() -> None:
    codes = {new_text() for _ in range(500)}
    assert len(codes) == 500
    for code in codes:
        groups = code.split("-")
        assert [len(group) for group in groups] == [5] * 7
        assert set("".join(groups)) <= set(ALPHABET)


def test_every_symbol_of_the_alphabet_comes_up_everywhere() -> None:
    codes = [new_text().replace("-", "") for _ in range(2000)]
    for position in range(34):
        assert {code[position] for code in codes} == set(ALPHABET)


@pytest.mark.parametrize(
    "retyped",
    [
        str.lower,
        lambda code: code.replace("-", ""),
        lambda code: code.replace("-", " "),
        lambda code: f"  {code.replace('-', ' – ')}\r\n",
        lambda code: code.replace("0", "o").replace("1", "l"),
        lambda code: code.replace("0", "O").replace("1", "I"),
        lambda code: f"“{code}”",
    ],
)
def test_a_code_is_read_in_whatever_way_it_is_typed(retyped) -> None:
    for _ in range(50):
        code = new_text()
        assert read(retyped(code)) == code


def test_every_single_wrong_symbol_and_every_two_exchanged_ones_are_found() -> None:
    code = new_text().replace("-", "")
    for position, right in enumerate(code):
        for wrong in set(ALPHABET) - {right}:
            with pytest.raises(UsageError, match="check character"):
                read(code[:position] + wrong + code[position + 1 :])
    for position in range(34):
        exchanged = code[:position] + code[position + 1] + code[position] + code[position + 2 :]
        if exchanged != code:
            with pytest.raises(UsageError, match="check character"):
                read(exchanged)


@pytest.mark.parametrize(
    ("text", "why"), [("", "this has 0"), ("ABC", "this has 3"), ("U" * 35, "letter U"), ("0" * 36, "this has 36")]
)
def test_what_cannot_be_a_code_says_why(text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why) as caught:
        read(text)
    assert caught.value.hint


def test_any_text_is_a_code_or_a_clear_error() -> None:
    chance = random.Random(4)
    for _ in range(2000):
        length = chance.choice([1, 34, 35, 36, 80])
        text = "".join(chr(chance.choice([*range(128), 0xE9, 0x2013, 0x1F600])) for _ in range(length))
        with contextlib.suppress(UsageError):
            assert len(read(text)) == 41


def test_a_code_shows_itself_to_nobody() -> None:
    code = RecoveryCode.new()
    assert code.text().expose()[:5] not in repr(code)


def test_each_code_opens_the_store_and_a_strangers_does_not(store: EncryptedFile) -> None:
    codes = [RecoveryCode.new() for _ in range(3)]
    store.change_slots(codes)
    for code in codes:
        with contextlib.closing(EncryptedFile.open(store.path, [RecoveryCode.read(code.text())])) as opened:
            assert bytes(opened.get("s3:1")) == b"value"
            assert opened.opened_by is not None
            assert opened.opened_by.kind == "recovery"
    with pytest.raises(DecryptionFailedError):
        EncryptedFile.open(store.path, [RecoveryCode.new()])


def test_a_used_code_goes_with_the_change_it_was_used_for(store: EncryptedFile, tmp_path: Path) -> None:
    codes = [RecoveryCode.new() for _ in range(2)]
    store.change_slots(codes)
    with contextlib.closing(EncryptedFile.open(store.path, [codes[0]])) as opened:
        opened.change_slots([FileKey(tmp_path / "new")], used=opened.opened_by)
    with pytest.raises(DecryptionFailedError):
        EncryptedFile.open(store.path, [codes[0]])
    EncryptedFile.open(store.path, [codes[1]]).close()
    EncryptedFile.open(store.path, [FileKey(tmp_path / "new")]).close()


def test_of_two_that_use_one_code_at_a_time_one_is_refused(store: EncryptedFile, tmp_path: Path) -> None:
    code = RecoveryCode.new()
    store.change_slots([code])
    with (
        contextlib.closing(EncryptedFile.open(store.path, [code])) as first,
        contextlib.closing(EncryptedFile.open(store.path, [code])) as second,
    ):
        first.change_slots([FileKey(tmp_path / "one")], used=first.opened_by)
        with pytest.raises(DecryptionFailedError, match="just used"):
            second.change_slots([FileKey(tmp_path / "two")], used=second.opened_by)
    with pytest.raises(DecryptionFailedError):
        EncryptedFile.open(store.path, [FileKey(tmp_path / "two")])


def test_a_change_that_fails_leaves_the_code(store: EncryptedFile, tmp_path: Path) -> None:
    code = RecoveryCode.new()
    store.change_slots([code])
    with (
        contextlib.closing(EncryptedFile.open(store.path, [code])) as opened,
        pytest.raises(VaultError, match="only way into"),
    ):
        opened.change_slots(drop=["file"], used=opened.opened_by)
    EncryptedFile.open(store.path, [code]).close()
    EncryptedFile.open(store.path, [FileKey(tmp_path / "key")]).close()


def test_codes_alone_are_no_way_in_to_leave_a_store_with(store: EncryptedFile) -> None:
    with pytest.raises(VaultError, match="only way into"):
        store.change_slots([RecoveryCode.new()], drop=["file"])


def test_rekeying_makes_every_code_void(store: EncryptedFile, tmp_path: Path) -> None:
    code = RecoveryCode.new()
    store.change_slots([code])
    store.rekey([PassphraseKey(SecureString("horse"), CHEAPEST)])
    assert EncryptedFile.kinds_of_slots(store.path) == ("passphrase",)
    with pytest.raises(DecryptionFailedError):
        EncryptedFile.open(store.path, [code])


def test_the_wrapping_key_is_hkdf_of_the_symbols_as_the_page_says() -> None:
    code, salt = RecoveryCode.new(), bytes(range(16))
    symbols = code.text().expose().replace("-", "").encode()
    extracted = hmac.digest(salt, symbols, "sha256")
    expected = hmac.digest(extracted, b"pondpilot-secrets encrypted-file v1 wrapping key\x01", "sha256")
    with code.wrapping_key({"salt": salt.hex()}) as key, key.exposed() as view:
        assert bytes(view) == expected


def test_the_check_character_is_crockfords() -> None:
    code = RecoveryCode.new().text().expose().replace("-", "")
    number = sum(ALPHABET.index(symbol) * 32**place for place, symbol in enumerate(reversed(code[:34])))
    assert ALPHABET[number % 37] == code[34]
