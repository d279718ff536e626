"""Blanks over freed memory: that they disturb nothing. What they achieve is measured in `tests/memory`."""

from __future__ import annotations

import threading

import pytest

from pondpilot_secrets.injection import blanking
from pondpilot_secrets.injection.blanking import overwrite, overwritten_when_freed
from tests.injection.helpers import apply, connect, make_secret, shown


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What glibc was told, in order."""
    told: list[int] = []
    monkeypatch.setattr(blanking, "_mallopt", lambda: lambda _option, value: told.append(value))
    return told


def test_a_block_inside_another_leaves_the_setting_to_the_outer_one(settings: list[int]) -> None:
    with overwritten_when_freed(), overwritten_when_freed():
        assert settings == [0x55]
    assert settings == [0x55, 0]


def test_the_setting_ends_with_the_last_of_several_threads_and_after_an_error(settings: list[int]) -> None:
    def work() -> None:
        with pytest.raises(ValueError, match="inside"), overwritten_when_freed():
            raise ValueError("inside")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert settings[-1] == 0
    assert blanking._inside == 0


@pytest.mark.parametrize(
    ("name", "value"), [("MALLOC_PERTURB_", "7"), ("GLIBC_TUNABLES", "glibc.malloc.perturb=7"), ("LANG", "C")]
)
def test_a_setting_of_the_user_is_left_alone(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    assert (blanking._mallopt.__wrapped__() is None) is (name != "LANG")


def test_a_connection_that_is_closed_is_no_error() -> None:
    con = connect()
    con.close()
    overwrite(con, [10])


def test_without_a_sensitive_value_nothing_is_asked_of_duckdb() -> None:
    overwrite(None, [])  # type: ignore[arg-type]


def test_headers_that_are_called_key_and_value_arrive_as_they_are() -> None:
    con = connect()
    headers = {"extra_http_headers": '{"key": "one", "value": "two"}'}
    apply(con, make_secret("http", fields=headers, scopes=("https://a.example/",)))
    assert "extra_http_headers={key=one, value=two}" in shown(con, "mine")
