"""Trying secrets against the servers they are for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pondpilot_secrets.commands.session import Session
    from pondpilot_secrets.models import TestResult

    Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class TestRequest:
    """Which secrets to try; no names means all of them. `target` fits one secret only; `timeout` is in seconds."""

    __test__ = False  # pytest: not a test class

    names: tuple[str, ...] = ()
    target: str | None = None
    timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class Tried:
    """The outcome for one secret."""

    name: str
    result: TestResult


@dataclass(frozen=True, slots=True)
class TestReport:
    """The outcomes, by name of the secret."""

    __test__ = False  # pytest: not a test class

    tests: tuple[Tried, ...]

    @property
    def ok(self) -> bool:
        """Whether every secret works."""
        return all(tried.result.ok for tried in self.tests)


def test(session: Session, request: TestRequest, progress: Progress | None = None) -> TestReport:  # noqa: PT028
    """Try secrets side by side; `progress` is told how many of how many are done."""
    if request.target is not None:
        if len(request.names) != 1:
            raise UsageError("a target is for one secret", hint="test the others by themselves")
        name = request.names[0]
        result = session.manager.test_secret(name, request.target, timeout=request.timeout)
        return TestReport((Tried(session.manager.find_secret(name).name, result),))
    names = request.names or tuple(secret.name for secret in session.manager.list_secrets())
    tried: list[Tried] = []
    if names:
        for name, result in session.manager.test_secrets(names, timeout=request.timeout):
            tried.append(Tried(name, result))
            if progress is not None:
                progress(len(tried), len(names))
    return TestReport(tuple(sorted(tried, key=lambda each: each.name.lower())))


test.__test__ = False  # type: ignore[attr-defined]  # pytest: not a test
