"""What `pond exec` sets for its child: values of the fields, and values that were made for this one call."""

from __future__ import annotations

import pytest

from pondpilot_secrets.errors import InvalidCredentialsError
from pondpilot_secrets.secret_types import registry
from pondpilot_secrets.secret_types.base import Field, Provider, SecretType
from pondpilot_secrets.secret_types.environment import environment_variables
from tests.secret_types.samples import FIELDS, by_name
from tests.secret_types.secrets import secure
from tests.secure.live_values import none_left_open


@pytest.mark.parametrize(("secret_type", "provider", "field"), FIELDS, ids=by_name)
def test_each_variable_that_a_field_names_holds_its_value(
    secret_type: SecretType, provider: Provider, field: Field
) -> None:
    fields = secure(**{field.name: "one value"})
    made = environment_variables(secret_type, fields)
    assert all(made[variable] == fields[field.name] for variable in field.environment)


def test_a_value_that_no_environment_can_hold_is_refused_and_nothing_is_left_open() -> None:
    fields = secure(endpoint="h:1", secret="a\0b")
    with none_left_open():
        with pytest.raises(InvalidCredentialsError, match="AWS_SECRET_ACCESS_KEY cannot be set") as caught:
            environment_variables(registry.get("s3"), fields)
        assert caught.value.code == 1003
    assert not any(value.closed for value in fields.values())


def test_what_was_made_for_the_call_is_not_one_of_the_fields() -> None:
    fields = secure(endpoint="h:1", key_id="a")
    made = environment_variables(registry.get("s3"), fields)
    assert made["AWS_ACCESS_KEY_ID"] is fields["key_id"]
    assert made["AWS_ENDPOINT_URL"] is not fields["endpoint"]


def test_a_field_that_the_type_does_not_have_sets_nothing() -> None:
    assert environment_variables(registry.get("s3"), secure(no_field="x")) == {}
