"""What every test shares; the real servers are in `tests/services/fixtures.py`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from tests.services.keyring_daemon import KeyringDaemon

pytest_plugins = ["tests.fast", "tests.services.fixtures", "tests.version_skips"]

# A developer's own vault, keychain and DuckDB settings must have no part in a test.
for _name in [name for name in os.environ if name.startswith("POND_")]:
    del os.environ[_name]

# The packaged motherduck extension asks a server of MotherDuck's for the real one; nobody answers on this port.
os.environ["motherduck_host"] = "127.0.0.1:9"  # noqa: SIM112 - its own spelling


# How long an example takes, and drawing one, says how busy the machine is, and nothing of what is tried.
settings.register_profile("busy machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy machine")


@pytest.fixture
def keychain_environment(_keychain_daemon: KeyringDaemon) -> KeyringDaemon:
    """A gnome-keyring of the tests' own as this process's keychain, for all tests that need a working one.

    gnome-keyring-daemon 42 dies now and then under many short connections; then the next test gets a new one.
    """
    if _keychain_daemon.died:
        _keychain_daemon.restart_daemon()
    return _keychain_daemon


@pytest.fixture(scope="session")
def _keychain_daemon() -> Iterator[KeyringDaemon]:
    from tests.services.fixtures import running
    from tests.services.keyring_daemon import KeyringDaemon

    before = dict(os.environ)
    for daemon in running(KeyringDaemon()):
        os.environ.update(daemon.environment)
        yield daemon
    os.environ.clear()
    os.environ.update(before)
