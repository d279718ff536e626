"""Testing secrets against the servers they are for, each in a DuckDB instance of its own."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from pondpilot_secrets import log
from pondpilot_secrets.access.audit import Action
from pondpilot_secrets.errors import SecretError
from pondpilot_secrets.injection import probe
from pondpilot_secrets.models import TestReason, TestResult
from pondpilot_secrets.secret_types import registry
from pondpilot_secrets.vault.owned_values import closing_all
from pondpilot_secrets.vault.references import references_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pondpilot_secrets.injection.extensions import Extensions
    from pondpilot_secrets.models import SecretCredentials
    from pondpilot_secrets.vault.ports import ReadSecrets

AT_ONCE = 8
"""How many secrets are tested side by side."""


class ProbeService:
    """Tests the secrets of one vault."""

    def __init__(self, read: ReadSecrets, extensions: Extensions) -> None:
        self._read = read
        self._extensions = extensions

    def test(self, name: str, target: str | None, timeout: float) -> TestResult:
        """Test one secret; `timeout` is in seconds."""
        return self.probe(self._read([name], Action.TEST)[0], target, timeout)

    def test_many(self, names: Sequence[str], timeout: float) -> Iterator[tuple[str, TestResult]]:
        """Test secrets side by side, giving each result as it comes."""
        from concurrent.futures import ThreadPoolExecutor, as_completed

        with (
            closing_all(self._read(names, Action.TEST)) as secrets,
            ThreadPoolExecutor(AT_ONCE, thread_name_prefix="pond-test") as pool,
        ):
            running = {pool.submit(self._probe_one, secret, timeout): secret.metadata.name for secret in secrets}
            for ended in as_completed(running):
                yield running[ended], ended.result()

    def _probe_one(self, secret: SecretCredentials, timeout: float) -> TestResult:
        """Test one of many; what is wrong with it (a secret that it refers to is gone) does not end the other tests."""
        try:
            return self.probe(secret, None, timeout)
        except SecretError as error:
            log.debug("vault", "a test could not be made: %s", error.message)
            return TestResult(False, TestReason.OTHER, error.message, 0.0, hint=error.hint)

    def probe(self, secret: SecretCredentials, target: str | None, timeout: float) -> TestResult:
        """Test credentials, which need not be saved, and close them."""
        with secret, contextlib.ExitStack() as stack:
            secret_type = registry.get(secret.metadata.type)
            references = {
                field: stack.enter_context(self._read([id_], Action.TEST)[0])
                for field, id_ in references_of(secret, secret_type).items()
            }
            return probe.probe_secret(
                secret, secret_type, target, extensions=self._extensions, timeout=timeout, references=references
            )
