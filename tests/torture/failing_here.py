"""Failures on this machine: values that break a rule, keychains that complain, items and rows that somebody changed."""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.injection import statements
from pondpilot_secrets.injection.duckdb_errors import call_duckdb
from pondpilot_secrets.injection.extensions import Extensions
from pondpilot_secrets.keychain.base import KeychainProvider
from pondpilot_secrets.keychain.native import NativeKeychain
from pondpilot_secrets.models import SecretMetadata
from pondpilot_secrets.secret_types.base import Field, FieldKind, Provider, SecretType
from pondpilot_secrets.secure import SecureString, wipe
from tests.integration.marker import MARKER, PLAIN_MARKER
from tests.secret_types.samples import FIELDS, valid_fields
from tests.vault.parts import parts

Case = tuple[str, Callable[[], Any]]
FIELDS_OF_S3 = {"key_id": PLAIN_MARKER, "secret": MARKER}


def cases(vault: SecretsManager, folder: Path) -> Iterator[Case]:
    yield from broken_rules(vault, folder)
    yield from wrong_names(vault)
    yield from complaining_keychains(vault)
    yield from changed_items(vault)
    yield from refused_casts()
    yield from missing_things(vault)


BREAKERS: dict[str, Callable[[str], Any]] = {
    "line end": lambda text: f"{text}\r\nX: y",
    "NUL": lambda text: f"{text}\0{text}",
    "surrogate": lambda text: f"{text}\ud800",
    "bytes": lambda text: text.encode(),
    "list": lambda text: [text],
    "not UTF-8": lambda text: SecureString(text.encode() + b"\xff"),
    "spaces": lambda text: f" {text} ",
    "JSON of a list": lambda text: f'["{PLAIN_MARKER}"]',
    "half a JSON": lambda text: f'{{"{PLAIN_MARKER}": "{PLAIN_MARKER}",',
    "text": lambda text: f"{text}@//?#",
}


def broken_rules(vault: SecretsManager, folder: Path) -> Iterator[Case]:
    """Every field with every kind of nonsense around the marker, as far as its rules refuse that."""
    for kind, provider, field in FIELDS:
        for what in breakers_of(field.kind, field.c_string):
            name = f"rule: {kind.name} {provider.name} {field.name} {what}"
            yield name, partial(save_broken, vault, folder, (kind, provider, field), BREAKERS[what](MARKER))


def save_broken(
    vault: SecretsManager, folder: Path, where: tuple[SecretType, Provider, Field], value: Any
) -> SecretMetadata:
    """Save a secret that is whole but for one field."""
    kind, provider, field = where
    fields = {name: value.expose() for name, value in valid_fields(kind, provider, folder, field).items()}
    scope = "*" if kind.scope_required else None
    return vault.save_secret(kind.name, "broken", {**fields, field.name: value}, provider=provider.name, scope=scope)


def breakers_of(kind: FieldKind, c_string: bool) -> list[str]:
    """Which nonsense a kind of field refuses for certain."""
    always = ["surrogate", "bytes"]
    if kind is FieldKind.TEXT:
        return [*always, *(["NUL"] if c_string else ["not UTF-8"])]
    if kind in (FieldKind.MAP, FieldKind.HEADER_MAP):
        return [*always, "JSON of a list", "half a JSON", "text"]
    if kind is FieldKind.HEADER:
        return [*always, "line end", "spaces", "list"]
    if kind in (FieldKind.PATH, FieldKind.REFERENCE):
        return [*always, "line end"] if kind is FieldKind.PATH else ["bytes"]
    return [*always, "text"]


def wrong_names(vault: SecretsManager) -> Iterator[Case]:
    """The marker where a field's, a type's or a provider's name should be: values are given in the wrong place."""
    for number, fields in enumerate(({MARKER: "x"}, {PLAIN_MARKER: "x"}, {"key_id": "k", f"secret={MARKER}": ""})):
        yield f"name: field {number}", partial(vault.save_secret, "s3", "x", fields)
        yield f"name: field of http {number}", partial(vault.save_secret, "http", "x", fields, scope="*")
    yield "name: type", partial(vault.save_secret, MARKER, "x", FIELDS_OF_S3)
    yield "name: provider", partial(vault.save_secret, "s3", "x", FIELDS_OF_S3, provider=MARKER)
    yield "name: no name", partial(vault.save_secret, "s3", "", FIELDS_OF_S3)
    yield "name: scope", partial(vault.save_secret, "http", "x", {"bearer_token": PLAIN_MARKER})
    yield (
        "name: scope with a password",
        partial(
            vault.save_secret, "http", "x", {"bearer_token": PLAIN_MARKER}, scope=f"https://ana:{PLAIN_MARKER}@host/"
        ),
    )
    yield (
        "name: scope with a query",
        partial(
            vault.save_secret, "http", "x", {"bearer_token": PLAIN_MARKER}, scope=f"https://host/?token={PLAIN_MARKER}"
        ),
    )
    yield "name: twice", partial(vault.save_secret, "s3", "x", {"secret": MARKER, "secret_access_key": MARKER})


VARIANTS = (
    "NoEntry", "Ambiguous({0})", "TooLong({0})", "BadEncoding({0!a})", "BadDataFormat({0}, x)", "BadStoreFormat({0})", "{0}",
    "NoStorageAccess(Prompt {0})", "NoReply {0}", "Disconnected {0}", "Locked({0})", "AccessDenied {0}",
    "PlatformFailure({0})",
    "secret '{0}' was refused", "Invalid(\"{0}\")",
)  # fmt: skip


class Complaining:
    """Stands where keyring-rs would be, and repeats the payload in its error."""

    def __init__(self, words: str) -> None:
        self._words = words

    def Entry(self, _service: str, _account: str) -> Complaining:  # noqa: N802 - the library's own name
        return self

    def set_secret(self, payload: bytes) -> None:
        raise RuntimeError(self._words.format(payload.decode()))

    def get_secret(self) -> bytes:
        raise RuntimeError(self._words.format(f'{{"secret":"{MARKER}"}} {PLAIN_MARKER}'))

    def use_named_store(self, _store: str) -> None:
        raise RuntimeError(self._words.format(MARKER))


def complaining_keychains(vault: SecretsManager) -> Iterator[Case]:
    """The keychains of macOS and Windows, over a library whose errors hold what was to be saved."""
    account = "s3:550e8400-e29b-41d4-a716-446655440000"
    for make, words in itertools.product((macos_keychain, windows_keychain), VARIANTS):
        keychain = make(Complaining(words))
        name = f"{make.__name__} {VARIANTS.index(words)}"
        yield f"keychain: {name} write", partial(written, keychain, account)
        yield f"keychain: {name} read", partial(keychain.get, account)
        yield (
            f"keychain: {name} save",
            partial(with_keychain, vault, keychain, lambda: vault.save_secret("s3", "k", FIELDS_OF_S3)),
        )


def written(keychain: KeychainProvider, account: str) -> None:
    """Write an item as the manager does, who wipes it whatever happens."""
    payload = bytearray(f'{{"secret":"{MARKER}","key_id":"{PLAIN_MARKER}"}}'.encode())
    try:
        keychain.set(account, payload)
    finally:
        wipe(payload)


def with_keychain(vault: SecretsManager, keychain: KeychainProvider, action: Callable[[], Any]) -> Any:
    """Carry out an action while the vault's store is another one."""
    _ = parts(vault).audit  # the log's key comes from the true store
    keychain.name = "file"
    store = parts(vault).store
    true, store._provider = store._provider, keychain
    try:
        return action()
    finally:
        store._provider = true


def macos_keychain(library: Any) -> KeychainProvider:
    return NativeKeychain(store="keychain", library=library)


def windows_keychain(library: Any) -> KeychainProvider:
    return NativeKeychain(store="windows", library=library)


def changed_items(vault: SecretsManager) -> Iterator[Case]:
    """Items that hold something else than was saved, and still the marker."""
    changes: tuple[Callable[[bytes], bytes], ...] = (
        lambda item: item[:-3], lambda item: item[1:], lambda item: item.replace(b'"$check"', b'"$chuck"'), lambda _: b"",
        lambda item: item + item, lambda _: MARKER.encode(), lambda _: f'{{"secret": "{MARKER}"}}'.encode(),
        lambda item: item.replace(b'"$revision":"1"', b'"$revision":"0"'), lambda item: item.replace(b"e", b"\xff"),
        lambda item: item.replace(b"{", b'{"x":"\\ud800",', 1), lambda item: item.replace(b":", b":\x00", 1),
        lambda item: b"[" + item + b"]", lambda item: item.replace(b'"$revision":"1"', f'"$revision":"{MARKER}"'.encode()),
    )  # fmt: skip
    for number, change in enumerate(changes):
        about = vault.save_secret("s3", f"changed {number}", FIELDS_OF_S3)
        keychain = parts(vault).keychain
        keychain.set(about.account, change(bytes(keychain.get(about.account))))
        for what, action in opening(vault, about.name):
            yield f"item: {number} {what}", action


def opening(vault: SecretsManager, name: str) -> Iterator[tuple[str, Callable[[], Any]]]:
    """All that opens a secret's values."""
    yield "get", partial(vault.get_secret, name)
    yield "describe", partial(vault.describe_secret, name)
    yield "environment", partial(vault.environment, [name])
    yield "connect", partial(vault.connect, name)
    yield "edit", partial(vault.update_secret, name, fields={"secret": MARKER})


def refused_casts() -> Iterator[Case]:
    """Values that DuckDB cannot cast, past our own rules: its errors repeat them."""
    parameters = (
        "use_ssl",
        "verify_ssl",
        "requester_pays",
        "url_compatibility_mode",
        "extra_http_headers",
        "refresh_info",
        "nothing",
    )
    for parameter, text in itertools.product(parameters, (MARKER, PLAIN_MARKER, f"a\n{MARKER}", MARKER * 300)):
        yield f"cast: {parameter} {len(text)} {text[:1]}", partial(cast, parameter, text)


def cast(parameter: str, text: str) -> None:
    with contextlib.closing(duckdb.connect()) as con:
        Extensions(offline=True).ensure(con, ["httpfs"])
        value = SecureString(text)
        action = partial(statements.create, con, "x", ("s3", "config"), {parameter: value}, (), replace=False)
        call_duckdb(action, [value], "DuckDB refused")


def missing_things(vault: SecretsManager) -> Iterator[Case]:
    """Extensions, references, files and rights that are not there."""
    vault.save_secret("motherduck", "duck", {"token": PLAIN_MARKER})
    vault.save_secret("s3", "taken", FIELDS_OF_S3)
    vault.save_secret("postgres", "catalog", {"password": MARKER, "user": PLAIN_MARKER})
    vault.save_secret(
        "ducklake", "orphan", {"catalog_secret": "catalog", "catalog_type": "postgres", "data_path": "/x/"}
    )
    vault.delete_secret("catalog")
    gone = vault.save_secret("s3", "gone", FIELDS_OF_S3)
    parts(vault).keychain.delete(gone.account)
    for name in ("duck", "orphan", "gone"):
        yield f"missing: {name} connect", partial(vault.connect, name)
    yield "missing: test", lambda: vault.test_secret("duck")
    yield "missing: taken", partial(vault.save_secret, "s3", "taken", FIELDS_OF_S3)
    yield (
        "missing: reference",
        partial(vault.save_secret, "ducklake", "x", {"catalog_secret": "nobody", "catalog_type": "postgres"}),
    )
    yield "missing: conflict", partial(conflict, vault)
    yield "missing: database file", partial(vault.connect, "taken", database="/nonexistent/folder/x.duckdb")
    yield "missing: no database to attach", partial(attach_files, vault)
    yield "missing: broken audit log", partial(without_audit, vault)


def conflict(vault: SecretsManager) -> None:
    with contextlib.closing(duckdb.connect()) as con:
        con.execute("CREATE TEMPORARY SECRET taken (TYPE http, BEARER_TOKEN 'x')")
        vault.apply(con, "taken")


def attach_files(vault: SecretsManager) -> None:
    with contextlib.closing(duckdb.connect()) as con:
        vault.attach(con, "taken")


def without_audit(vault: SecretsManager) -> None:
    """Use a secret while the log's table cannot be written."""
    database = parts(vault).metadata.database
    database.change("ALTER TABLE audit RENAME TO audit_elsewhere")
    try:
        vault.get_secret("taken")
    finally:
        with contextlib.suppress(sqlite3.Error):
            database.change("ALTER TABLE audit_elsewhere RENAME TO audit")
