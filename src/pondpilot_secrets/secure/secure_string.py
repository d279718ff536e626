"""A secret value that shows itself to nobody by accident and is gone when it is closed."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NoReturn, Self, TypeAlias

from pondpilot_secrets.errors import InvalidCredentialsError, WipedError
from pondpilot_secrets.secure import arena
from pondpilot_secrets.secure.wiping import wipe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

REDACTED = "••••••"
"""What every printed, logged, pickled or copied secret value looks like."""

Buffer: TypeAlias = bytes | bytearray | memoryview


class SecureString:
    """Text held as UTF-8 in memory of its own, zeroed on `close`, at the end of its `with`, and when collected.

    `repr`, `str`, formatting, pickling and copying all give `••••••`. `expose()` gives a `str`, which is the caller's to
    look after; `exposed()` gives a view that is gone after its `with`.
    """

    __slots__ = ("__weakref__", "_slot")

    def __init__(self, value: str | Buffer) -> None:
        """Copy the value. Raises `InvalidCredentialsError` for text that is not Unicode (a lone surrogate)."""
        self._slot: arena.ArenaSlot | None = None
        if isinstance(value, str):
            encoded = _encode(value)
            del value  # a frame of the traceback must not show it
            if encoded is None:
                raise InvalidCredentialsError(
                    "the value holds a lone surrogate, which is not text",
                    hint="the source it came from is not valid Unicode",
                )
            self._fill([encoded])
            wipe(encoded)
        else:
            self._fill([value])

    def _fill(self, parts: list[Buffer]) -> None:
        self._slot = arena.take(sum(len(part) for part in parts))
        position = 0
        for part in parts:
            self._slot.view[position : position + len(part)] = part
            position += len(part)

    @classmethod
    def take(cls, value: bytes | bytearray) -> Self:
        """Copy the value and wipe the object it came in, which nobody else may hold."""
        try:
            return cls(value)
        finally:
            wipe(value)

    @classmethod
    def join(cls, parts: Iterable[SecureString | Buffer]) -> Self:
        """Make one value of several, without an unprotected copy in between."""
        made = cls.__new__(cls)
        made._fill([part._view() if isinstance(part, SecureString) else part for part in parts])
        return made

    def _held(self) -> arena.ArenaSlot:
        if self._slot is None:
            raise WipedError("this secret value has been wiped")
        return self._slot

    def _view(self) -> memoryview:
        return self._held().view

    def expose(self) -> str:
        """Return the value as a `str`, a copy that Python frees without erasing it."""
        return str(self._view(), "utf-8")

    def exposed(self) -> memoryview:
        """Give a read-only view of the UTF-8 bytes; use it in a `with` block, at whose end it is gone."""
        return self._held().readonly_view()

    def is_text(self) -> bool:
        """Whether it is valid UTF-8, as everything made from a `str` is."""
        try:
            wipe(self.expose())
        except UnicodeDecodeError:  # it holds the value, so it must not travel as a cause
            return False
        return True

    @contextlib.contextmanager
    def exposed_text(self) -> Iterator[str]:
        """Give the value as a `str` for one call of a library that takes nothing else, and wipe it afterwards."""
        text = self.expose()
        try:
            yield text
        finally:
            wipe(text)

    def copy(self) -> SecureString:
        """Make an independent copy, for a holder that outlives this one."""
        return SecureString(self._view())

    def close(self) -> None:
        """Zero the value; calling it again does nothing."""
        slot, self._slot = self._slot, None
        if slot is not None:
            slot.release()

    @property
    def closed(self) -> bool:
        """Whether the value has been wiped."""
        return self._slot is None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError, TypeError):  # a half-made object, or the interpreter's end
            self.close()

    def __len__(self) -> int:
        return len(self._view())

    def __bool__(self) -> bool:
        return len(self._view()) > 0

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SecureString):
            return NotImplemented
        import hmac

        return hmac.compare_digest(self._view(), other._view())

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return REDACTED

    def __format__(self, specification: str) -> str:
        return format(REDACTED, specification)

    def __iter__(self) -> NoReturn:
        raise TypeError("a secret value cannot be iterated; use exposed()")

    def __reduce_ex__(self, protocol: object) -> tuple[type[str], tuple[str]]:
        return (str, (REDACTED,))


def _encode(text: str) -> bytes | None:
    try:
        return text.encode()
    except UnicodeEncodeError:
        return None  # the exception holds the text, so it must not travel as a cause
