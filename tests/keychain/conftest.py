from __future__ import annotations

import pytest
from _pytest.runner import runtestprotocol

from tests.services.secret_service_daemon import SecretServiceDaemon

_crashes: list[SecretServiceDaemon] = []


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Run a test again, once, where it failed because the real keychain under it crashed: the crash is no fault of ours.

    KeePassXC 2.7.4 and gnome-keyring-daemon 42 do so now and then under many short connections.
    """
    if "each_keychain" not in getattr(item, "fixturenames", ()):
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    _crashes.clear()
    reports = runtestprotocol(item, nextitem=nextitem, log=False)
    if any(report.failed for report in reports) and _crashes:
        item._initrequest()  # type: ignore[attr-defined]
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


@pytest.fixture(autouse=True)
def _note_crashes(request: pytest.FixtureRequest):
    """Note at a test's end whether the keychain of this process ended by itself."""
    daemon: SecretServiceDaemon | None = None
    if "each_keychain" in request.fixturenames:
        daemon = request.getfixturevalue("each_keychain")
    yield
    if daemon is not None and daemon.died:
        _crashes.append(daemon)
