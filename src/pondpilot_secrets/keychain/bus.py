"""One connection to a D-Bus through jeepney: calls with a deadline, many at once, and signals.

The service, and what its errors mean, are given by who makes one.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from jeepney import DBusAddress, HeaderFields, MatchRule, MessageType, message_bus, new_method_call
from jeepney.bus import get_bus
from jeepney.io.blocking import DBusConnectionBase, prep_socket

from pondpilot_secrets import log
from pondpilot_secrets.errors import SecretError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from jeepney.low_level import Message


Call: TypeAlias = tuple[str, str, str, str | None, tuple[Any, ...]]
"""Path, interface, method, signature and arguments."""

Handler: TypeAlias = "Callable[[Any], None]"
"""Takes the body of a signal."""

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


class ObjectGoneError(SecretError):
    """Raised within this package when a path on the bus leads nowhere: what that means depends on the call."""

    def __init__(self) -> None:
        super().__init__("an object of the keychain is gone")


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

    The program that answers to `name` first is talked to from then on, by the address that is its own: a path or a session
    that one program gave out is never shown to another that took over the name.

    Attributes:
        round_trips: how often replies were waited for.
    """

    def __init__(self, name: str, seconds: float, errors: ErrorMap, kind: BusKind = BusKind.SESSION) -> None:
        """Connect within so many seconds, which are also what the first calls have.

        Raises `errors.no_bus` where there is no bus, `errors.timed_out` where it does not answer.
        """
        self._name = self._owner = name
        self._errors = errors
        self._handlers: dict[tuple[str, str, str | None], Handler] = {}
        self._replies: dict[int, Message] = {}
        self.round_trips = 0
        self.allow(seconds)
        try:
            # Not `open_dbus_connection`: its first call has no deadline.
            self._connection = DBusConnectionBase(prep_socket(get_bus(_address(kind)), timeout=seconds))
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

    def owners_of(self, names: Sequence[str]) -> list[str | None]:
        """Return the connections that own names on the bus, asked all at once; starts no program."""
        replies = self._exchange([message_bus.GetNameOwner(name) for name in names])
        return [None if reply.header.message_type is MessageType.error else str(reply.body[0]) for reply in replies]

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

    def listen(self, interface: str, handlers: Mapping[str, Handler] | None = None) -> None:
        """Have the signals of an interface come in, and the bodies given to these functions, by the signals' names.

        Handlers are called whenever messages are read.
        """
        rule = MatchRule(type="signal", sender=self._name, interface=interface)
        self._handlers.update({(interface, member, None): handler for member, handler in (handlers or {}).items()})
        self._exchange([message_bus.AddMatch(rule)])

    @contextlib.contextmanager
    def handling(self, interface: str, member: str, path: str, handler: Handler) -> Iterator[None]:
        """Give the signals of one object to a function for the length of a `with` block; `listen` has them come in.

        A rule for each object would be no better: a bus allows a connection 512 of them.
        """
        self._handlers[interface, member, path] = handler
        try:
            yield
        finally:
            del self._handlers[interface, member, path]

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
        self.round_trips += 1
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
            signal = fields.get(HeaderFields.interface, ""), fields.get(HeaderFields.member, "")
            handler = self._handlers.get((*signal, fields.get(HeaderFields.path))) or self._handlers.get(
                (*signal, None)
            )
            if handler is not None:
                handler(message.body)

    def _body(self, reply: Message) -> Any:
        if reply.header.message_type is not MessageType.error:
            return reply.body
        name = str(reply.header.fields.get(HeaderFields.error_name, ""))
        went_away = name.endswith(_NOBODY) and self._owner != self._name
        raise self._errors.refused(DISCONNECTED if went_away else name)


def _address(kind: BusKind) -> str:
    """Return what jeepney takes for the address of a bus: its kind, or where the session's variable is missing its socket.

    A login over SSH, a cron job or a container often lacks the variable and has the socket of the user's session.
    """
    if kind is BusKind.SESSION and sys.platform != "win32" and not os.environ.get("DBUS_SESSION_BUS_ADDRESS"):
        folder = os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}"
        socket = Path(folder) / "bus"
        if _is_own_socket(socket):
            log.debug("keychain", "DBUS_SESSION_BUS_ADDRESS is not set: using %s", socket)
            return f"unix:path={socket}"
    return kind.value


def _is_own_socket(path: Path) -> bool:
    """Whether a socket is there and belongs to this user: a bus of somebody else's would be given our secrets."""
    if sys.platform == "win32":  # has neither such sockets nor user ids
        return False
    try:
        found = path.stat()
    except OSError:
        return False
    return stat.S_ISSOCK(found.st_mode) and found.st_uid == os.getuid()
