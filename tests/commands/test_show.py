"""What is shown of a secret, and what is hidden."""

from __future__ import annotations

import pytest

from pondpilot_secrets.commands.registry import dispatch
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.commands.show import FindRequest, ShowRequest
from pondpilot_secrets.errors import SecretNotFoundError


def test_showing_hides_what_is_sensitive(warehouse: Session) -> None:
    shown = dispatch(warehouse, "show", ShowRequest("warehouse"))
    assert dict(shown.values) == {"host": "127.0.0.1", "port": "1", "user": "ana"}
    assert shown.hidden == ("password",)
    assert shown.problem is None


def test_a_secret_whose_values_cannot_be_read_is_shown_as_far_as_it_is_known(warehouse: Session) -> None:
    import contextlib
    import sqlite3

    warehouse.close()
    with contextlib.closing(sqlite3.connect(f"{warehouse.home}/secrets.db")) as database, database:
        database.execute("DELETE FROM items WHERE account LIKE 'postgres:%'")
    database.close()
    shown = dispatch(warehouse, "show", ShowRequest("warehouse"))
    assert (shown.values, shown.hidden) == ({}, ("host", "password", "port", "user"))
    assert shown.problem is not None
    assert (shown.problem.code, shown.problem.name) == (1016, "CredentialMissing")


def test_a_secret_is_found_by_its_name_and_its_id(warehouse: Session) -> None:
    by_name = dispatch(warehouse, "find", FindRequest("Warehouse")).secret
    assert dispatch(warehouse, "find", FindRequest(by_name.id)).secret == by_name
    with pytest.raises(SecretNotFoundError):
        dispatch(warehouse, "find", FindRequest("nobody"))
