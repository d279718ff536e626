"""A request of every command, for a vault that holds the secret `warehouse`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pondpilot_secrets.access.grants import Access, Grant
from pondpilot_secrets.commands.add import AddRequest
from pondpilot_secrets.commands.audit import (
    AuditListRequest,
    ExportOCSFRequest,
    ExportRequest,
    RestartRequest,
    VerifyRequest,
)
from pondpilot_secrets.commands.doctor import DoctorRequest
from pondpilot_secrets.commands.edit import EditRequest, RenameRequest
from pondpilot_secrets.commands.environment import EnvironmentRequest
from pondpilot_secrets.commands.limits import LimitsRequest
from pondpilot_secrets.commands.list import ListRequest
from pondpilot_secrets.commands.presence import PresenceRequest
from pondpilot_secrets.commands.probe import ProbeSecretsRequest
from pondpilot_secrets.commands.query import PromptRequest, QueryRequest
from pondpilot_secrets.commands.recovery_codes import MakeCodesRequest, UseCodeRequest
from pondpilot_secrets.commands.rekey import RekeyRequest
from pondpilot_secrets.commands.remove import RemoveRequest
from pondpilot_secrets.commands.repair import CheckRequest, RepairRequest
from pondpilot_secrets.commands.request import Request
from pondpilot_secrets.commands.reveal import RevealRequest
from pondpilot_secrets.commands.rotate import RotateRequest
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.commands.shell import ShellRequest
from pondpilot_secrets.commands.show import FindRequest, ShowRequest
from pondpilot_secrets.commands.store_move import MoveRequest
from pondpilot_secrets.commands.types import TypesRequest
from pondpilot_secrets.commands.vault import InitRequest, StatusRequest, UnlockRequest
from pondpilot_secrets.secure import SecureString


def fields(**texts: str) -> dict[str, SecureString]:
    """Values as a request carries them."""
    return {name: SecureString(text) for name, text in texts.items()}


REQUESTS: Mapping[str, Request[Any]] = {
    "add": AddRequest("mysql", "new", fields(host="h")),
    "list": ListRequest(),
    "find": FindRequest("warehouse"),
    "show": ShowRequest("warehouse"),
    "reveal": RevealRequest("warehouse", "password"),
    "edit": EditRequest("warehouse", description="changed"),
    "rename": RenameRequest("warehouse", "renamed"),
    "remove": RemoveRequest(("warehouse",)),
    "rotate": RotateRequest("warehouse", fields(password="new"), test=False),
    "test": ProbeSecretsRequest(("warehouse",)),
    "query": QueryRequest("SELECT 1 AS a; SELECT range, NULL FROM range(1500)"),
    "prompt": PromptRequest(),
    "shell": ShellRequest("/dev/fd/100", ("warehouse",)),
    "environment": EnvironmentRequest(("warehouse",)),
    "types": TypesRequest(),
    "audit.list": AuditListRequest(),
    "audit.verify": VerifyRequest(),
    "audit.export": ExportRequest(),
    "audit.ocsf": ExportOCSFRequest(),
    "audit.restart": RestartRequest("a test"),
    "doctor": DoctorRequest(),
    "vault.status": StatusRequest(),
    "vault.init": InitRequest(),
    "vault.unlock": UnlockRequest(),
    "vault.limits": LimitsRequest(),
    "vault.presence": PresenceRequest(grace=60.0),
    "vault.move": MoveRequest("system"),
    "vault.rekey": RekeyRequest(key_file="new.key"),
    "vault.recovery_codes": MakeCodesRequest(2),
    "vault.use_recovery_code": UseCodeRequest(SecureString("code"), key_file="new.key"),
    "vault.check": CheckRequest(),
    "vault.repair": RepairRequest(()),
}


def only(*grants: str) -> Access:
    """An interface that holds these grants and no others."""
    return Access("mcp", frozenset(Grant(grant) for grant in grants))


def later(session: Session, **changes: Any) -> Session:
    """Another session with the same vault, as the next command has it: the key file is not named again."""
    return Session(home=session.home, **changes)
