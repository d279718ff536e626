"""What the doctor finds, says, and does not touch."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pondpilot_secrets.commands import doctor_vault
from pondpilot_secrets.commands.doctor import DoctorRequest, Finding, Health, doctor
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.commands.vault import MigrateRequest, RekeyRequest, migrate, rekey
from pondpilot_secrets.secure import SecureString
from tests.interfaces.cli.pond import Pond
from tests.services.keyring_daemon import KeyringDaemon
from tests.vault.parts import parts

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")


def look(session: Session) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding in doctor(session, DoctorRequest()).findings:
        found.setdefault(finding.subject, []).append(finding)
    return found


def one(session: Session, subject: str) -> Finding:
    (finding,) = look(session)[subject]
    return finding


def anew(session: Session, **changes: object) -> Session:
    """Another session with the same vault, as the next command has it: the key file is not named again."""
    return Session(home=session.home, **changes)  # type: ignore[arg-type]


def test_without_a_vault_it_makes_none_and_says_what_one_would_be(session: Session, home: Path) -> None:
    found = look(session)
    assert "made at first use" in found["vault folder"][0].message
    assert "no vault yet" in found["database"][0].message
    assert "a new vault would be file" in found["store"][0].message
    assert not home.exists()
    assert not home.with_name("pond.key").exists()


def test_a_vault_in_order_is_ok(warehouse: Session) -> None:
    result = doctor(warehouse, DoctorRequest())
    assert result.ok
    assert [finding for finding in result.findings if finding.health is Health.BROKEN] == []
    assert one(warehouse, "database").message == "1 secrets, nothing damaged"
    assert one(warehouse, "key file").message == f"{warehouse.key_file}, closed to others"
    assert one(warehouse, "encrypted file").message == "opens with a key file"


def test_a_key_file_that_the_vault_remembers_need_not_be_named(warehouse: Session) -> None:
    with anew(warehouse) as later:
        assert one(later, "key file").health is Health.OK


def test_a_lost_key_file_is_broken_and_named(warehouse: Session) -> None:
    Path(str(warehouse.key_file)).unlink()
    with anew(warehouse) as later:
        finding = one(later, "key file")
        assert finding.health is Health.BROKEN
        assert finding.message == f"the vault remembers {warehouse.key_file}, which cannot be read"
        assert finding.hint
    with anew(warehouse, key_file="/nowhere/x.key") as wrong:
        assert one(wrong, "key file").message == "POND_KEY_FILE names /nowhere/x.key, which cannot be read"
        assert not doctor(wrong, DoctorRequest()).ok


@posix
def test_a_key_file_that_others_may_read_is_broken_with_the_way_to_mend_it(warehouse: Session) -> None:
    Path(str(warehouse.key_file)).chmod(0o644)
    finding = one(warehouse, "key file")
    assert finding.health is Health.BROKEN
    assert finding.hint == f"chmod 600 '{warehouse.key_file}'"


def test_a_vault_that_a_passphrase_opens_needs_no_key_file(
    warehouse: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rekey(warehouse, RekeyRequest(passphrase=SecureString("horse")))
    file = tmp_path / "passphrase"
    file.write_text("horse\n")
    file.chmod(0o600)
    monkeypatch.setenv("POND_PASSPHRASE_FILE", str(file))
    with anew(warehouse) as later:
        found = look(later)
        assert "key file" not in found
        assert found["encrypted file"][0].message == "opens with a passphrase"
        assert found["passphrase file"] == [Finding("passphrase file", Health.OK, f"{file}, closed to others")]
    file.unlink()
    with anew(warehouse) as later:
        assert one(later, "passphrase file").health is Health.BROKEN


@posix
def test_a_vault_that_is_open_to_others_is_a_warning_with_the_way_to_mend_it(warehouse: Session, home: Path) -> None:
    (home / "metadata.db").chmod(0o644)
    finding = one(warehouse, "vault folder")
    assert finding.health is Health.WARNING
    assert "metadata.db" in finding.message
    assert finding.hint == f"chmod -R go= '{home}'"


def test_another_store_than_the_vaults_is_broken_with_both_ways_out(
    warehouse: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POND_STORE", "system")
    with anew(warehouse) as later:
        (first, second) = look(later)["store"]
        assert first.health is Health.OK
        assert second.health is Health.BROKEN
        assert "POND_STORE says system, but the secrets are in the file store" in second.message
        assert second.hint == "unset POND_STORE, or `pond vault migrate --to system`"


def test_a_missing_encrypted_file_is_broken_and_the_other_looks_go_on(warehouse: Session, home: Path) -> None:
    warehouse.close()
    (home / "secrets.db").unlink()
    found = look(warehouse)
    assert any(each.health is Health.BROKEN and "missing" in each.message for each in found["store"])
    assert found["clock"][0].health is Health.OK
    assert found["duckdb"][0].health is Health.OK


def test_a_damaged_database_is_broken_and_the_other_looks_go_on(warehouse: Session, home: Path) -> None:
    warehouse.close()
    for file in home.glob("metadata.db*"):
        file.write_bytes(b"no database" * 1000)
    result = doctor(warehouse, DoctorRequest())
    broken = {finding.subject for finding in result.findings if finding.health is Health.BROKEN}
    assert "database" in broken
    assert not result.ok
    assert {"program", "vault folder", "clock", "duckdb", "plain-text secrets"} <= set(look(warehouse))


def test_a_look_that_fails_in_an_unknown_way_names_the_kind_of_failure_and_nothing_else(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def a_look(session: Session) -> list[Finding]:
        raise RuntimeError("marker-value")

    monkeypatch.setattr(doctor_vault, "LOOKS", (a_look,))
    assert one(session, "a look") == Finding("a look", Health.BROKEN, "could not be looked at: RuntimeError")


def test_plain_text_secrets_are_listed_by_name_only(session: Session, tmp_path: Path) -> None:
    assert one(session, "plain-text secrets").health is Health.OK
    folder = tmp_path / ".duckdb" / "stored_secrets"
    folder.mkdir(parents=True)
    for name in ("prod", "zoë's"):
        (folder / f"{name}.duckdb_secret").write_bytes(b"key_id=AKIA;secret=marker-word")
    (folder / "notes.txt").write_text("not a secret")
    finding = one(session, "plain-text secrets")
    assert finding.health is Health.WARNING
    assert finding.message.endswith(": prod, zoë's")
    assert finding.message.startswith("2 in ")
    assert "marker" not in f"{finding}"
    for number in range(20):
        (folder / f"a{number:02}.duckdb_secret").touch()
    assert one(session, "plain-text secrets").message.endswith("a08, a09 and 12 more")


def test_secrets_that_duckdb_itself_keeps_are_found(session: Session, tmp_path: Path) -> None:
    import duckdb

    from pondpilot_secrets.injection.extensions import packaged

    folder = tmp_path / ".duckdb" / "stored_secrets"
    with duckdb.connect(config={"secret_directory": str(folder)}) as con:
        con.execute(f"LOAD '{packaged('httpfs')}'")
        con.execute("CREATE PERSISTENT SECRET kept (TYPE s3, KEY_ID 'a', SECRET 'marker-word')")
    assert one(session, "plain-text secrets").message.endswith(": kept")


def test_a_clock_that_is_behind_is_broken(warehouse: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_vault.time, "time", lambda: doctor_vault.BUILT - 1.0)
    assert one(warehouse, "clock").health is Health.BROKEN


def test_an_extension_that_the_vaults_secrets_need_and_that_cannot_be_had_is_broken_offline(
    warehouse: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pondpilot_secrets.injection.extensions.packaged", lambda name: None)
    findings = look(warehouse)["extensions"]
    assert findings[-1].health is Health.BROKEN
    assert "postgres_scanner" in findings[-1].message
    assert findings[-1].hint


def test_it_asks_nobody_and_opens_nothing(warehouse: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(_: bool) -> SecureString:
        raise AssertionError("somebody was asked")

    rekey(warehouse, RekeyRequest(passphrase=SecureString("horse")))
    with anew(warehouse, passphrase=ask) as later:
        assert doctor(later, DoctorRequest()).ok
        assert not parts(later.manager).store.is_open


# --- keychains, each in a process of its own: keyring-rs keeps to the bus that it found first ---


def keychain_of(pond: Pond, service: KeyringDaemon, store: str = "system") -> dict[str, str | None]:
    pond.variables = {**service.environment, "POND_STORE": store, "POND_KEY_FILE": ""}
    findings = pond("doctor", "--json").json()["findings"]
    (finding,) = [finding for finding in findings if finding["subject"] == "keychain"]
    return {key: finding[key] for key in ("health", "message", "hint")}


@pytest.fixture
def pond(tmp_path: Path) -> Pond:
    return Pond(tmp_path)


def test_a_locked_keychain_is_told_from_none_and_how_to_unlock_it(
    pond: Pond, locked_secret_service: KeyringDaemon
) -> None:
    found = keychain_of(pond, locked_secret_service)
    assert found["health"] == "broken"
    assert "is locked" in str(found["message"])
    assert "gnome-keyring-daemon --unlock" in str(found["hint"])
    assert locked_secret_service.locked


def test_no_keychain_is_broken_only_where_one_is_wanted(pond: Pond, no_secret_service: KeyringDaemon) -> None:
    assert keychain_of(pond, no_secret_service)["health"] == "broken"
    assert keychain_of(pond, no_secret_service, "auto")["health"] == "warning"
    found = keychain_of(pond, no_secret_service, "file")
    assert found["health"] == "ok"
    assert str(found["message"]).startswith("not needed")


def test_an_unlocked_keychain_is_ok(pond: Pond, secret_service: KeyringDaemon) -> None:
    found = keychain_of(pond, secret_service)
    assert (found["health"], found["hint"]) == ("ok", None)


@pytest.mark.usefixtures("keychain_environment")
def test_after_a_move_to_the_keychain_no_key_is_looked_for(warehouse: Session) -> None:
    migrate(warehouse, MigrateRequest("system"))
    with anew(warehouse) as later:
        found = look(later)
        assert "key file" not in found
        assert "encrypted file" not in found
        assert found["keychain"][0].health is Health.OK
    with anew(warehouse, key_file=warehouse.key_file) as back:
        migrate(back, MigrateRequest("file"))
