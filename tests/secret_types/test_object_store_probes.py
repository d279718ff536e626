"""Buckets are listed, because only that authenticates, and one that no scope names is not guessed."""

from __future__ import annotations

import pytest

from pondpilot_secrets.models import TestReason
from pondpilot_secrets.secret_types.base import ProbeKind
from pondpilot_secrets.secret_types.object_store_probes import S3_REASONS, bucket_of_scope, listing


@pytest.mark.parametrize(
    ("scopes", "target"),
    [
        ((), None),
        (("s3://",), None),
        (("no scheme",), None),
        (("s3:///",), None),
        (("s3://bucket/",), "s3://bucket/*"),
        (("s3://", "s3://a/b", "s3://c/"), "s3://a/b*"),
    ],
)
def test_the_first_scope_that_names_a_bucket_is_listed(scopes: tuple[str, ...], target: str | None) -> None:
    assert bucket_of_scope(scopes, {}) == target


def test_a_probe_says_what_a_target_looks_like() -> None:
    probe = listing("gs://my-bucket/")
    assert probe.kind is ProbeKind.GLOB
    assert probe.default_target is bucket_of_scope
    assert probe.reasons is S3_REASONS
    assert "gs://my-bucket/" in str(probe.target_help)


def test_reasons_of_ones_own_take_the_place_of_those_of_s3() -> None:
    own = ((r"no", TestReason.NOT_ALLOWED),)
    assert listing("x", own).reasons == own
