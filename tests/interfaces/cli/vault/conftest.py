from __future__ import annotations

import pytest

from tests.interfaces.cli.pond import Pond


@pytest.fixture
def keyless(pond: Pond) -> Pond:
    """No key and no store is named by a variable."""
    pond.variables = {"POND_KEY_FILE": "", "POND_STORE": ""}
    return pond


@pytest.fixture
def remembering(keyless: Pond) -> Pond:
    """A encrypted file whose key file was named when it was made, with one secret."""
    ended = keyless.ok("vault", "init", "--store", "file", "--key-file", str(keyless.folder / "pond.key"))
    assert (
        ended.err == f"{keyless.folder / 'pond.key'} opens it, which it remembers; keep a copy of that file elsewhere\n"
    )
    keyless.ok("add", "mysql", "shop", "host=h", "password=@-", stdin="marker-word")
    return keyless
