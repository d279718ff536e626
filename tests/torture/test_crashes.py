"""`kill -9` at any moment: what was acknowledged is there, what was not is wholly there or wholly absent.

On the encrypted file and on a real gnome-keyring, at random moments of a writer that never rests, and at each single step of
every operation. After each kill the vault is opened again, and held against the journal that the writer kept.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from pondpilot_secrets import SecretsManager
from tests.torture.conftest import Figure
from tests.torture.crash_rig import CrashedVault, Worker, killed_after, killed_at
from tests.torture.operations import CHANGES, carry_out, chosen, found, new_secret
from tests.torture.scale import FULL, scaled
from tests.vault.parts import parts

SEED = 20261124

KILLS = {
    "file": (400, 9, [*CHANGES, "rekey"]),
    "system": (350, 8, CHANGES),
    "moving": (250, 7, ["save", "edit", "delete", "migrate", "migrate", "migrate"]),
}
"""Kills in the long form and in the short one, and what the writer does."""


@pytest.mark.usefixtures("keychain_environment")
@pytest.mark.parametrize("rig", KILLS)
@pytest.mark.timeout(3600)
def test_killed_at_random_moments_nothing_acknowledged_is_lost(rig: str, tmp_path: Path, figure: Figure) -> None:
    full, brief, kinds = KILLS[rig]
    vault = CrashedVault(tmp_path, "system" if rig == "system" else "file", with_key=rig == "moving")
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


STEPS = scaled(
    [("file", [*CHANGES, "rekey", "migrate"]), ("system", [*CHANGES, "migrate"])],
    [("file", ["save_many", "edit", "rekey", "migrate"]), ("system", ["save_many", "delete", "migrate"])],
)


@pytest.mark.usefixtures("keychain_environment")
@pytest.mark.parametrize(("store", "kind"), [(store, kind) for store, kinds in STEPS for kind in kinds])
@pytest.mark.timeout(1800)
def test_killed_at_any_step_of_an_operation_it_is_done_or_not_at_all(
    store: str, kind: str, tmp_path: Path, figure: Figure
) -> None:
    vault = CrashedVault(tmp_path, store, with_key=kind == "migrate")
    rng = random.Random(f"{SEED} {store} {kind}")
    steps, died = killed_at_step(vault, 0, kind, rng), 0
    assert steps > 5
    chosen_steps = range(1, steps + 1) if FULL else sorted(rng.sample(range(1, steps + 1), 1))
    for step in chosen_steps:
        try:
            died += killed_at_step(vault, step, kind, rng) == 0
        except BaseException as error:
            error.add_note(f"step {step} of {steps}, {kind} on {store}, seed {SEED}")
            raise
    assert died, "no step was fatal"
    figure(
        f"{kind} on {store}: killed at {died} of {steps} steps, {vault.half_done} of these left it half done on the disk"
    )


def killed_at_step(vault: CrashedVault, step: int, kind: str, rng: random.Random) -> int:
    vault.keep_between(3, 6, rng)
    operation = chosen(rng, [kind], list(vault.model))
    journal, steps = killed_at(vault.worker(), step, [operation])
    vault.look(journal)
    return steps


@pytest.mark.usefixtures("keychain_environment")
@pytest.mark.parametrize("store", ["file", "system"])
@pytest.mark.timeout(1800)
def test_killed_at_any_step_of_its_making_a_vault_can_still_be_made(store: str, tmp_path: Path, figure: Figure) -> None:
    key = str(tmp_path / "first.key") if store == "file" else ""
    _, steps = killed_at(Worker(str(tmp_path / "whole"), store, key), 0, [])
    assert steps > 10
    rng = random.Random(f"{SEED} {store}")
    for step in range(1, steps + 1) if FULL else sorted(rng.sample(range(1, steps + 1), 2)):
        home = tmp_path / str(step)
        _, unharmed = killed_at(Worker(str(home), store, key), step, [])
        assert unharmed == 0, step
        with SecretsManager.open(home, store, key_file=key or None) as vault:
            secret = new_secret(rng)
            carry_out(vault, {"kind": "save", "secrets": {"first": secret}})
            assert found(vault) == {"first": secret}, step
            assert parts(vault).audit.verify().ok, step
            carry_out(vault, {"kind": "delete", "names": ["first"]})
    figure(f"making a vault on {store}: killed at each of {steps} steps" if FULL else f"making a vault on {store}: ok")
