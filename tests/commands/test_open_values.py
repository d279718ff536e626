"""Who makes a value closes it: a command that fails leaves none open, however it fails."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pondpilot_secrets.access.grants import EVERYTHING
from pondpilot_secrets.commands.add import AddRequest
from pondpilot_secrets.commands.edit import EditRequest, RenameRequest
from pondpilot_secrets.commands.environment import EnvironmentRequest
from pondpilot_secrets.commands.limits import LimitsRequest
from pondpilot_secrets.commands.probe import ProbeSecretsRequest
from pondpilot_secrets.commands.query import QueryRequest
from pondpilot_secrets.commands.recovery_codes import MakeCodesRequest, UseCodeRequest
from pondpilot_secrets.commands.registry import dispatch
from pondpilot_secrets.commands.rekey import RekeyRequest
from pondpilot_secrets.commands.remove import RemoveRequest
from pondpilot_secrets.commands.request import Request
from pondpilot_secrets.commands.reveal import RevealRequest
from pondpilot_secrets.commands.rotate import RotateRequest
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.commands.shell import ShellRequest
from pondpilot_secrets.commands.show import FindRequest, ShowRequest
from pondpilot_secrets.commands.store_move import MoveRequest
from pondpilot_secrets.commands.vault import InitRequest
from pondpilot_secrets.errors import KeychainAccessDeniedError, SecretError
from pondpilot_secrets.secure import SecureString
from pondpilot_secrets.testing import Fail, MemoryItems, Tear, forget_items_of, items_of
from tests.commands.requests import REQUESTS, fields

pytestmark = pytest.mark.slow  # each counts all values of the process

FAILING: dict[str, Callable[[], tuple[str, Request[Any]]]] = {
    "add: a name that is taken": lambda: ("add", AddRequest("mysql", "lake", fields(password="m"))),
    "add: an unknown field": lambda: ("add", AddRequest("mysql", "x", fields(password="m", nonsense="m"))),
    "add: a wrong value": lambda: ("add", AddRequest("mysql", "x", fields(password="m", port="many"))),
    "add: a map that is none": lambda: (
        "add",
        AddRequest("http", "x", fields(token="m", extra_http_headers="{"), scopes=("*",)),
    ),
    "edit: nobody": lambda: ("edit", EditRequest("nobody", fields=fields(secret="m"))),
    "edit: a wrong value": lambda: ("edit", EditRequest("lake", fields=fields(secret="m", use_ssl="perhaps"))),
    "rename: a name that is taken": lambda: ("rename", RenameRequest("lake", "warehouse")),
    "find: nobody": lambda: ("find", FindRequest("nobody")),
    "show: nobody": lambda: ("show", ShowRequest("nobody")),
    "reveal: a field that is not set": lambda: ("reveal", RevealRequest("lake", "session_token")),
    "reveal: inject-only": lambda: ("reveal", RevealRequest("hidden", "secret")),
    "remove: nobody": lambda: ("remove", RemoveRequest(("lake", "nobody"))),
    "rotate: a value that does not work": lambda: (
        "rotate",
        RotateRequest("warehouse", fields(password="m"), timeout=3.0),
    ),
    "test: one that is not there": lambda: ("test", ProbeSecretsRequest(("lake", "nobody"))),
    "environment: inject-only": lambda: ("environment", EnvironmentRequest(("lake", "hidden"))),
    "environment: two that differ": lambda: ("environment", EnvironmentRequest(("lake", "other"))),
    "environment: none": lambda: ("environment", EnvironmentRequest(("api",))),
    "shell: one that is not there": lambda: ("shell", ShellRequest("/dev/fd/9", ("lake", "nobody"))),
    "query: a statement that fails": lambda: ("query", QueryRequest("SELCT 1", ("lake",))),
    "query: one that is not there": lambda: ("query", QueryRequest("SELECT 1", ("lake", "nobody"))),
    "limits: no limit": lambda: ("vault.limits", LimitsRequest({"reveal_each": "lots"})),
    "init: a vault that is there": lambda: ("vault.init", InitRequest()),
    "move: no such store": lambda: ("vault.move", MoveRequest("nonsense")),
    "rekey: no key": lambda: ("vault.rekey", RekeyRequest()),
    "codes: another store": lambda: ("vault.recovery_codes", MakeCodesRequest()),
    "code: another store": lambda: ("vault.use_recovery_code", UseCodeRequest(SecureString("code"), "x.key")),
}


@pytest.fixture
def vault(home: Path) -> Iterator[Session]:
    """A vault in memory with secrets of every kind that the commands above need."""
    with Session(EVERYTHING, home, "memory") as session:
        for request in (
            AddRequest("s3", "lake", fields(key_id="AK", secret="marker")),
            AddRequest("s3", "other", fields(key_id="BK", secret="marker-2")),
            AddRequest("s3", "hidden", fields(key_id="CK", secret="marker-3"), inject_only=True),
            AddRequest("postgres", "warehouse", fields(host="127.0.0.1", port="1", password="marker-4")),
            AddRequest("http", "api", fields(bearer_token="marker-5"), scopes=("https://x.example.com/",)),
        ):
            dispatch(session, "add", request)
            for value in request.fields.values():
                value.close()
    yield session
    forget_items_of(home)


def open_values() -> list[SecureString]:
    gc.collect()
    return [each for each in gc.get_objects() if isinstance(each, SecureString) and not each.closed]


def left_open(session: Session, name: str, request: Request[Any]) -> list[SecureString]:
    """Carry out a command that fails; give what is open afterwards, while the error and its frames are held."""
    before = {id(value) for value in open_values()}
    with pytest.raises(SecretError) as failed, session:
        finish(dispatch(session, name, request))
    left = [value for value in open_values() if id(value) not in before]
    assert failed.traceback
    return left


@pytest.mark.parametrize("make", FAILING.values(), ids=FAILING)
def test_a_command_that_fails_leaves_no_value_open(
    vault: Session, make: Callable[[], tuple[str, Request[Any]]]
) -> None:
    name, request = make()
    assert left_open(vault, name, request) == []


READING = ("reveal", "environment", "shell", "edit", "rotate", "test", "query")


@pytest.mark.slow
@pytest.mark.parametrize("name", READING)
@pytest.mark.parametrize("fault", [Fail(KeychainAccessDeniedError("no")), Tear(20), Tear(1)], ids=repr)
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_store_that_fails_at_any_call_leaves_no_value_open(
    vault: Session, home: Path, name: str, fault: Fail | Tear, nth: int
) -> None:
    requests: dict[str, Request[Any]] = {
        **REQUESTS,
        "reveal": RevealRequest("lake", "secret"),
        "environment": EnvironmentRequest(("lake", "warehouse")),
        "edit": EditRequest("lake", fields=fields(secret="new")),
        "query": QueryRequest("SELECT 1", ("lake", "other")),
    }
    items: MemoryItems = items_of(home)
    items.add_fault(fault, nth=nth)
    before = {id(value) for value in open_values()}
    error: SecretError | None = None
    with vault:
        try:
            finish(dispatch(vault, name, requests[name]))
        except SecretError as raised:
            error = raised
    left = [value for value in open_values() if id(value) not in before]
    assert left == [], error


def finish(result: Any) -> None:
    """Read what comes bit by bit, and close the values that a result has."""
    if isinstance(result, Iterator):
        list(result)
    for name in ("value", "values", "variables"):
        held = getattr(result, name, None)
        for value in held.values() if isinstance(held, dict) else [held]:
            if isinstance(value, SecureString):
                value.close()
