"""Wrapping keys: from a passphrase, a key file and a keychain item, as other people's test vectors have them.

Argon2id and HKDF: RFC 9106, OpenSSL and the argon2 program, RFC 5869 (PyPI `cryptography-vectors`).
"""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from pondpilot_secrets.errors import DecryptionFailedError, UsageError
from pondpilot_secrets.keychain.encrypted_file import EncryptedFile, FileKey, PassphraseKey, key_sources
from pondpilot_secrets.keychain.encrypted_file.key_sources import CHEAPEST, Argon2Cost
from pondpilot_secrets.secure import SecureString
from tests.keychain.encrypted_file.conftest import passphrase

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")


def test_a_passphrase_is_not_normalised(path: Path) -> None:
    EncryptedFile.create(path, [passphrase("é")]).close()
    with pytest.raises(DecryptionFailedError):
        EncryptedFile.open(path, [passphrase("e\u0301")])


def test_an_empty_passphrase_is_refused_also_for_a_new_file(path: Path) -> None:
    with pytest.raises(DecryptionFailedError, match="empty"):
        EncryptedFile.create(path, [passphrase("")])
    assert not path.exists()
    EncryptedFile.create(path, [passphrase("horse")]).close()
    with pytest.raises(DecryptionFailedError, match="empty"):
        EncryptedFile.open(path, [passphrase("")])


def test_a_key_file_is_made_for_its_owner_alone_and_kept_when_it_is_there(tmp_path: Path) -> None:
    key = FileKey(tmp_path / "folder" / "key")
    EncryptedFile.create(tmp_path / "one.db", [key]).close()
    content = key.path.read_bytes()
    EncryptedFile.create(tmp_path / "two.db", [key]).close()
    assert key.path.read_bytes() == content
    assert len(set(content)) > 8
    if sys.platform != "win32":
        assert stat.S_IMODE(key.path.stat().st_mode) == 0o600


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610, 0o644])
def test_a_key_file_that_others_may_touch_is_refused(store: EncryptedFile, path: Path, key: FileKey, mode: int) -> None:
    key.path.chmod(mode)
    with pytest.raises(UsageError, match="can be read by others") as refused:
        EncryptedFile.open(path, [key])
    assert f"chmod 600 '{key.path}'" == refused.value.hint
    key.path.chmod(0o400)
    EncryptedFile.open(path, [key]).close()


@pytest.mark.parametrize("content", [b"", b"x", b"x" * 31])
def test_a_key_file_that_is_too_short_is_refused(tmp_path: Path, path: Path, content: bytes) -> None:
    key = FileKey(tmp_path / "short")
    key.path.write_bytes(content)
    key.path.chmod(0o600)
    with pytest.raises(UsageError, match="too short"):
        EncryptedFile.create(path, [key])
    assert not path.exists()


def test_a_key_file_may_hold_any_bytes_of_any_length(tmp_path: Path, path: Path) -> None:
    key = FileKey(tmp_path / "long")
    key.path.write_bytes(os.urandom(100_000))
    key.path.chmod(0o600)
    EncryptedFile.create(path, [key]).close()
    EncryptedFile.open(path, [key]).close()
    key.path.write_bytes(key.path.read_bytes() + b"\n")
    with pytest.raises(DecryptionFailedError):
        EncryptedFile.open(path, [key])


def test_a_missing_key_file_is_named_and_never_made_for_a_vault_that_is_there(store: EncryptedFile, path: Path) -> None:
    gone = FileKey(path.with_name("gone.key"))
    with pytest.raises(UsageError, match=r"gone\.key cannot be read") as refused:
        EncryptedFile.open(path, [gone])
    assert "POND_KEY_FILE" in str(refused.value.hint)
    assert not gone.path.exists()


def test_a_key_file_in_a_place_where_none_can_be_is_refused(path: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot be made"):
        EncryptedFile.create(path, [FileKey(tmp_path / "file" / "key")])
    with pytest.raises(UsageError, match="cannot be read"):
        EncryptedFile.create(path, [FileKey(tmp_path)])
    assert not path.exists()


def test_a_key_file_that_could_not_be_written_wholly_is_not_left_behind(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(UsageError, match="No space left"):
        EncryptedFile.create(path, [FileKey(tmp_path / "key")])
    assert not (tmp_path / "key").exists()


def test_a_function_is_asked_for_the_passphrase_only_when_it_is_needed(path: Path, tmp_path: Path) -> None:
    asked: list[SecureString] = []

    def ask() -> SecureString:
        asked.append(SecureString("horse"))
        return asked[-1]

    file = FileKey(tmp_path / "key")
    EncryptedFile.create(path, [PassphraseKey(ask, CHEAPEST), file]).close()
    assert len(asked) == 1
    EncryptedFile.open(path, [file, PassphraseKey(ask, CHEAPEST)]).close()
    assert len(asked) == 1
    EncryptedFile.open(path, [PassphraseKey(ask, CHEAPEST)]).close()
    assert [value.closed for value in asked] == [True, True]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_a_key_file_for_which_there_is_no_room_is_not_left_half_made(tmp_path: Path) -> None:
    code = f"""
import resource
from pathlib import Path
from pondpilot_secrets.errors import UsageError
from pondpilot_secrets.keychain.encrypted_file import FileKey
resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
try:
    FileKey(Path({str(tmp_path / "pond.key")!r})).new_parameters("id")
except UsageError as error:
    print(error.message)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "cannot be made" in done.stdout
    assert list(tmp_path.iterdir()) == []


# --- Argon2id ---


def of_cryptography(file: str) -> list[dict[str, str]]:
    text = (files("cryptography_vectors") / "KDF" / file).read_text("utf-8")
    blocks = re.split(r"^COUNT = ", text, flags=re.MULTILINE)[1:]
    return [
        {"count": block.split()[0], **dict(re.findall(r"^(\w+) *= *([\w-]*)$", block, re.MULTILINE))}
        for block in blocks
    ]


ARGON2ID = of_cryptography("argon2id.txt")
EXPRESSIBLE = [vector for vector in ARGON2ID if "secret" not in vector and "ad" not in vector]


@pytest.mark.parametrize("vector", EXPRESSIBLE, ids=lambda vector: f"argon2id-{vector['count']}")
def test_argon2id(vector: dict[str, str]) -> None:
    cost = Argon2Cost(int(vector["memcost"]), int(vector["iter"]), int(vector["lanes"]))
    passphrase, salt = SecureString(bytes.fromhex(vector["pass"])), bytes.fromhex(vector["salt"])
    with key_sources.derive_key(passphrase, salt, cost, int(vector["length"])) as derived, derived.exposed() as view:
        assert view == bytes.fromhex(vector["output"])


def test_of_6_vectors_only_the_one_of_rfc_9106_needs_a_secret_and_associated_data() -> None:
    left_out = [vector for vector in ARGON2ID if vector not in EXPRESSIBLE]
    assert (len(ARGON2ID), len(EXPRESSIBLE)) == (6, 5)
    assert [(vector["count"], "secret" in vector, "ad" in vector) for vector in left_out] == [("0", True, True)]


# --- HKDF ---

HKDF_SHA_256 = of_cryptography("rfc-5869-HKDF-SHA256.txt")


@pytest.mark.parametrize("vector", HKDF_SHA_256, ids=lambda vector: f"rfc-5869-{vector['count']}")
def test_hkdf_of_rfc_5869_in_its_first_32_bytes(vector: dict[str, str]) -> None:
    content, parameters = bytearray.fromhex(vector["IKM"]), {"salt": vector["salt"]}
    info = bytes.fromhex(vector["info"])
    with key_sources.expand_key(content, parameters, info) as key, key.exposed() as view:
        assert view == bytes.fromhex(vector["OKM"])[:32]


def test_there_are_3_vectors_of_hkdf_with_sha_256() -> None:
    assert len(HKDF_SHA_256) == 3


def test_a_key_file_whose_maker_died_is_whole_or_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    path = tmp_path / "keys" / "key"
    for call in ("fsync", "link"):
        with monkeypatch.context() as patch:
            patch.setattr(os, call, die)
            with pytest.raises(KeyboardInterrupt):
                FileKey(path).new_parameters("x")
        assert not path.exists()
    FileKey(path).new_parameters("x")
    content = path.read_bytes()
    assert len(content) == 65
    FileKey(path)._make()  # as another process would that did not see it yet
    assert path.read_bytes() == content
    assert path.stat().st_mode & 0o077 == 0


def test_a_key_file_can_be_made_where_there_are_no_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", refuse)
    FileKey(tmp_path / "key").new_parameters("x")
    assert [path.name for path in tmp_path.iterdir()] == ["key"]
    assert len((tmp_path / "key").read_bytes()) == 65
