"""One connection to a D-Bus through jeepney: calls with a deadline, many at once, and signals.

The service, and what its errors mean, are given by who makes one.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

from jeepney import DBusAddress, HeaderFields, MatchRule, MessageType, message_bus, new_method_call
from jeepney.bus import get_bus
from jeepney.io.blocking import DBusConnectionBase, prep_socket

from pondpilot_secrets.keychain.system_errors import ObjectGoneError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from jeepney.low_level import Message

    from pondpilot_secrets.errors import SecretError

Call: TypeAlias = tuple[str, str, str, str | None, tuple[Any, ...]]
"""Path, interface, method, signature and arguments."""

DISCONNECTED = "Disconnected"
"""The name that a broken connection is given, as if it were an error reply."""

_BUS = "org.freedesktop.DBus"
_NOBODY = ("ServiceUnknown", "NameHasNoOwner")

_AT_ONCE = 100
"""Calls that wait for their replies together: a bus without a configuration of its own allows 128."""

_MORE_FOR_EACH = 0.005
"""Seconds that the deadline of many calls grows by with each of them."""


class BusKind(StrEnum):
    """One of the two buses of a machine."""

    SESSION = "SESSION"
    SYSTEM = "SYSTEM"


@dataclass(frozen=True, slots=True)
class ErrorMap:
    """The errors of one service, each made by a function: there is no bus, no answer in time (seconds), or an error reply.

    `refused` is given the error's name on the bus; a connection that broke is reported as `Disconnected`, and so is a
    program that is there no more although it answered before.
    """

    no_bus: Callable[[], SecretError]
    timed_out: Callable[[float], SecretError]
    refused: Callable[[str], SecretError]


class Bus:
    """Calls to one program on a bus, for one thread at a time.

    Whoever answers to `name` first is talked to from then on, by the address that is its own: a path or a session that one
    program gave out is never shown to another that took over the name.
    """

    def __init__(self, name: str, seconds: float, errors: ErrorMap, kind: BusKind = BusKind.SESSION) -> None:
        """Connect within so many seconds, which are also what the first calls have.

        Raises `errors.no_bus` where there is no bus, `errors.timed_out` where it does not answer.
        """
        self._name = self._owner = name
        self._errors = errors
        self._handlers: dict[tuple[str, str], Callable[[Any], None]] = {}
        self._replies: dict[int, Message] = {}
        self.allow(seconds)
        try:
            # Not `open_dbus_connection`: its first call has no deadline.
            self._connection = DBusConnectionBase(prep_socket(get_bus(kind.value), timeout=seconds))
        except TimeoutError:
            raise errors.timed_out(seconds) from None
        except (OSError, KeyError, ValueError, RuntimeError):
            raise errors.no_bus() from None
        try:
            self._exchange([message_bus.Hello()])
        except BaseException:
            self.close()
            raise

    def allow(self, seconds: float) -> None:
        """Give the calls that follow so many seconds in all."""
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    def call(self, path: str, interface: str, method: str, signature: str | None, arguments: tuple[Any, ...]) -> Any:
        """Make one call and return the reply's body; raises what the error reply means."""
        reply = self._exchange([self._message((path, interface, method, signature, arguments))])[0]
        if self._owner == self._name:
            sender = reply.header.fields.get(HeaderFields.sender, self._name)
            self._owner = self._name if sender == _BUS else sender  # the bus itself says that there is nobody
        return self._body(reply)

    def call_all(self, calls: Sequence[Call]) -> list[Any]:
        """Make many calls at once and return the bodies in their order; None for a path that leads nowhere."""
        messages = [self._message(call) for call in calls]
        replies: list[Message] = []
        for start in range(0, len(messages), _AT_ONCE):
            replies += self._exchange(messages[start : start + _AT_ONCE], more=start)
        bodies: list[Any] = []
        for reply in replies:
            try:
                bodies.append(self._body(reply))
            except ObjectGoneError:
                bodies.append(None)
        return bodies

    def listen(self, interface: str, handlers: dict[str, Callable[[Any], None]], path: str | None = None) -> None:
        """Have the bodies of an interface's signals given to these functions, whenever messages are read."""
        rule = MatchRule(type="signal", sender=self._name, interface=interface, path=path)
        self._handlers.update({(interface, member): handler for member, handler in handlers.items()})
        self._exchange([message_bus.AddMatch(rule)])

    @contextlib.contextmanager
    def listening(self, interface: str, member: str, handler: Callable[[Any], None], path: str) -> Iterator[None]:
        """Listen for the length of a `with` block."""
        self.listen(interface, {member: handler}, path)
        try:
            yield
        finally:
            del self._handlers[interface, member]

    def wait(self, happened: Callable[[], bool], seconds: float) -> bool:
        """Read messages until something has happened; returns whether it did in time."""
        end = time.monotonic() + seconds
        while not happened():
            try:
                self._read(end)
            except TimeoutError:
                return False
            except OSError:
                raise self._errors.refused(DISCONNECTED) from None
        return True

    def drain(self) -> None:
        """Read what has come in already, without waiting."""
        self.wait(lambda: False, 0)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _message(self, call: Call) -> Message:
        path, interface, method, signature, arguments = call
        return new_method_call(DBusAddress(path, self._owner, interface), method, signature, arguments)

    def _exchange(self, messages: Sequence[Message], more: int = 0) -> list[Message]:
        serials, data = [], bytearray()
        for message in messages:
            serials.append(next(self._connection.outgoing_serial))
            data += message.serialise(serials[-1])
        end = self._end + _MORE_FOR_EACH * (len(serials) + more - 1)
        try:
            # A bus that reads nothing any more would hold a long message for ever.
            self._connection.sock.settimeout(max(0.001, end - time.monotonic()))
            self._connection.sock.sendall(data)
            for serial in serials:
                while serial not in self._replies:
                    self._read(end)
        except TimeoutError:
            raise self._errors.timed_out(self._seconds) from None
        except (OSError, ValueError):  # ValueError: another thread closed it
            raise self._errors.refused(DISCONNECTED) from None
        return [self._replies.pop(serial) for serial in serials]

    def _read(self, end: float) -> None:
        message = self._connection._receive(end)
        fields = message.header.fields
        answered = fields.get(HeaderFields.reply_serial)
        if answered is not None:
            self._replies[int(answered)] = message
        elif message.header.message_type is MessageType.signal:
            handler = self._handlers.get((fields.get(HeaderFields.interface, ""), fields.get(HeaderFields.member, "")))
            if handler is not None:
                handler(message.body)

    def _body(self, reply: Message) -> Any:
        if reply.header.message_type is not MessageType.error:
            return reply.body
        name = str(reply.header.fields.get(HeaderFields.error_name, ""))
        went_away = name.endswith(_NOBODY) and self._owner != self._name
        raise self._errors.refused(DISCONNECTED if went_away else name)
