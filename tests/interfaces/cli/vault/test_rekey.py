"""`pond vault rekey`: the new key opens the vault, and the old one nothing."""

from __future__ import annotations

from tests.interfaces.cli.pond import Pond


def password(pond: Pond, **variables: str) -> str:
    return pond.ok("reveal", "shop", "password", **variables).out


def test_after_a_rekey_the_new_key_is_remembered_and_the_old_one_opens_nothing(remembering: Pond) -> None:
    old, new = remembering.folder / "pond.key", remembering.folder / "new.key"
    ended = remembering.ok("vault", "rekey", "--key-file", str(new))
    assert ended.err == "encrypted 1 items under a new key; the vault opens with a key file\n"
    old.rename(remembering.folder / "kept.key")
    assert password(remembering) == "marker-word"
    kept = str(remembering.folder / "kept.key")
    assert password(remembering, POND_KEY_FILE=kept) == "marker-word", "a stale variable hid the remembered key"
    new.rename(remembering.folder / "elsewhere.key")
    assert remembering("reveal", "shop", "password", POND_KEY_FILE=kept).status != 0
