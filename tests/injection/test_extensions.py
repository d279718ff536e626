from __future__ import annotations

import pytest

from pondpilot_secrets.errors import ExtensionMissingError
from pondpilot_secrets.injection.extensions import Extensions, canonical, needed_by, packaged
from pondpilot_secrets.secret_types import registry
from tests.duckdb_versions import skip_newer_fields, skip_unpackaged
from tests.injection.helpers import connect, make_secret


def no_package(_name: str) -> None:
    return None


def test_extension_comes_from_its_python_package():
    con = connect()
    assert not Extensions(offline=True).status(con, ["httpfs"])[0].loaded
    Extensions(offline=True).ensure(con, ["httpfs"])
    status = Extensions(offline=True).status(con, ["httpfs"])[0]
    assert status.loaded
    assert status.usable
    assert status.package == packaged("httpfs")


def test_names_that_are_aliases_are_the_extension_that_duckdb_lists():
    assert canonical("postgres") == "postgres_scanner"
    con, loaded = connect(), set()
    Extensions(offline=True).ensure(con, ["postgres", "postgres_scanner"], loaded)
    assert loaded == {"postgres_scanner"}


def test_what_is_known_to_be_loaded_is_not_asked_for_again():
    con = connect()
    con.close()
    Extensions(offline=True).ensure(con, ["httpfs"], {"httpfs"})


def test_missing_extension_is_named_and_nothing_is_fetched_offline(tmp_path):
    con = connect(extension_directory=str(tmp_path), autoinstall_known_extensions="true")
    with pytest.raises(ExtensionMissingError, match="httpfs") as raised:
        Extensions(offline=True, find_package=no_package).ensure(con, ["httpfs"])
    assert "pip install 'pondpilot-secrets[http]'" in str(raised.value.hint)
    assert "INSTALL" not in str(raised.value.hint)
    assert list(tmp_path.iterdir()) == []


def test_fetching_is_the_last_resort_and_its_failure_is_told(tmp_path):
    con = connect(extension_directory=str(tmp_path), custom_extension_repository="http://127.0.0.1:1")
    with pytest.raises(ExtensionMissingError, match="httpfs") as raised:
        Extensions(offline=False, find_package=no_package).ensure(con, ["httpfs"])
    assert "INSTALL httpfs" in str(raised.value.hint)


def test_instance_without_external_access_says_so():
    con = connect(enable_external_access="false")
    with pytest.raises(ExtensionMissingError, match="disabled"):
        Extensions(offline=True).ensure(con, ["httpfs"])


def test_loaded_extension_is_found_although_external_access_was_closed_since():
    con = connect()
    Extensions(offline=True).ensure(con, ["httpfs"])
    con.execute("SET enable_external_access = false")
    Extensions(offline=True).ensure(con, ["httpfs"])


def test_name_with_a_statement_in_it_is_no_extension():
    with pytest.raises(ExtensionMissingError):
        Extensions(offline=True).ensure(connect(), ["httpfs; DROP"])


def test_paths_of_a_lake_imply_their_extensions():
    fields = {"metadata_path": "sqlite:/x/y", "data_path": "s3://bucket/lake/", "catalog_type": "postgres"}
    secret = make_secret("ducklake", fields=fields)
    assert set(needed_by(registry.get("ducklake"), None, secret.credentials)) == {
        "ducklake",
        "sqlite_scanner",
        "httpfs",
        "postgres_scanner",
    }


@pytest.mark.parametrize("secret_type", registry.all_types(), ids=lambda secret_type: secret_type.name)
def test_every_type_has_its_extensions_in_packages(secret_type):
    skip_newer_fields(secret_type.name, None, ())
    for name in map(canonical, secret_type.extensions):
        skip_unpackaged(name)
        assert packaged(name), name
