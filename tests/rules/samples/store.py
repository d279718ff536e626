"""A sample of a store: `src/pondpilot_secrets/keychain/sample.py`. What it keeps lies in a file for the tests to see."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pondpilot_secrets.keychain.memory import MemoryKeychain
from pondpilot_secrets.keychain.store_kind import StoreKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pondpilot_secrets.keychain.base import KeychainStatus, Payload
    from pondpilot_secrets.keychain.store_kind import StoreContext


class SampleKeychain(MemoryKeychain):
    """A keychain that writes down all it has after each change."""

    name = "sample"

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        if path.exists():
            kept = json.loads(path.read_text("utf-8"))
            self.items.write({account: bytes.fromhex(text) for account, text in kept.items()})

    def set_many(self, payloads: Mapping[str, Payload]) -> None:
        super().set_many(payloads)
        self._keep()

    def set(self, account: str, payload: Payload) -> None:
        super().set(account, payload)
        self._keep()

    def delete(self, account: str) -> None:
        super().delete(account)
        self._keep()

    def _keep(self) -> None:
        kept = {account: payload.hex() for account, payload in self.items.snapshot().items()}
        self._path.write_text(json.dumps(kept), "utf-8")


class SampleStore(StoreKind):
    """A file of the vault."""

    name: ClassVar[str] = "sample"
    label: ClassVar[str] = "the sample store"

    def status(self, context: StoreContext) -> KeychainStatus:
        return self.open(context).status()

    def create(self, context: StoreContext, *, replace: bool = False) -> SampleKeychain:
        if replace:
            self.destroy(context, self.open(context).list_accounts())
        return self.open(context)

    def open(self, context: StoreContext) -> SampleKeychain:
        return SampleKeychain(context.home / "sample.json")

    def destroy(self, context: StoreContext, accounts: Iterable[str]) -> None:
        keychain = self.open(context)
        for account in accounts:
            keychain.delete(account)

    def opens_unattended(self, context: StoreContext) -> bool:
        del context
        return True
