"""The facade: a vault is opened, listed, shared between callers and closed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pondpilot_secrets import EVERYTHING, Access, Grant, SecretsManager
from tests.vault.parts import parts
from tests.vault.stores import S3, STORES, code_of, open_vault, values


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> str:
    if request.param == "system":
        request.getfixturevalue("keychain_environment")
    return str(request.param)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "vault"


@pytest.fixture
def vault(home: Path, store: str) -> Iterator[SecretsManager]:
    with open_vault(home, store) as opened:
        yield opened


def test_many_secrets_of_one_type_are_listed_by_name(vault: SecretsManager) -> None:
    for name in ("zeta", "Alpha", "midway"):
        vault.save_secret("s3", name, S3, tags=[name])
    vault.save_secret("huggingface", "hub", {"token": "hf_x"})
    assert [row.name for row in vault.list_secrets()] == ["Alpha", "hub", "midway", "zeta"]
    assert [row.name for row in vault.list_secrets(type="s3")] == ["Alpha", "midway", "zeta"]
    assert [row.name for row in vault.list_secrets(tag="zeta")] == ["zeta"]
    assert [row.name for row in vault.list_secrets(search="mid")] == ["midway"]
    assert [row.name for row in vault.list_secrets(limit=2)] == ["Alpha", "hub"]


def test_a_vault_reopened_knows_its_secrets_and_its_store(home: Path, store: str) -> None:
    with open_vault(home, store) as vault:
        vault.save_secret("s3", "prod", S3)
    with open_vault(home, store) as vault:
        assert values(vault, "prod") == S3
        assert parts(vault).metadata.setting("store") == store


def test_a_missing_grant_is_named(home: Path) -> None:
    with open_vault(home, "file") as vault:
        vault.save_secret("s3", "prod", S3)
    key_file = home.with_suffix(".key")
    access = Access("mcp", frozenset({Grant.LIST, Grant.USE}))
    with SecretsManager.open(home, "file", key_file=key_file, access=access) as vault:
        assert [row.name for row in vault.list_secrets()] == ["prod"]
        assert code_of(lambda: vault.get_secret("prod")) == 1011
        assert code_of(lambda: vault.delete_secret("prod")) == 1011


@pytest.mark.skipif(os.name == "nt", reason="Windows has no file modes")
def test_the_vaults_files_are_for_their_owner_only(home: Path) -> None:
    with open_vault(home, "file") as vault:
        vault.save_secret("s3", "prod", S3)
        assert home.stat().st_mode & 0o777 == 0o700
        for file in home.iterdir():
            assert file.stat().st_mode & 0o077 == 0, file.name


def row_of(vault: SecretsManager) -> tuple[str, int, str]:
    (record,) = vault.audit_records(limit=1)
    return record.interface, record.pid, record.user


def test_one_open_vault_serves_several_callers_each_by_its_name(home: Path) -> None:
    with SecretsManager.open(home, "memory") as vault:
        vault.save_secret("s3", "lake", S3)
        own = row_of(vault)
        assert own[:2] == ("python", os.getpid())
        web = vault.with_access(Access("web", frozenset(Grant), pid=4711, user="ana"))
        agent = vault.with_access(Access("agent", frozenset({Grant.LIST, Grant.USE})))
        web.get_secret("lake").close()
        assert row_of(vault) == ("web", 4711, "ana")
        assert code_of(lambda: agent.get_secret("lake")) == 1011
        assert row_of(vault) == ("agent", os.getpid(), own[2])
        vault.get_secret("lake").close()
        assert row_of(vault) == own
        assert vault.verify_audit().ok


def test_a_caller_never_has_more_grants_than_the_vault_it_comes_from(home: Path) -> None:
    with SecretsManager.open(home, "memory") as made:
        made.save_secret("s3", "lake", S3)
    with SecretsManager.open(home, "memory", read_only=True) as vault:
        caller = vault.with_access(EVERYTHING)
        assert code_of(lambda: caller.delete_secret("lake")) == 1011
        lister = caller.with_access(Access("mcp", frozenset({Grant.LIST})))
        assert code_of(lambda: lister.with_access(EVERYTHING).get_secret("lake")) == 1011
        caller.get_secret("lake").close()


def test_closing_a_callers_view_leaves_the_vault_open_and_closing_the_vault_ends_all(home: Path) -> None:
    vault = SecretsManager.open(home, "memory")
    vault.save_secret("s3", "lake", S3)
    with vault.with_access(Access("web", frozenset(Grant))) as caller:
        caller.list_secrets()
    vault.get_secret("lake").close()
    other = vault.with_access(Access("web", frozenset(Grant)))
    vault.close()
    assert code_of(other.list_secrets) == 1018


def test_callers_share_what_is_open_and_their_limits(home: Path) -> None:
    with SecretsManager.open(home, "memory", cache_seconds=60) as vault:
        vault.save_secret("s3", "lake", S3)
        caller = vault.with_access(Access("web", frozenset(Grant)))
        vault.change_limits({"reveal_each": "2/hour"})
        caller.get_secret("lake").close()
        vault.get_secret("lake").close()
        assert code_of(lambda: caller.get_secret("lake")) == 1007
        assert code_of(lambda: vault.get_secret("lake")) == 1007


def test_limits_that_another_process_changed_hold_at_the_next_use(home: Path) -> None:
    with SecretsManager.open(home, "memory") as vault:
        vault.save_secret("s3", "lake", S3)
        vault.get_secret("lake").close()
        code = (
            "import sys; from pondpilot_secrets import SecretsManager\n"
            "with SecretsManager.open(sys.argv[1]) as vault:\n"
            "    vault._shared.state.set_limits({'reveal_each': '1/3600'})\n"
        )
        subprocess.run([sys.executable, "-c", code, str(home)], check=True)
        assert code_of(lambda: vault.get_secret("lake")) == 1007


def test_nothing_of_the_inside_is_handed_out(home: Path) -> None:
    with SecretsManager.open(home, "memory") as vault:
        assert [name for name in vars(vault) if not name.startswith("_")] == []
        shown = [name for name, value in vars(SecretsManager).items() if isinstance(value, property)]
        assert shown == []
