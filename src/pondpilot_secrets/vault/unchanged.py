"""The mark of an argument that was not given, where None means `remove`."""

from __future__ import annotations


class Unchanged:
    """The mark's only kind."""

    def __repr__(self) -> str:
        return "UNCHANGED"


UNCHANGED = Unchanged()
