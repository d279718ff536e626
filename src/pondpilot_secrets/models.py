"""The shapes that travel between packages: what is known of a secret, its opened credentials, a test's result."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Self, TypeAlias

from pondpilot_secrets.errors import WipedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pondpilot_secrets.secure import SecureString


Passphrase: TypeAlias = "str | SecureString | Callable[[bool], SecureString] | None"  # noqa: S105 - a type
"""A passphrase, or a function that asks for one; its argument says whether it is a new one, to be given twice."""


class SecretState(StrEnum):
    """Where a secret stands between its two stores; anything but READY is finished or undone at the next open."""

    PENDING = "pending"
    READY = "ready"
    UPDATING = "updating"
    DELETING = "deleting"


@dataclass(frozen=True, slots=True)
class SecretMetadata:
    """All that is known of a secret without opening the keychain: never a value, never a user name.

    Times are aware datetimes in UTC. `field_names` are the names of the fields that are set. `revision` grows by one
    with every change of a credential, scope or provider, so that an applied secret can be told to be out of date.
    An `inject_only` secret is handed to DuckDB and shown to nobody.
    """

    id: str
    name: str
    type: str
    provider: str
    scopes: tuple[str, ...]
    tags: tuple[str, ...]
    description: str | None
    field_names: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    last_used_at: datetime | None = None
    use_count: int = 0
    expires_at: datetime | None = None
    revision: int = 1
    state: SecretState = SecretState.READY
    inject_only: bool = False

    @property
    def account(self) -> str:
        """The keychain account of this secret, `{type}:{uuid}` as the design says."""
        return f"{self.type}:{self.id}"

    @property
    def duckdb_alias(self) -> str:
        """The design's other name for this secret inside DuckDB: `secret_` and the id with underscores."""
        return "secret_" + self.id.replace("-", "_")

    @property
    def attachable_name(self) -> str:
        """The name inside DuckDB of a secret that is attached: DuckLake takes one with other letters for a file's path."""
        return self.name if self.name.isascii() and self.name.replace("_", "a").isalnum() else self.duckdb_alias


class SecretCredentials:
    """A secret whose values are in memory: use it in a `with` block, which wipes them at the end."""

    __slots__ = ("_credentials", "metadata")

    def __init__(self, metadata: SecretMetadata, credentials: dict[str, SecureString]) -> None:
        self.metadata = metadata
        self._credentials: dict[str, SecureString] | None = credentials

    @property
    def credentials(self) -> Mapping[str, SecureString]:
        """The values by field name, in a view that cannot be changed; raises `WipedError` after `close`."""
        if self._credentials is None:
            raise WipedError(f"the credentials of {self.metadata.name!r} have been wiped")
        return MappingProxyType(self._credentials)

    def close(self) -> None:
        """Wipe every value; calling it again does nothing."""
        credentials, self._credentials = self._credentials, None
        for value in (credentials or {}).values():
            value.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"SecretCredentials({self.metadata.name!r}, fields={sorted(self._credentials or ())})"


class TestReason(StrEnum):
    """Why a connection test ended as it did."""

    __test__ = False  # pytest: not a test class

    OK = "ok"
    WRONG_CREDENTIALS = "wrong_credentials"
    NOT_ALLOWED = "not_allowed"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    TLS = "tls"
    NOT_FOUND = "not_found"
    EXTENSION_MISSING = "extension_missing"
    NO_TARGET = "no_target"
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class TestResult:
    """The outcome of a connection test; `elapsed` is in seconds, `message` holds no credential."""

    __test__ = False  # pytest: not a test class

    ok: bool
    reason: TestReason
    message: str
    elapsed: float
    target: str | None = None
    hint: str | None = None

    def __bool__(self) -> bool:
        return self.ok


def expiry_in_words(moment: datetime, now: datetime | None = None) -> str:
    """Say when something expires or did: `expired 3 hours ago`, `expires in 20 minutes`."""
    seconds = (moment - (now or datetime.now(UTC))).total_seconds()
    span = _span(abs(seconds))
    return f"expires in {span}" if seconds > 0 else f"expired {span} ago"


def _span(seconds: float) -> str:
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            count = int(seconds // length)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "less than a minute"
