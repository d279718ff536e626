"""Testing secrets against the servers they are for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets.commands.request import Request
from pondpilot_secrets.commands.results import ProbeOutcome
from pondpilot_secrets.errors import UsageError

if TYPE_CHECKING:
    from pondpilot_secrets.commands.session import Session


@dataclass(frozen=True, slots=True)
class ProbeSecretsRequest(Request["ProbeReport"]):
    """Which secrets to test; no names means all of them. `target` fits one secret only; `timeout` is in seconds."""

    names: tuple[str, ...] = ()
    target: str | None = None
    timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class SecretProbe:
    """The outcome for one secret."""

    name: str
    result: ProbeOutcome


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """The outcomes, by name of the secret."""

    tests: tuple[SecretProbe, ...]

    @property
    def ok(self) -> bool:
        """Whether every secret works."""
        return all(each.result.ok for each in self.tests)


def probe(session: Session, request: ProbeSecretsRequest) -> ProbeReport:
    """Test secrets side by side; the session is told how many of how many are done."""
    if request.target is not None:
        if len(request.names) != 1:
            raise UsageError("a target is for one secret", hint="test the others by themselves")
        name = request.names[0]
        result = session.manager.test_secret(name, request.target, timeout=request.timeout)
        return ProbeReport((SecretProbe(session.manager.find_secret(name).name, ProbeOutcome.of(result)),))
    names = request.names or tuple(secret.name for secret in session.manager.list_secrets())
    done: list[SecretProbe] = []
    if names:
        for name, result in session.manager.test_secrets(names, timeout=request.timeout):
            done.append(SecretProbe(name, ProbeOutcome.of(result)))
            session.report_progress(len(done), len(names))
    return ProbeReport(tuple(sorted(done, key=lambda each: each.name.lower())))
