"""What a vault remembers of itself, typed: its settings, of which no other module knows the names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pondpilot_secrets.access.presence.mode import GRACE, PresenceMode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pondpilot_secrets.access.rate_limits import Limits
    from pondpilot_secrets.metadata.store import MetadataStore

_VAULT_ID, _CREATED_AT = "vault_id", "created_at"
_STORE, _STORE_REASON = "store", "store_reason"
_KEY_FILE, _NEXT_KEY_FILE = "key_file", "next_key_file"
_MOVING_TO, _MOVING_FROM = "moving_to", "moving_from"
_LIMIT = "limit_"
_PRESENCE, _PRESENCE_GRACE, _PRESENCE_TICKET = "presence", "presence_grace", "presence_ticket"


class PresenceRules(NamedTuple):
    """How a vault asks whether the person is there.

    Attributes:
        mode: whether it asks; text, because a setting that was damaged counts as `on`.
        grace: seconds that an answer holds.
    """

    mode: str
    grace: float


class VaultState:
    """The settings of one vault, which all processes that have it open share. Each is read again whenever it is asked for.

    What is written is written in the transaction of the caller, if there is one.
    """

    def __init__(self, metadata: MetadataStore) -> None:
        self._metadata = metadata

    # --- which vault this is, and where its credentials rest ---

    @property
    def vault_id(self) -> str | None:
        """The number of the vault, under which the key of its audit log rests; None for one that was not made yet."""
        return self._metadata.setting(_VAULT_ID)

    @property
    def created_at(self) -> str | None:
        """When the vault was made, ISO 8601."""
        return self._metadata.setting(_CREATED_AT)

    @property
    def store(self) -> str | None:
        """The name of the store that credentials rest in; None for a vault that was not made yet."""
        return self._metadata.setting(_STORE)

    @property
    def store_reason(self) -> str | None:
        """Why it is that store."""
        return self._metadata.setting(_STORE_REASON)

    def record_creation(self, vault_id: str, created_at: str, store: str, reason: str, key_file: Path | None) -> None:
        """Remember that the vault was made."""
        with self._metadata.transaction():
            self._metadata.set_setting(_VAULT_ID, vault_id)
            self._metadata.set_setting(_CREATED_AT, created_at)
            self._metadata.set_setting(_STORE, store)
            self._metadata.set_setting(_STORE_REASON, reason)
            self.remember_key_file(key_file)

    # --- the key file of an encrypted file ---

    @property
    def key_file(self) -> Path | None:
        """The key file that opens the vault, so that it need be named once only; its place is no secret."""
        return _path(self._metadata.setting(_KEY_FILE))

    @property
    def announced_key_file(self) -> Path | None:
        """The key file of a rekey that is under way, or that died before it could be remembered."""
        return _path(self._metadata.setting(_NEXT_KEY_FILE))

    def announce_key_file(self, key_file: Path | None) -> None:
        """Note the key file that is about to be put in force."""
        self._metadata.set_setting(_NEXT_KEY_FILE, _text(key_file))

    def remember_key_file(self, key_file: Path | None) -> None:
        """Note the key file that is in force, and that none is announced."""
        with self._metadata.transaction():
            self._metadata.set_setting(_KEY_FILE, _text(key_file))
            self._metadata.set_setting(_NEXT_KEY_FILE, None)

    # --- a move to another store ---

    @property
    def moving_from(self) -> str | None:
        """The store that a move has yet to empty, after the vault was switched over."""
        return self._metadata.setting(_MOVING_FROM)

    def begin_move(self, target: str) -> None:
        """Note the store that credentials are about to be copied to."""
        self._metadata.set_setting(_MOVING_TO, target)

    def switch_store(self, target: str, reason: str, key_file: Path | None) -> None:
        """Let the vault be in the store that was copied to; the one that it was in has copies from now on."""
        with self._metadata.transaction():
            self._metadata.set_setting(_MOVING_FROM, self.store)
            self._metadata.set_setting(_MOVING_TO, None)
            self._metadata.set_setting(_STORE, target)
            self._metadata.set_setting(_STORE_REASON, reason)
            self.remember_key_file(key_file)

    def is_moving(self) -> bool:
        """Whether a move was begun and not ended."""
        return any(self._metadata.setting(key) is not None for key in (_MOVING_TO, _MOVING_FROM))

    def stores_with_copies(self) -> list[str]:
        """The stores, other than the vault's own, in which an interrupted move may have left copies."""
        named = [self._metadata.setting(key) for key in (_MOVING_TO, _MOVING_FROM)]
        return [store for store in named if store is not None and store != self.store]

    def forget_copies(self, store: str) -> None:
        """Note that no copies are left in a store."""
        with self._metadata.transaction():
            for key in (_MOVING_TO, _MOVING_FROM):
                if self._metadata.setting(key) == store:
                    self._metadata.set_setting(key, None)

    # --- rate limits ---

    def limits(self) -> Limits:
        """How often secrets may be revealed and used: what was set, else the defaults."""
        from pondpilot_secrets.access.limit import Limit
        from pondpilot_secrets.access.rate_limits import DEFAULTS, Limits

        made = self._metadata.settings()  # one query instead of three, at each use of a secret
        return Limits(
            *(
                Limit.load(made.get(_LIMIT + name), default)
                for name, default in zip(Limits._fields, DEFAULTS, strict=True)
            )
        )

    def set_limits(self, limits: Mapping[str, str | None]) -> None:
        """Set limits by name, as `60/60`; None brings the default back."""
        with self._metadata.transaction():
            for name, limit in limits.items():
                self._metadata.set_setting(_LIMIT + name, limit)

    # --- user presence ---

    def presence(self) -> PresenceRules:
        """How the vault asks."""
        made = self._metadata.settings()
        return PresenceRules(made.get(_PRESENCE, PresenceMode.ON), float(made.get(_PRESENCE_GRACE, GRACE)))

    @property
    def presence_ticket(self) -> str | None:
        """The ticket that was written for the last answer."""
        return self._metadata.setting(_PRESENCE_TICKET)

    def set_presence(self, mode: PresenceMode | None, grace: float | None) -> None:
        """Change whether the vault asks, and how long an answer holds; the last answer holds no longer."""
        with self._metadata.transaction():
            if mode is not None:
                self._metadata.set_setting(_PRESENCE, mode)
            if grace is not None:
                self._metadata.set_setting(_PRESENCE_GRACE, str(grace))
            self._metadata.set_setting(_PRESENCE_TICKET, None)

    def set_presence_ticket(self, text: str | None) -> None:
        """Keep the ticket of an answer; None keeps nothing."""
        self._metadata.set_setting(_PRESENCE_TICKET, text)


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
