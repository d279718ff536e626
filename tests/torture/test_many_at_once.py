"""Eight processes, and eight threads, at work on one vault: no update is lost, nobody waits for ever, nothing is locked."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.metadata.write_lock import DEADLINE
from tests.torture.busy_worker import FIELDS, SHARED, Busy
from tests.torture.conftest import Figure
from tests.torture.scale import scaled
from tests.vault.parts import parts
from tests.vault.stores import unlimited

SEED = 20261124
WORKERS = 8

OPERATIONS = {"file": (500, 25), "system": (500, 8)}
"""Of each worker, in the long form and in the short one; gnome-keyring writes its whole file each time."""


def key_of(store: str, folder: Path) -> str:
    return str(folder / "first.key") if store == "file" else ""


def begin(folder: Path, store: str, operations: int) -> list[subprocess.Popen[str]]:
    """Start the workers, and let them all loose at the same moment."""
    module = [sys.executable, "-m", "tests.torture.busy_worker"]
    given = [str(folder / "vault"), store, key_of(store, folder)]
    commands = [[*module, *given, str(number), str(operations), str(SEED)] for number in range(WORKERS)]
    pipe = subprocess.PIPE
    workers = [subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) for command in commands]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "loaded\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    return workers


def results(workers: list[subprocess.Popen[str]]) -> list[dict[str, Any]]:
    try:
        outputs = [worker.communicate(timeout=1500) for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    assert [worker.returncode for worker in workers] == [0] * WORKERS, "\n".join(errors for _, errors in outputs)
    return [json.loads(output) for output, _ in outputs]


@pytest.mark.usefixtures("keychain_environment")
@pytest.mark.parametrize("store", OPERATIONS)
@pytest.mark.timeout(1800)
def test_eight_processes_lose_no_update(store: str, tmp_path: Path, figure: Figure) -> None:
    operations = scaled(*OPERATIONS[store])
    with SecretsManager.open(tmp_path / "vault", store, key_file=key_of(store, tmp_path) or None) as vault:
        before = set(parts(vault).keychain.list_accounts())
        unlimited(vault).save_secret("postgres", SHARED, dict.fromkeys(FIELDS, "0"))
        started = time.monotonic()
        done = results(begin(tmp_path, store, operations))
        seconds = time.monotonic() - started
        assert_all_is_there(vault, [(result["mark"], result["own"]) for result in done], before)
        vault.delete_secrets([row.name for row in vault.list_secrets()])
    longest = max(max(result["longest"].values()) for result in done)
    assert longest < DEADLINE
    waits = sorted(1000 * wait for result in done for wait in result["waits"])
    ended = sorted(result["seconds"] for result in done)
    figure(
        f"{WORKERS} processes × {operations} operations on {store}: {WORKERS * operations / seconds:.0f} a second, longest"
        f" {longest:.2f} s; write lock: median {waits[len(waits) // 2]:.1f} ms, 99 % {waits[len(waits) * 99 // 100]:.0f} ms,"
        f" longest {waits[-1]:.0f} ms; first done after {ended[0]:.1f} s, last after {ended[-1]:.1f} s"
    )


def assert_all_is_there(vault: SecretsManager, last: list[tuple[int, dict[str, str]]], before: set[str]) -> None:
    """Every worker's last mark and last values, no other secret, no orphan, and a log that verifies."""
    with vault.get_secret(SHARED) as secret:
        found = {field: value.expose() for field, value in secret.credentials.items()}
    assert found == {field: str(mark) for field, (mark, _) in zip(FIELDS, last, strict=True)}
    expected = {name: value for _, own in last for name, value in own.items()}
    rows = vault.list_secrets()
    assert {row.name for row in rows} == {*expected, SHARED}
    for secret in vault.get_secrets(list(expected)):
        with secret:
            assert secret.credentials["secret"].expose() == expected[secret.metadata.name]
    assert parts(vault).metadata.incomplete_writes() == []
    assert set(parts(vault).keychain.list_accounts()) - before >= {row.account for row in rows}
    assert len(set(parts(vault).keychain.list_accounts()) - before) <= len(rows) + 1
    verified = parts(vault).audit.verify()
    assert verified.ok, verified


@pytest.mark.usefixtures("keychain_environment")
@pytest.mark.parametrize("store", OPERATIONS)
def test_eight_processes_that_begin_a_new_vault_at_once_share_it(store: str, tmp_path: Path) -> None:
    script = """
import sys
from pondpilot_secrets import SecretsManager
home, store, key, number = sys.argv[1:]
sys.stdin.readline()
with SecretsManager.open(home, store, key_file=key or None) as vault:
    vault.save_secret("s3", "n" + number, {"key_id": "K", "secret": "v" + number})
"""
    home = tmp_path / "new"
    pipe = subprocess.PIPE
    commands = [
        [sys.executable, "-c", script, str(home), store, key_of(store, tmp_path), str(number)] for number in range(8)
    ]
    children = [subprocess.Popen(command, stdin=pipe, stderr=pipe, text=True) for command in commands]
    errors = [child.communicate("go\n", timeout=60)[1] for child in children]
    assert [child.returncode for child in children] == [0] * WORKERS, "\n".join(errors)
    with SecretsManager.open(home, store, key_file=key_of(store, tmp_path) or None) as vault:
        assert [row.name for row in vault.list_secrets()] == [f"n{number}" for number in range(8)]
        assert parts(vault).audit.verify().ok
        assert parts(vault).audit.verify().rows >= WORKERS
        vault.delete_secrets([f"n{number}" for number in range(8)])


@pytest.mark.usefixtures("keychain_environment")
@pytest.mark.parametrize("store", OPERATIONS)
@pytest.mark.timeout(1800)
def test_eight_threads_of_one_manager_lose_no_update(store: str, tmp_path: Path, figure: Figure) -> None:
    operations, failures = scaled(*OPERATIONS[store]), list[BaseException]()
    with SecretsManager.open(tmp_path / "vault", store, key_file=key_of(store, tmp_path) or None) as vault:
        before = set(parts(vault).keychain.list_accounts())
        unlimited(vault).save_secret("postgres", SHARED, dict.fromkeys(FIELDS, "0"))
        busy = [Busy(vault, number, random.Random(f"{SEED} {number}")) for number in range(WORKERS)]

        def work(worker: Busy) -> None:
            try:
                worker.work(operations)
            except BaseException as error:  # noqa: BLE001 - told by the test
                failures.append(error)

        threads = [threading.Thread(target=work, args=(worker,)) for worker in busy]
        started = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.monotonic() - started
        assert failures == []
        assert_all_is_there(vault, [(worker.mark, worker.own) for worker in busy], before)
        vault.delete_secrets([row.name for row in vault.list_secrets()])
    longest = max(max(worker.longest.values()) for worker in busy)
    assert longest < DEADLINE
    figure(
        f"{WORKERS} threads × {operations} operations on {store}: {WORKERS * operations / seconds:.0f} a second,"
        f" longest {longest:.2f} s"
    )
