"""What every request is: a frozen dataclass of plain data that knows the type of its result.

Plain data are text, numbers, booleans, None, aware `datetime`s, `Literal`s and `StrEnum`s, tuples, mappings of text to
plain data, other frozen dataclasses of this package, and `SecureString` for a secret value. `codec` turns all of it into
JSON and back.
"""

from __future__ import annotations

from typing import Generic, TypeVar

Result_co = TypeVar("Result_co", covariant=True)


class Request(Generic[Result_co]):
    """The base of all requests; `Request[X]` is answered by an X, or by an iterator of rows where a command streams."""

    __slots__ = ()
