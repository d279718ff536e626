"""Every request and result goes to JSON and back exactly; a secret value only for an interface that holds `reveal`."""

from __future__ import annotations

import dataclasses
import gc
import json
import types
import typing
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pondpilot_secrets.access.grants import EVERYTHING
from pondpilot_secrets.commands.add import AddRequest
from pondpilot_secrets.commands.codec import fields_of, from_json, from_json_text, to_json, to_json_text
from pondpilot_secrets.commands.environment import EnvironmentRequest
from pondpilot_secrets.commands.list import ListRequest
from pondpilot_secrets.commands.presence import PresenceRequest
from pondpilot_secrets.commands.problem_details import ProblemDetails
from pondpilot_secrets.commands.recovery_codes import MakeCodesRequest, UseCodeRequest
from pondpilot_secrets.commands.registry import COMMANDS, Command, dispatch
from pondpilot_secrets.commands.reveal import RevealRequest, RevealResult
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.errors import PolicyDeniedError, UsageError
from pondpilot_secrets.secure import REDACTED, SecureString
from tests.commands.requests import REQUESTS, fields, only

KINDS = sorted(
    {kind for command in COMMANDS.values() for kind in (command.request_type, command.result_type)} | {ProblemDetails},
    key=lambda kind: kind.__name__,
)
kinds = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
commands = pytest.mark.parametrize("command", COMMANDS.values(), ids=list(COMMANDS))

SCALARS = (str, int, float, bool, type(None), datetime, SecureString)


# --- what requests and results are made of ---


def parts_of(kind: Any) -> Iterator[Any]:
    """A type, and the types that it is made of, as deep as they go."""
    yield kind
    inner = [hint for hint, _ in fields_of(kind).values()] if dataclasses.is_dataclass(kind) else typing.get_args(kind)
    if typing.get_origin(kind) is not Literal:
        for each in inner:
            yield from parts_of(each)


@kinds
def test_it_is_plain_data_of_this_package(kind: type) -> None:
    for part in parts_of(kind):
        origin = typing.get_origin(part)
        if dataclasses.is_dataclass(part):
            assert part.__module__.startswith("pondpilot_secrets.commands."), part
            assert part.__dataclass_params__.frozen, part  # type: ignore[union-attr]
        elif isinstance(part, type) and issubclass(part, StrEnum):
            assert part.__module__.startswith("pondpilot_secrets.commands."), part
        elif origin is not None:
            assert origin in (tuple, Mapping, Literal, typing.Union, types.UnionType), part
        else:
            assert part in (*SCALARS, Any, Ellipsis), part


def values_of(kind: Any) -> st.SearchStrategy[Any]:
    """Whatever a type may hold."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if dataclasses.is_dataclass(kind):
        return st.builds(kind, **{name: values_of(hint) for name, (hint, _) in fields_of(kind).items()})  # type: ignore[arg-type]
    if origin in (typing.Union, types.UnionType):
        return st.one_of(map(values_of, inner))
    if origin is tuple:
        return st.lists(values_of(inner[0]), max_size=3).map(tuple)
    if origin is Mapping:
        return st.dictionaries(st.text(max_size=5), values_of(inner[1]), max_size=3)
    if origin is Literal or (isinstance(kind, type) and issubclass(kind, StrEnum)):
        return st.sampled_from(inner or list(kind))
    return SCALAR_VALUES[kind]


SCALAR_VALUES: Mapping[Any, st.SearchStrategy[Any]] = {
    str: st.text(),
    int: st.integers(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    type(None): st.none(),
    datetime: st.datetimes(timezones=st.just(UTC)),
    SecureString: st.text().map(SecureString),
    Any: st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3)),
}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@settings(max_examples=30)
@given(data=st.data())
def test_whatever_it_holds_it_comes_back_as_it_was(kind: type, data: st.DataObject) -> None:
    value = data.draw(values_of(kind))
    as_json = to_json(value, EVERYTHING)
    assert from_json(kind, as_json) == value
    assert from_json_text(kind, json.dumps(as_json)) == value
    with to_json_text(value, EVERYTHING) as text:
        assert json.loads(text.expose()) == as_json


# --- every command, on a real vault in an encrypted file ---


@commands
def test_it_is_carried_out_through_json(warehouse: Session, command: Command, request: pytest.FixtureRequest) -> None:
    if command.name == "vault.move":
        request.getfixturevalue("keychain_environment")
    sent = over_the_wire(prepared(warehouse, command.name))
    if command.name == "vault.init":
        warehouse = dataclasses.replace(warehouse, home=str(warehouse.home) + "2")
    with warehouse:
        result = dispatch(warehouse, command.name, sent)
        for each in result if command.streams else [result]:
            assert type(each) is command.result_type
            assert over_the_wire(each) == each


def prepared(session: Session, name: str) -> Any:
    """A request that succeeds on this vault."""
    if name == "vault.use_recovery_code":
        (code,) = dispatch(session, "vault.recovery_codes", MakeCodesRequest(1)).codes
        return UseCodeRequest(code, key_file=f"{session.home}.key")
    if name == "vault.rekey":
        return dataclasses.replace(REQUESTS[name], key_file=f"{session.home}.key")  # type: ignore[type-var]
    return REQUESTS[name]


def over_the_wire(value: Any) -> Any:
    with to_json_text(value, EVERYTHING) as text, text.exposed() as view:
        return from_json_text(type(value), bytes(view))


# --- secret values ---


@pytest.mark.parametrize("name", ["reveal", "environment", "shell", "vault.recovery_codes"])
def test_a_result_with_a_secret_value_is_for_those_who_may_reveal(warehouse: Session, name: str) -> None:
    result = dispatch(warehouse, name, REQUESTS[name])
    for encode in (to_json, to_json_text):
        for access in (only("list", "use", "write", "export"), only()):
            with pytest.raises(PolicyDeniedError) as refused:
                encode(result, access)
            assert "`reveal`" in str(refused.value)
        with pytest.raises(PolicyDeniedError):
            encode(result)
    assert REDACTED not in json.dumps(to_json(result, only("reveal")), ensure_ascii=False)


def test_a_request_with_a_secret_value_is_encoded_by_those_who_may_reveal_only() -> None:
    request = AddRequest("s3", "x", fields(secret="marker"))
    with pytest.raises(PolicyDeniedError):
        to_json(request, only("write"))
    assert to_json(request, EVERYTHING)["fields"] == {"secret": "marker"}  # type: ignore[call-overload,index]


@pytest.mark.parametrize("name", [name for name in REQUESTS if name not in ("vault.move", "vault.use_recovery_code")])
def test_no_other_command_shows_a_sensitive_value(warehouse: Session, name: str) -> None:
    if name == "vault.init":
        warehouse = dataclasses.replace(warehouse, home=str(warehouse.home) + "2")
    result = dispatch(warehouse, name, prepared(warehouse, name))
    for each in result if COMMANDS[name].streams else [result]:
        assert "marker" not in repr(each)
        if name not in ("reveal", "environment", "shell", "vault.recovery_codes"):
            assert "marker" not in json.dumps(to_json(each), ensure_ascii=False)


def test_no_request_shows_a_value() -> None:
    assert "marker" not in repr(AddRequest("s3", "x", fields(secret="marker")))


@pytest.mark.parametrize("value", ["", '"', "\\", "\n\x00\x1f", "märker 😀", "a" * 100_000, "\x7f\u2028"])
def test_any_value_is_written_and_read_exactly(value: str) -> None:
    with to_json_text(RevealResult("x", "y", SecureString(value)), EVERYTHING) as text:
        assert json.loads(text.expose()) == {"name": "x", "field": "y", "value": value}
        read = from_json_text(RevealResult, text.expose())
    assert read.value.expose() == value


def test_what_the_parser_made_of_a_value_is_wiped(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[Any] = []
    loads = json.loads

    def remembering(*words: Any, **options: Any) -> Any:
        parsed.append(loads(*words, **options))
        return parsed[-1]

    monkeypatch.setattr("json.loads", remembering)
    request = from_json_text(AddRequest, '{"type": "s3", "name": "x", "fields": {"secret": "marker-value"}}')
    assert request.fields["secret"].expose() == "marker-value"
    assert parsed[0]["fields"]["secret"] == "\0" * len("marker-value")
    with pytest.raises(UsageError):
        from_json_text(AddRequest, '{"type": "s3", "nonsense": ["some-text"], "fields": {"secret": "marker-value"}}')
    assert parsed[1] == {"type": "\0\0", "nonsense": ["\0" * 9], "fields": {"secret": "\0" * len("marker-value")}}


def test_values_of_a_document_that_is_refused_are_closed() -> None:
    before = open_values()
    with pytest.raises(UsageError) as refused:
        from_json(AddRequest, {"fields": {"a": "marker"}, "type": "s3", "name": 1})
    assert open_values() == before  # although the frames of the error hold them still
    assert refused.traceback


def open_values() -> int:
    return sum(isinstance(each, SecureString) and not each.closed for each in gc.get_objects())


# --- what is refused ---


@pytest.mark.parametrize(
    ("kind", "data", "message"),
    [
        (ListRequest, [], "it must be an object"),
        (ListRequest, None, "it must be an object"),
        (ListRequest, {"limit": "1"}, "limit must be a whole number"),
        (ListRequest, {"limit": True}, "limit must be a whole number"),
        (ListRequest, {"limit": 1.0}, "limit must be a whole number"),
        (ListRequest, {"query": 1}, "query must be text"),
        (ListRequest, {"marker": 1}, "it has a field that is not known"),
        (RevealRequest, {"name": "x"}, "field is missing"),
        (EnvironmentRequest, {"names": "x"}, "names must be an array"),
        (EnvironmentRequest, {"names": [1]}, "names must be text"),
        (PresenceRequest, {"mode": "maybe"}, "mode must be one of: on, off"),
        (PresenceRequest, {"grace": "1"}, "grace must be a number"),
        (PresenceRequest, {"grace": float("nan")}, "grace must be a number"),
        (PresenceRequest, {"grace": 10**400}, "grace must be a number"),
        (AddRequest, {"type": "s3", "name": "x", "fields": {"secret": 1}}, "fields.secret must be text"),
        (AddRequest, {"type": "s3", "name": "x", "fields": {"a b": 1}}, "fields.a member must be text"),
        (AddRequest, {"type": "s3", "name": "x", "fields": {"secret": "\ud800"}}, "fields.secret is not valid Unicode"),
        (AddRequest, {"type": "s3", "name": "x", "fields": ["secret"]}, "fields must be an object"),
        (AddRequest, {"type": "s3", "name": "x", "fields": {}, "inject_only": 1}, "inject_only must be true or false"),
    ],
)
def test_what_a_request_does_not_say_is_refused_by_the_name_of_the_field(
    kind: type, data: object, message: str
) -> None:
    with pytest.raises(UsageError) as refused:
        from_json(kind, data)
    assert refused.value.code == 1022
    assert refused.value.message == f"the JSON does not fit: {message}"
    assert "marker" not in f"{refused.value} {refused.value.hint}"


@pytest.mark.parametrize(
    "text", ["", "{", '{"limit": NaN}', '{"limit": 1, "limit": 2}', '{"a": "\\', "[" * 100_000, b"\xff", "1" * 5000]
)
def test_a_text_that_is_not_json_is_refused_and_not_repeated(text: str | bytes) -> None:
    with pytest.raises(UsageError, match="not JSON") as refused:
        from_json_text(ListRequest, text)
    assert refused.value.__context__ is None


@pytest.mark.parametrize("moment", ["yesterday", "2026-01-01T00:00:00", 1, ""])
def test_a_moment_without_an_offset_is_refused(moment: object) -> None:
    with pytest.raises(UsageError, match="since must be a time in ISO 8601"):
        from_json(COMMANDS["audit.export"].request_type, {"since": moment})


class Colour(StrEnum):
    RED = "red"


def test_how_plain_data_look_in_json() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=2)))
    assert to_json((None, True, 1, 1.5, "x", Colour.RED)) == [None, True, 1, 1.5, "x", "red"]
    assert type(to_json(Colour.RED)) is str
    assert to_json(moment) == "2026-01-02T01:04:05Z"
    assert to_json(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00Z"
    assert to_json({"a": ()}) == {"a": []}
    assert to_json(ListRequest("q")) == {"query": "q", "type": None, "tag": None, "limit": None}


@pytest.mark.parametrize(
    "value", [object(), b"x", {1}, {1: 2}, iter([]), float("nan"), float("inf"), datetime(2026, 1, 1), ListRequest]
)
def test_what_is_not_plain_data_is_a_mistake_of_the_program(value: object) -> None:
    for encode in (to_json, to_json_text):
        with pytest.raises(TypeError):
            encode(value)
