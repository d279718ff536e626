"""A row's own check: SQLite's pages have none, and a turned bit would otherwise show as a wrong name or scope.

It is a CRC-32, which finds every turned bit and every burst of up to 32, and is no protection against anybody: what must
not be changed on purpose is bound to the credential (`vault/context_binding.py`). Rows hold it, so how it is made never
changes; what is counted while a secret is used is left out.
"""

from __future__ import annotations

from binascii import crc32
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


def checksum_of(row: Sequence[Any]) -> int:
    """Return the check of a row whose first 16 values are those that `rows.COLUMNS` begins with."""
    described = (*row[:10], row[12], row[13], int(bool(row[15])))
    return crc32("\0".join(map(str, described)).encode("utf-8", "surrogatepass"))
