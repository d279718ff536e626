"""What is asked of a vault: a secret to be saved, and what to change of one."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pondpilot_secrets.secret_types.expiry import Expiry


class Unchanged:
    """The only kind of the sentinel `UNCHANGED`."""

    def __repr__(self) -> str:
        return "UNCHANGED"


UNCHANGED = Unchanged()
"""The sentinel for an argument that was not given, where None means `remove`."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A secret to be saved: what `save_secret` takes, for saving many at once."""

    type: str
    name: str
    fields: Mapping[str, Any] = dataclasses.field(repr=False)
    provider: str | None = None
    scopes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    description: str | None = None
    expires: Expiry = None
    inject_only: bool = False


@dataclass(frozen=True, slots=True)
class Changes:
    """What to change of a secret: what `update_secret` takes. Fields merge; a field that is None is removed."""

    name: str | Unchanged = UNCHANGED
    fields: Mapping[str, Any] | Unchanged = dataclasses.field(default=UNCHANGED, repr=False)
    scopes: Sequence[str] | Unchanged = UNCHANGED
    tags: Sequence[str] | Unchanged = UNCHANGED
    description: str | Unchanged | None = UNCHANGED
    expires: Expiry | Unchanged = UNCHANGED
    inject_only: bool | Unchanged = UNCHANGED
