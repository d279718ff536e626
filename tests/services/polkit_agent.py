"""An authentication agent for the real polkit: what a desktop's password dialog is, played by a thread.

It serves one process, which asks about itself. polkitd takes the verdict from a privileged helper, as it does from its own
after PAM; here the test is the helper, so no password exists.
"""

from __future__ import annotations

import os
import threading
from typing import Any, Literal, Self

from jeepney import DBusAddress, HeaderFields, Message, MessageType, new_error, new_method_call, new_method_return
from jeepney.io.blocking import open_dbus_connection
from jeepney.wrappers import unwrap_msg

from pondpilot_secrets.access.presence.processes import start_time
from tests.services.polkit_daemon import AUTHORITY, NAME, PATH

Answer = Literal["right", "wrong", "dismiss", "never"]
AGENT = "/org/example/Agent"


class PolkitAgent:
    """Answers the questions about the process `pid` of the user `uid` for the length of a `with` block."""

    def __init__(self, bus_address: str, pid: int, uid: int, answer: Answer) -> None:
        self._connection = open_dbus_connection(bus=bus_address)
        self._helper = open_dbus_connection(bus=bus_address)
        self._pid, self._uid, self._answer = pid, uid, answer
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._ended = threading.Event()
        self.messages: list[str] = []
        """The texts that a dialog would show."""
        self.cancelled = threading.Event()
        """Set when polkit takes a question back."""

    def __enter__(self) -> Self:
        details = {"pid": ("u", self._pid), "start-time": ("t", start_time(self._pid)), "uid": ("i", self._uid)}
        arguments = (("unix-process", details), "C.UTF-8", AGENT)
        message = new_method_call(authority(), "RegisterAuthenticationAgent", "(sa{sv})ss", arguments)
        unwrap_msg(self._connection.send_and_get_reply(message, timeout=5))
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._ended.set()
        self._thread.join(5)
        self._connection.close()
        self._helper.close()

    def _serve(self) -> None:
        while not self._ended.is_set():
            try:
                message = self._connection.receive(timeout=0.1)
            except TimeoutError:
                continue
            if message.header.message_type is MessageType.method_call:
                self._take(message, message.header.fields[HeaderFields.member])

    def _take(self, message: Message, member: str) -> None:
        if member == "CancelAuthentication":
            self.cancelled.set()
            self._connection.send(new_method_return(message))
        elif member == "BeginAuthentication":
            _action, text, _icon, _details, cookie, identities = message.body
            self.messages.append(text)
            if self._answer == "right":
                self._vouch(cookie, identities[0])
            if self._answer == "dismiss":
                self._connection.send(new_error(message, f"{NAME}.Error.Cancelled", "s", ("closed",)))
            elif self._answer != "never":
                self._connection.send(new_method_return(message))

    def _vouch(self, cookie: str, identity: Any) -> None:
        arguments = (os.getuid(), cookie, identity)  # whose agent vouches, and not for whom
        message = new_method_call(authority(), "AuthenticationAgentResponse2", "us(sa{sv})", arguments)
        unwrap_msg(self._helper.send_and_get_reply(message, timeout=5))


def authority() -> DBusAddress:
    return DBusAddress(PATH, bus_name=NAME, interface=AUTHORITY)
