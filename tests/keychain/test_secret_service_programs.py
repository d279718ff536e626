"""The program that serves the Secret Service is known by the other names that it owns on the bus."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

import pytest

from pondpilot_secrets.keychain.secret_service_programs import (
    GNOME_KEYRING,
    KEEPASSXC,
    KWALLET,
    NAME,
    PROGRAMS,
    UNKNOWN,
    Program,
    program_on,
)
from tests.services.keyring_daemon import KeyringDaemon
from tests.services.process import poll


def found_among(owners: dict[str, str]) -> Program | None:
    def owners_of(names: Sequence[str]) -> list[str | None]:
        return [owners.get(name) for name in names]

    return program_on(owners_of)


@pytest.mark.parametrize(
    ("other", "program"),
    [
        ("org.gnome.keyring", GNOME_KEYRING),
        ("org.kde.kwalletd5", KWALLET),
        ("org.kde.kwalletd6", KWALLET),
        ("org.keepassxc.KeePassXC.MainWindow", KEEPASSXC),
        ("org.example.Unheard", UNKNOWN),
    ],
)
def test_a_program_is_known_by_its_other_names(other: str, program: Program) -> None:
    assert found_among({NAME: ":1.5", other: ":1.5", "org.gnome.Shell": ":1.2"}) is program


def test_one_that_runs_beside_it_is_not_taken_for_it() -> None:
    assert (
        found_among({NAME: ":1.5", "org.kde.kwalletd5": ":1.9", "org.keepassxc.KeePassXC.MainWindow": ":1.5"})
        is KEEPASSXC
    )


def test_where_nobody_serves_there_is_none() -> None:
    assert found_among({"org.kde.kwalletd5": ":1.9"}) is None


def test_each_says_how_it_is_unlocked() -> None:
    for program in PROGRAMS:
        assert program.label
        assert program.unlock


def test_the_remedy_for_a_locked_gnome_keyring_works_as_printed(locked_secret_service: KeyringDaemon) -> None:
    command = GNOME_KEYRING.unlock.split("`")[1]
    assert locked_secret_service.locked
    done = subprocess.run(
        ["bash", "-c", command],
        input=locked_secret_service.password + "\n",
        env=locked_secret_service.full_environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done
    assert locked_secret_service.password not in done.stdout + done.stderr
    assert poll(locked_secret_service.answers_unlocked)  # the new daemon takes the name a moment after it was started
