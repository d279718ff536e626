"""The chain is what `docs/formats/audit.md` says, byte for byte."""

from __future__ import annotations

import hashlib
import hmac
import re
import struct
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pondpilot_secrets.access.audit import Action, AuditEntry, Outcome, chain
from tests.access.conftest import KEY

if TYPE_CHECKING:
    from pondpilot_secrets.access.audit import AuditLog
    from pondpilot_secrets.metadata.store import MetadataStore

PAGE = Path(__file__).parents[3] / "docs" / "formats" / "audit.md"
ID = "6f1c1d8e-52e6-4d0c-9e53-0a6c2b1f7a10"
ROW_1 = (1, 1790000000000000, "cli", 4242, "ana", "save", ID, "prod_s3", "ok", None, None)
DETAIL_2 = "the grant `reveal` is missing 🔒"
ROW_2 = (2, 1790000000500000, "mcp", -1, "zoë", "reveal", None, None, "denied", 1011, DETAIL_2)
MAC_1 = "8e5330d145480be38de2ac5bd780ea5afb8e81a612a5505f3a0e629569845c89"
MAC_2 = "f588566ef1d6288e517e49ccdfa47449863e7fb4161898c76fb403e783e5516a"
ANCHOR_MAC = "af82b9dd87e981ac506da900d37692da147ca8b727910ecdf3a8be186918fb57"


def test_vector_of_the_page_is_what_we_compute() -> None:
    first = chain.row_mac(KEY, chain.START, ROW_1)
    second = chain.row_mac(KEY, first, ROW_2)
    assert (first.hex(), second.hex()) == (MAC_1, MAC_2)
    assert chain.anchor_mac(KEY, 1, 2, second).hex() == ANCHOR_MAC
    page = PAGE.read_text("utf-8")
    for word in (MAC_1, MAC_2, ANCHOR_MAC, ID, DETAIL_2, *(str(value) for value in ROW_1 + ROW_2 if value is not None)):
        assert word in page


def test_reader_written_from_the_page_agrees() -> None:
    def encoded(value: object) -> bytes:
        if value is None:
            return b"N"
        if isinstance(value, int):
            return b"I" + struct.pack(">q", value)
        data = str(value).encode("utf-8")
        return b"T" + struct.pack(">I", len(data)) + data

    mac = bytes(32)
    for row, expected in ((ROW_1, MAC_1), (ROW_2, MAC_2)):
        message = b"pondpilot-secrets audit row v1\n" + mac + b"".join(encoded(value) for value in row)
        mac = hmac.new(KEY, message, hashlib.sha256).digest()
        assert mac.hex() == expected
    anchor = b"pondpilot-secrets audit anchor v1\n" + encoded(1) + encoded(2) + mac
    assert hmac.new(KEY, anchor, hashlib.sha256).hexdigest() == ANCHOR_MAC


def test_stored_rows_are_chained_as_the_page_says(store: MetadataStore, log: AuditLog) -> None:
    log.append([AuditEntry(Action.USE), AuditEntry(Action.TEST, detail="x")])
    previous = chain.START
    for *values, mac in store.database.rows("SELECT * FROM audit ORDER BY seq"):
        assert chain.row_mac(KEY, previous, values) == mac
        previous = mac
    assert store.database.row("SELECT first_seq, last_seq, last_mac FROM audit_anchor") == (1, 2, previous)


def test_every_action_and_outcome_is_on_the_page() -> None:
    page = PAGE.read_text("utf-8")
    for word in (*Action, *Outcome):
        assert f"`{word}`" in page


def test_page_lists_the_columns_of_the_table_in_order(store: MetadataStore) -> None:
    columns = [row[1] for row in store.database.rows("PRAGMA table_info(audit)")]
    listed = re.findall(r"^\| `(\w+)` \|", PAGE.read_text("utf-8").split("## Encoding")[0], re.MULTILINE)
    assert listed == columns


@pytest.mark.parametrize("value", [1.0, b"x", 2**63, True])
def test_value_outside_the_format_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="not part of the audit format"):
        chain.row_mac(KEY, chain.START, [value])  # type: ignore[list-item]
