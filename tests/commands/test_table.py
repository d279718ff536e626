"""Every command is in the table once, loads, and is refused to whoever lacks its grant."""

from __future__ import annotations

import ast
import dataclasses
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import pondpilot_secrets.commands
from pondpilot_secrets.access.grants import Grant
from pondpilot_secrets.commands.audit import AuditExportRequest, AuditListRequest, RestartRequest, VerifyRequest
from pondpilot_secrets.commands.doctor import DoctorRequest
from pondpilot_secrets.commands.handing import EnvironmentRequest, ShellRequest
from pondpilot_secrets.commands.limits import LimitsRequest
from pondpilot_secrets.commands.listing import ListRequest
from pondpilot_secrets.commands.presence import PresenceRequest
from pondpilot_secrets.commands.querying import QueryRequest
from pondpilot_secrets.commands.recovery import MakeCodesRequest, RecoverRequest
from pondpilot_secrets.commands.repair import DamageRequest, MendRequest
from pondpilot_secrets.commands.revealing import RevealRequest
from pondpilot_secrets.commands.rotating import RotateRequest
from pondpilot_secrets.commands.saving import AddRequest, EditRequest, RemoveRequest
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.commands.showing import NameRequest
from pondpilot_secrets.commands.table import COMMANDS, Command
from pondpilot_secrets.commands.testing import TestRequest
from pondpilot_secrets.commands.types import TypesRequest
from pondpilot_secrets.commands.vault import InitRequest, MigrateRequest, RekeyRequest, StatusRequest, UnlockRequest
from pondpilot_secrets.errors import PolicyDeniedError
from pondpilot_secrets.secure import SecureString
from tests.commands.conftest import only
from tests.vault.parts import parts

ROOM = Path(pondpilot_secrets.commands.__file__).parent

REQUESTS: dict[str, object] = {
    "add": AddRequest("mysql", "new", {"host": "h"}),
    "list": ListRequest(),
    "find": NameRequest("warehouse"),
    "show": NameRequest("warehouse"),
    "reveal": RevealRequest("warehouse", "user"),
    "edit": EditRequest("warehouse", description="changed"),
    "remove": RemoveRequest(("warehouse",)),
    "types": TypesRequest(),
    "rotate": RotateRequest("warehouse", {"password": "new"}, test=False),
    "test": TestRequest(("warehouse",)),
    "query": QueryRequest("SELECT 1", ("warehouse",)),
    "environment": EnvironmentRequest(("warehouse",)),
    "shell": ShellRequest(("warehouse",)),
    "doctor": DoctorRequest(),
    "audit.list": AuditListRequest(),
    "audit.verify": VerifyRequest(),
    "audit.export": AuditExportRequest(),
    "audit.restart": RestartRequest("a test"),
    "vault.limits": LimitsRequest(),
    "vault.presence": PresenceRequest(),
    "vault.status": StatusRequest(),
    "vault.damage": DamageRequest(),
    "vault.mend": MendRequest(()),
    "vault.init": InitRequest(),
    "vault.unlock": UnlockRequest(),
    "vault.migrate": MigrateRequest("system"),
    "vault.rekey": RekeyRequest(key_file=Path("new.key")),
    "vault.recovery": MakeCodesRequest(),
    "vault.recover": RecoverRequest(SecureString("code"), key_file=Path("new.key")),
}

commands = pytest.mark.parametrize("command", COMMANDS.values(), ids=list(COMMANDS))
GUARDED = [each for each in COMMANDS.values() if each.grant is not None]
guarded = pytest.mark.parametrize("command", GUARDED, ids=lambda each: each.name)


def test_this_file_knows_a_request_of_every_command() -> None:
    assert list(REQUESTS) == list(COMMANDS)


@commands
def test_it_loads_and_takes_a_session_and_its_request(command: Command) -> None:
    parameters = list(inspect.signature(command.load()).parameters.values())
    assert [parameter.name for parameter in parameters[:2]] == ["session", "request"]
    assert all(parameter.default is not parameter.empty for parameter in parameters[2:])
    assert command.summary
    assert command.summary[0].islower()


@commands
def test_its_request_is_a_frozen_dataclass(command: Command) -> None:
    kind = command.request_type
    assert dataclasses.is_dataclass(kind)
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert isinstance(REQUESTS[command.name], kind)
    assert kind.__doc__


@guarded
def test_without_its_grant_it_is_refused_before_anything_happens(warehouse: Session, command: Command) -> None:
    assert command.grant is not None
    before = known(warehouse)
    others = [grant for grant in Grant if grant is not command.grant]
    with (
        Session(only(*others), warehouse.home, "file", warehouse.key_file) as weaker,
        pytest.raises(PolicyDeniedError) as refused,
    ):
        command.perform(weaker, REQUESTS[command.name])
    assert refused.value.code == 1011
    assert f"`{command.grant}`" in str(refused.value)
    assert known(warehouse) == before
    (denial,) = parts(warehouse.manager).audit_reader.entries(1)
    assert (denial.outcome, denial.code) == ("denied", 1011)


# The doctor reports what it may not look at; the table keeps it from those who may not list.
@pytest.mark.parametrize("command", [each for each in GUARDED if each.name != "doctor"], ids=lambda each: each.name)
def test_the_function_itself_is_no_way_round_the_grant(warehouse: Session, command: Command) -> None:
    assert command.grant is not None
    before = known(warehouse)
    others = [grant for grant in Grant if grant is not command.grant]
    with Session(only(*others), warehouse.home, "file", warehouse.key_file) as weaker:
        with pytest.raises(PolicyDeniedError) as refused:
            consumed(command.load(), weaker, REQUESTS[command.name])
        assert refused.value.code == 1011
    assert known(warehouse) == before


def consumed(function: Callable[..., Any], session: Session, request: object) -> None:
    """Call it, and read what comes bit by bit."""
    result = function(session, request)
    for each in getattr(result, "results", ()):
        list(each.rows)


def known(session: Session) -> object:
    return [dataclasses.astuple(secret)[:9] for secret in session.manager.list_secrets()]


def test_types_touch_no_vault_and_need_no_grant(home: Path) -> None:
    with Session(only(), home) as session:
        assert COMMANDS["types"].perform(session, TypesRequest()).types
    assert not home.exists()


@pytest.mark.parametrize("path", sorted(ROOM.glob("*.py")), ids=lambda path: path.stem)
def test_every_function_of_a_session_and_a_request_is_in_the_table(path: Path) -> None:
    functions = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)]
    public = {
        node.name
        for node in functions
        if [argument.arg for argument in node.args.args][:2] == ["session", "request"] and not node.name.startswith("_")
    }
    listed = {command.function for command in COMMANDS.values() if command.home == path.stem}
    assert public - {"opened", "results_of"} == listed
