"""Eight processes at once, a clock set back, counters deleted: nobody gets past the limits."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from tests.torture.conftest import Figure
from tests.torture.scale import scaled
from tests.vault.parts import parts
from tests.vault.stores import open_vault

PROCESSES = 8

LOOP = """
import sys, time
from pondpilot_secrets.errors import RateLimitExceededError
from tests.vault.parts import parts
from tests.vault.stores import open_vault
home, tries, attack = sys.argv[1], int(sys.argv[2]), sys.argv[3]
if attack == "clock":
    real = time.time
    time.time = lambda: real() - 10_000_000
revealed = 0
with open_vault(home, "file") as vault:
    for number in range(tries):
        if attack == "delete" and number % 5 == 0:
            parts(vault).metadata.database.change("DELETE FROM rate_limits")
        try:
            vault.get_secret("prod").close()
            revealed += 1
        except RateLimitExceededError as error:
            assert error.retry_after > 0
print(revealed)
"""


def revealed_by_all(home: Path, attack: str, tries: int) -> int:
    command = [sys.executable, "-c", LOOP, str(home), str(tries), attack]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(PROCESSES)]
    return sum(int(child.communicate(timeout=300)[0]) for child in children)


def test_a_loop_in_eight_processes_is_stopped_whatever_it_tries(tmp_path: Path, figure: Figure) -> None:
    tries = scaled(500, 40)
    for attack in ("none", "clock", "delete"):
        home = tmp_path / attack / "vault"
        with open_vault(home, "file") as vault:
            vault.save_secret("s3", "prod", {"key_id": "k", "secret": "s"})
            parts(vault).metadata.set_setting("limit_reveal_each", "60/600")
        started = time.monotonic()
        revealed = revealed_by_all(home, attack, tries)
        figure(
            f"rate limit, attack {attack}: {revealed} of {PROCESSES * tries} tries by {PROCESSES} processes revealed the"
            f" value, 60 are allowed ({time.monotonic() - started:.1f} s)"
        )
        assert revealed == 60
        with open_vault(home, "file") as vault:
            assert parts(vault).audit.verify().ok
            assert vault.find_secret("prod").use_count == revealed
