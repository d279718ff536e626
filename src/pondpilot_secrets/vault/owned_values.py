"""Who closes which value: those that were made here are closed here, and those of a caller stay the caller's."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from pondpilot_secrets.secure import SecureString

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pondpilot_secrets.models import SecretCredentials
    from pondpilot_secrets.secret_types.normalisation import ProtectedValue


def own(owner: contextlib.ExitStack, values: Iterable[object], *, except_for: Iterable[object] = ()) -> None:
    """Let values be closed with `owner`, except for those that are somebody else's."""
    others = {id(value) for value in except_for}
    for value in values:
        if isinstance(value, SecureString) and id(value) not in others:
            owner.callback(value.close)


@contextlib.contextmanager
def protected(fields: Mapping[str, Any]) -> Iterator[dict[str, ProtectedValue]]:
    """Give the fields in secret memory, for a `with` block at whose end what was made for it is wiped.

    No frame above shows a value then: a traceback with locals is an error text.
    """
    from pondpilot_secrets.secret_types.normalisation import protect

    with contextlib.ExitStack() as owner:
        given = list(fields.values())
        values = protect(fields)
        own(owner, values.values(), except_for=given)
        del fields, given
        yield values


@contextlib.contextmanager
def closing_all(secrets: Sequence[SecretCredentials]) -> Iterator[Sequence[SecretCredentials]]:
    """Give open secrets for a `with` block, and close those that are open still at its end."""
    try:
        yield secrets
    finally:
        for secret in secrets:
            secret.close()
