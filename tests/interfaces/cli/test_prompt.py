"""Prompts on a real pseudo-terminal: no echo, twice where it matters, and a clear error where there is no terminal."""

from __future__ import annotations

import os
import select
import signal
from pathlib import Path

import pytest

from pondpilot_secrets.interfaces.cli import prompt
from tests.interfaces.cli.pond import PROGRAM, Pond

pytestmark = pytest.mark.slow  # each types on a terminal


def test_a_sensitive_field_is_asked_for_without_echo(pond: Pond) -> None:
    terminal = pond.terminal("add", "postgres", "warehouse", "host=h")
    terminal.wait_for("password").type("marker-wörd😀\r")
    assert terminal.end() == 0
    assert "marker" not in terminal.screen
    assert pond.ok("reveal", "warehouse", "password").out == "marker-wörd😀"


def test_typing_is_corrected_with_backspace_and_ctrl_u(pond: Pond) -> None:
    terminal = pond.terminal("add", "mysql", "x", "user=ana")
    terminal.wait_for("password").type("wrong\x15gu\x7foé\x7fd\r")
    assert terminal.end() == 0
    assert pond.ok("reveal", "x", "password").out == "god"


def test_a_value_longer_than_a_terminal_line_is_not_cut(pond: Pond) -> None:
    token = "t" * 9_000
    terminal = pond.terminal("add", "huggingface", "hub")
    terminal.wait_for("token").type(token + "\r")
    assert terminal.end() == 0
    assert pond.ok("reveal", "hub", "token").out == token


def test_a_new_encrypted_file_asks_for_its_passphrase_twice(pond: Pond) -> None:
    terminal = pond.terminal("vault", "init", "--store", "file", POND_KEY_FILE="")
    terminal.wait_for("a passphrase for the new vault").type("one\r").wait_for("again").type("two\r")
    terminal.wait_for("the passphrases do not match; try again")
    terminal.wait_for("a passphrase for the new vault").type("horse\r").wait_for("again").type("horse\r")
    assert terminal.end() == 0
    assert "horse" not in terminal.screen
    passphrase = pond.folder / "passphrase"
    passphrase.write_text("horse\n")
    variables = {"POND_KEY_FILE": "", "POND_PASSPHRASE_FILE": str(passphrase)}
    pond.ok("add", "mysql", "x", "host=h", **variables)
    terminal = pond.terminal("reveal", "x", "host", POND_KEY_FILE="")
    terminal.wait_for("passphrase of the vault").type("horse\r")
    assert terminal.end() == 0
    passphrase.write_text("donkey\n")
    assert pond("reveal", "x", "host", **variables).status == 15


def test_without_a_terminal_a_passphrase_cannot_be_asked_for(pond: Pond) -> None:
    ended = pond("add", "mysql", "x", "host=h", POND_KEY_FILE="")
    assert ended.status == 31
    assert "POND_PASSPHRASE_FILE" in ended.err
    assert "there is no terminal" in ended.err


def test_ctrl_c_at_a_prompt_ends_with_130_and_the_terminal_echoes_again(pond: Pond) -> None:
    terminal = pond.terminal("add", "mysql", "x", "user=ana")
    terminal.wait_for("password").type("half\x03")
    assert terminal.end() == 130
    assert "Traceback" not in terminal.screen
    assert "half" not in terminal.screen
    assert pond.ok("ls").out == ""


def test_a_signal_just_before_a_prompt_waits_ends_that_wait() -> None:
    """Python would run its handler only once the terminal has something to read."""
    ours, theirs = os.pipe()
    before = signal.signal(signal.SIGUSR1, lambda *_: None)
    try:
        with prompt._signals() as signals:
            assert signals is not None
            signal.raise_signal(signal.SIGUSR1)
            assert select.select([signals], [], [], 0)[0] == [signals]
            os.write(theirs, b"x")
            prompt._wait(ours, signals)
            assert os.read(ours, 1) == b"x"
    finally:
        signal.signal(signal.SIGUSR1, before)
        os.close(ours)
        os.close(theirs)


def test_nothing_secret_is_in_the_process_list_or_environment_while_it_asks(pond: Pond) -> None:
    terminal = pond.terminal("add", "mysql", "x", "user=ana")
    terminal.wait_for("password").type("marker-word")
    for file in ("cmdline", "environ"):
        assert b"marker-word" not in Path(f"/proc/{terminal.child.pid}/{file}").read_bytes()
    terminal.type("\r")
    assert terminal.end() == 0


def test_what_is_pasted_beyond_the_first_line_does_not_get_to_the_shell(pond: Pond) -> None:
    terminal = pond.shell_terminal()
    terminal.wait_for("$").type(f"{PROGRAM} add mysql x host=h\n")
    terminal.wait_for("password").type("the first line\nmarker-line\n")
    terminal.wait_for("saved x").type("echo and\\ then; exit\n").wait_for("and then")
    terminal.end()
    assert "marker" not in terminal.screen
    assert pond.ok("reveal", "x", "password").out == "the first line"


def test_a_key_that_is_no_text_is_refused_in_words(pond: Pond) -> None:
    terminal = pond.terminal("add", "s3", "lake", "secret=env:SECRET", SECRET="s")
    terminal.wait_for("key_id").type(b"AK\xffIA\r")
    assert terminal.end() == 12
    assert "key_id" in terminal.screen
    assert "went wrong" not in terminal.screen
