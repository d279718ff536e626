"""What a DuckDB shell reads at its start, for shells of other versions than the Python package, and without the network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.errors import DuckDBIntegrationError, ExtensionMissingError
from tests.duckdb_versions import extension_is_packaged
from tests.vault.stores import open_vault

OTHER = "1.5.99"


@pytest.fixture
def offline(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SecretsManager]:
    monkeypatch.setenv("POND_OFFLINE", "1")
    monkeypatch.setenv("HOME", str(home.parent))
    with open_vault(home, "file") as vault:
        vault.save_secret("s3", "lake", {"key_id": "AK", "secret": "marker-word"}, scope="s3://lake/")
        vault.save_secret("http", "api", {"token": "t"}, scope="https://api.example.com/")
        yield vault


def statements(vault: SecretsManager, *names: str, version: str | None = None) -> list[str]:
    with vault.shell_script(*names, version=version) as script:
        assert "marker-word" not in script.text("/nowhere")
        return list(script.statements)


def loads(found: list[str]) -> list[str]:
    return [statement for statement in found if statement.startswith(("LOAD", "INSTALL"))]


@extension_is_packaged("httpfs")
def test_a_shell_of_the_same_version_loads_the_packages_and_fetches_nothing(offline: SecretsManager) -> None:
    (load,) = loads(statements(offline, "lake", version=duckdb.__version__))
    assert load.startswith("LOAD '")
    assert f"/v{duckdb.__version__}/httpfs.duckdb_extension'" in load


def test_offline_no_shell_fetches_by_itself_either(offline: SecretsManager) -> None:
    assert "SET autoinstall_known_extensions = false" in statements(offline)


def test_offline_a_shell_of_another_version_is_refused_what_it_would_have_to_fetch(offline: SecretsManager) -> None:
    with pytest.raises(ExtensionMissingError, match=r"shell 1\.5\.99 has no extension httpfs") as refused:
        statements(offline, "lake", version=OTHER)
    assert "pond doctor" in (refused.value.hint or "")


def test_offline_a_shell_of_another_version_loads_what_it_has_installed(offline: SecretsManager, home: Path) -> None:
    with duckdb.connect() as con:
        (platform,) = con.execute("SELECT platform FROM pragma_platform()").fetchone() or ("",)
    installed = home.parent / ".duckdb" / "extensions" / f"v{OTHER}" / platform / "httpfs.duckdb_extension"
    installed.parent.mkdir(parents=True)
    installed.touch()
    assert loads(statements(offline, "lake", version=OTHER)) == ["LOAD httpfs"]


def test_online_a_shell_of_another_version_fetches_what_it_needs(
    offline: SecretsManager, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("POND_OFFLINE")
    with open_vault(home, "file") as online:
        assert loads(statements(online, "lake", version=OTHER)) == ["INSTALL httpfs", "LOAD httpfs"]


def test_a_type_in_the_core_of_the_shell_needs_no_extension_offline(offline: SecretsManager) -> None:
    found = statements(offline, "api", version="2.0.99")
    assert loads(found) == []
    assert any("TYPE http" in statement for statement in found)


def test_what_the_shells_duckdb_does_not_take_is_refused(offline: SecretsManager) -> None:
    offline.update_secret("lake", fields={"verify_ssl": "false"})
    with pytest.raises(DuckDBIntegrationError, match=r"1\.4\.4 does not take verify_ssl"):
        statements(offline, "lake", version="1.4.4")


def test_words_of_libpq_go_into_the_attach_for_an_older_shell(offline: SecretsManager, home: Path) -> None:
    offline.save_secret("postgres", "wh", {"host": "h", "password": "marker-word", "sslmode": "require"})
    installed = home.parent / ".duckdb" / "extensions" / "v1.4.99"
    with duckdb.connect() as con:
        (platform,) = con.execute("SELECT platform FROM pragma_platform()").fetchone() or ("",)
    (installed / platform).mkdir(parents=True)
    (installed / platform / "postgres_scanner.duckdb_extension").touch()
    found = statements(offline, "wh", version="1.4.99")
    assert found[-1].startswith("ATTACH 'sslmode=''require'''")
    assert not any("sslmode" in statement.lower() for statement in found[:-1])
