"""A vault on a keychain of its own, which is looked at after each misfortune."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.keychain.secret_service import SecretServiceKeychain
from pondpilot_secrets.vault.drafts import Draft
from tests.services.keyring_daemon import KeyringDaemon
from tests.services.prompting_secret_service import PromptingSecretService
from tests.torture.operations import Model, found
from tests.vault.parts import parts

KEPT = {name: {"key_id": "K", "secret": f"value of {name}"} for name in ("first", "second", "third", "fourth")}
NEW = {"key_id": "K", "secret": "new"}


class Place:
    """A vault on a keychain of its own, opened anew for each look."""

    def __init__(self, folder: Path) -> None:
        self.home, self.key = folder / "vault", folder / "vault.key"
        with self.open() as vault:
            vault.save_secrets([Draft("s3", name, fields, scopes=("s3://b/",)) for name, fields in KEPT.items()])
            self.model = found(vault)

    def open(self) -> SecretsManager:
        return SecretsManager.open(self.home, key_file=self.key)

    def assert_well(self, act: str) -> None:
        """Everything is there with its exact value, but for what was being changed; no orphan, nothing unfinished."""
        with self.open() as vault:
            present = found(vault)
            self._assert_as_before_or_after(present, act)
            assert parts(vault).metadata.incomplete_writes() == []
            rows = {row.account for row in vault.list_secrets()}
            log = f"vault:{parts(vault).metadata.setting('vault_id')}"
            assert set(parts(vault).keychain.list_accounts()) == rows | {log}
            if parts(vault).metadata.setting("store") == "file":
                with contextlib.closing(SecretServiceKeychain()) as keychain:
                    assert keychain.list_accounts() == []
            else:
                assert not (self.home / "secrets.db").exists()
            assert parts(vault).audit.verify().ok

    def _assert_as_before_or_after(self, present: Model, act: str) -> None:
        new = [name for name in present if name.startswith("new")]
        assert len(new) in {"save": (0, 1), "save_many": (0, 3)}.get(act, (0,))
        assert all(present.pop(name)["fields"] == NEW for name in new)
        expected = {name: dict(secret) for name, secret in self.model.items()}
        if act == "delete" and "first" not in present:
            del expected["first"]
        if act == "edit" and present["first"]["fields"]["secret"] == "new":
            expected["first"]["fields"] = NEW
        assert present == expected


def lead_to(service: KeyringDaemon | PromptingSecretService, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in service.environment.items():
        monkeypatch.setenv(name, value)
