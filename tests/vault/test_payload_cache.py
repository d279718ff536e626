"""The cache: off unless asked for, wiped in time, and never serving what was changed or locked away."""

from __future__ import annotations

import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest

from pondpilot_secrets import SecretMetadata, SecretsManager
from pondpilot_secrets.errors import KeychainLockedError, PromptDismissedError, UsageError
from pondpilot_secrets.keychain.memory import items_of
from pondpilot_secrets.settings import Settings
from pondpilot_secrets.vault.payload_cache import LOCK_CHECK_INTERVAL, PayloadCache, call_later
from tests.services.keyring_daemon import KeyringDaemon
from tests.vault.parts import parts
from tests.vault.stores import S3, Clock, open_asking


def opened(home: Path, seconds: float | None, clock: Clock | None = None) -> SecretsManager:
    return open_asking(home, "memory", lambda _: (), cache_seconds=seconds, clock=clock or Clock())


def value(vault: SecretsManager, name: str = "prod") -> str:
    with vault.get_secret(name) as secret:
        return secret.credentials["secret"].expose()


def reads(home: Path, vault: SecretsManager) -> int:
    """How often the keychain was asked for the secret itself."""
    account = vault.find_secret("prod").account
    return sum(call in (("get", account), ("get_many", None)) for call in items_of(home).calls)


def test_it_is_off_unless_asked_for(home: Path) -> None:
    with opened(home, None) as vault:
        vault.save_secret("s3", "prod", S3)
        before = reads(home, vault)
        assert [value(vault), value(vault)] == ["marker-secret"] * 2
        assert reads(home, vault) - before == 2
        assert parts(vault).cache is None


def test_what_was_opened_is_served_from_memory_until_its_time_is_over(home: Path) -> None:
    clock = Clock()
    with opened(home, 30, clock) as vault:
        vault.save_secret("s3", "prod", S3)
        before = reads(home, vault)
        assert [value(vault) for _ in range(5)] == ["marker-secret"] * 5
        assert reads(home, vault) - before == 1
        assert vault.find_secret("prod").use_count == 5
        clock.now += 29.9
        value(vault)
        assert reads(home, vault) - before == 1
        clock.now += 0.1
        assert value(vault) == "marker-secret"
        assert reads(home, vault) - before == 2


class Later:
    """Calls that are put off until a test makes them."""

    def __init__(self) -> None:
        self.calls: list[tuple[float, Callable[[], None]]] = []
        self.cancelled = 0

    def __call__(self, seconds: float, call: Callable[[], None]) -> Later:
        self.calls.append((seconds, call))
        return self

    def cancel(self) -> None:
        self.cancelled += 1


@pytest.fixture
def metadata(home: Path) -> SecretMetadata:
    with opened(home, None) as vault:
        return vault.save_secret("s3", "prod", S3)


def test_what_is_over_is_wiped_although_nobody_asks_again(metadata: SecretMetadata) -> None:
    clock, later = Clock(), Later()
    cache = PayloadCache(30, lambda: False, clock=clock, later=later)
    cache.put(metadata, bytearray(b"payload"))
    ((seconds, sweep),) = later.calls
    assert seconds == 30
    (kept,) = [payload for _, _, payload in cache._kept.values()]
    clock.now = 30
    sweep()
    assert kept.closed
    assert cache._kept == {}


def test_what_is_younger_is_swept_later(metadata: SecretMetadata) -> None:
    clock, later = Clock(), Later()
    cache = PayloadCache(30, lambda: False, clock=clock, later=later)
    cache.put(metadata, bytearray(b"payload"))
    clock.now = 10
    cache.put(metadata, bytearray(b"payload"))
    clock.now = 30
    later.calls[0][1]()
    assert cache.get(metadata) == bytearray(b"payload")
    assert [seconds for seconds, _ in later.calls] == [30, 10]


def test_a_timer_keeps_no_cache_alive(metadata: SecretMetadata) -> None:
    later = Later()
    cache = PayloadCache(30, lambda: False, clock=Clock(), later=later)
    cache.put(metadata, bytearray(b"payload"))
    alive = weakref.ref(cache)
    del cache
    assert alive() is None
    later.calls[0][1]()  # finds nothing to do


def test_a_call_that_is_put_off_is_made_and_one_that_is_cancelled_is_not() -> None:
    made, never = threading.Event(), threading.Event()
    call_later(3600, never.set).cancel()
    call_later(0, made.set)
    assert made.wait(10)
    assert not never.is_set()


def test_every_opening_is_still_counted_limited_and_recorded(home: Path) -> None:
    with opened(home, 60) as vault:
        vault.save_secret("s3", "prod", S3)
        for _ in range(3):
            value(vault)
        assert [entry.action for entry in vault.audit_records()] == ["reveal"] * 3 + ["save"]


def test_a_change_by_anybody_is_seen_at_once(home: Path) -> None:
    with opened(home, 60) as vault, opened(home, None) as other:
        vault.save_secret("s3", "prod", S3)
        assert value(vault) == "marker-secret"
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
    assert value(vault) == "marker-secret"
    (kept,) = [payload for _, _, payload in cache._kept.values()]
    vault.close()
    assert kept.closed


def test_a_locked_keychain_is_never_answered_for(home: Path) -> None:
    clock = Clock()
    with opened(home, 60, clock) as vault:
        vault.save_secret("s3", "prod", S3)
        value(vault)
        items_of(home).locked = True
        clock.now += LOCK_CHECK_INTERVAL
        with pytest.raises(KeychainLockedError):
            vault.get_secret("prod")
        cache = parts(vault).cache
        assert cache is not None
        assert cache._kept == {}


def test_a_real_keychain_that_is_locked_is_never_answered_for(
    home: Path, secret_service: KeyringDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in secret_service.environment.items():
        monkeypatch.setenv(name, text)
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
