"""What the words of a command line name, and how they are completed."""

from __future__ import annotations

from tests.interfaces.cli.pond import Pond


def test_completion_scripts_and_what_they_complete(warehouse: Pond) -> None:
    for shell in ("bash", "zsh", "fish"):
        assert "_POND_COMPLETE" in warehouse.ok("completion", shell).out

    def completed(line: str) -> str:
        word = len(line.split()) if line.endswith(" ") else len(line.split()) - 1
        return warehouse("x", _POND_COMPLETE="bash_complete", COMP_WORDS=line, COMP_CWORD=str(word)).out

    assert "warehouse" in completed("pond show ")
    assert "postgres" in completed("pond add pos")
    assert "password=" in completed("pond add mysql x pass")
    assert "host" in completed("pond reveal warehouse h")
    assert "sslmode=" in completed("pond edit warehouse ssl")
    assert "reveal" in completed("pond rev")
    assert "status" in completed("pond vault st")
