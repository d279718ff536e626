"""Who may do what: grants, inject-only secrets, vaults opened for reading; and that every denial is recorded."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from pondpilot_secrets import EVERYTHING, SecretError, SecretsManager
from pondpilot_secrets.access.audit import Action
from pondpilot_secrets.access.grants import Access, Grant
from pondpilot_secrets.access.limit import Limit
from pondpilot_secrets.access.rate_limits import DEFAULTS, RateLimiter
from pondpilot_secrets.commands.audit import RestartRequest
from pondpilot_secrets.commands.registry import dispatch
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.errors import AuditBrokenError, RateLimitExceededError
from pondpilot_secrets.secure import SecureString
from pondpilot_secrets.vault.guard import Guard
from pondpilot_secrets.vault.new_keys import NewKeys
from tests.services.http_server import HTTPDataServer
from tests.vault.failing_database import RECORDING, refusing
from tests.vault.half_done import half_edited
from tests.vault.parts import parts
from tests.vault.stores import open_vault

S3 = {"key_id": "AKIA", "secret": "marker-secret"}


@pytest.fixture
def vault(home: Path):
    with open_vault(home, "file") as opened:
        opened.save_secret("s3", "open", S3)
        opened.save_secret("s3", "hidden", S3, inject_only=True)
        yield opened


def reopened(home: Path, *grants: Grant, **how: bool) -> SecretsManager:
    access = Access("mcp", frozenset(grants or Grant))
    return SecretsManager.open(home, "file", key_file=home.with_suffix(".key"), access=access, **how)


def denied(call) -> str:
    with pytest.raises(SecretError) as caught:
        call()
    assert caught.value.code == 1011
    assert "marker" not in f"{caught.value} {caught.value.hint}"
    return caught.value.message


def denials(vault: SecretsManager) -> list[tuple[str, str | None]]:
    return [(e.action, e.secret_name) for e in parts(vault).audit_reader.entries(None) if e.outcome == "denied"]


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
    assert {e.interface for e in parts(vault).audit_reader.entries(2)} == {"mcp"}
    assert parts(vault).audit.verify().ok


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
        session = Session(Access("mcp", frozenset(Grant)).read_only(), home, "file", home.with_suffix(".key"))
        for change in (
            lambda: readers.rekey(NewKeys(passphrase="horse")),
            lambda: dispatch(session, "audit.restart", RestartRequest("no reason")),
        ):
            assert "`write`" in denied(change)
        session.close()
    assert {secret.name for secret in vault.list_secrets()} == {"open", "hidden"}


def test_the_variable_opens_for_reading_too(home: Path, vault: SecretsManager, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POND_READ_ONLY", "1")
    with open_vault(home, "file") as readers:
        denied(lambda: readers.delete_secret("open"))


def test_a_denial_makes_no_vault_and_asks_nobody(tmp_path: Path) -> None:
    def never(_new: bool) -> SecureString:
        raise AssertionError("nobody is to be asked")

    with SecretsManager.open(tmp_path / "new", "file", passphrase=never, read_only=True) as vault:
        assert "`write`" in denied(lambda: vault.save_secret("s3", "new", S3))
    assert not (tmp_path / "new" / "secrets.db").exists()


def test_a_prompt_that_ends_does_not_hide_the_denial(tmp_path: Path) -> None:
    with SecretsManager.open(tmp_path / "vault", "file", passphrase="horse") as vault:
        vault.save_secret("s3", "open", S3)

    def gone(_new: bool) -> SecureString:
        raise EOFError

    with SecretsManager.open(tmp_path / "vault", passphrase=gone, read_only=True) as vault:
        assert "`write`" in denied(lambda: vault.delete_secret("open"))


def test_an_edit_under_way_that_makes_a_secret_inject_only_counts_already(home: Path, vault: SecretsManager) -> None:
    with reopened(home) as reader:
        reader.get_secret("open").close()
        half_edited(vault, "open", {"key_id": "new", "secret": "marker-new"}, inject_only=True)
        assert "inject-only" in denied(lambda: reader.get_secret("open"))
        assert "inject-only" in denied(lambda: reader.environment(["open"]))


def test_rotating_with_a_test_needs_the_grant_to_use_and_counts_as_a_test(
    home: Path, vault: SecretsManager, http_data_server: HTTPDataServer
) -> None:
    vault.save_secret("http", "api", {"token": http_data_server.token}, scope="*", inject_only=True)
    with reopened(home, Grant.LIST, Grant.WRITE) as writer:
        assert "`use`" in denied(lambda: writer.rotate_secret("api", {}, target=http_data_server.url))
        assert http_data_server.requests == []
        writer.rotate_secret("api", {"token": "another"}, test=False)
    vault.rotate_secret("api", {"token": http_data_server.token}, target=http_data_server.url)
    assert [entry.action for entry in parts(vault).audit_reader.entries(2)] == ["rotate", "test"]


def guard_of(vault: SecretsManager, limits=DEFAULTS, access: Access = EVERYTHING) -> Guard:
    opened = parts(vault)
    trail = opened.use_cases.trail
    database = opened.metadata.database
    return Guard(
        access, trail, opened.metadata, lambda reason: f"asked to {reason}", lambda: RateLimiter(database, limits)
    )


@pytest.mark.parametrize(
    ("action", "counted"), [(Action.REVEAL, 1), (Action.USE, 1), (Action.APPLY, 1), (Action.TEST, 0), (Action.SHOW, 0)]
)
def test_an_action_is_counted_as_a_use_or_not_and_always_recorded(
    vault: SecretsManager, action: Action, counted: int
) -> None:
    secret = vault.find_secret("open")
    guard_of(vault).admit(action, [secret], "with this proof")
    (record,) = vault.audit_records(limit=1)
    assert (record.action, record.secret_name, record.detail) == (action, "open", "with this proof")
    assert vault.find_secret("open").use_count == counted


def test_what_cannot_be_recorded_is_not_counted_either(vault: SecretsManager) -> None:
    secret = vault.find_secret("open")
    with refusing(vault, RECORDING), pytest.raises(AuditBrokenError):
        guard_of(vault).admit(Action.USE, [secret])
    assert vault.find_secret("open").use_count == 0


def test_a_limit_is_told_of_once_however_often_it_is_met(vault: SecretsManager) -> None:
    secret = vault.find_secret("open")
    guard = guard_of(vault, DEFAULTS._replace(reveal_each=Limit(1, 3600)))
    guard.admit(Action.REVEAL, [secret])
    for _ in range(3):
        with pytest.raises(RateLimitExceededError):
            guard.admit(Action.REVEAL, [secret])
    assert denials(vault) == [("reveal", "open")]


def test_looking_at_a_secret_is_never_limited(vault: SecretsManager) -> None:
    guard = guard_of(vault, DEFAULTS._replace(use_all=Limit(1, 3600), reveal_all=Limit(1, 3600)))
    for _ in range(5):
        guard.admit(Action.SHOW, [vault.find_secret("open")])


def test_the_person_is_asked_in_the_words_of_what_is_done(vault: SecretsManager) -> None:
    assert guard_of(vault).confirm_presence("show it") == "asked to show it"


def test_what_protects_the_vault_takes_two_grants(vault: SecretsManager) -> None:
    for missing in (Grant.EXPORT, Grant.WRITE):
        access = Access("web", frozenset(Grant) - {missing})
        assert f"`{missing}`" in denied(guard_of(vault, access=access).require_rules_change)
    guard_of(vault).require_rules_change()
