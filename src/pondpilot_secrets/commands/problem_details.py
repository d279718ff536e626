"""An error as every interface shows it: the one encoder of errors, whose words are those of RFC 9457, problem details."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pondpilot_secrets.errors import SecretError


@dataclass(frozen=True, slots=True)
class ProblemDetails:
    """What an error says; never a credential.

    Attributes:
        code: its stable number, which leads to its page.
        name: the kind of error, such as `SecretNotFound`.
        message: what happened.
        hint: the next step, or None.
        field: the field that is wrong, where it is about one.
        retry_after: seconds until another try may succeed, where that is known.
    """

    code: int
    name: str
    message: str
    hint: str | None = None
    field: str | None = None
    retry_after: float | None = None

    @classmethod
    def of(cls, error: SecretError) -> ProblemDetails:
        """Return what an error says."""
        return cls(
            error.code,
            type(error).__name__.removesuffix("Error"),
            error.message,
            error.hint,
            getattr(error, "field", None),
            getattr(error, "retry_after", None),
        )
