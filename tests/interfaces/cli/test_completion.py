"""`pond completion`: a script for each shell."""

from __future__ import annotations

import pytest

from tests.interfaces.cli.pond import Pond


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_asks_pond(pond: Pond, shell: str) -> None:
    out = pond.ok("completion", shell).out
    assert "_POND_COMPLETE" in out
    assert f"{shell}_" in out


def test_another_shell_is_a_usage_error(pond: Pond) -> None:
    assert pond("completion", "cmd").status == 2
