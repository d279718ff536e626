"""Testing secrets: all of them or some, in the order of their names, with progress."""

from __future__ import annotations

import dataclasses

import pytest

from pondpilot_secrets.commands.probe import ProbeSecretsRequest
from pondpilot_secrets.commands.registry import dispatch
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.errors import SecretNotFoundError, UsageError


def test_tests_run_for_all_and_end_in_the_order_of_names(several: Session) -> None:
    progress: list[tuple[int, int]] = []
    with dataclasses.replace(several, progress=lambda done, total: progress.append((done, total))) as session:
        report = dispatch(session, "test", ProbeSecretsRequest(timeout=3.0))
    assert [each.name for each in report.tests] == ["Lake", "shop_50%", "warehouse"]
    assert progress == [(1, 3), (2, 3), (3, 3)]
    assert not report.ok
    (of_warehouse,) = [each.result for each in report.tests if each.name == "warehouse"]
    assert of_warehouse.reason == "unreachable"
    assert "marker" not in of_warehouse.message


def test_a_test_of_nothing_is_ok_and_of_nobody_is_not(session: Session) -> None:
    assert dispatch(session, "test", ProbeSecretsRequest()).ok
    with pytest.raises(SecretNotFoundError):
        dispatch(session, "test", ProbeSecretsRequest(("nobody",)))


@pytest.mark.parametrize("given", [(), ("Lake", "warehouse")])
def test_a_target_is_for_one_secret(several: Session, given: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        dispatch(several, "test", ProbeSecretsRequest(given, target="s3://prod/x"))


def test_a_test_reports_the_name_as_it_is_spelled(several: Session) -> None:
    request = ProbeSecretsRequest(("WAREHOUSE",), target="127.0.0.1", timeout=3.0)
    (probe,) = dispatch(several, "test", request).tests
    assert probe.name == "warehouse"
