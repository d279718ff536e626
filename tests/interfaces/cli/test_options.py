"""Options that several commands share."""

from __future__ import annotations

import pytest

from tests.interfaces.cli.pond import Pond


@pytest.mark.parametrize("seconds", ["0", "-1", "x"])
def test_a_timeout_is_a_time(warehouse: Pond, seconds: str) -> None:
    assert warehouse("test", "warehouse", "--timeout", seconds).status == 2


@pytest.mark.parametrize(
    "words", [("vault", "init"), ("vault", "move", "--to", "file"), ("vault", "rekey"), ("vault", "use-recovery-code")]
)
def test_a_key_file_is_no_folder(pond: Pond, words: tuple[str, ...]) -> None:
    ended = pond(*words, "--key-file", str(pond.folder))
    assert ended.status == 2
    assert "is a directory" in ended.err
