"""`pond audit verify`: a log that is complete, and one that was changed."""

from __future__ import annotations

import sqlite3

from tests.interfaces.cli.pond import Pond


def test_a_changed_log_does_not_verify_and_can_be_started_again(warehouse: Pond) -> None:
    whole = warehouse.ok("audit", "verify", "--json").json()
    assert whole["ok"]
    assert warehouse.ok("audit", "verify", "--since", whole["anchor"]).status == 0
    database = sqlite3.connect(warehouse.folder / "vault" / "metadata.db")
    database.execute("DROP TRIGGER audit_is_never_changed")
    database.execute("UPDATE audit SET user = 'nobody' WHERE seq = 1")
    database.execute("UPDATE audit_anchor SET mac = x'00'")
    database.commit()
    database.close()
    broken = warehouse("audit", "verify")
    assert broken.status == 1
    assert "BROKEN" in broken.out
    refused = warehouse("reveal", "warehouse", "password")
    assert refused.status == 21
    assert refused.out == ""
    assert "pond audit restart" in refused.err
    warehouse.ok("audit", "restart", "--reason", "a test")
    assert warehouse.ok("reveal", "warehouse", "user").out == "ana"
    assert warehouse.ok("audit", "verify", "--json").json()["earlier_rows"] == 1
