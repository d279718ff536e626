"""`kill -9` at any moment: what was acknowledged is there, what was not is wholly there or wholly absent.

On the sealed store and on a real gnome-keyring, at random moments of a writer that never rests, and at each single step of
every operation. After each kill the vault is opened again, and held against the journal that the writer kept.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.torture.conftest import Figure
from tests.torture.crash_rig import CrashedVault, killed_after
from tests.torture.operations import CHANGES
from tests.torture.scale import scaled

SEED = 20261124

KILLS = {
    "sealed": (400, 9, [*CHANGES, "rekey"]),
    "system": (350, 8, CHANGES),
    "moving": (250, 7, ["save", "edit", "delete", "migrate", "migrate", "migrate"]),
}
"""Kills in the long form and in the short one, and what the writer does."""


@pytest.mark.usefixtures("keychain_environment")
@pytest.mark.parametrize("rig", KILLS)
@pytest.mark.timeout(3600)
def test_killed_at_random_moments_nothing_acknowledged_is_lost(rig: str, tmp_path: Path, figure: Figure) -> None:
    full, brief, kinds = KILLS[rig]
    vault = CrashedVault(tmp_path, "system" if rig == "system" else "sealed", with_key=rig == "moving")
    rounds = scaled(full, brief)
    following = vault.worker(f"{SEED} {rig} 0", ",".join(kinds))
    for number in range(rounds):
        worker = following
        following = vault.worker(f"{SEED} {rig} {number + 1}", ",".join(kinds))  # loads while this one is being killed
        rng = random.Random(f"{SEED} {rig} {number}")
        once_ready = rng.random() < 0.85  # else also while it opens the vault, and mends what the last one left
        try:
            journal = killed_after(worker, rng.uniform(0, 0.25), once_ready=once_ready)
            vault.look(journal)
        except BaseException as error:
            error.add_note(f"kill {number} of the seed {SEED}, {rig}")
            following.end(kill=True)
            raise
    following.end(kill=True)
    figure(
        f"{rig}: {vault.kills} kills at random moments, {vault.in_operation} inside an operation, {vault.half_done} left it"
        f" half done on the disk, {vault.recovered} of the unacknowledged were finished, {vault.acknowledged} acknowledged"
    )
    assert vault.in_operation > rounds // 3, "too few kills hit an operation"
