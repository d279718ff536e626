"""A type as plain data: all of it goes to JSON, and none of it is left out."""

from __future__ import annotations

import json

import pytest

from pondpilot_secrets.secret_types import registry
from pondpilot_secrets.secret_types.base import Field, FieldKind, SecretType
from pondpilot_secrets.secret_types.describe import describe_field, describe_type
from tests.secret_types.samples import by_name


@pytest.mark.parametrize("secret_type", registry.all_types(), ids=by_name)
def test_a_type_can_be_described_in_json(secret_type: SecretType) -> None:
    described = json.loads(json.dumps(describe_type(secret_type)))
    assert [provider["name"] for provider in described["providers"]] == [p.name for p in secret_type.providers]
    names = [field["name"] for field in described["providers"][0]["fields"]]
    assert names == [field.name for field in secret_type.providers[0].fields]
    assert described["attachable"] is (secret_type.attach is not None)


def test_what_says_nothing_is_left_out() -> None:
    assert describe_field(Field("a", "A", "An a.")) == {
        "name": "a",
        "label": "A",
        "help": "An a.",
        "kind": "text",
        "type": "string",
        "sensitive": False,
        "required": False,
    }


@pytest.mark.parametrize(
    ("kind", "json_type"),
    [(FieldKind.BOOLEAN, "boolean"), (FieldKind.PORT, "integer"), (FieldKind.HEADER_MAP, "object")],
)
def test_a_form_learns_the_type_of_json(kind: FieldKind, json_type: str) -> None:
    field = Field("a", "A", "An a.", kind, default="1", minimum=1, aliases=("b",))
    described = describe_field(field)
    assert described["type"] == json_type
    assert (described["default"], described["minimum"], described["aliases"]) == ("1", 1, ["b"])
