"""Several processes work on one encrypted file at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pondpilot_secrets.keychain.encrypted_file import EncryptedFile, FileKey
from tests.keychain.encrypted_file.conftest import passphrase

WRITER = """
import sys
from pathlib import Path
from pondpilot_secrets.keychain.encrypted_file import FileKey, EncryptedFile
path, key, name, count = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
store = EncryptedFile.open(path, [FileKey(key)])
print("open", flush=True)
sys.stdin.readline()
for number in range(count):
    store.set("s3:shared", name.encode() * 100)
    store.set(f"s3:{name}-{number}", f"{name} {number}".encode())
    shared = bytes(store.get("s3:shared"))
    assert len(set(shared)) == 1 and len(shared) == 100, shared
    assert store.get(f"s3:{name}-{number}") == f"{name} {number}".encode()
print("done", flush=True)
"""


def writer(path: Path, key: FileKey, name: str, count: int) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", WRITER, str(path), str(key.path), name, str(count)]
    pipe = subprocess.PIPE
    child = subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "open\n"
    return child


def test_two_processes_that_write_lose_nothing_and_mix_nothing(store: EncryptedFile, path: Path, key: FileKey) -> None:
    children = [writer(path, key, name, 60) for name in "ab"]
    for child in children:
        child.stdin.write("go\n")  # type: ignore[union-attr]
        child.stdin.flush()  # type: ignore[union-attr]
    for child in children:
        out, err = child.communicate(timeout=60)
        assert (child.returncode, out, err) == (0, "done\n", "")
    wanted = {f"s3:{name}-{number}": f"{name} {number}".encode() for name in "ab" for number in range(60)}
    assert store.get_many(list(wanted)) == wanted
    assert len(store.list_accounts()) == 121


def test_a_process_that_opened_the_file_before_a_rekey_writes_nothing_that_nobody_could_read(
    store: EncryptedFile, path: Path, key: FileKey
) -> None:
    child = writer(path, key, "a", 1)
    store.rekey([passphrase("horse")])
    _, err = child.communicate("go\n", timeout=60)
    assert child.returncode == 1
    assert "rekeyed by another process" in err
    assert store.list_accounts() == []
