"""`pond vault recovery-codes`: printed once, and void when there are new keys."""

from __future__ import annotations

from tests.interfaces.cli.pond import Pond


def test_rekeying_says_that_codes_are_void(warehouse: Pond) -> None:
    warehouse.ok("vault", "recovery-codes", "--codes", "3")
    done = warehouse.ok("vault", "rekey", "--key-file", str(warehouse.folder / "new.key"))
    assert "3 recovery codes are void" in done.err
    assert "recovery" not in warehouse.ok("vault", "status").out


def test_codes_are_json_on_request_and_as_many_as_are_asked_for(warehouse: Pond) -> None:
    made = warehouse.ok("vault", "recovery-codes", "--codes", "3", "--json")
    assert len(made.json()["codes"]) == 3
    assert warehouse.ok("vault", "recovery-codes", "--codes", "0").err == "older codes are void\n"
    assert warehouse("vault", "recovery-codes", "--codes", "101").status == 2
