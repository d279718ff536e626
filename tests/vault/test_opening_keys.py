"""Which key opens an encrypted file: what is named, remembered or in the keychain, and what is said otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from pondpilot_secrets import SecretError, SecretsManager
from pondpilot_secrets.access.presence import platform_checks as presences
from pondpilot_secrets.access.presence.base import PresenceStatus
from pondpilot_secrets.commands.registry import dispatch
from pondpilot_secrets.commands.rekey import RekeyRequest
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.errors import PresenceRefusedError

S3 = {"key_id": "AKIA", "secret": "marker-secret"}


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return tmp_path / "first.key"


@pytest.fixture
def sealed(home: Path, key: Path) -> Path:
    with SecretsManager.open(home, "file", key_file=key) as vault:
        vault.save_secret("s3", "prod", S3)
    return home


def value(home: Path, **how: object) -> str:
    with SecretsManager.open(home, **how) as vault, vault.get_secret("prod") as secret:  # type: ignore[arg-type]
        return secret.credentials["secret"].expose()


def test_a_named_key_file_that_is_out_of_date_does_not_hide_the_remembered_one(sealed: Path, key: Path) -> None:
    with Session(home=sealed, key_file=key) as session:
        dispatch(session, "vault.rekey", RekeyRequest(key_file=str(key.with_name("second.key"))))
    assert value(sealed, key_file=key) == "marker-secret"
    assert value(sealed) == "marker-secret"


def test_a_wrong_key_file_alone_is_a_wrong_key(sealed: Path, key: Path) -> None:
    wrong = key.with_name("wrong.key")
    wrong.write_text("0" * 64)
    wrong.chmod(0o600)
    key.unlink()
    with pytest.raises(SecretError):
        value(sealed, key_file=wrong)


def test_naming_some_file_gets_nobody_past_the_question(
    home: Path, key: Path, keychain_environment: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Strict:
        name = "somebody"

        def available(self) -> PresenceStatus:
            return PresenceStatus(True, "somebody in a test")

        def confirm(self, reason: str, deadline: float = 60.0) -> None:
            raise PresenceRefusedError(f"nobody said yes to {reason} within {deadline} s")

    with SecretsManager.open(home, "file", key_file=key) as vault:
        vault.save_secret("s3", "prod", S3)
    with Session(home=home, key_file=key) as session:
        dispatch(session, "vault.rekey", RekeyRequest(keychain=True))
    from pondpilot_secrets.access.presence import policy

    monkeypatch.setattr(policy, "policy_is_installed", lambda: True)
    monkeypatch.setattr(presences, "presence_checks", lambda passphrase=None: (Strict(),))
    for how in ({}, {"key_file": key}):
        with pytest.raises(PresenceRefusedError):
            value(home, **how)
