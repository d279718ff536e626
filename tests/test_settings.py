from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pondpilot_secrets.errors import UsageError
from pondpilot_secrets.settings import LONGEST_CACHE, Settings, default_home, expand_path

EVERY_VARIABLE = {
    "POND_HOME": "/vaults/mine",
    "POND_STORE": "file",
    "POND_PASSPHRASE_FILE": "/keys/passphrase",
    "POND_KEY_FILE": "/keys/key",
    "POND_OFFLINE": "1",
    "POND_READ_ONLY": "1",
    "POND_CACHE_SECONDS": "60",
}


def test_each_variable_is_read() -> None:
    assert Settings.from_environment(EVERY_VARIABLE) == Settings(
        home=Path("/vaults/mine").absolute(),
        store="file",
        passphrase_file=Path("/keys/passphrase").absolute(),
        key_file=Path("/keys/key").absolute(),
        offline=True,
        read_only=True,
        cache_seconds=60.0,
    )


def test_arguments_win_over_variables(tmp_path: Path) -> None:
    read = Settings.from_environment(
        EVERY_VARIABLE, home=tmp_path, store="system", key_file=str(tmp_path / "key"), cache_seconds=0
    )
    assert (read.home, read.store, read.key_file, read.cache_seconds) == (tmp_path, "system", tmp_path / "key", 0.0)


def test_what_is_not_said_has_its_default(tmp_path: Path) -> None:
    read = Settings.from_environment({"XDG_DATA_HOME": str(tmp_path)}, home=tmp_path)
    assert read == Settings(home=tmp_path)
    assert (read.store, read.offline, read.read_only, read.cache_seconds) == ("auto", False, False, 0.0)


@pytest.mark.parametrize("text", ["", "0"])
def test_a_switch_that_is_empty_or_zero_is_off(text: str) -> None:
    read = Settings.from_environment({"POND_OFFLINE": text, "POND_READ_ONLY": text, "POND_HOME": "/x"})
    assert not read.offline
    assert not read.read_only


@pytest.mark.parametrize("text", ["-1", "soon", str(LONGEST_CACHE + 1), "nan", "inf"])
def test_a_time_that_no_cache_may_have_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        Settings.from_environment({"POND_CACHE_SECONDS": text, "POND_HOME": "/x"})
    assert "POND_CACHE_SECONDS" in (caught.value.hint or "")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the folders of the XDG specification")
def test_the_vault_lies_where_the_platform_keeps_a_users_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import platformdirs

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert default_home({}) == platformdirs.user_data_path("pondpilot") / "secrets"
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert (
        default_home({"XDG_DATA_HOME": str(tmp_path / "data")}) == platformdirs.user_data_path("pondpilot") / "secrets"
    )


def test_a_tilde_is_the_users_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    assert expand_path("~/vault") == tmp_path / "vault"


@pytest.mark.parametrize("text", ["a\0b", "a\udcff", "~no-such-user-here/vault"])
def test_what_no_folder_is_called_is_refused(text: str) -> None:
    if text.startswith("~") and sys.platform == "win32":
        pytest.skip("Windows makes up a folder for any user")
    with pytest.raises(UsageError):
        Settings.from_environment({}, home=text)
