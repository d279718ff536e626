"""The Secret Service over one connection to the D-Bus: search, read, write, delete, unlock.

The specification is freedesktop.org's Secret Service API. Values travel encrypted (DH-IETF1024-SHA256-AES128-CBC-PKCS7).
For one thread at a time; `secret_service.SecretServiceKeychain` looks after threads, deadlines and retries. A path that
leads nowhere any more is an `ObjectGoneError`; for one that is always there it means that there is no keyring.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pondpilot_secrets.errors import (
    CredentialCorruptError,
    KeychainLockedError,
    PromptDismissedError,
    PromptTimeoutError,
)
from pondpilot_secrets.keychain.base import SERVICE
from pondpilot_secrets.keychain.bus import Bus
from pondpilot_secrets.keychain.secret_service_failures import KEYCHAIN
from pondpilot_secrets.keychain.system_errors import UNLOCK_COMMAND, ObjectGoneError
from pondpilot_secrets.secure import wipe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pondpilot_secrets.keychain.base import Payload
    from pondpilot_secrets.keychain.secret_service_session import EncryptedSession

_ROOT = "/org/freedesktop/secrets"
_COLLECTION_PATH = "/org/freedesktop/secrets/aliases/default"
_NO_PROMPT = "/"
_SERVICE, _COLLECTION = "org.freedesktop.Secret.Service", "org.freedesktop.Secret.Collection"
_ITEM, _PROMPT = "org.freedesktop.Secret.Item", "org.freedesktop.Secret.Prompt"
_PROPERTIES = "org.freedesktop.DBus.Properties"
_SECRET_TYPE = "(oayays)"  # noqa: S105 - a D-Bus signature

_LOOKS = 4
"""How often a read looks again when items came and went while it read."""


class SecretServiceCalls:
    """The session's Secret Service, over one connection and one encrypted session."""

    def __init__(self, seconds: float, asking: Callable[[], float], asked: Callable[[], None]) -> None:
        """Connect within so many seconds; raises `PlatformNotSupportedError` where there is no bus.

        `asking` is called before a prompt is shown and gives the seconds that somebody has to answer it, `asked` after it.
        """
        self.bus = Bus("org.freedesktop.secrets", seconds, KEYCHAIN)
        self._asking, self._asked = asking, asked
        self._session: EncryptedSession | None = None
        self._paths: dict[str, str] = {}
        self._changes, self._deleted = 0, set[str]()
        # A path that is freed may be given to another item, and a new item may be a newer one of an account we know.
        handlers = {"ItemCreated": self._forget_all, "ItemDeleted": self._forget_deleted, "ItemChanged": self._forget}
        try:
            self.bus.listen(_COLLECTION, handlers)
        except BaseException:
            self.bus.close()
            raise

    def locked(self) -> bool:
        """Whether the default collection is locked; raises `PlatformNotSupportedError` where nobody keeps secrets."""
        body = self.bus.call(_COLLECTION_PATH, _PROPERTIES, "Get", "ss", (_COLLECTION, "Locked"))
        return bool(body[0][1])

    def unlock(self) -> None:
        """Unlock the default collection, waiting for whoever must answer a prompt.

        Raises `PromptDismissedError`, `PromptTimeoutError`, `KeychainLockedError`.
        """
        _, prompt = self.bus.call(_ROOT, _SERVICE, "Unlock", "ao", ([_COLLECTION_PATH],))
        self._answer(prompt)
        if self.locked():
            raise KeychainLockedError("the keychain is still locked")

    def get_many(self, accounts: Sequence[str]) -> dict[str, bytearray]:
        """Return the payloads of those accounts that exist, in one round trip, and one more for new accounts."""
        self.bus.drain()
        for _ in range(_LOOKS):
            self._deleted.clear()
            paths = self._find(accounts)
            found = self._get(paths)
            # Signals come before the reply to what was asked after them, so these tell whether an item went meanwhile,
            # to be made anew, or to leave its path to another.
            moved = [account for account, path in paths.items() if account not in found or path in self._deleted]
            if not moved:
                break
            for account in moved:
                self._paths.pop(account, None)
                wipe(found.pop(account, bytearray()))
        if len(found) < len(set(accounts)):
            self.refuse_locked()
        return found

    def _find(self, accounts: Sequence[str]) -> dict[str, str]:
        """Return where the accounts are, as far as they exist, and remember it while nothing changes."""
        paths = {account: self._paths[account] for account in accounts if account in self._paths}
        changes = self._changes
        unknown = [account for account in accounts if account not in paths]
        new = {account: self._newest(items) for account, items in self._search(unknown).items() if items}
        if changes == self._changes:
            self._paths |= new
        return paths | new

    def _get(self, paths: dict[str, str]) -> dict[str, bytearray]:
        if not paths:
            return {}
        session, accounts = self._live_session(), {path: account for account, path in paths.items()}
        (secrets,) = self.bus.call(_ROOT, _SERVICE, "GetSecrets", "aoo", (list(accounts), session.path))
        try:
            return {accounts[path]: session.decrypt(secret) for path, secret in secrets.items() if path in accounts}
        except ValueError:
            raise CredentialCorruptError("the keychain gave an item that cannot be decrypted") from None

    def set(self, account: str, payload: Payload) -> None:
        """Write an item, replacing any; where an account stood more than once, it stands once afterwards."""
        secret = self._live_session().encrypt(payload)
        paths = self._search([account])[account]
        if paths:
            newest = self._newest(paths)
            try:
                self.bus.call(newest, _ITEM, "SetSecret", _SECRET_TYPE, (secret,))
            except ObjectGoneError:  # deleted by another program just now
                self._create(account, secret)
            self._delete(path for path in paths if path != newest)
        else:
            self._create(account, secret)

    def _create(self, account: str, secret: tuple[str, bytes, bytes, str]) -> None:
        properties = {
            f"{_ITEM}.Label": ("s", f"keyring:{account}@{SERVICE}"),  # as keyring-rs names them
            f"{_ITEM}.Attributes": ("a{ss}", {"service": SERVICE, "username": account}),
        }
        arguments = (properties, secret, True)
        _, prompt = self.bus.call(_COLLECTION_PATH, _COLLECTION, "CreateItem", f"a{{sv}}{_SECRET_TYPE}b", arguments)
        self._answer(prompt)

    def delete(self, account: str) -> None:
        """Remove an item, or all where an account stands more than once; does nothing when there is none."""
        paths = self._search([account])[account]
        if not paths:
            self.refuse_locked()
        self._delete(paths)

    def _delete(self, paths: Iterable[str]) -> None:
        for path in paths:
            try:
                (prompt,) = self.bus.call(path, _ITEM, "Delete", None, ())
            except ObjectGoneError:
                continue
            self._answer(prompt)

    def list_accounts(self) -> list[str]:
        """Return the accounts of our service, those of locked items too."""
        unlocked, locked = self.bus.call(_ROOT, _SERVICE, "SearchItems", "a{ss}", ({"service": SERVICE},))
        calls = [(path, _PROPERTIES, "Get", "ss", (_ITEM, "Attributes")) for path in (*unlocked, *locked)]
        replies = self.bus.call_all(calls)
        return sorted({body[0][1]["username"] for body in replies if body and "username" in body[0][1]})

    def refuse_locked(self) -> None:
        """Raise `KeychainLockedError` when what was not found may only be locked away."""
        if self.locked():
            raise KeychainLockedError("the keychain is locked")

    def close(self) -> None:
        """Close the connection and wipe the session's key."""
        if self._session is not None:
            self._session.close()
        self.bus.close()

    def _search(self, accounts: Sequence[str]) -> dict[str, list[str]]:
        """Return the items of each account; raises `KeychainLockedError` when one of them is locked."""
        if not accounts:
            return {}
        calls = [
            (_ROOT, _SERVICE, "SearchItems", "a{ss}", ({"service": SERVICE, "username": account},))
            for account in accounts
        ]
        bodies = [self.bus.call(*calls[0])] if len(calls) == 1 else self.bus.call_all(calls)
        if any(body and body[1] for body in bodies):
            raise KeychainLockedError("the keychain is locked")
        return {account: body[0] if body else [] for account, body in zip(accounts, bodies, strict=True)}

    def _newest(self, paths: Sequence[str]) -> str:
        """Return the item that was changed last, as every reader must choose who finds an account more than once."""
        if len(paths) == 1:
            return paths[0]
        bodies = self.bus.call_all([(path, _PROPERTIES, "Get", "ss", (_ITEM, "Modified")) for path in paths])
        changed = [int(body[0][1]) if body else 0 for body in bodies]
        return max(zip(changed, map(_number, paths), paths, strict=True))[2]

    def _forget_deleted(self, body: Iterable[str]) -> None:
        deleted = set(body)
        self._deleted |= deleted
        self._forget(deleted)

    def _forget(self, body: Iterable[str]) -> None:
        self._changes += 1
        changed = set(body)
        self._paths = {account: path for account, path in self._paths.items() if path not in changed}

    def _forget_all(self, _body: Any) -> None:
        self._changes += 1
        self._paths.clear()

    def _live_session(self) -> EncryptedSession:
        if self._session is None:
            from pondpilot_secrets.keychain.secret_service_session import EncryptedSession, new_key_pair

            private, public = new_key_pair()
            algorithm = "dh-ietf1024-sha256-aes128-cbc-pkcs7"
            (_, server_public), path = self.bus.call(_ROOT, _SERVICE, "OpenSession", "sv", (algorithm, ("ay", public)))
            self._session = EncryptedSession(path, private, server_public)
        return self._session

    def _answer(self, prompt: str) -> None:
        """Show a prompt, where there is one, and wait for its answer."""
        if prompt == _NO_PROMPT:
            return
        seconds, answers = self._asking(), list[tuple[bool, object]]()
        try:
            with self.bus.listening(_PROMPT, "Completed", answers.append, path=prompt):
                self.bus.call(prompt, _PROMPT, "Prompt", "s", ("",))
                if not self.bus.wait(lambda: bool(answers), seconds):
                    self._asked()
                    self.bus.call(prompt, _PROMPT, "Dismiss", None, ())
                    raise PromptTimeoutError(
                        f"the keychain asked for its password, and nobody answered within {seconds:g} seconds",
                        hint=_HINT,
                    )
        finally:
            self._asked()
        if answers[0][0]:
            raise PromptDismissedError(
                "the keychain asked for its password, and the prompt was dismissed or could not be shown", hint=_HINT
            )


_HINT = f"answer the prompt; without a display unlock the keychain first: {UNLOCK_COMMAND}"


def _number(path: str) -> int:
    """Give the number that an item's path ends in, which grows: it decides between changes in the same second."""
    number = path.rpartition("/")[2]
    return int(number) if number.isdecimal() else 0
