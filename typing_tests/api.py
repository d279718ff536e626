"""The types of the public calls, as a program that uses them sees them. `make types` checks this; nothing runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import assert_type

import duckdb

from pondpilot_secrets import (
    EVERYTHING,
    Access,
    Anchor,
    AuditRecord,
    CodeRecovery,
    Draft,
    GateStatus,
    Grant,
    KeySlots,
    Limits,
    NewKeys,
    Rekey,
    Rotation,
    SecretCredentials,
    SecretMetadata,
    SecretsManager,
    SecureString,
    ShellScript,
    StoreMove,
    TestReason,
    TestResult,
    VaultStatus,
    Verification,
    harden,
)


def opening(asks: Callable[[bool], SecureString]) -> None:
    assert_type(SecretsManager.open(), SecretsManager)
    SecretsManager.open(Path("vault"), "file", key_file="pond.key", cache_seconds=60)
    SecretsManager.open("vault", passphrase=asks)
    SecretsManager.open(passphrase="in the clear", read_only=True)  # noqa: S106 - a test of types
    SecretsManager.open(access=Access("mcp", frozenset({Grant.LIST, Grant.USE})))
    SecretsManager.open("vault", "file", "pond.key")  # type: ignore[call-arg]
    SecretsManager.open(access="everything")  # type: ignore[arg-type]
    assert_type(EVERYTHING, Access)
    with SecretsManager.open() as vault:
        assert_type(vault, SecretsManager)


def saving(vault: SecretsManager, token: SecureString) -> None:
    saved = vault.save_secret("s3", "prod", {"key_id": "A", "secret": token}, scope=["s3://a/", "s3://b/"], tags=("x",))
    assert_type(saved, SecretMetadata)
    vault.save_secret("http", "api", {"bearer_token": token}, scope="https://a.example/", expires=timedelta(hours=1))
    vault.save_secret("http", "api", {}, expires=datetime.now(UTC))
    vault.save_secret("http", "api", {}, expires="2026-12-31", inject_only=True)
    vault.save_secret("http", "api", ["bearer_token"])  # type: ignore[arg-type]
    assert_type(vault.save_secrets([Draft("http", "api", {"bearer_token": token})]), list[SecretMetadata])
    assert_type(vault.update_secret("api", description=None, tags=()), SecretMetadata)
    vault.update_secret("api", tags=None)  # type: ignore[arg-type]
    assert_type(vault.rotate_secret("api", {"bearer_token": token}, test=False), Rotation)
    assert_type(vault.delete_secrets(["api"]), list[SecretMetadata])


def finding(vault: SecretsManager) -> None:
    assert_type(vault.list_secrets(type="s3", tag="x", search="prod", limit=10), list[SecretMetadata])
    vault.list_secrets("s3")  # type: ignore[call-arg]
    assert_type(vault.find_secret("prod"), SecretMetadata)
    assert_type(vault.find_secret("prod").expires_at, datetime | None)
    vault.find_secret("prod").name = "test"  # type: ignore[misc]
    assert_type(vault.describe_secret("prod"), tuple[SecretMetadata, dict[str, str]])


def reading(vault: SecretsManager) -> None:
    with vault.get_secret("prod") as secret:
        assert_type(secret, SecretCredentials)
        assert_type(secret.credentials, Mapping[str, SecureString])
        assert_type(secret.credentials["secret"].expose(), str)
        secret.credentials["secret"] = SecureString("x")  # type: ignore[index]
        with secret.credentials["secret"].exposed() as view:
            assert_type(view, memoryview)
    assert_type(vault.get_secrets(["prod"]), list[SecretCredentials])
    assert_type(vault.environment(["prod"]), dict[str, SecureString])


def using(vault: SecretsManager, con: duckdb.DuckDBPyConnection) -> None:
    assert_type(vault.apply(con, "prod", "api"), list[str])
    with vault.applied(con, "prod") as names:
        assert_type(names, list[str])
    assert_type(vault.attach(con, "warehouse", "wh", read_only=False), str)
    assert_type(vault.connect("warehouse"), duckdb.DuckDBPyConnection)
    with vault.connected("warehouse") as connected:
        assert_type(connected, duckdb.DuckDBPyConnection)
    assert_type(vault.clear_secrets(con), list[str])
    assert_type(vault.shell_script("warehouse"), ShellScript)
    assert_type(harden(con), dict[str, str])


def testing(vault: SecretsManager) -> None:
    result = vault.test_secret("prod", "s3://prod/", timeout=3)
    assert_type(result, TestResult)
    assert_type(result.reason, TestReason)
    assert_type(result.elapsed, float)
    assert_type(vault.test_secrets(["prod"]), Iterator[tuple[str, TestResult]])


def auditing(vault: SecretsManager) -> None:
    assert_type(vault.audit_records(secret="prod"), list[AuditRecord])  # noqa: S106 - a name
    assert_type(vault.each_audit_record(), Iterator[AuditRecord])
    anchor = vault.audit_anchor()
    assert_type(anchor, Anchor | None)
    assert_type(vault.verify_audit(anchor), Verification)
    vault.restart_audit("the key was lost")


def deciding(vault: SecretsManager) -> None:
    vault.require(Grant.REVEAL)
    assert_type(vault.with_access(Access("web", frozenset({Grant.LIST}), pid=1, user="ana")), SecretsManager)
    assert_type(vault.presence_status(), GateStatus)
    vault.change_presence("always", grace=60)
    assert_type(vault.limits(), Limits)
    assert_type(vault.change_limits({"use": "60/minute", "reveal": None}), Limits)


def looking_after_the_store(vault: SecretsManager, code: SecureString) -> None:
    vault.init_vault()
    vault.unlock()
    assert_type(vault.vault_status(), VaultStatus)
    assert_type(vault.key_slots(), KeySlots)
    assert_type(vault.move_store("file", passphrase=code), StoreMove)
    assert_type(vault.rekey(NewKeys(key_file=Path("new.key"))), Rekey)
    assert_type(vault.make_recovery_codes(), list[SecureString])
    assert_type(vault.recover_with_code(code, NewKeys(), drop=["passphrase"]), CodeRecovery)
    assert_type(vault.repair(vault.find_corruption().corrupt), list[SecretMetadata])
    assert_type(vault.redact("an error's text", ["prod"]), str)
    vault.lock()
    vault.close()
