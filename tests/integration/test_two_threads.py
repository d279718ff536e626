"""A vault's first moments, shared by two threads: one saves the first secret, the other changes a rule of the vault.

Both have to open the store and the audit log, which the first of them makes, and to take the write lock. In whatever order
they come, nobody fails and nobody waits for the other's ten seconds.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.testing import forget_items_of

ROUNDS = 200
LONGEST_WAIT = 1.0
"""Seconds; a deadlock between the two locks ends after ten."""

CHANGES: dict[str, Callable[[SecretsManager], object]] = {
    "limits": lambda vault: vault.change_limits({"use_all": "100/minute"}),
    "presence": lambda vault: vault.change_presence(grace=60.0),
}


def together(*works: Callable[[], object]) -> list[float]:
    """Begin all works at the same moment, each in a thread of its own; return their seconds, or raise the first error."""
    start = threading.Barrier(len(works))
    took: list[float] = []
    errors: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        start.wait()
        began = time.monotonic()
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised below, in the test's own thread
            errors.append(error)
        took.append(time.monotonic() - began)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return took


@pytest.mark.slow
@pytest.mark.parametrize("store", ["memory", "file"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_first_save_beside_a_change_of_rules_holds_up_nobody(tmp_path: Path, store: str, change: str) -> None:
    longest = 0.0
    for number in range(ROUNDS):
        home = tmp_path / f"{number}"
        with SecretsManager.open(home, store, key_file=tmp_path / "pond.key") as vault:
            took = together(
                lambda vault=vault: vault.save_secret("s3", "first", {"key_id": "k", "secret": "s"}),
                lambda vault=vault: CHANGES[change](vault),
            )
            longest = max(longest, *took)
            assert [secret.name for secret in vault.list_secrets()] == ["first"]
            assert vault.verify_audit().ok
        forget_items_of(home)
    assert longest < LONGEST_WAIT
