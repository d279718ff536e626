"""JSON objects of texts are read as JSON is read elsewhere, and written so that they are read back exactly."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pondpilot_secrets.errors import InvalidCredentialsError
from pondpilot_secrets.secure import SecureString
from pondpilot_secrets.secure.json_buffer import read_map, read_object, write_map, write_object

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def plain(entries: dict[str, SecureString]) -> dict[str, str]:
    return {name: value.expose() for name, value in entries.items()}


@given(st.dictionaries(TEXTS, TEXTS, max_size=5))
def test_what_is_written_is_read_back_exactly(entries: dict[str, str]) -> None:
    text = write_map(entries)
    assert json.loads(text.expose()) == entries
    assert plain(read_map(text)) == entries


@given(st.dictionaries(TEXTS, TEXTS, max_size=5), st.booleans(), st.sampled_from([None, 2]))
def test_what_json_writes_is_read(entries: dict[str, str], escaped: bool, indent: int | None) -> None:
    text = json.dumps(entries, ensure_ascii=escaped, indent=indent)
    assert plain(read_map(SecureString(text))) == entries


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.from_regex(r'\{"[a\\u0-9]{0,9}":"[^a]{0,9}"\}')
)
def test_what_json_refuses_is_refused(text: str) -> None:
    def outcome(read: Callable[[], object]) -> object:
        try:
            return read()
        except ValueError:
            return "refused"

    ours = outcome(lambda: plain(read_map(SecureString(text))))
    assert ours in ("refused", outcome(lambda: json.loads(text)))


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=8, max_size=40))
def test_a_refusal_does_not_show_the_text(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a JSON object") as caught:
        read_map(SecureString("!" + text))
    assert text not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "text",
    [
        '{"a":"\\ud83d"}',
        '{"a":"\\ud83dx"}',
        '{"a":"\\ude00"}',
        '{"a":"\\ud83d\\n"}',
        '{"a":1}',
        '{"a":"b","a":"c"}',
        "[]",
    ],
)
def test_half_characters_numbers_and_doubles_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"surrogate|not a JSON object|twice"):
        read_map(SecureString(text))


def test_long_values_are_read_in_linear_time() -> None:
    value = "\\n" * 100_000
    assert len(read_map(SecureString(f'{{"a":"{value}"}}'))["a"]) == 100_000


@given(st.dictionaries(TEXTS, TEXTS, max_size=5))
def test_a_buffer_holds_the_object_and_nothing_behind_it(entries: dict[str, str]) -> None:
    buffer = write_object({name: SecureString(value) for name, value in entries.items()})
    assert json.loads(bytes(buffer)) == entries
    assert plain(read_object(buffer)) == entries


def test_only_what_must_be_is_escaped() -> None:
    assert write_object({'a"': 'é🔑/\\"\n\x7f'}) == '{"a\\"":"é🔑/\\\\\\"\\u000a\x7f"}'.encode()
    assert write_object({}) == b"{}"


def test_values_of_the_caller_stay_open() -> None:
    with SecureString("mine") as mine:
        write_object({"a": mine, "b": "text"})
        assert mine.expose() == "mine"


def test_bytes_that_are_no_text_are_kept_as_a_value_and_refused_as_a_name() -> None:
    value = read_object(b'{"a":"\xff\xfe"}')["a"]
    with value.exposed() as view:
        assert view == b"\xff\xfe"
    with pytest.raises(ValueError, match="not a JSON object"):
        read_object(b'{"\xff\xfe":"a"}')


def test_a_name_that_is_no_text_is_refused_and_not_shown() -> None:
    with pytest.raises(InvalidCredentialsError, match="lone surrogate") as caught:
        write_object({"marker\ud800": "value"})
    assert "marker" not in str(caught.value)
    assert caught.value.__context__ is None
