"""What a package writes that adds a store or a secret type, and what its tests use."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar, assert_type

from pondpilot_secrets import SecureString
from pondpilot_secrets.plugins import (
    Capability,
    Category,
    Field,
    Fields,
    KeychainProvider,
    KeychainStatus,
    Parameters,
    Probe,
    ProbeKind,
    Provider,
    References,
    SecretType,
    StoreContext,
    StoreKind,
)
from pondpilot_secrets.testing import Fail, KeychainConformance, MemoryItems, MemoryKeychain, items_of


class Store(StoreKind):
    name: ClassVar[str] = "team"
    label: ClassVar[str] = "the team's store"
    capabilities: ClassVar[frozenset[Capability]] = frozenset({Capability.PERSISTENT})

    def status(self, context: StoreContext) -> KeychainStatus:
        return KeychainStatus(available=context.home.exists(), locked=False, description=self.label)

    def create(self, context: StoreContext, *, replace: bool = False) -> KeychainProvider:
        return self.open(context)

    def open(self, context: StoreContext) -> KeychainProvider:
        return MemoryKeychain(items_of(context.home))

    def destroy(self, context: StoreContext, accounts: Iterable[str]) -> None:
        for account in accounts:
            self.open(context).delete(account)

    def opens_unattended(self, context: StoreContext) -> bool:
        return True


class HalfAStore(StoreKind):
    name: ClassVar[str] = "half"
    label: ClassVar[str] = "half a store"


HalfAStore()  # type: ignore[abstract]


def parameters(parameters: Parameters, fields: Fields, references: References) -> None:
    parameters.values["endpoint"] = f"{fields['region'].expose()}.example"
    parameters.values["key"] = parameters.own(SecureString("x"))
    parameters.values["list"] = ["x"]  # type: ignore[assignment]


SECRET_TYPE = SecretType(
    name="ftp",
    label="FTP",
    help="Read files over FTP.",
    category=Category.API,
    duckdb_type="ftp",
    extensions=("ftp",),
    providers=(Provider("config", "Password", "A name and a password.", (Field("password", "Password", "It."),)),),
    probe=Probe(ProbeKind.CREATE),
    parameters=parameters,
)


class TestStore(KeychainConformance):
    def provider(self) -> KeychainProvider:
        keychain = MemoryKeychain()
        keychain.items.add_fault(Fail(OSError()), call="set", nth=2)
        return keychain


assert_type(items_of(Path("vault")), MemoryItems)
