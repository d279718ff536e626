"""The Secret Service over one connection to the D-Bus: find, read, write, delete, unlock, make a collection.

The specification is freedesktop.org's Secret Service API. Values travel encrypted (DH-IETF1024-SHA256-AES128-CBC-PKCS7).
For one thread at a time; `secret_service.SecretServiceKeychain` looks after threads, deadlines and retries. A path that
leads nowhere any more is an `ObjectGoneError`; for one that is always there it means that there is no collection.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TypeVar

from pondpilot_secrets import log
from pondpilot_secrets.errors import CredentialCorruptError
from pondpilot_secrets.keychain import item_text
from pondpilot_secrets.keychain import secret_service_errors as errors
from pondpilot_secrets.keychain.base import SERVICE
from pondpilot_secrets.keychain.bus import Bus, ObjectGoneError
from pondpilot_secrets.keychain.secret_service_paths import ItemPaths
from pondpilot_secrets.keychain.secret_service_programs import NAME, UNKNOWN, Program, program_on
from pondpilot_secrets.secure import wipe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pondpilot_secrets.keychain.base import Payload
    from pondpilot_secrets.keychain.secret_service_session import EncryptedSession, SecretStruct

_ROOT = "/org/freedesktop/secrets"
_DEFAULT = "/org/freedesktop/secrets/aliases/default"
_NOTHING = "/"
"""The path that stands for no prompt and for no collection."""

_SERVICE, _COLLECTION = "org.freedesktop.Secret.Service", "org.freedesktop.Secret.Collection"
_ITEM, _PROMPT = "org.freedesktop.Secret.Item", "org.freedesktop.Secret.Prompt"
_PROPERTIES = "org.freedesktop.DBus.Properties"
_SECRET_TYPE = "(oayays)"  # noqa: S105 - a D-Bus signature

Answer = TypeVar("Answer")

_ATTEMPTS = 4
"""How often a read looks again when items came and went while it read."""


class SecretServiceClient:
    """The session's Secret Service, over one connection and one encrypted session."""

    def __init__(
        self,
        seconds: float,
        on_prompt: Callable[[], float],
        on_answer: Callable[[], None],
        on_program: Callable[[Program], None],
        bus_class: type[Bus] = Bus,
    ) -> None:
        """Connect within so many seconds; raises `PlatformNotSupportedError` where there is no bus.

        `on_prompt` is called before a prompt is shown and gives the seconds that somebody has to answer it, `on_answer`
        after it; `on_program` is told which program serves, as soon as that is known.
        """
        self.program = UNKNOWN
        self._on_prompt, self._on_answer, self._on_program = on_prompt, on_answer, on_program
        self._session: EncryptedSession | None = None
        self._paths = ItemPaths()
        self._answered_at = float("-inf")
        self.bus = bus_class(NAME, seconds, errors.error_map(lambda: self.program))
        handlers: dict[str, Callable[[Any], None]] = {
            "ItemCreated": self._paths.on_created,
            "ItemDeleted": self._paths.on_deleted,
            "ItemChanged": self._paths.on_changed,
        }
        try:
            self.bus.listen(_COLLECTION, handlers)
            self.bus.listen(_PROMPT)
            if not self._identify():
                self.has_collection()  # any call has the bus start the program
                self._identify()
        except BaseException:
            self.bus.close()
            raise

    def _identify(self) -> bool:
        """Find out which program serves; returns whether one does."""
        program = program_on(self.bus.owners_of)
        if program is not None:
            self.program = program
            self._on_program(program)
        return program is not None

    def close(self) -> None:
        """Close the connection and wipe the session's key."""
        self._close_session()
        time.sleep(max(0.0, self._answered_at + self.program.settles_in - time.monotonic()))
        self.bus.close()

    def _close_session(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()

    # --- the default collection ---

    def locked(self) -> bool:
        """Whether the default collection is locked.

        Raises `PlatformNotSupportedError` where nobody keeps secrets, `ObjectGoneError` where there is no collection.
        """
        body = self.bus.call(_DEFAULT, _PROPERTIES, "Get", "ss", (_COLLECTION, "Locked"))
        return bool(body[0][1])

    def refuse_locked(self) -> None:
        """Raise `KeychainLockedError` when what was not found may only be locked away."""
        if self.locked():
            raise errors.locked(self.program)

    def unlock(self) -> None:
        """Unlock the default collection, waiting for the person who must answer a prompt.

        Raises `PromptDismissedError`, `PromptTimeoutError`, `KeychainLockedError`.
        """
        _, prompt = self.bus.call(_ROOT, _SERVICE, "Unlock", "ao", ([_DEFAULT],))
        self._answer(prompt, "its password")
        if self.locked():
            raise errors.still_locked(self.program)

    def has_collection(self) -> bool:
        """Whether there is a default collection; a new account of KDE has none."""
        (path,) = self.bus.call(_ROOT, _SERVICE, "ReadAlias", "s", ("default",))
        return bool(path != _NOTHING)

    def create_collection(self) -> None:
        """Have the service make the default collection, which asks the person for its password; raises as `unlock`."""
        properties = {f"{_COLLECTION}.Label": ("s", "Default keyring")}
        _, prompt = self.bus.call(_ROOT, _SERVICE, "CreateCollection", "a{sv}s", (properties, "default"))
        self._answer(prompt, "a password for a new collection")

    # --- reading ---

    def get_many(self, accounts: Sequence[str]) -> dict[str, bytearray]:
        """Return the payloads of those accounts that exist, in one round trip where it is known where they are."""
        self.bus.drain()
        for attempt in range(_ATTEMPTS):
            self._paths.deleted.clear()
            paths = self._find(accounts)
            texts = self._texts(paths)
            # Signals come before the reply to what was asked after them, so these tell whether an item went meanwhile,
            # to be made again, or to leave its path to another.
            moved = [account for account, path in paths.items() if not self._is_settled(account, path, texts, attempt)]
            if not moved:
                break
            for account in moved:
                self._paths.forget(account)
                wipe(texts.pop(account, bytearray()))
        if len(texts) < len(set(accounts)):
            self.refuse_locked()
        return {account: item_text.decode(account, text) for account, text in texts.items()}

    def _is_settled(self, account: str, path: str, texts: dict[str, bytearray], attempt: int) -> bool:
        """Whether what was found is the account's; what is not is believed when a search leads there again."""
        text = texts.get(account)
        if text is None or path in self._paths.deleted:
            return False
        return attempt > 0 or item_text.is_for(account, text)

    def _find(self, accounts: Sequence[str]) -> dict[str, str]:
        """Return where the accounts are, as far as they exist."""
        self._ask_whose_is_new()
        found = self._paths.known(accounts)
        unknown = [account for account in accounts if account not in found]
        if unknown:
            found |= self._look_up(unknown)
        return {account: self._newest(paths) for account, paths in found.items() if paths}

    def _ask_whose_is_new(self) -> None:
        created = sorted(self._paths.take_created())
        for path, account in zip(created, self._accounts_at(created), strict=True):
            if account is not None:
                self._paths.add(account, path)

    def _look_up(self, accounts: Sequence[str]) -> dict[str, list[str]]:
        if self._paths.may_index(len(accounts)):
            items = self._search([{"service": SERVICE}])[0]
            if self._paths.should_index(len(items)):
                index: dict[str, list[str]] = {}
                for path, account in zip(items, self._accounts_at(items), strict=True):
                    if account is not None:
                        index.setdefault(account, []).append(path)
                self._paths.remember_index(index)
                return {account: index.get(account, []) for account in accounts}
        found = self._items_of(accounts)
        self._paths.remember(found)
        return found

    def _texts(self, paths: dict[str, str]) -> dict[str, bytearray]:
        if not paths:
            return {}
        accounts = {path: account for account, path in paths.items()}

        def read(session: EncryptedSession) -> dict[str, bytearray]:
            (secrets,) = self.bus.call(_ROOT, _SERVICE, "GetSecrets", "aoo", (list(accounts), session.path))
            return {accounts[path]: session.decrypt(secret) for path, secret in secrets.items() if path in accounts}

        try:
            return self._in_session(read)
        except ValueError:
            raise CredentialCorruptError(f"{self.program.label} gave an item that cannot be decrypted") from None

    def list_accounts(self) -> list[str]:
        """Return the accounts of our service, those of locked items too; never prompts."""
        if self.program.prompts_at_search:
            self.refuse_locked()
        unlocked, locked = self.bus.call(_ROOT, _SERVICE, "SearchItems", "a{ss}", ({"service": SERVICE},))
        return sorted({account for account in self._accounts_at([*unlocked, *locked]) if account is not None})

    # --- writing ---

    def set(self, account: str, payload: Payload) -> None:
        """Write an item, replacing any; where several claimed the account, one does afterwards."""
        paths = self._items_of([account])[account]
        newest = self._newest(paths) if paths else None
        text = item_text.encode(account, payload)
        try:
            self._in_session(lambda session: self._write(account, newest, session.encrypt(text)))
        finally:
            wipe(text)
        self._delete(path for path in paths if path != newest)

    def _write(self, account: str, path: str | None, secret: SecretStruct) -> None:
        if path is not None:
            try:
                self.bus.call(path, _ITEM, "SetSecret", _SECRET_TYPE, (secret,))
            except ObjectGoneError:  # deleted by another program just now
                path = None
        if path is None:
            self._create(account, secret)

    def _create(self, account: str, secret: SecretStruct) -> None:
        properties = {
            f"{_ITEM}.Label": ("s", f"keyring:{account}@{SERVICE}"),  # as keyring-rs names them
            f"{_ITEM}.Attributes": ("a{ss}", {"service": SERVICE, "username": account}),
        }
        arguments = (properties, secret, True)
        _, prompt = self.bus.call(_DEFAULT, _COLLECTION, "CreateItem", f"a{{sv}}{_SECRET_TYPE}b", arguments)
        self._answer(prompt, "its password")

    def delete(self, account: str) -> None:
        """Remove an item, or all where several claim the account; does nothing when there is none."""
        paths = self._items_of([account])[account]
        if not paths:
            self.refuse_locked()
        self._delete(paths)

    def _delete(self, paths: Iterable[str]) -> None:
        for path in paths:
            try:
                (prompt,) = self.bus.call(path, _ITEM, "Delete", None, ())
            except ObjectGoneError:
                continue
            self._answer(prompt, "its password")

    # --- the calls that the others are made of ---

    def _items_of(self, accounts: Sequence[str]) -> dict[str, list[str]]:
        """Return the items of each account; raises `KeychainLockedError` when one of them is locked."""
        found = self._search([{"service": SERVICE, "username": account} for account in accounts])
        return dict(zip(accounts, found, strict=True))

    def _search(self, attributes: Sequence[dict[str, str]]) -> list[list[str]]:
        """Return the items that have some attributes, for each of the searches."""
        if self.program.prompts_at_search:
            self.refuse_locked()
        calls = [(_ROOT, _SERVICE, "SearchItems", "a{ss}", (each,)) for each in attributes]
        bodies = [self.bus.call(*calls[0])] if len(calls) == 1 else self.bus.call_all(calls)
        if any(body and body[1] for body in bodies):
            raise errors.locked(self.program)
        return [body[0] if body else [] for body in bodies]

    def _accounts_at(self, paths: Sequence[str]) -> list[str | None]:
        """Return whose the items at some paths are; None for what is not there, or is not ours."""
        bodies = self.bus.call_all([(path, _PROPERTIES, "Get", "ss", (_ITEM, "Attributes")) for path in paths])
        found: list[dict[str, str]] = [body[0][1] if body else {} for body in bodies]
        return [each.get("username") if each.get("service") == SERVICE else None for each in found]

    def _newest(self, paths: Sequence[str]) -> str:
        """Return the item that was changed last, as every reader must choose who finds an account more than once."""
        if len(paths) == 1:
            return paths[0]
        bodies = self.bus.call_all([(path, _PROPERTIES, "Get", "ss", (_ITEM, "Modified")) for path in paths])
        changed = [int(body[0][1]) if body else 0 for body in bodies]
        return max(zip(changed, map(_number, paths), paths, strict=True))[2]

    def _in_session(self, use: Callable[[EncryptedSession], Answer]) -> Answer:
        """Do something with the encrypted session, and again with a new one where the service knows it no more."""
        try:
            return use(self._live_session())
        except errors.LostSessionError as error:
            log.debug("keychain", "%s: opening another", error.message)
            self._close_session()
            return use(self._live_session())

    def _live_session(self) -> EncryptedSession:
        if self._session is None:
            from pondpilot_secrets.keychain.secret_service_session import EncryptedSession, new_key_pair

            private, public = new_key_pair()
            algorithm = "dh-ietf1024-sha256-aes128-cbc-pkcs7"
            (_, server_public), path = self.bus.call(_ROOT, _SERVICE, "OpenSession", "sv", (algorithm, ("ay", public)))
            self._session = EncryptedSession(path, private, server_public)
        return self._session

    def _answer(self, prompt: str, purpose: str) -> None:
        """Show a prompt, where there is one, and wait for its answer."""
        if prompt == _NOTHING:
            return
        seconds, answers = self._on_prompt(), list[tuple[bool, object]]()
        try:
            with self.bus.handling(_PROMPT, "Completed", prompt, answers.append):
                self.bus.call(prompt, _PROMPT, "Prompt", "s", ("",))
                if not self.bus.wait(lambda: bool(answers), seconds):
                    self._on_answer()
                    self.bus.call(prompt, _PROMPT, "Dismiss", None, ())
                    raise errors.unanswered(self.program, purpose, seconds)
        finally:
            self._on_answer()
            self._answered_at = time.monotonic()
        if answers[0][0]:
            raise errors.dismissed(self.program, purpose)


def _number(path: str) -> int:
    """Give the number that an item's path ends in, which grows: it decides between changes in the same second."""
    number = path.rpartition("/")[2]
    return int(number) if number.isdecimal() else 0
