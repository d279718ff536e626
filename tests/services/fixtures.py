"""The servers as pytest fixtures: started when a test first asks, stopped at the end of the session.

A server whose program is not installed skips its tests and says which package is missing; with CI=true it fails them.
The keyring fixtures start anew for each test, because tests lock, freeze and kill them.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

import pytest

from tests.services.process import Service, ServiceMissingError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.services.azurite import AzuriteServer
    from tests.services.ducklake import DuckLakeInPostgres, DuckLakeInSQLite
    from tests.services.http_server import HTTPDataServer
    from tests.services.huggingface import HuggingFaceServer
    from tests.services.iceberg_rest import IcebergCatalogServer
    from tests.services.keyring_daemon import KeyringDaemon
    from tests.services.mariadb import MariaDBServer
    from tests.services.polkit_daemon import MockedPolkit, RealPolkit
    from tests.services.postgres import PostgresServer
    from tests.services.prompting_secret_service import PromptingSecretService
    from tests.services.quack_server import QuackServer
    from tests.services.seaweedfs import SeaweedFSServer
    from tests.services.secret_service_daemon import SecretServiceDaemon
    from tests.services.system_bus import SystemBus
    from tests.services.unity_catalog import UnityCatalogServer

AnyService = TypeVar("AnyService", bound=Service)


def running(service: AnyService) -> Iterator[AnyService]:
    """Give a started server; skip, or fail under CI=true, when its program is not installed."""
    try:
        service.__enter__()
    except ServiceMissingError as missing:
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(str(missing))
    try:
        yield service
    finally:
        service.stop()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    from tests.services.postgres import PostgresServer

    yield from running(PostgresServer())


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[MariaDBServer]:
    from tests.services.mariadb import MariaDBServer

    yield from running(MariaDBServer())


@pytest.fixture(scope="session")
def seaweedfs_server() -> Iterator[SeaweedFSServer]:
    from tests.services.seaweedfs import SeaweedFSServer

    yield from running(SeaweedFSServer())


@pytest.fixture(scope="session")
def azurite_server() -> Iterator[AzuriteServer]:
    from tests.services.azurite import AzuriteServer

    yield from running(AzuriteServer())


@pytest.fixture(scope="session")
def _http_data_server() -> Iterator[HTTPDataServer]:
    from tests.services.http_server import HTTPDataServer

    yield from running(HTTPDataServer())


@pytest.fixture
def http_data_server(_http_data_server: HTTPDataServer) -> HTTPDataServer:
    """The web server, having forgotten what earlier tests asked."""
    _http_data_server.forget_requests()
    return _http_data_server


@pytest.fixture(scope="session")
def _other_http_data_server() -> Iterator[HTTPDataServer]:
    from tests.services.http_server import HTTPDataServer

    yield from running(HTTPDataServer())


@pytest.fixture
def other_http_data_server(_other_http_data_server: HTTPDataServer) -> HTTPDataServer:
    """A second web server on another port, to redirect to and to see what reaches it."""
    _other_http_data_server.forget_requests()
    return _other_http_data_server


@pytest.fixture(scope="session")
def _huggingface_server() -> Iterator[HuggingFaceServer]:
    from tests.services.huggingface import HuggingFaceServer

    yield from running(HuggingFaceServer())


@pytest.fixture
def huggingface_server(_huggingface_server: HuggingFaceServer) -> HuggingFaceServer:
    """Hugging Face, having forgotten what earlier tests asked."""
    _huggingface_server.forget_requests()
    _huggingface_server.connections.clear()
    return _huggingface_server


@pytest.fixture(scope="session")
def quack_server() -> Iterator[QuackServer]:
    from tests.services.quack_server import QuackServer

    yield from running(QuackServer())


@pytest.fixture(scope="session")
def unity_catalog_server() -> Iterator[UnityCatalogServer]:
    from tests.services.unity_catalog import UnityCatalogServer

    yield from running(UnityCatalogServer())


@pytest.fixture(scope="session")
def iceberg_server() -> Iterator[IcebergCatalogServer]:
    from tests.services.iceberg_rest import IcebergCatalogServer

    yield from running(IcebergCatalogServer())


@pytest.fixture(scope="session")
def ducklake_in_sqlite() -> Iterator[DuckLakeInSQLite]:
    from tests.services.ducklake import DuckLakeInSQLite

    yield from running(DuckLakeInSQLite())


@pytest.fixture(scope="session")
def ducklake_in_postgres(postgres_server: PostgresServer) -> Iterator[DuckLakeInPostgres]:
    from tests.services.ducklake import DuckLakeInPostgres

    yield from running(DuckLakeInPostgres(postgres_server))


@pytest.fixture
def secret_service() -> Iterator[KeyringDaemon]:
    """A real gnome-keyring, unlocked."""
    pytest.importorskip("jeepney", reason="the Secret Service is for Linux")
    from tests.services.keyring_daemon import KeyringDaemon

    yield from running(KeyringDaemon())


def secret_service_of(program: str, *, state: str = "unlocked") -> SecretServiceDaemon:
    """Return a Secret Service by the name of its program, not started yet."""
    from tests.services.keepassxc import KeePassXC
    from tests.services.keyring_daemon import KeyringDaemon
    from tests.services.kwallet import KWallet

    kinds = {"gnome-keyring": KeyringDaemon, "kwallet": KWallet, "keepassxc": KeePassXC}
    return kinds[program](state)  # type: ignore[arg-type]


SECRET_SERVICES = ("gnome-keyring", "kwallet", "keepassxc")


@pytest.fixture(params=SECRET_SERVICES)
def each_secret_service(request: pytest.FixtureRequest) -> Iterator[SecretServiceDaemon]:
    """Each program that serves the Secret Service in turn, unlocked, and this test's own."""
    pytest.importorskip("jeepney", reason="the Secret Service is for Linux")
    yield from running(secret_service_of(request.param))


@pytest.fixture(params=SECRET_SERVICES)
def each_locked_secret_service(request: pytest.FixtureRequest) -> Iterator[SecretServiceDaemon]:
    """Each program that serves the Secret Service in turn, locked, whose prompts nobody can see."""
    pytest.importorskip("jeepney", reason="the Secret Service is for Linux")
    yield from running(secret_service_of(request.param, state="locked"))


@pytest.fixture(scope="session", params=SECRET_SERVICES)
def _lasting_secret_service(request: pytest.FixtureRequest) -> Iterator[SecretServiceDaemon]:
    pytest.importorskip("jeepney", reason="the Secret Service is for Linux")
    yield from running(secret_service_of(request.param))


@pytest.fixture
def each_keychain(_lasting_secret_service: SecretServiceDaemon, monkeypatch: pytest.MonkeyPatch) -> SecretServiceDaemon:
    """Each program in turn as this process's keychain, for tests that leave it running and unlocked."""
    if _lasting_secret_service.died:
        _lasting_secret_service.restart_daemon()
    for name, value in _lasting_secret_service.environment.items():
        monkeypatch.setenv(name, value)
    return _lasting_secret_service


@pytest.fixture
def locked_secret_service() -> Iterator[KeyringDaemon]:
    """A real gnome-keyring, locked, whose prompter has no display to open."""
    pytest.importorskip("jeepney", reason="the Secret Service is for Linux")
    from tests.services.keyring_daemon import KeyringDaemon

    yield from running(KeyringDaemon("locked"))


@pytest.fixture
def no_secret_service() -> Iterator[KeyringDaemon]:
    """A session bus with no Secret Service on it."""
    pytest.importorskip("jeepney", reason="the Secret Service is for Linux")
    from tests.services.keyring_daemon import KeyringDaemon

    yield from running(KeyringDaemon("absent"))


@pytest.fixture
def dismissing_secret_service() -> Iterator[PromptingSecretService]:
    """A locked Secret Service whose every prompt is dismissed."""
    pytest.importorskip("jeepney", reason="the Secret Service is for Linux")
    from tests.services.prompting_secret_service import PromptingSecretService

    yield from running(PromptingSecretService("dismissed"))


@pytest.fixture
def silent_secret_service() -> Iterator[PromptingSecretService]:
    """A locked Secret Service whose prompts nobody answers."""
    pytest.importorskip("jeepney", reason="the Secret Service is for Linux")
    from tests.services.prompting_secret_service import PromptingSecretService

    yield from running(PromptingSecretService("never"))


@pytest.fixture
def empty_system_bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[SystemBus]:
    """A system bus with no polkit on it, for this process too."""
    pytest.importorskip("jeepney", reason="polkit is for Linux")
    from tests.services.system_bus import SystemBus

    for bus in running(SystemBus()):
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.bus_address)
        yield bus


@pytest.fixture
def mocked_polkit(monkeypatch: pytest.MonkeyPatch) -> Iterator[MockedPolkit]:
    """python-dbusmock's polkit on a system bus, for this process too."""
    pytest.importorskip("jeepney", reason="polkit is for Linux")
    from tests.services.polkit_daemon import MockedPolkit

    for polkit in running(MockedPolkit()):
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", polkit.bus_address)
        yield polkit


@pytest.fixture(scope="session")
def real_polkit() -> Iterator[RealPolkit]:
    """This system's own polkitd on a system bus, with our policy file."""
    pytest.importorskip("jeepney", reason="polkit is for Linux")
    if os.geteuid() != 0:
        pytest.skip("the real polkitd runs with our policy in a mount namespace, which needs root")
    from tests.services.polkit_daemon import RealPolkit

    yield from running(RealPolkit())
