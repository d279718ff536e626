"""Reading the test vectors of `docs/formats/`."""

from __future__ import annotations

import re
from pathlib import Path

FORMATS = Path(__file__).parents[2] / "docs" / "formats"


def vector(page: str) -> dict[str, str]:
    """Return the table of a page's test vector: names to texts, without the back quotes."""
    table = text(page).split("## Test vector")[1]
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", table, re.MULTILINE)
    return {name.replace("`", ""): value.strip("`") for name, value in rows}


def text(page: str) -> str:
    return (FORMATS / page).read_text("utf-8")


def payload_of_the_vector() -> bytes:
    """The payload of `payload.md`, which `encrypted-file.md` encrypts."""
    found = re.search(r"```json\n(.*)\n```", text("payload.md").split("## Test vector")[1])
    assert found is not None
    return found[1].encode()
