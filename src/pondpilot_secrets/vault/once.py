"""Something that is made when it is first used, once for all threads."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Made = TypeVar("Made")


class Once(Generic[Made]):
    """Calls `make` at the first call, and gives what it returned at every call. One that raises is called again."""

    def __init__(self, make: Callable[[], Made]) -> None:
        self._make = make
        self._made: Made | None = None
        self._making = threading.RLock()

    def __call__(self) -> Made:
        """Return what was made."""
        made = self._made
        if made is None:
            with self._making:
                made = self._made
                if made is None:
                    made = self._made = self._make()
        return made
