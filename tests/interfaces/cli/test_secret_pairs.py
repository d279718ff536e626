"""What is known of a secret, in words."""

from __future__ import annotations

import re

from tests.interfaces.cli.pond import Pond


def test_a_secret_that_is_sent_everywhere_says_so(pond: Pond) -> None:
    pond.ok("add", "http", "api", "token=env:TOKEN", "--scope", "*", TOKEN="t")
    pond.ok("add", "mysql", "shop", "host=h", "password=env:TOKEN", TOKEN="t")
    assert re.search(r"^scopes +\*$", pond.ok("show", "api").out, re.MULTILINE)
    assert re.search(r"^scopes +-$", pond.ok("show", "shop").out, re.MULTILINE)
