"""`pond vault status`: where and why, without opening anything."""

from __future__ import annotations

from tests.interfaces.cli.pond import Pond


def test_status_says_where_and_why_and_opens_nothing(remembering: Pond) -> None:
    (remembering.folder / "pond.key").unlink()
    found = remembering.ok("vault", "status", "--json").json()
    assert (found["store"], found["secrets"], found["opens_with"]) == ("file", 1, ["file"])
    assert found["reason"] == "it was asked for"
    assert "opens with  a key file" in remembering.ok("vault", "status").out
