"""One connection to the session's D-Bus through jeepney: calls with a deadline, many at once, and signals."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any, TypeAlias

from jeepney import DBusAddress, HeaderFields, MatchRule, MessageType, message_bus, new_method_call
from jeepney.io.blocking import open_dbus_connection

from pondpilot_secrets.errors import KeychainLockedError, KeychainUnavailableError, SecretError
from pondpilot_secrets.keychain.system_errors import no_bus, no_keyring, no_service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from jeepney.low_level import Message

Call: TypeAlias = tuple[str, str, str, str | None, tuple[Any, ...]]
"""Path, interface, method, signature and arguments."""

_AT_ONCE = 100
"""Calls that wait for their replies at one time: a bus may refuse more than 128 (`max_replies_per_connection`)."""

_MORE_FOR_EACH = 0.005
"""Seconds that the deadline of many calls grows by with each of them."""


class SessionBus:
    """Calls to one name on the bus, for one thread at a time."""

    def __init__(self, name: str, deadline: float) -> None:
        """Connect; raises `PlatformNotSupportedError` where there is no bus. `deadline` is in seconds a call."""
        self._name = name
        self._deadline = deadline
        self._listeners: dict[tuple[str, str], Callable[[Any], None]] = {}
        self._replies: dict[int, Message] = {}
        try:
            self._connection = open_dbus_connection("SESSION")
        except (OSError, KeyError, ValueError, RuntimeError):
            raise no_bus() from None

    def call(self, path: str, interface: str, method: str, signature: str | None, arguments: tuple[Any, ...]) -> Any:
        """Make one call and return the reply's body; raises what the error reply means."""
        return _body(self._exchange([self._message((path, interface, method, signature, arguments))])[0])

    def call_all(self, calls: Sequence[Call]) -> list[Any]:
        """Make many calls at once and return the bodies in their order; an error's is None."""
        replies: list[Message] = []
        for start in range(0, len(calls), _AT_ONCE):
            replies += self._exchange([self._message(call) for call in calls[start : start + _AT_ONCE]])
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

    def _exchange(self, messages: Sequence[Message]) -> list[Message]:
        serials, data = [], bytearray()
        for message in messages:
            serials.append(next(self._connection.outgoing_serial))
            data += message.serialise(serials[-1])
        end = time.monotonic() + self._deadline + _MORE_FOR_EACH * (len(serials) - 1)
        try:
            self._connection.sock.sendall(data)
            for serial in serials:
                while serial not in self._replies:
                    self._read(end)
        except TimeoutError:
            message = f"the keychain did not answer within {self._deadline:g} seconds"
            raise KeychainUnavailableError(message, silent=True) from None
        except OSError:
            raise KeychainUnavailableError("the connection to the keychain broke") from None
        return [self._replies.pop(serial) for serial in serials]

    def _read(self, end: float) -> None:
        try:
            message = self._connection.receive(timeout=max(0.0, end - time.monotonic()))
        except EOFError:
            raise KeychainUnavailableError("the connection to the keychain broke") from None
        fields = message.header.fields
        answered = fields.get(HeaderFields.reply_serial)
        if answered is not None:
            self._replies[int(answered)] = message
        elif message.header.message_type is MessageType.signal:
            heard = self._listeners.get((fields.get(HeaderFields.interface, ""), fields.get(HeaderFields.member, "")))
            if heard is not None:
                heard(message.body)


def _body(reply: Message) -> Any:
    if reply.header.message_type is not MessageType.error:
        return reply.body
    raise _meaning(str(reply.header.fields.get(HeaderFields.error_name, "")))


def _meaning(name: str) -> SecretError:
    if name.endswith(("ServiceUnknown", "NameHasNoOwner")) or ".Spawn." in name:
        return no_service()
    if name.endswith(("UnknownObject", "UnknownMethod", "NoSuchObject")):
        return no_keyring()
    if name.endswith("IsLocked"):
        return KeychainLockedError("the keychain is locked")
    if name.endswith(("NoReply", "Timeout", "Disconnected")):
        return KeychainUnavailableError("the keychain stopped answering")
    return KeychainUnavailableError(f"the keychain refused a call: {name.rpartition('.')[2]}")
