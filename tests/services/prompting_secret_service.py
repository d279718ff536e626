"""A locked Secret Service whose prompt is dismissed, or stays on the screen for ever.

The real prompter needs a display, so these two things that people do cannot be seen with it. This one says what the
Secret Service specification says a locked service says, and no more.
"""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import Any, Literal

from jeepney import DBusAddress, HeaderFields, Message, MessageType, new_error, new_method_return, new_signal
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from tests.services.keyring_daemon import COLLECTION, NAME, PATH, name_is_owned
from tests.services.private_bus import PrivateBus
from tests.services.process import serve_from_shell

Answer = Literal["dismissed", "never"]
PROMPT = f"{PATH}/prompt/p1"
ITEM = f"{COLLECTION}/1"
SESSION = f"{PATH}/session/s1"
# RFC 2409, second Oakley group: the one the specification's encrypted sessions use.
PRIME = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF",
    16,
)


class PromptingSecretService(PrivateBus):
    """One locked collection with one locked item; `answer` says what becomes of every prompt."""

    def __init__(self, answer: Answer = "dismissed") -> None:
        super().__init__()
        self.prompt_answer = answer

    def start(self) -> None:
        super().start()
        self._calls = self.folder / "calls"
        self._calls.touch()
        repository = Path(__file__).parents[2]
        program = f"import sys; sys.path.insert(0, {str(repository)!r}); "
        program += "import tests.services.prompting_secret_service as m; m.serve(*sys.argv[1:])"
        service = self.spawn(
            [sys.executable, "-c", program, self.bus_address, self.prompt_answer, str(self._calls)],
            log=self.folder / "service.log",
            environment=self.full_environment,
        )
        service.wait_until(lambda: name_is_owned(self.bus_address, NAME))

    @property
    def calls(self) -> list[str]:
        """The methods that were called, oldest first: `Unlock`, `Prompt`, …"""
        return self._calls.read_text().split()


def serve(address: str, answer: str, calls: str) -> None:
    """Answer calls on this bus until the process ends."""
    with open_dbus_connection(bus=address) as connection, Path(calls).open("a") as record:
        connection.send_and_get_reply(message_bus.RequestName(NAME))
        while True:
            message = connection.receive()
            if message.header.message_type is not MessageType.method_call:
                continue
            member = message.header.fields[HeaderFields.member]
            record.write(f"{member}\n")
            record.flush()
            connection.send(reply_to(message, member))
            if (member == "Prompt" and answer == "dismissed") or member == "Dismiss":
                announce_dismissal(connection)


def announce_dismissal(connection: DBusConnection) -> None:
    emitter = DBusAddress(PROMPT, interface="org.freedesktop.Secret.Prompt")
    connection.send(new_signal(emitter, "Completed", "bv", (True, ("ao", []))))


def reply_to(message: Message, member: str) -> Message:
    """Give the reply of a service that is locked and stays so."""
    path = message.header.fields[HeaderFields.path]
    fixed: dict[str, tuple[str, tuple[Any, ...]]] = {
        "ReadAlias": ("o", (COLLECTION,)),
        "Unlock": ("aoo", ([], PROMPT)),
        "Lock": ("aoo", ([], "/")),
        "Prompt": ("", ()),
        "Dismiss": ("", ()),
        "Close": ("", ()),
    }
    if member in fixed:
        signature, body = fixed[member]
        return new_method_return(message, signature or None, body)
    if member == "SearchItems":
        on_service = path == PATH
        return new_method_return(message, "aoao" if on_service else "ao", ([], [ITEM]) if on_service else ([ITEM],))
    if member == "OpenSession":
        return new_method_return(message, "vo", (session_output(message.body[0]), SESSION))
    if member in {"Get", "GetAll"}:
        return property_reply(message, path)
    return new_error(message, "org.freedesktop.Secret.Error.IsLocked", "s", ("the collection is locked",))


def session_output(algorithm: str) -> tuple[str, Any]:
    """Give our half of the key exchange; nothing is ever encrypted, because nothing is ever unlocked."""
    if algorithm == "plain":
        return ("s", "")
    return ("ay", pow(2, secrets.randbits(1000), PRIME).to_bytes(128, "big"))


def property_reply(message: Message, path: str) -> Message:
    on_service: dict[str, tuple[str, Any]] = {"Collections": ("ao", [COLLECTION])}
    on_others: dict[str, tuple[str, Any]] = {
        "Locked": ("b", True),
        "Label": ("s", "login"),
        "Items": ("ao", [ITEM]),
        "Attributes": ("a{ss}", {}),
        "Created": ("t", 0),
        "Modified": ("t", 0),
    }
    known = on_service if path == PATH else on_others
    if len(message.body) == 1:
        return new_method_return(message, "a{sv}", (known,))
    if message.body[1] not in known:
        return new_error(message, "org.freedesktop.DBus.Error.InvalidArgs", "s", ("no such property",))
    return new_method_return(message, "v", (known[message.body[1]],))


if __name__ == "__main__":
    serve_from_shell(PromptingSecretService(sys.argv[1] if sys.argv[1:] in (["dismissed"], ["never"]) else "dismissed"))  # type: ignore[arg-type]
