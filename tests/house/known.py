"""What a rule still finds although it should not: `known_violations.json`, a list that may only become shorter.

`SHRINK=1 pytest tests/house` takes out what is mended; nothing but an editor puts anything in.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_FILE = Path(__file__).with_name("known_violations.json")


def assert_only_known(rule: str, found: Iterable[str]) -> None:
    """Fail on a violation that is not in the list, and on one that is in the list and no longer there."""
    known = json.loads(_FILE.read_text("utf-8"))
    listed, there = set(known.get(rule, ())), set(found)
    if os.environ.get("SHRINK") and listed - there:
        known[rule] = sorted(listed & there)
        known = {name: entries for name, entries in known.items() if entries}
        _FILE.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n", "utf-8")
        listed &= there
    assert there - listed == set(), f"{rule}: new violations"
    assert listed - there == set(), f"{rule}: mended, so take them off {_FILE.name} (SHRINK=1 does)"
