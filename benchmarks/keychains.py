"""Reading and writing credentials: our whole path, metadata and audit included, against the keyring library."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import keyring

from benchmarks.measure import Row, seconds_side_by_side
from pondpilot_secrets import SecretsManager
from pondpilot_secrets.vault.drafts import Draft

FIELDS = {"key_id": "AKIAIOSFODNN7EXAMPLE", "secret": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "region": "eu-west-1"}
PEER_PAYLOAD = str(FIELDS)
SERVICE = "pondpilot-benchmark"


def drafts(count: int, prefix: str = "bench") -> list[Draft]:
    return [
        Draft(
            "s3",
            f"{prefix}_{number:06}",
            FIELDS,
            scopes=(f"s3://{prefix}-{number}/",),
            tags=("bench", f"team{number % 20}"),
        )
        for number in range(count)
    ]


def without_limits(vault: SecretsManager) -> None:
    """Let a benchmark do what the limits are there to stop; they are asked all the same."""
    vault.change_limits(dict.fromkeys(("reveal_each", "reveal_all", "use_all"), "1000000/minute"))


def rows() -> Iterator[Row]:
    yield from reading()
    yield from sealing()


def reading() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder, SecretsManager.open(folder, "system") as vault:
        names = [metadata.name for metadata in vault.save_secrets(drafts(200))]
        without_limits(vault)
        keyring.set_password(SERVICE, "one", PEER_PAYLOAD)

        def get() -> None:
            vault.get_secret(names[100]).close()

        ours, peer = seconds_side_by_side(get, lambda: keyring.get_password(SERVICE, "one"), calls=50)
        yield Row("get one secret, metadata and audit included", ours, 0.10, "keyring.get_password", peer)

        def get_batch() -> None:
            for secret in vault.get_secrets(names):
                secret.close()

        def peer_loop() -> None:
            for _ in names:
                keyring.get_password(SERVICE, "one")

        ours, peer = seconds_side_by_side(get_batch, peer_loop, calls=1, rounds=3)
        yield Row("get 200 secrets in a batch", ours, 0.03, "keyring in a loop", peer)
        vault.delete_secrets(names)
        keyring.delete_password(SERVICE, "one")


def sealing() -> Iterator[Row]:
    batch, loop = saved_into_file(1_000)
    many, _ = saved_into_file(10_000)
    start = time.perf_counter()
    for number in range(1_000):
        keyring.set_password(SERVICE, f"item{number}", PEER_PAYLOAD)
    peer = time.perf_counter() - start
    for number in range(1_000):
        keyring.delete_password(SERVICE, f"item{number}")
    yield Row("save 1,000 secrets into file, one call", batch, 0.02, "keyring.set_password × 1,000", peer)
    yield Row("the same, one by one (no bar: three fsyncs each)", loop, None, "keyring.set_password × 1,000", peer)
    yield Row("save into file, time an item at 10,000", many / 10_000, 1.5, "the same at 1,000", batch / 1_000)


def saved_into_file(count: int) -> tuple[float, float]:
    """Seconds for `count` secrets in one call and, for 1,000, one by one into a vault of their own."""
    with tempfile.TemporaryDirectory() as folder:
        key_file = Path(folder) / "key"
        with SecretsManager.open(Path(folder) / "batch", "file", key_file=key_file) as vault:
            vault.save_secrets(drafts(1, "first"))
            wanted = drafts(count)
            start = time.perf_counter()
            vault.save_secrets(wanted)
            batch = time.perf_counter() - start
        with SecretsManager.open(Path(folder) / "loop", "file", key_file=key_file) as vault:
            vault.save_secrets(drafts(1, "first"))
            start = time.perf_counter()
            for draft in drafts(1_000):
                vault.save_secret(draft.type, draft.name, draft.fields, scope=draft.scopes, tags=draft.tags)
            loop = time.perf_counter() - start
    return batch, loop
