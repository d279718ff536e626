"""Every command is in the registry once, loads, and is refused to a caller that lacks its grant."""

from __future__ import annotations

import ast
import dataclasses
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import pondpilot_secrets.commands
from pondpilot_secrets.access.grants import Grant
from pondpilot_secrets.commands.list import ListRequest
from pondpilot_secrets.commands.registry import COMMANDS, GROUPS, Command, dispatch
from pondpilot_secrets.commands.request import Request
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.commands.show import FindRequest
from pondpilot_secrets.commands.types import TypesRequest
from pondpilot_secrets.errors import PolicyDeniedError, UsageError
from tests.commands.requests import REQUESTS, only

PACKAGE = Path(pondpilot_secrets.commands.__file__).parent
INTERFACES = PACKAGE.with_name("interfaces")
PREFIX = "pondpilot_secrets.commands."

commands = pytest.mark.parametrize("command", COMMANDS.values(), ids=list(COMMANDS))
GUARDED = [each for each in COMMANDS.values() if each.grant is not None]
guarded = pytest.mark.parametrize("command", GUARDED, ids=lambda each: each.name)


def test_there_is_a_request_of_every_command_to_test_with() -> None:
    assert list(REQUESTS) == list(COMMANDS)


@commands
def test_it_loads_and_takes_a_session_and_its_request(command: Command) -> None:
    assert list(inspect.signature(command.load()).parameters) == ["session", "request"]
    assert command.summary
    assert command.summary[0].islower()


@commands
def test_its_request_is_a_frozen_dataclass_that_knows_the_type_of_its_result(command: Command) -> None:
    kind = command.request_type
    assert isinstance(REQUESTS[command.name], kind)
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert kind.__doc__
    (base,) = kind.__orig_bases__  # type: ignore[attr-defined]
    (answer,) = base.__args__
    name = command.result_type.__name__
    assert answer.__forward_arg__ == (f"Iterator[{name}]" if command.streams else name)


def test_a_request_is_of_one_command() -> None:
    kinds = [command.request_type for command in COMMANDS.values()]
    assert len(set(kinds)) == len(kinds)


def test_no_two_commands_have_the_same_words_and_every_group_is_named() -> None:
    words = [command.words for command in COMMANDS.values() if command.words is not None]
    assert len(set(words)) == len(words)
    assert {each.split()[0] for each in words if " " in each} == set(GROUPS)


@pytest.mark.parametrize("name", ["nonsense", "", "list "])
def test_a_name_that_no_command_has_is_refused(session: Session, name: str) -> None:
    with pytest.raises(UsageError, match="no such command"):
        dispatch(session, name, ListRequest())


def test_a_request_of_another_command_is_refused_before_anything_happens(warehouse: Session) -> None:
    with pytest.raises(UsageError, match="FindRequest is not a request of `remove`"):
        dispatch(warehouse, "remove", FindRequest("warehouse"))
    assert known(warehouse)


@guarded
def test_without_its_grant_it_is_refused_before_anything_happens(warehouse: Session, command: Command) -> None:
    assert command.grant is not None
    before = known(warehouse)
    others = [grant for grant in Grant if grant is not command.grant]
    with (
        Session(only(*others), warehouse.home, "file", warehouse.key_file) as weaker,
        pytest.raises(PolicyDeniedError) as refused,
    ):
        dispatch(weaker, command.name, REQUESTS[command.name])
    assert refused.value.code == 1011
    assert f"`{command.grant}`" in str(refused.value)
    assert known(warehouse) == before
    (denial,) = warehouse.manager.audit_records(limit=1)
    assert (denial.outcome, denial.code) == ("denied", 1011)


# The doctor reports what it may not check, and a new statement is asked for only by one that may use it.
@pytest.mark.parametrize("command", [each for each in GUARDED if each.name != "doctor"], ids=lambda each: each.name)
def test_the_function_itself_is_no_way_round_the_grant(warehouse: Session, command: Command) -> None:
    assert command.grant is not None
    before = known(warehouse)
    others = [grant for grant in Grant if grant is not command.grant]
    with Session(only(*others), warehouse.home, "file", warehouse.key_file) as weaker:
        with pytest.raises(PolicyDeniedError) as refused:
            consume(command.load(), weaker, with_secret(REQUESTS[command.name]))
        assert refused.value.code == 1011
    assert known(warehouse) == before


def with_secret(request: Request[Any]) -> Request[Any]:
    """The request, with a secret where it applies any."""
    names = {field.name for field in dataclasses.fields(request)}  # type: ignore[arg-type]
    return dataclasses.replace(request, names=("warehouse",)) if "names" in names else request  # type: ignore[type-var]


def consume(function: Callable[[Session, Any], Any], session: Session, request: Request[Any]) -> None:
    """Call it, and read what comes bit by bit."""
    result = function(session, request)
    if isinstance(result, Iterator):
        list(result)


def known(session: Session) -> object:
    return [dataclasses.astuple(secret)[:9] for secret in session.manager.list_secrets()]


def test_types_touch_no_vault_and_need_no_grant(home: Path) -> None:
    with Session(only(), home) as session:
        assert dispatch(session, "types", TypesRequest()).types
    assert not home.exists()


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_function_of_a_session_and_a_request_is_in_the_registry(path: Path) -> None:
    functions = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)]
    public = {
        f"{path.stem}.{node.name}"
        for node in functions
        if [argument.arg for argument in node.args.args] == ["session", "request"] and not node.name.startswith("_")
    }
    targets = {command.target for command in COMMANDS.values()}
    assert public == {target for target in targets if target.startswith(f"{path.stem}.") and path.parent == PACKAGE}


@pytest.mark.parametrize("path", sorted(INTERFACES.rglob("*.py")), ids=lambda path: str(path.relative_to(INTERFACES)))
def test_no_interface_calls_a_command_but_through_dispatch(path: Path) -> None:
    imported = {
        f"{node.module.removeprefix(PREFIX)}.{alias.name}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module is not None and node.module.startswith(PREFIX)
        for alias in node.names
    }
    assert imported & {command.target for command in COMMANDS.values()} == set()
