"""`pond vault init`: made once, and its key file is remembered."""

from __future__ import annotations

from pathlib import Path

from tests.interfaces.cli.pond import Pond


def password(pond: Pond, **variables: str) -> str:
    return pond.ok("reveal", "shop", "password", **variables).out


def test_a_key_file_named_by_a_relative_path_is_found_from_anywhere(keyless: Pond, tmp_path: Path) -> None:
    keyless.ok("vault", "init", "--store", "file", "--key-file", "~/pond.key")
    assert (keyless.folder / "home" / "pond.key").is_file()
    keyless.ok("add", "mysql", "shop", "host=h", "password=@-", stdin="marker-word")
    assert password(keyless) == "marker-word"


def test_a_vault_that_is_there_is_not_made_again(remembering: Pond) -> None:
    ended = remembering("vault", "init")
    assert ended.status == 31
    assert "there is a vault in" in ended.err
    assert password(remembering) == "marker-word"
