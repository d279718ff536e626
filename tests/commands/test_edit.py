"""Changing a secret changes what is given and nothing else."""

from __future__ import annotations

import pytest

from pondpilot_secrets.commands.edit import EditRequest, RenameRequest
from pondpilot_secrets.commands.registry import dispatch
from pondpilot_secrets.commands.reveal import RevealRequest
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.commands.show import FindRequest
from pondpilot_secrets.errors import InvalidCredentialsError, NameTakenError, SecretNotFoundError
from pondpilot_secrets.secure import SecureString
from tests.commands.requests import fields


def password(session: Session) -> str:
    with dispatch(session, "reveal", RevealRequest("warehouse", "password")).value as value:
        return value.expose()


def test_an_edit_changes_only_what_is_given(several: Session) -> None:
    before = dispatch(several, "find", FindRequest("warehouse")).secret
    after = dispatch(several, "edit", EditRequest("warehouse", description="new")).secret
    assert (after.name, after.tags, after.revision, after.description) == ("warehouse", before.tags, 1, "new")
    request = EditRequest("warehouse", fields={"password": SecureString("other"), "user": None})
    after = dispatch(several, "edit", request).secret
    assert (after.description, after.tags, after.revision) == ("new", before.tags, 2)
    assert "user" not in after.field_names
    assert password(several) == "other"


def test_an_empty_thing_in_an_edit_removes_it(several: Session) -> None:
    after = dispatch(several, "edit", EditRequest("warehouse", tags=(), description="")).secret
    assert (after.tags, after.description) == ((), None)


def test_an_edit_that_is_refused_changes_nothing(several: Session) -> None:
    before = dispatch(several, "find", FindRequest("warehouse")).secret
    for request, expected in (
        (EditRequest("warehouse", new_name="LAKE"), NameTakenError),
        (EditRequest("warehouse", fields=fields(port="many")), InvalidCredentialsError),
        (EditRequest("warehouse", fields=fields(nonsense="x")), InvalidCredentialsError),
        (EditRequest("warehouse", new_name=""), InvalidCredentialsError),
        (EditRequest("nobody", description="x"), SecretNotFoundError),
    ):
        with pytest.raises(expected):
            dispatch(several, "edit", request)
    assert dispatch(several, "find", FindRequest("warehouse")).secret == before
    assert password(several) == "marker-password"


def test_a_secret_may_be_given_its_own_name_in_other_letters(several: Session) -> None:
    assert dispatch(several, "rename", RenameRequest("lake", "LAKE")).secret.name == "LAKE"
    with pytest.raises(NameTakenError):
        dispatch(several, "rename", RenameRequest("lake", "Warehouse"))
