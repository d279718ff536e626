"""How credentials of object stores are tested: listing a bucket, which authenticates; an exact path would not."""

from __future__ import annotations

from pondpilot_secrets.models import TestReason
from pondpilot_secrets.secret_types.base import Fields, Probe, ProbeKind

S3_REASONS: tuple[tuple[str, TestReason], ...] = (
    (
        r"SignatureDoesNotMatch|InvalidAccessKeyId|InvalidToken|ExpiredToken|InvalidClientTokenId",
        TestReason.WRONG_CREDENTIALS,
    ),
    (r"AccessDenied|AllAccessDisabled", TestReason.NOT_ALLOWED),
    (r"NoSuchBucket|NoSuchKey", TestReason.NOT_FOUND),
    (r"SlowDown|TooManyRequests", TestReason.RATE_LIMITED),
    (r"no profile .* found|Secret Validation Failure", TestReason.WRONG_CREDENTIALS),
)


def bucket_of_scope(scopes: tuple[str, ...], _fields: Fields) -> str | None:
    """Return the pattern that lists the first scope that names a bucket, or None when none does."""
    for scope in scopes:
        _, found, place = scope.partition("://")
        if found and place.strip("/"):
            return scope + "*"
    return None


def listing(example: str, reasons: tuple[tuple[str, TestReason], ...] = S3_REASONS) -> Probe:
    """Return the probe of an object store."""
    return Probe(
        ProbeKind.GLOB,
        default_target=bucket_of_scope,
        target_help=f"a bucket or folder to list, such as {example}",
        reasons=reasons,
    )
