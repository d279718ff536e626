"""A credential goes where it was saved for: a scope or provider that changed in metadata.db alone is refused."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.errors import CredentialCorruptError, PolicyDeniedError, SecretError
from pondpilot_secrets.keychain import payload
from pondpilot_secrets.metadata import rows
from pondpilot_secrets.metadata.checksum import checksum_of
from pondpilot_secrets.secure import SecureString
from pondpilot_secrets.vault.context_binding import check_context, context_of
from tests.vault.half_done import half_edited
from tests.vault.parts import parts
from tests.vault.stores import open_vault

VALUES = {"key_id": "K", "secret": "the-value"}
EVIL = "s3://evil/"


@pytest.fixture(autouse=True)
def lake(vault: SecretsManager) -> None:
    vault.save_secret("s3", "lake", VALUES, scope="s3://prod/", tags=["one"])


def tamper(home: Path, column: str, value: str, name: str = "lake") -> None:
    """Write into metadata.db as somebody would who knows how rows are checked."""
    connection = sqlite3.connect(home / "metadata.db")
    connection.execute(f"UPDATE secrets SET {column} = ? WHERE name = ?", (value, name))
    row = connection.execute(f"SELECT {rows.COLUMNS}, proposal FROM secrets WHERE name = ?", (name,)).fetchone()
    proposal = json.loads(row[-1] or "[]")
    checked = json.dumps([*proposal[:16], checksum_of(proposal)]) if proposal else None
    connection.execute(
        "UPDATE secrets SET checksum = ?, proposal = ? WHERE name = ?", (checksum_of(row), checked, name)
    )
    connection.commit()
    connection.close()


def value_of(vault: SecretsManager, name: str = "lake") -> str:
    with vault.get_secret(name) as secret:
        return secret.credentials["secret"].expose()


def test_a_changed_scope_is_refused_before_any_use(vault: SecretsManager, home: Path) -> None:
    tamper(home, "scopes", json.dumps([EVIL]))
    uses = (
        lambda: vault.get_secret("lake"),
        lambda: vault.get_secrets(["lake"]),
        lambda: vault.describe_secret("lake"),
        lambda: vault.apply(duckdb.connect(), "lake"),
        lambda: vault.connect("lake"),
        lambda: vault.environment(["lake"]),
        lambda: vault.shell_script("lake"),
        lambda: vault.test_secret("lake"),
        lambda: vault.update_secret("lake", fields={"secret": "new"}),
        lambda: vault.update_secret("lake", fields={**VALUES, "secret": "all new"}),
    )
    for use in uses:
        with pytest.raises(CredentialCorruptError, match=r"scopes of 'lake' in metadata\.db") as caught:
            use()
        assert "--scope 's3://prod/'" in (caught.value.hint or "")
        assert "the-value" not in str(caught.value)


def test_one_of_many_that_was_changed_stops_the_batch(vault: SecretsManager, home: Path) -> None:
    vault.save_secret("s3", "other", VALUES)
    tamper(home, "scopes", json.dumps([EVIL]))
    with pytest.raises(CredentialCorruptError):
        vault.get_secrets(["other", "lake"])
    assert value_of(vault, "other") == "the-value"


@pytest.mark.parametrize("scopes", ["[]", '["s3://prod/", "s3://evil/"]', '["s3://prod"]'])
def test_a_scope_that_is_wider_or_gone_is_refused_too(vault: SecretsManager, home: Path, scopes: str) -> None:
    tamper(home, "scopes", scopes)
    with pytest.raises(CredentialCorruptError):
        value_of(vault)


def test_the_hint_leads_back(vault: SecretsManager, home: Path) -> None:
    tamper(home, "scopes", json.dumps([EVIL]))
    vault.update_secret("lake", scope="s3://prod/")
    assert value_of(vault) == "the-value"
    assert vault.find_secret("lake").scopes == ("s3://prod/",)


def test_another_provider_is_refused_and_setting_a_scope_does_not_hide_it(vault: SecretsManager, home: Path) -> None:
    tamper(home, "provider", "credential_chain")
    for use in (lambda: value_of(vault), lambda: vault.update_secret("lake", scope="s3://else/")):
        with pytest.raises(SecretError):
            use()


def test_an_inject_only_secret_is_not_shown_because_the_metadata_says_so(vault: SecretsManager, home: Path) -> None:
    vault.update_secret("lake", inject_only=True)
    vault.apply(duckdb.connect(), "lake")
    tamper(home, "inject_only", "0")
    uses = (
        lambda: value_of(vault),
        lambda: vault.update_secret("lake", fields={"key_id": "other"}),
        lambda: vault.update_secret("lake", scope="s3://else/"),
    )
    for use in uses:
        with pytest.raises(CredentialCorruptError, match="inject_only") as caught:
            use()
        assert "--inject-only" in (caught.value.hint or "")
    vault.update_secret("lake", inject_only=True)
    vault.apply(duckdb.connect(), "lake")
    with pytest.raises(PolicyDeniedError):
        value_of(vault)


def test_another_type_finds_no_credential(vault: SecretsManager, home: Path) -> None:
    tamper(home, "type", "r2")
    with pytest.raises(SecretError):
        value_of(vault)


def test_name_tags_and_description_may_change_without_the_item(vault: SecretsManager) -> None:
    vault.update_secret("lake", name="pond", tags=["two"], description="renamed")
    assert value_of(vault, "pond") == "the-value"


def test_an_edited_scope_is_bound_anew(vault: SecretsManager, home: Path) -> None:
    vault.update_secret("lake", scope=["s3://a/", "s3://b/"])
    assert value_of(vault) == "the-value"
    tamper(home, "scopes", json.dumps(["s3://prod/"]))
    with pytest.raises(CredentialCorruptError):
        value_of(vault)


def test_an_item_from_before_the_binding_opens_and_is_bound_at_its_next_write(
    vault: SecretsManager, home: Path
) -> None:
    row = vault.find_secret("lake")
    fields = {name: SecureString(value) for name, value in VALUES.items()}
    parts(vault).keychain.set(row.account, payload.encode(row.account, row.revision, fields))
    assert value_of(vault) == "the-value"
    vault.update_secret("lake", fields={"secret": "newer"})
    tamper(home, "scopes", json.dumps([EVIL]))
    with pytest.raises(CredentialCorruptError):
        value_of(vault)


def test_during_an_edit_the_new_value_comes_with_its_new_scope(vault: SecretsManager) -> None:
    """A reader between the writer's two steps never gets the new credential for the old scope."""
    finish = parts(vault).metadata.finish_update
    seen: list[tuple[str, tuple[str, ...], int]] = []

    def look_first(secret_id: str) -> None:
        with vault.get_secret("lake") as secret:
            metadata = secret.metadata
            seen.append((secret.credentials["secret"].expose(), metadata.scopes, metadata.revision))
        finish(secret_id)

    parts(vault).metadata.finish_update = look_first  # type: ignore[method-assign]
    vault.update_secret("lake", fields={"secret": "new"}, scope="s3://new/")
    assert seen == [("new", ("s3://new/",), 2)]
    assert value_of(vault) == "new"


def test_a_proposal_that_was_changed_is_refused_when_it_has_been_finished(vault: SecretsManager, home: Path) -> None:
    half_edited(vault, "lake", VALUES | {"secret": "new"})
    proposal = parts(vault).metadata.database.row("SELECT proposal FROM secrets WHERE name = 'lake'")[0]
    tamper(home, "proposal", proposal.replace("s3://prod/", EVIL))
    with pytest.raises(CredentialCorruptError):
        value_of(vault)
    vault.save_secret("s3", "next", VALUES)  # finishes what was left
    with pytest.raises(CredentialCorruptError):
        value_of(vault)


def test_the_binding_moves_with_the_vault(home: Path, vault: SecretsManager, store: str) -> None:
    if store == "system":
        vault.move_store("file", passphrase="horse")
        vault.close()
        reopened = SecretsManager.open(home, passphrase="horse")
    else:
        reopened = open_vault(home, store)
    with reopened:
        assert value_of(reopened) == "the-value"
        tamper(home, "scopes", json.dumps([EVIL]))
        with pytest.raises(CredentialCorruptError):
            value_of(reopened)


def test_only_what_a_credential_may_be_used_for_is_its_context(vault: SecretsManager) -> None:
    row = vault.find_secret("lake")
    for same in ({"name": "pond"}, {"tags": ("two",)}, {"description": "d"}, {"revision": 7}, {"use_count": 3}):
        assert context_of(replace(row, **same)) == context_of(row)
    for other in ({"scopes": ()}, {"provider": "credential_chain"}, {"inject_only": True}):
        assert context_of(replace(row, **other)) != context_of(row)


def test_what_a_later_version_binds_beside_it_is_passed_over(vault: SecretsManager) -> None:
    row = vault.find_secret("lake")
    later = {**json.loads(context_of(row)), "something": "new"}
    check_context(row, json.dumps(later))
    with pytest.raises(CredentialCorruptError):
        check_context(replace(row, inject_only=True), json.dumps(later))


def test_what_an_edit_is_just_setting_may_differ_and_nothing_else(vault: SecretsManager) -> None:
    row = vault.find_secret("lake")
    context = context_of(row)
    tampered = replace(row, scopes=(EVIL,))
    check_context(tampered, context, new=replace(row, scopes=("s3://new/",)))
    with pytest.raises(CredentialCorruptError, match="scopes"):
        check_context(tampered, context, new=tampered)
