"""A vault to be broken: thirty secrets of several types, some of them long, and what must be said of a broken copy."""

from __future__ import annotations

import dataclasses
import random
import shutil
import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.errors import SecretError, SecretNotFoundError
from pondpilot_secrets.models import SecretCredentials, SecretMetadata
from tests.vault.parts import parts
from tests.vault.stores import unlimited

FILES = ("secrets.db", "metadata.db")
SECRETS = 30


@dataclass
class Template:
    """A whole vault, and the values that every read of a copy must give, or none."""

    home: Path
    key_file: Path
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    scopes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    rows: dict[str, tuple[object, ...]] = field(default_factory=dict)

    @classmethod
    def make(cls, folder: Path) -> Template:
        template = cls(folder / "whole", folder / "pond.key")
        chance = random.Random(30)
        with SecretsManager.open(template.home, "file", key_file=template.key_file) as vault:
            unlimited(vault)
            for number in range(SECRETS):
                type_, fields, scope = sample(number, chance)
                name = f"{type_}-{number:02}"
                tags = ["torture", f"tag{number % 4}"]
                row = vault.save_secret(type_, name, fields, scope=scope, tags=tags, description=f"number {number}")
                template.scopes[name], template.ids[name] = row.scopes, row.id
                template.rows[name] = described(row)
            for name in template.ids:
                with vault.get_secret(name) as secret:
                    template.values[name] = {field: value.expose() for field, value in secret.credentials.items()}
        return template

    def copy(self, home: Path) -> Path:
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(self.home, home)
        return home


def described(row: SecretMetadata) -> tuple[object, ...]:
    """All that a list shows of a secret, but for what is counted while it is used."""
    uses = ("last_used_at", "use_count")
    return tuple(value for name, value in dataclasses.asdict(row).items() if name not in uses)


def sample(number: int, chance: random.Random) -> tuple[str, dict[str, str], str | None]:
    text = "".join(
        chance.choices('abcdefghijklmnopqrstuvwxyzäöü☃😀"\\ 0123456789', k=chance.choice([8, 40, 900, 9_000]))
    )
    match number % 4:
        case 0:
            return "s3", {"key_id": f"AKIA{number}", "secret": text}, f"s3://bucket{number}/"
        case 1:
            return "postgres", {"host": f"db{number}.example.com", "user": "ana", "password": text}, None
        case 2:
            return "http", {"bearer_token": f"tök{number}"}, f"https://api{number}.example.com/"
        case _:
            return "mysql", {"host": f"my{number}.example.com", "user": "ana", "password": text[:50]}, None


def flipped(content: bytes, offset: int, chance: random.Random) -> bytes:
    """Turn one to eight bits of the byte at an offset."""
    mask = sum(1 << bit for bit in chance.sample(range(8), chance.randint(1, 8)))
    return content[:offset] + bytes((content[offset] ^ mask,)) + content[offset + 1 :]


def truncated(content: bytes, offset: int, chance: random.Random) -> bytes:
    return content[:offset]


BREAKING = {"flipped": flipped, "truncated": truncated}


@dataclass
class Survey:
    """Opens a broken copy, lists it and reads every secret; `wrong` holds what must not be, `outcomes` counts the rest."""

    template: Template
    home: Path
    wrong: list[str] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)

    def run(self) -> None:
        try:
            with SecretsManager.open(self.home, key_file=self.template.key_file) as vault:
                self._audit(vault)
                self._list(vault)
                if not self._all_at_once(vault):
                    for name in self.template.ids:
                        self._read(vault, name, name)
                for name in list(self.template.ids)[::7]:
                    self._read(vault, self.template.ids[name], name)
        except SecretError as error:
            self._refused("opening", error)
        except Exception as error:  # noqa: BLE001 - what a user would see as a traceback
            self.wrong.append(f"opening raised {error!r}")

    def _all_at_once(self, vault: SecretsManager) -> bool:
        """Read every secret in one batch, which gives all of them or none."""
        try:
            opened = vault.get_secrets(list(self.template.values))
        except SecretError as error:
            self._refused("a batch", error)
            return False
        for name, secret in zip(self.template.values, opened, strict=True):
            self._compare(name, name, secret)
        return True

    def _read(self, vault: SecretsManager, asked: str, name: str) -> None:
        try:
            secret = vault.get_secret(asked)
        except SecretError as error:
            self._refused(name, error)
        except Exception as error:  # noqa: BLE001 - what a user would see as a traceback
            self.wrong.append(f"reading {asked} raised {error!r}")
        else:
            self._compare(asked, name, secret)

    def _compare(self, asked: str, name: str, secret: SecretCredentials) -> None:
        self.outcomes["right"] += 1
        with secret:
            if {field: value.expose() for field, value in secret.credentials.items()} != self.template.values[name]:
                self.wrong.append(f"{asked} has a wrong value")
            if secret.metadata.scopes != self.template.scopes[name]:
                self.wrong.append(f"{asked} has the scopes {secret.metadata.scopes}")

    def _refused(self, name: str, error: SecretError) -> None:
        self.outcomes[f"refused {error.code}"] += 1
        named = (
            *FILES,
            name,
            *(self.template.ids if name == "a batch" else ()),
            *((self.template.ids[name],) if name in self.template.ids else ()),
        )
        if not any(each in error.message for each in named):
            self.wrong.append(f"{name}: no file and no secret is named in {error.message!r}")
        if isinstance(error, SecretNotFoundError):
            self.wrong.append(f"{name} is said not to be there")
        if not error.hint:
            self.wrong.append(f"{name}: no way back is named for {error.message!r}")

    def _list(self, vault: SecretsManager) -> None:
        try:
            listed = {row.name: described(row) for row in vault.list_secrets()}
        except SecretError as error:
            self._refused("a list", error)
            return
        self.outcomes["right"] += 1
        if listed != self.template.rows:
            self.wrong.append(f"the list differs in {listed.items() ^ self.template.rows.items()}")

    def _audit(self, vault: SecretsManager) -> None:
        try:
            found = parts(vault).audit.verify()
            sound = found.ok and not found.earlier_rows
        except SecretError as error:
            self._refused("the audit log", error)
            return
        touched = audit_rows(self.home) != audit_rows(self.template.home)
        self.outcomes["audit touched"] += touched
        if touched and sound:
            self.wrong.append("the audit log was touched and verifies")


def audit_rows(home: Path) -> object:
    """Everything the log holds, byte for byte, or the error that reading it gives."""
    connection = sqlite3.connect(f"file:{home / 'metadata.db'}?mode=ro", uri=True)
    connection.text_factory = bytes
    try:
        return [
            connection.execute(f"SELECT rowid, * FROM {table} NOT INDEXED ORDER BY rowid").fetchall()
            for table in ("audit", "audit_anchor")
        ]
    except sqlite3.Error as error:
        return str(error)
    finally:
        connection.close()
