"""The cache: off unless asked for, wiped in time, and never serving what was changed or locked away."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.errors import KeychainLockedError, PromptDismissedError, UsageError
from pondpilot_secrets.settings import Settings
from pondpilot_secrets.vault import payload_cache as caching
from tests.services.keyring_daemon import KeyringDaemon
from tests.vault.parts import parts

S3 = {"key_id": "AKIA", "secret": "first"}


def opened(home: Path, seconds: float | None) -> SecretsManager:
    return SecretsManager.open(home, "file", key_file=home.with_suffix(".key"), cache_seconds=seconds)


def value(vault: SecretsManager, name: str = "prod") -> str:
    with vault.get_secret(name) as secret:
        return secret.credentials["secret"].expose()


class Counted:
    """A keychain that counts what it is asked for."""

    def __init__(self, vault: SecretsManager, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked = 0
        keychain = parts(vault).keychain
        for name in ("get", "get_many"):
            monkeypatch.setattr(keychain, name, self._counting(getattr(keychain, name)))

    def _counting(self, call):
        def counted(*arguments):
            self.asked += 1
            return call(*arguments)

        return counted


def test_it_is_off_unless_asked_for(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(home, None) as vault:
        vault.save_secret("s3", "prod", S3)
        counted = Counted(vault, monkeypatch)
        assert [value(vault), value(vault)] == ["first", "first"]
        assert counted.asked == 2
        assert parts(vault).cache is None


def test_what_was_opened_is_served_from_memory_until_its_time_is_over(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(home, 0.4) as vault:
        vault.save_secret("s3", "prod", S3)
        counted = Counted(vault, monkeypatch)
        assert [value(vault) for _ in range(5)] == ["first"] * 5
        assert counted.asked == 1
        assert vault.find_secret("prod").use_count == 5
        time.sleep(0.6)
        assert parts(vault).cache is not None
        assert parts(vault).cache._kept == {}
        assert value(vault) == "first"
        assert counted.asked == 2


def test_every_opening_is_still_counted_limited_and_recorded(home: Path) -> None:
    with opened(home, 60) as vault:
        vault.save_secret("s3", "prod", S3)
        for _ in range(3):
            value(vault)
        assert [entry.action for entry in parts(vault).audit_reader.entries()] == ["reveal"] * 3 + ["save"]


def test_a_change_by_anybody_is_seen_at_once(home: Path) -> None:
    with opened(home, 60) as vault, opened(home, None) as other:
        vault.save_secret("s3", "prod", S3)
        assert value(vault) == "first"
        other.update_secret("prod", fields={"secret": "second"})
        assert value(vault) == "second"
        vault.rotate_secret("prod", {"secret": "third"}, test=False)
        assert value(vault) == "third"


def test_closing_and_locking_wipe_it(home: Path) -> None:
    vault = opened(home, 60)
    vault.save_secret("s3", "prod", S3)
    value(vault)
    cache = parts(vault).cache
    assert cache is not None
    (kept,) = [payload for _, _, payload in cache._kept.values()]
    vault.lock()
    assert kept.closed
    assert cache._kept == {}
    assert value(vault) == "first"
    (kept,) = [payload for _, _, payload in cache._kept.values()]
    vault.close()
    assert kept.closed


def test_a_locked_keychain_is_never_answered_for(
    home: Path, secret_service: KeyringDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in secret_service.environment.items():
        monkeypatch.setenv(name, text)
    monkeypatch.setattr(caching, "LOCK_CHECK_INTERVAL", 0.0)
    import subprocess
    import sys

    # A process of its own, because keyring-rs keeps its first connection for the life of a process.
    code = (
        "import sys; from pathlib import Path; from pondpilot_secrets import SecretsManager, SecretError\n"
        "from pondpilot_secrets.vault import payload_cache; payload_cache.LOCK_CHECK_INTERVAL = 0.0\n"
        "from tests.vault.parts import parts\n"
        "vault = SecretsManager.open(sys.argv[1], 'system', cache_seconds=60)\n"
        "vault.save_secret('s3', 'prod', {'key_id': 'k', 'secret': 'first'})\n"
        "vault.get_secret('prod').close(); print('open', flush=True); input()\n"
        "try:\n    vault.get_secret('prod'); print('served')\n"
        "except SecretError as error: print(error.code, len(parts(vault).cache._kept))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "open\n"
        secret_service.lock()
        out, _ = child.communicate("\n", timeout=30)
    assert out.split()[0] in {str(KeychainLockedError.code), str(PromptDismissedError.code)}
    assert out.split()[1] == "0"


@pytest.mark.parametrize("text", ["soon", "-1", "3601", "nan"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="seconds"):
        Settings.from_environment({"POND_CACHE_SECONDS": text})
