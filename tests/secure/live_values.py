"""Which secret values are open: those that somebody made and has not closed."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

from pondpilot_secrets.secure import SecureString


@contextlib.contextmanager
def none_left_open() -> Iterator[None]:
    """Fail where a value that was made in the `with` block is open at its end.

    Hold the error of what failed inside (`pytest.raises(…) as caught`): its frames then keep what nobody closed, which
    would otherwise be closed by being collected.
    """
    before = open_values()  # kept, so that no new value can have the place of one of these
    yield
    left = [value for value in open_values() if not any(value is other for other in before)]
    assert [value.expose() for value in left] == []


def open_values() -> list[SecureString]:
    """Every value of this process that is open."""
    return [value for value in gc.get_objects() if isinstance(value, SecureString) and not value.closed]
