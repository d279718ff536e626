"""What a connection test is asked and answers, as it travels between this process and the test's own.

Values travel as raw bytes behind a header that says their lengths, through a pipe, and are read straight into secret memory.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from pondpilot_secrets.models import SecretCredentials, SecretMetadata, TestReason, TestResult
from pondpilot_secrets.secure import SecureString, wipe

if TYPE_CHECKING:
    from collections.abc import Sequence

_LENGTH = 8


class Unbuffered(Protocol):
    """A stream that reads into our memory, with no buffer of its own in between."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Read what is there, at least one byte, and say how many; none at the end."""


@dataclass(frozen=True, slots=True)
class ProbeRequest:
    """A test: the secret, the secrets it refers to (those that others need first), where, how long (seconds)."""

    secret: SecretCredentials
    references: Sequence[SecretCredentials]
    target: str | None
    timeout: float
    offline: bool


def write_request(stream: BinaryIO, request: ProbeRequest) -> None:
    """Write a request; no copy of a value is left behind."""
    header = {
        "target": request.target,
        "timeout": request.timeout,
        "offline": request.offline,
        "secrets": [_described(secret) for secret in (*request.references, request.secret)],
    }
    encoded = json.dumps(header).encode()
    stream.write(len(encoded).to_bytes(_LENGTH, "big"))
    stream.write(encoded)
    stream.flush()
    for secret in (*request.references, request.secret):
        for value in secret.credentials.values():
            with value.exposed() as view:
                stream.write(view)
    stream.flush()


def read_request(stream: Unbuffered) -> ProbeRequest:
    """Read a request, whose secrets the caller closes; raises `EOFError` for one that ends early, and leaves none open."""
    header = json.loads(_exactly(stream, int.from_bytes(_exactly(stream, _LENGTH), "big")))
    with contextlib.ExitStack() as owner:
        secrets = [_read_secret(stream, described, owner) for described in header["secrets"]]
        owner.pop_all()
    return ProbeRequest(secrets[-1], secrets[:-1], header["target"], header["timeout"], header["offline"])


def write_result(stream: BinaryIO, result: TestResult) -> None:
    """Write a result, which holds no value of a secret."""
    shown = {
        "ok": result.ok,
        "reason": result.reason,
        "message": result.message,
        "elapsed": result.elapsed,
        "target": result.target,
        "hint": result.hint,
    }
    stream.write(json.dumps(shown).encode() + b"\n")
    stream.flush()


def read_result(data: bytes) -> TestResult | None:
    """Return the result, or None when the test's process ended without one."""
    for line in reversed(data.splitlines()):
        if line.startswith(b'{"ok"'):
            shown = json.loads(line)
            return TestResult(**{**shown, "reason": TestReason(shown["reason"])})
    return None


def _described(secret: SecretCredentials) -> dict[str, Any]:
    about = secret.metadata
    return {
        "id": about.id,
        "name": about.name,
        "type": about.type,
        "provider": about.provider,
        "scopes": about.scopes,
        "fields": [(name, len(value)) for name, value in secret.credentials.items()],
    }


def _read_secret(stream: Unbuffered, described: dict[str, Any], owner: contextlib.ExitStack) -> SecretCredentials:
    values = {}
    for name, length in described["fields"]:
        values[name] = owner.enter_context(SecureString.take(_exactly(stream, length)))
    about = _metadata(described)
    return SecretCredentials(replace(about, field_names=tuple(values)), values)


def _metadata(described: dict[str, Any]) -> SecretMetadata:
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    return SecretMetadata(
        id=described["id"],
        name=described["name"],
        type=described["type"],
        provider=described["provider"],
        scopes=tuple(described["scopes"]),
        tags=(),
        description=None,
        field_names=(),
        created_at=now,
        updated_at=now,
    )


def _exactly(stream: Unbuffered, length: int) -> bytearray:
    data = bytearray(length)
    view, position = memoryview(data), 0
    while position < length:
        count = stream.readinto(view[position:])
        if not count:
            wipe(data)
            raise EOFError("the request ended early")
        position += count
    return data
