"""One connection to a D-Bus through jeepney: calls with a deadline, many at once, and signals.

The bus is the session's or the system's. What went wrong is told in the words of whoever is asked: `Failures`.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

from jeepney import DBusAddress, HeaderFields, MatchRule, MessageType, message_bus, new_method_call
from jeepney.io.blocking import open_dbus_connection

from pondpilot_secrets.errors import KeychainLockedError, KeychainUnavailableError
from pondpilot_secrets.keychain.system_errors import no_bus, no_keyring, no_service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from jeepney.low_level import Message

    from pondpilot_secrets.errors import SecretError

Call: TypeAlias = tuple[str, str, str, str | None, tuple[Any, ...]]
"""Path, interface, method, signature and arguments."""

DISCONNECTED = "Disconnected"
"""The name that a broken connection is given, as if it were an error reply."""

_MORE_FOR_EACH = 0.005
"""Seconds that the deadline of many calls grows by with each of them."""


class Which(StrEnum):
    """Which bus."""

    SESSION = "SESSION"
    SYSTEM = "SYSTEM"


@dataclass(frozen=True, slots=True)
class Failures:
    """The errors of one service, each made by a function: there is no bus, no answer in time (seconds), or an error reply.

    `refused` is given the error's name on the bus; a connection that broke is reported as `Disconnected`.
    """

    no_bus: Callable[[], SecretError]
    silent: Callable[[float], SecretError]
    refused: Callable[[str], SecretError]


class Bus:
    """Calls to one name on the bus, for one thread at a time."""

    def __init__(
        self, name: str, deadline: float, *, which: Which = Which.SESSION, failures: Failures | None = None
    ) -> None:
        """Connect; raises `failures.no_bus` where there is no bus. `deadline` is in seconds a call.

        Without `failures` the errors are those of a keychain.
        """
        self._name = name
        self._deadline = deadline
        self._failures = failures or KEYCHAIN
        self._listeners: dict[tuple[str, str], Callable[[Any], None]] = {}
        self._replies: dict[int, Message] = {}
        try:
            self._connection = open_dbus_connection(which.value)
        except (OSError, KeyError, ValueError, RuntimeError):
            raise self._failures.no_bus() from None

    def call(
        self,
        path: str,
        interface: str,
        method: str,
        signature: str | None,
        arguments: tuple[Any, ...],
        *,
        deadline: float | None = None,
    ) -> Any:
        """Make one call and return the reply's body; raises what the error reply means.

        `deadline` is in seconds, for a call that takes longer than others.
        """
        reply = self._exchange([self._message((path, interface, method, signature, arguments))], deadline)[0]
        if reply.header.message_type is MessageType.error:
            raise self._failures.refused(str(reply.header.fields.get(HeaderFields.error_name, "")))
        return reply.body

    def call_all(self, calls: Sequence[Call]) -> list[Any]:
        """Make many calls at once and return the bodies in their order; an error's is None."""
        replies = self._exchange([self._message(call) for call in calls])
        return [None if reply.header.message_type is MessageType.error else reply.body for reply in replies]

    def listen(self, interface: str, member: str, heard: Callable[[Any], None], path: str | None = None) -> None:
        """Have a signal's body given to `heard`, whenever messages are read."""
        rule = MatchRule(type="signal", sender=self._name, interface=interface, member=member, path=path)
        self._exchange([message_bus.AddMatch(rule)])
        self._listeners[interface, member] = heard

    @contextlib.contextmanager
    def listening(self, interface: str, member: str, heard: Callable[[Any], None], path: str) -> Iterator[None]:
        """Listen for the length of a `with` block."""
        self.listen(interface, member, heard, path)
        try:
            yield
        finally:
            del self._listeners[interface, member]

    def wait(self, happened: Callable[[], bool], seconds: float) -> bool:
        """Read messages until something has happened; returns whether it did in time."""
        end = time.monotonic() + seconds
        while not happened():
            try:
                self._read(end)
            except TimeoutError:
                return False
        return True

    def drain(self) -> None:
        """Read what has come in already, without waiting."""
        self.wait(lambda: False, 0)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _message(self, call: Call) -> Message:
        path, interface, method, signature, arguments = call
        return new_method_call(DBusAddress(path, self._name, interface), method, signature, arguments)

    def _exchange(self, messages: Sequence[Message], deadline: float | None = None) -> list[Message]:
        serials, data = [], bytearray()
        for message in messages:
            serials.append(next(self._connection.outgoing_serial))
            data += message.serialise(serials[-1])
        seconds = self._deadline if deadline is None else deadline
        end = time.monotonic() + seconds + _MORE_FOR_EACH * (len(serials) - 1)
        try:
            self._connection.sock.sendall(data)
            for serial in serials:
                while serial not in self._replies:
                    self._read(end)
        except TimeoutError:
            raise self._failures.silent(seconds) from None
        except OSError:
            raise self._failures.refused(DISCONNECTED) from None
        return [self._replies.pop(serial) for serial in serials]

    def _read(self, end: float) -> None:
        try:
            message = self._connection.receive(timeout=max(0.0, end - time.monotonic()))
        except EOFError:
            raise self._failures.refused(DISCONNECTED) from None
        fields = message.header.fields
        answered = fields.get(HeaderFields.reply_serial)
        if answered is not None:
            self._replies[int(answered)] = message
        elif message.header.message_type is MessageType.signal:
            heard = self._listeners.get((fields.get(HeaderFields.interface, ""), fields.get(HeaderFields.member, "")))
            if heard is not None:
                heard(message.body)


def _keychain_silent(seconds: float) -> SecretError:
    return KeychainUnavailableError(f"the keychain did not answer within {seconds:g} seconds", silent=True)


def _keychain_refused(name: str) -> SecretError:
    if name == DISCONNECTED:
        return KeychainUnavailableError("the connection to the keychain broke")
    if name.endswith(("ServiceUnknown", "NameHasNoOwner")) or ".Spawn." in name:
        return no_service()
    if name.endswith(("UnknownObject", "UnknownMethod", "NoSuchObject")):
        return no_keyring()
    if name.endswith("IsLocked"):
        return KeychainLockedError("the keychain is locked")
    if name.endswith(("NoReply", "Timeout", "Disconnected")):
        return KeychainUnavailableError("the keychain stopped answering")
    return KeychainUnavailableError(f"the keychain refused a call: {name.rpartition('.')[2]}")


KEYCHAIN = Failures(no_bus, _keychain_silent, _keychain_refused)
"""What a keychain's failures mean."""
