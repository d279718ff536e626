"""The Secret Service over D-Bus, for what keyring-rs has no call: whether it is locked, unlocking with a deadline, batches.

The specification is freedesktop.org's Secret Service API. Values travel encrypted (DH-IETF1024-SHA256-AES128-CBC-PKCS7).
Every call has a deadline, and a prompt has one of its own.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from pondpilot_secrets.errors import KeychainLockedError, PromptDismissedError, PromptTimeoutError
from pondpilot_secrets.keychain.base import CALL_DEADLINE, PROMPT_DEADLINE, SERVICE
from pondpilot_secrets.keychain.bus import Bus
from pondpilot_secrets.keychain.system_errors import UNLOCK_COMMAND

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pondpilot_secrets.keychain.secret_service_session import Session

_ROOT = "/org/freedesktop/secrets"
_COLLECTION = "/org/freedesktop/secrets/aliases/default"
_NO_PROMPT = "/"
_SERVICE, _ITEM = "org.freedesktop.Secret.Service", "org.freedesktop.Secret.Item"
_PROPERTIES, _PROMPT = "org.freedesktop.DBus.Properties", "org.freedesktop.Secret.Prompt"


class SecretService:
    """The session's Secret Service. Safe between threads, which wait for each other."""

    def __init__(self, call_deadline: float = CALL_DEADLINE, prompt_deadline: float = PROMPT_DEADLINE) -> None:
        """Connect; raises `PlatformNotSupportedError` where there is no bus."""
        self._bus = Bus("org.freedesktop.secrets", call_deadline)
        self._prompt_deadline = prompt_deadline
        self._lock = threading.RLock()
        self._session: Session | None = None
        self._paths: dict[str, str] = {}
        # A path that is freed may be given to another item: each one that we remember is forgotten when it is deleted.
        self._bus.listen("org.freedesktop.Secret.Collection", "ItemDeleted", self._forget)

    def locked(self) -> bool:
        """Whether the default collection is locked; raises `PlatformNotSupportedError` where nobody keeps secrets."""
        with self._lock:
            arguments = ("org.freedesktop.Secret.Collection", "Locked")
            body = self._bus.call(_COLLECTION, _PROPERTIES, "Get", "ss", arguments)
        return bool(body[0][1])

    def unlock(self) -> None:
        """Unlock the default collection, waiting for whoever must answer a prompt.

        Raises `PromptDismissedError`, `PromptTimeoutError`, `KeychainLockedError`.
        """
        with self._lock:
            _, prompt = self._bus.call(_ROOT, _SERVICE, "Unlock", "ao", ([_COLLECTION],))
            if prompt != _NO_PROMPT:
                self._answer(prompt)
            if self.locked():
                raise KeychainLockedError("the keychain is still locked")

    def _answer(self, prompt: str) -> None:
        answers: list[tuple[bool, object]] = []
        with self._bus.listening(_PROMPT, "Completed", answers.append, path=prompt):
            self._bus.call(prompt, _PROMPT, "Prompt", "s", ("",))
            if not self._bus.wait(lambda: bool(answers), self._prompt_deadline):
                self._bus.call(prompt, _PROMPT, "Dismiss", None, ())
                raise PromptTimeoutError(
                    f"the keychain asked for its password, and nobody answered within {self._prompt_deadline:g} seconds",
                    hint=f"answer the prompt; without a display unlock the keychain first: {UNLOCK_COMMAND}",
                )
        if answers[0][0]:
            raise PromptDismissedError(
                "the keychain asked for its password, and the prompt was dismissed or could not be shown",
                hint=f"answer the prompt; without a display unlock the keychain first: {UNLOCK_COMMAND}",
            )

    def get_many(self, accounts: Sequence[str]) -> dict[str, bytearray]:
        """Return the payloads of those accounts that exist, in two round trips, and one more for new accounts."""
        with self._lock:
            self._bus.drain()
            self._find([account for account in accounts if account not in self._paths])
            found = self._get([account for account in accounts if account in self._paths])
            vanished = [account for account in accounts if account in self._paths and account not in found]
            if vanished:  # deleted, and perhaps made anew, between the two calls
                for account in vanished:
                    self._paths.pop(account, None)
                self._find(vanished)
                found |= self._get([account for account in vanished if account in self._paths])
            return found

    def _get(self, accounts: Sequence[str]) -> dict[str, bytearray]:
        if not accounts:
            return {}
        if self._session is None:
            self._session = self._open_session()
        wanted = {self._paths[account]: account for account in accounts}
        (secrets,) = self._bus.call(_ROOT, _SERVICE, "GetSecrets", "aoo", (list(wanted), self._session.path))
        return {wanted[path]: self._session.opened(secret) for path, secret in secrets.items() if path in wanted}

    def list_accounts(self) -> list[str]:
        """Return the accounts of our service."""
        with self._lock:
            unlocked, locked = self._bus.call(_ROOT, _SERVICE, "SearchItems", "a{ss}", ({"service": SERVICE},))
            calls = [(path, _PROPERTIES, "Get", "ss", (_ITEM, "Attributes")) for path in (*unlocked, *locked)]
            replies = self._bus.call_all(calls)
        return sorted({body[0][1]["username"] for body in replies if body and "username" in body[0][1]})

    def close(self) -> None:
        """Close the connection and wipe the session's key."""
        with self._lock:
            if self._session is not None:
                self._session.close()
            self._bus.close()

    def _find(self, accounts: Sequence[str]) -> None:
        calls = [
            (_ROOT, _SERVICE, "SearchItems", "a{ss}", ({"service": SERVICE, "username": account},))
            for account in accounts
        ]
        for account, body in zip(accounts, self._bus.call_all(calls), strict=True):
            if body and body[1]:
                raise KeychainLockedError("the keychain is locked")
            if body and body[0]:
                self._paths[account] = max(body[0], key=_age)

    def _forget(self, body: Iterable[str]) -> None:
        deleted = set(body)
        self._paths = {account: path for account, path in self._paths.items() if path not in deleted}

    def _open_session(self) -> Session:
        from pondpilot_secrets.keychain.secret_service_session import Session, new_key_pair

        private, public = new_key_pair()
        algorithm = "dh-ietf1024-sha256-aes128-cbc-pkcs7"
        (_, server_public), path = self._bus.call(_ROOT, _SERVICE, "OpenSession", "sv", (algorithm, ("ay", public)))
        return Session(path, private, server_public)


def _age(path: str) -> tuple[int, str]:
    """Order items by the number in their path, which grows: where an account stands twice, the newest counts."""
    number = path.rpartition("/")[2]
    return (int(number) if number.isdecimal() else 0, path)
