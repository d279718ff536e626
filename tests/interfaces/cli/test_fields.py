"""Where field values come from, and that no sensitive one comes from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interfaces.cli.pond import Pond

pytestmark = pytest.mark.slow  # each command is a process of its own


def revealed(pond: Pond, name: str, field: str) -> str:
    return pond.ok("reveal", name, field).out


def test_plain_text_for_a_sensitive_field_is_refused_with_the_way_to_give_it(pond: Pond) -> None:
    ended = pond("add", "postgres", "x", "password=marker-word")
    assert ended.status == 2
    assert "marker-word" not in ended.err
    for way in ("password=@FILE", "password=@-", "password=env:"):
        assert way in ended.err
    assert pond.ok("ls").out == ""


def test_an_empty_sensitive_value_may_be_given(pond: Pond) -> None:
    pond.ok("add", "mysql", "x", "user=ana", "password=")
    assert revealed(pond, "x", "password") == ""


@pytest.mark.parametrize(
    ("content", "kept"),
    [(b"a b\n", "a b"), (b"a\r\n", "a"), (b"a\n\n", "a\n"), (b" a ", " a "), ("schlüssel😀".encode(), "schlüssel😀")],
)
def test_a_file_and_standard_input_lose_one_line_end_and_nothing_else(
    pond: Pond, tmp_path: Path, content: bytes, kept: str
) -> None:
    file = tmp_path / "value"
    file.write_bytes(content)
    pond.ok("add", "s3", "file", "key_id=k", f"secret=@{file}")
    pond.ok("add", "s3", "input", "key_id=k", "secret=@-", stdin=content)
    assert revealed(pond, "file", "secret") == kept
    assert revealed(pond, "input", "secret") == kept


def test_a_variable_is_taken_as_it_is(pond: Pond) -> None:
    pond.ok("add", "s3", "x", "key_id=k", "secret=env:MY_KEY", MY_KEY="line\n'\"\\")
    assert revealed(pond, "x", "secret") == "line\n'\"\\"
    assert pond("add", "s3", "y", "key_id=k", "secret=env:NOT_THERE").status == 2


def test_two_at_signs_stand_for_a_text_that_begins_with_one(pond: Pond) -> None:
    pond.ok("add", "mysql", "x", "user=@@ana")
    assert revealed(pond, "x", "user") == "@ana"


def test_aliases_are_the_same_field(pond: Pond) -> None:
    pond.ok("add", "pg", "x", "username=ana", "ssl_mode=require")
    assert pond.ok("show", "x", "--json").json()["values"] == {"user": "ana", "sslmode": "require"}
    twice = pond("add", "pg", "y", "username=ana", "user=bo")
    assert twice.status == 2
    assert "twice" in twice.err


@pytest.mark.parametrize("word", ["secret=@/nowhere/at/all", "secret=@/", "secret=@FOLDER"])
def test_a_file_that_cannot_be_read_is_named(pond: Pond, tmp_path: Path, word: str) -> None:
    ended = pond("add", "s3", "x", "key_id=k", word.replace("FOLDER", str(tmp_path)))
    assert ended.status == 2
    assert "cannot read the file" in ended.err


def test_what_is_not_utf8_is_refused(pond: Pond) -> None:
    ended = pond("add", "s3", "x", "key_id=k", "secret=@-", stdin=b"\xff\xfe")
    assert ended.status == 2
    assert "UTF-8" in ended.err


def test_standard_input_is_for_one_field(pond: Pond) -> None:
    assert pond("add", "s3", "x", "key_id=k", "secret=@-", "session_token=@-", stdin="a").status == 2


def test_a_value_of_100_kb_arrives_whole(pond: Pond) -> None:
    value = "x" * 100_000 + "\0'\"\\$1?--;😀"
    pond.ok("add", "s3", "x", "key_id=k", "secret=@-", stdin=value)
    assert revealed(pond, "x", "secret") == value
