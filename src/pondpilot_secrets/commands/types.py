"""What secret types there are and what their fields are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pondpilot_secrets.commands.session import Session


@dataclass(frozen=True, slots=True)
class TypesRequest:
    """The type to describe, by name or alias; None means all of them."""

    type: str | None = None


@dataclass(frozen=True, slots=True)
class TypesResult:
    """Types as plain data, as `describe_type` gives them."""

    types: tuple[Mapping[str, Any], ...]


def types(session: Session, request: TypesRequest) -> TypesResult:
    """Describe types; no vault is opened. Raises `InvalidCredentialsError` (1003) for an unknown one."""
    from pondpilot_secrets.secret_types import registry
    from pondpilot_secrets.secret_types.describe import describe_type

    del session
    wanted = registry.all_types() if request.type is None else (registry.get(request.type),)
    return TypesResult(tuple(describe_type(each) for each in wanted))
