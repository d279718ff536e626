"""A disk that is full: what was acknowledged is there exactly, what was refused not at all, and the error says why."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.torture.conftest import Figure
from tests.torture.scale import scaled
from tests.torture.small_disk import DISKS, namespace, run_on_small_disk

SEED = "20261124"


@pytest.fixture(params=DISKS)
def disk(request: pytest.FixtureRequest) -> str:
    """A real tmpfs of 2 MB, and where nothing may be mounted at least a limit on the size of files."""
    if request.param == "tmpfs" and namespace() is None:
        reason = "nothing may be mounted here, neither as root nor in a user namespace"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return str(request.param)


def counted(report: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {what}" for what, count in sorted(report.items()))


def test_what_is_written_on_a_full_disk_is_whole_or_absent(disk: str, tmp_path: Path, figure: Figure) -> None:
    report = run_on_small_disk(disk, "writing", tmp_path / "disk", SEED, scaled(150, 4))
    assert report["save refused"]
    assert report["reveal"]
    assert report["reveal refused"]
    figure(f"full disk ({disk}): {counted(report)}; every acknowledged write exact, every refused one absent")


def test_rekeying_on_a_full_disk_is_done_or_not(disk: str, tmp_path: Path, figure: Figure) -> None:
    report = run_on_small_disk(disk, "rekeying", tmp_path / "disk", SEED, scaled(100, 4))
    figure(f"rekey on a full disk ({disk}): {counted(report)}")


@pytest.mark.usefixtures("keychain_environment")
def test_moving_to_a_full_disk_leaves_the_vault_where_it_is(disk: str, tmp_path: Path, figure: Figure) -> None:
    report = run_on_small_disk(disk, "migrating_to_file", tmp_path / "disk", SEED, scaled(20, 2))
    assert report["migrate refused"]
    figure(f"migrate to a full disk ({disk}): {counted(report)}")


def test_an_old_vault_on_a_full_disk_stays_as_it_is(disk: str, tmp_path: Path, figure: Figure) -> None:
    report = run_on_small_disk(disk, "bringing_up_to_date", tmp_path / "disk", SEED, scaled(100, 5))
    if disk == "tmpfs":  # a copy is no larger than its file, and so within the other disk's limit
        assert report["bring up to date refused"]
    assert report["bring up to date"]
    figure(f"bringing an old vault up to date on a full disk ({disk}): {counted(report)}")
