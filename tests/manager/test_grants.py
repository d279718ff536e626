"""Who may do what: grants, inject-only secrets, vaults opened for reading; and that every denial is recorded."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from pondpilot_secrets import SecretError, SecretsManager
from pondpilot_secrets.access.grants import Access, Grant
from tests.manager.stores import open_vault

S3 = {"key_id": "AKIA", "secret": "marker-secret"}


@pytest.fixture
def vault(home: Path):
    with open_vault(home, "sealed") as opened:
        opened.save_secret("s3", "open", S3)
        opened.save_secret("s3", "hidden", S3, inject_only=True)
        yield opened


def reopened(home: Path, *grants: Grant, **how: bool) -> SecretsManager:
    access = Access("mcp", frozenset(grants or Grant))
    return SecretsManager.open(home, "sealed", key_file=home.with_suffix(".key"), access=access, **how)


def denied(call) -> str:
    with pytest.raises(SecretError) as caught:
        call()
    assert caught.value.code == 1011
    assert "marker" not in f"{caught.value} {caught.value.hint}"
    return caught.value.message


def denials(vault: SecretsManager) -> list[tuple[str, str | None]]:
    return [(e.action, e.secret_name) for e in vault.vault.audit_reader.entries(None) if e.outcome == "denied"]


def test_each_grant_opens_its_own_door_and_no_other(home: Path, vault: SecretsManager) -> None:
    with duckdb.connect() as con:
        doors = {
            Grant.LIST: lambda v: v.list_secrets(),
            Grant.USE: lambda v: v.apply(con, "open"),
            Grant.REVEAL: lambda v: v.get_secret("open").close(),
            Grant.WRITE: lambda v: v.update_secret("open", description="d"),
        }
        for held in doors:
            with reopened(home, held) as limited:
                for needed, door in doors.items():
                    if needed is held:
                        door(limited)
                    else:
                        assert f"the grant `{needed}` is missing" in denied(lambda door=door: door(limited))


def test_a_denial_is_recorded_with_the_interface_and_the_secret(home: Path, vault: SecretsManager) -> None:
    with reopened(home, Grant.LIST, Grant.USE) as limited:
        denied(lambda: limited.get_secret("open"))
        denied(lambda: limited.delete_secret("open"))
    assert denials(vault) == [("update", None), ("reveal", "open")]
    assert {e.interface for e in vault.vault.audit_reader.entries(2)} == {"mcp"}
    assert vault.vault.audit.verify().ok


def test_an_inject_only_secret_is_applied_and_never_shown(vault: SecretsManager) -> None:
    with duckdb.connect() as con, vault.applied(con, "hidden") as names:
        assert con.sql("SELECT name FROM duckdb_secrets() WHERE name = 'hidden'").fetchall() == [("hidden",)]
        assert names == ["hidden"]
    assert "inject-only" in denied(lambda: vault.get_secret("hidden"))
    assert "inject-only" in denied(lambda: vault.get_secrets(["open", "hidden"]))
    assert "inject-only" in denied(lambda: vault.environment(["hidden"]))
    assert vault.describe_secret("hidden")[1] == {"key_id": "AKIA"}
    assert ("reveal", "hidden") in denials(vault)


def test_an_inject_only_secret_does_not_go_where_sql_can_show_it(vault: SecretsManager) -> None:
    with duckdb.connect(config={"allow_unredacted_secrets": "true"}) as con:
        assert "unredacted" in denied(lambda: vault.apply(con, "hidden"))
        assert vault.apply(con, "open") == ["open"]


def test_only_who_gives_every_sensitive_value_anew_makes_it_shown_again(vault: SecretsManager) -> None:
    denied(lambda: vault.update_secret("hidden", inject_only=False))
    denied(lambda: vault.update_secret("hidden", inject_only=False, fields={"key_id": "other"}))
    vault.update_secret("hidden", description="changed", fields={"region": "eu-west-1"})
    assert vault.find_secret("hidden").inject_only
    assert not vault.update_secret(
        "hidden", inject_only=False, fields={"key_id": "new", "secret_access_key": "new"}
    ).inject_only
    with vault.get_secret("hidden") as secret:
        assert secret.credentials["secret"].expose() == "new"


def test_a_shown_secret_can_be_made_inject_only_without_its_values(vault: SecretsManager) -> None:
    assert vault.update_secret("open", inject_only=True).inject_only
    denied(lambda: vault.get_secret("open"))


def test_a_vault_opened_for_reading_uses_and_reveals_and_changes_nothing(home: Path, vault: SecretsManager) -> None:
    with reopened(home, read_only=True) as readers, duckdb.connect() as con:
        assert readers.apply(con, "open") == ["open"]
        readers.get_secret("open").close()
        for change in (
            lambda: readers.save_secret("s3", "new", S3),
            lambda: readers.update_secret("open", tags=["t"]),
            lambda: readers.delete_secret("open"),
            lambda: readers.rotate_secret("open", {"secret": "new"}, test=False),
        ):
            assert "`write`" in denied(change)
    assert {secret.name for secret in vault.list_secrets()} == {"open", "hidden"}


def test_the_variable_opens_for_reading_too(home: Path, vault: SecretsManager, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POND_READ_ONLY", "1")
    with open_vault(home, "sealed") as readers:
        denied(lambda: readers.delete_secret("open"))
