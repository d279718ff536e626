"""The environment variables of one child process: what the secrets that are named for it come to."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from pondpilot_secrets.access.audit import Action
from pondpilot_secrets.access.grants import Grant
from pondpilot_secrets.errors import UsageError
from pondpilot_secrets.secret_types import registry
from pondpilot_secrets.secret_types.environment import environment_variables
from pondpilot_secrets.vault.owned_values import closing_all, own

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pondpilot_secrets.metadata.store import MetadataStore
    from pondpilot_secrets.models import SecretCredentials
    from pondpilot_secrets.secure import SecureString
    from pondpilot_secrets.vault.guard import Guard
    from pondpilot_secrets.vault.ports import ReadSecrets


class ChildEnvironment:
    """Gathers the variables of secrets."""

    def __init__(self, guard: Guard, metadata: MetadataStore, read: ReadSecrets) -> None:
        self._guard = guard
        self._metadata = metadata
        self._read = read

    def variables(self, names: Sequence[str]) -> dict[str, SecureString]:
        """Return the variables, whose values the caller closes; raises `UsageError` where two secrets differ about one."""
        for metadata in self._metadata.find_many(names):
            if metadata.inject_only:  # a child shows its environment to who asks it
                self._guard.require(Grant.REVEAL, metadata)
        gathered: dict[str, SecureString] = {}
        givers: dict[str, str] = {}
        with (
            contextlib.ExitStack() as kept,
            contextlib.ExitStack() as passing,
            closing_all(self._read(names, Action.USE)) as secrets,
        ):
            for secret in secrets:
                if secret.metadata.inject_only:  # since just now
                    self._guard.require(Grant.REVEAL, secret.metadata)
                for variable, value in _variables_of(secret, passing).items():
                    if variable not in gathered:
                        gathered[variable], givers[variable] = kept.enter_context(value.copy()), secret.metadata.name
                    elif gathered[variable] != value:
                        raise UsageError(
                            f"{givers[variable]!r} and {secret.metadata.name!r} both set {variable}, to different values",
                            hint="name one of them, or run the command twice",
                        )
            kept.pop_all()
        return gathered


def _variables_of(secret: SecretCredentials, owner: contextlib.ExitStack) -> dict[str, SecureString]:
    fields = secret.credentials
    variables = environment_variables(registry.get(secret.metadata.type), fields)
    own(owner, variables.values(), except_for=fields.values())
    return variables
