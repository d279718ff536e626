"""Rotating says what was tested and what has the new values."""

from __future__ import annotations

import duckdb
import pytest

from pondpilot_secrets.commands.add import AddRequest
from pondpilot_secrets.commands.registry import dispatch
from pondpilot_secrets.commands.rotate import RotateRequest
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.errors import RotationRefusedError
from tests.commands.requests import fields


def test_without_a_test_the_new_values_are_kept(warehouse: Session) -> None:
    result = dispatch(warehouse, "rotate", RotateRequest("warehouse", fields(password="new"), test=False))
    assert (result.test, result.instances, result.secret.revision) == (None, 0, 2)
    assert (result.attached, result.stale, result.failed) == ((), (), ())


def test_what_is_applied_in_this_process_has_the_new_values(session: Session) -> None:
    dispatch(session, "add", AddRequest("s3", "lake", fields(key_id="AK", secret="old")))
    with duckdb.connect() as con, session.manager.applied(con, "lake"):
        result = dispatch(session, "rotate", RotateRequest("lake", fields(secret="new"), test=False))
    assert result.instances == 1


def test_values_that_do_not_pass_their_test_are_refused(warehouse: Session) -> None:
    with pytest.raises(RotationRefusedError):
        dispatch(warehouse, "rotate", RotateRequest("warehouse", fields(password="new"), timeout=3.0))
