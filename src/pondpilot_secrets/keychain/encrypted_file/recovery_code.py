"""Recovery codes: printed once, kept on paper, and each good for opening the store one time when every other key is lost.

A code is 34 random symbols of five bits in Crockford's base32, which has no I, L, O and U, and one check character (his
modulo 37): seven groups of five. 170 random bits are past all guessing, so that one HKDF (RFC 5869) makes a wrapping key of
them. A slow function like Argon2 is for what people choose themselves: RFC 5869, section 4, tells the two cases apart.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from pondpilot_secrets.errors import UsageError
from pondpilot_secrets.keychain.encrypted_file.key_sources import SALT_LENGTH, expand_key
from pondpilot_secrets.secure import SecureString, wipe

if TYPE_CHECKING:
    from pondpilot_secrets.keychain.encrypted_file.key_sources import SlotParameters

KIND = "recovery"
SYMBOLS, GROUP = 34, 5
LENGTH = SYMBOLS + 1

_ALPHABET = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CHECK_MODULUS = 37
_LOOK_ALIKES = {ord("O"): ord("0"), ord("I"): ord("1"), ord("L"): ord("1")}


@dataclass(frozen=True, slots=True)
class RecoveryCode:
    """One code, as its symbols in capitals without the groups; made by `new` or by `read`."""

    symbols: SecureString = field(repr=False)
    kind: str = KIND

    @classmethod
    def new(cls) -> Self:
        """Draw a code. Those whose check would be one of Crockford's `*~$=U` are drawn again, at a cost of 0.2 bits."""
        while True:
            random = os.urandom(SYMBOLS)
            symbols = bytearray(_ALPHABET[byte & 31] for byte in random)
            wipe(random)
            check = _check(symbols)
            if check < len(_ALPHABET):
                code = SecureString.join([symbols, _ALPHABET[check : check + 1]])
                wipe(symbols)
                return cls(code)
            wipe(symbols)

    @classmethod
    def read(cls, typed: SecureString) -> Self:
        """Take a code as a person types it: in any case, O for 0, I and L for 1, whatever stands between the groups.

        Raises `UsageError` (1022) for what cannot be a code: a letter that none has, a wrong length, or a check character
        that does not fit, as after a typo. Whether it is a code of this vault, only opening it tells.
        """
        with typed.exposed() as view:
            symbols = bytearray(_symbol(byte) for byte in view if chr(byte).isalnum() and byte < 0x80)
        try:
            if len(symbols) != LENGTH:
                raise _mistyped(f"a code has {LENGTH} letters and digits, this has {len(symbols)}")
            if any(symbol not in _ALPHABET for symbol in symbols):
                raise _mistyped("no code has the letter U")
            with memoryview(symbols) as seen:
                fits = _check(seen[:SYMBOLS]) == _ALPHABET.index(symbols[SYMBOLS])
            if not fits:
                raise _mistyped("its check character does not fit the others")
            return cls(SecureString(symbols))
        finally:
            wipe(symbols)

    def text(self) -> SecureString:
        """Return the code as it is printed, in groups; the caller closes it."""
        with self.symbols.exposed() as view:
            parts = [view[start : start + GROUP] for start in range(0, LENGTH, GROUP)]
            grouped = bytearray(LENGTH + len(parts) - 1)
            for number, part in enumerate(parts):
                start = number * (GROUP + 1)
                grouped[start : start + GROUP] = part
                grouped[start + GROUP : start + GROUP + 1] = b"-" if number + 1 < len(parts) else b""
                part.release()
        return SecureString.take(grouped)

    def new_parameters(self, file_id: str) -> SlotParameters:  # noqa: ARG002 - other sources need it
        """Return a fresh salt."""
        return {"salt": os.urandom(SALT_LENGTH).hex()}

    def wrapping_key(self, parameters: SlotParameters) -> SecureString:
        """Derive the key with HKDF-SHA-256."""
        with self.symbols.exposed() as view:
            content = bytearray(view)
        try:
            return expand_key(content, parameters)
        finally:
            wipe(content)

    def discard(self, parameters: SlotParameters) -> None:
        """Do nothing: a code is kept by people."""

    def close(self) -> None:
        """Wipe the code."""
        self.symbols.close()


def _symbol(byte: int) -> int:
    capital = byte & ~0x20 if chr(byte).isalpha() else byte
    return _LOOK_ALIKES.get(capital, capital)


def _check(symbols: bytearray | memoryview) -> int:
    """The number that the symbols spell, modulo 37: it finds every single wrong symbol and every two exchanged ones."""
    value = 0
    for symbol in symbols:
        value = (value * len(_ALPHABET) + _ALPHABET.index(symbol)) % _CHECK_MODULUS
    return value


def _mistyped(why: str) -> UsageError:
    return UsageError(f"this is not a recovery code as it was printed: {why}", hint="compare it group by group")
