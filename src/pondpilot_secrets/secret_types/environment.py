"""The variables that `pond exec` sets for its one child, by the names that the tools themselves document."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pondpilot_secrets.errors import InvalidCredentialsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pondpilot_secrets.secret_types.base import Fields, SecretType
    from pondpilot_secrets.secure import SecureString

_NUL = re.compile(rb"\x00")


def environment_variables(secret_type: SecretType, fields: Fields) -> dict[str, SecureString]:
    """Return the variables and their values; those that are not the fields themselves were made for this call.

    Who calls closes the latter. Raises `InvalidCredentialsError` for a value with a NUL, which no environment can hold, and
    leaves none of them open.
    """
    known = {field.name: field for provider in secret_type.providers for field in provider.fields}
    variables = {
        variable: value for name, value in fields.items() if name in known for variable in known[name].environment
    }
    if secret_type.environment is not None:
        variables.update(secret_type.environment(fields))
    try:
        _refuse_nul(variables)
    except InvalidCredentialsError:
        for value in variables.values():
            if not any(value is given for given in fields.values()):
                value.close()
        raise
    return variables


def _refuse_nul(variables: Mapping[str, SecureString]) -> None:
    for variable, value in variables.items():
        with value.exposed() as view:
            if _NUL.search(view):
                raise InvalidCredentialsError(f"{variable} cannot be set: its value holds a NUL character")
