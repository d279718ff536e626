"""A vault that can only be read: what needs no writing works, all else says what is in the way, and nothing is revealed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.interfaces.cli.pond import PROGRAM, Ended, Pond
from tests.torture.small_disk import namespace

WAYS = ("mount", "mode")
# As root a mode forbids nothing, unless root gives up the right to pass over modes.
POWERLESS = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"]


class ReadOnly:
    """Runs `pond` on a vault that was written and may not be written any more."""

    def __init__(self, pond: Pond, way: str) -> None:
        self.pond = pond
        self.vault = pond.folder / "vault"
        self.before: list[str] = []
        if way == "mount":
            remount = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
            self.before = [*(namespace() or ()), "sh", "-c", remount, str(self.vault)]
            return
        if os.geteuid() == 0:
            self.before = POWERLESS
        for path in self.vault.iterdir():
            path.chmod(0o400)
        self.vault.chmod(0o500)

    def __call__(self, *words: str) -> Ended:
        done = subprocess.run(
            [*self.before, PROGRAM, *words],
            env=self.pond.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            start_new_session=True,
        )
        return Ended(done.returncode, done.stdout, done.stderr)


@pytest.fixture(params=WAYS)
def read_only(request: pytest.FixtureRequest, tmp_path: Path) -> ReadOnly:
    missing = namespace() is None if request.param == "mount" else os.geteuid() == 0 and shutil.which("setpriv") is None
    if missing:
        reason = "nothing may be mounted here" if request.param == "mount" else "setpriv is not installed (util-linux)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    pond = Pond(tmp_path)
    pond.ok("add", "mysql", "shop", "host=h", "user=u", "password=@-", stdin="marker-word")
    return ReadOnly(pond, request.param)


def test_a_vault_that_can_only_be_read(read_only: ReadOnly) -> None:
    assert "shop" in read_only("ls").out
    assert "opens with  a key file" in read_only("vault", "status").out
    assert "complete" in read_only("audit", "verify").out
    doctor = read_only("doctor")
    assert "cannot be written to" in doctor.out
    assert "1 secrets, nothing damaged" in doctor.out
    for words in (
        ("reveal", "shop", "password"),  # a reveal that cannot be recorded gives nothing
        ("show", "shop"),
        ("exec", "shop", "--", "true"),
        ("add", "mysql", "other", "host=h"),
        ("edit", "shop", "host=i"),
        ("rm", "shop", "--yes"),
        ("vault", "recovery-codes"),
    ):
        ended = read_only(*words)
        assert ended.status not in (0, 70), words
        assert (ended.out, "Traceback" in ended.err) == ("", False), words
        assert str(read_only.vault) in ended.err, words
        assert "writable by you" in ended.err, words
        assert "marker-word" not in ended.err


def test_where_there_is_no_vault_and_none_can_be_made_the_folder_is_named(tmp_path: Path) -> None:
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed (util-linux)")
    pond = Pond(tmp_path)
    (tmp_path / "vault").mkdir(mode=0o500)
    read_only = ReadOnly(pond, "mode")
    for words in (("ls",), ("add", "mysql", "shop", "host=h")):
        ended = read_only(*words)
        assert ended.status == 27
        assert str(read_only.vault) in ended.err
        assert "POND_HOME names another one" in ended.err
