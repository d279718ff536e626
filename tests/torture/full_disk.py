"""What is done on a disk that fills up, inside the child that `small_disk` starts; each scenario returns its report."""

from __future__ import annotations

import contextlib
import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.errors import SecretError, SecretNotFoundError
from pondpilot_secrets.metadata import schema_migrations
from pondpilot_secrets.metadata.schema_migrations import SchemaMigrations
from pondpilot_secrets.vault.new_keys import NewKeys
from tests.torture.small_disk import LimitedDisk, TmpfsDisk
from tests.vault.parts import parts

FILES = ("metadata.db", "secrets.db", "write.lock")

Disk = TmpfsDisk | LimitedDisk


class Writer:
    """Writes at random, and remembers what was acknowledged."""

    def __init__(self, disk: Disk, seed: str) -> None:
        self.disk = disk
        self.home = disk.folder / "vault"
        self.chance = random.Random(seed)
        self.known: dict[str, str] = {}
        self.incomplete: dict[str, set[str | None]] = {}
        self.counts: Counter[str] = Counter()
        with self.open() as vault:  # full disks are the matter here, and not how often a value is looked at
            vault.change_limits({"reveal_each": "1000000/minute", "reveal_all": "1000000/minute"})

    def open(self) -> SecretsManager:
        """Open the encrypted file; its key lies on another disk."""
        return SecretsManager.open(self.home, "file", key_file=self.disk.folder.with_suffix(".key"))

    def act(self, vault: SecretsManager) -> None:
        """Do one thing; what is refused must say which file and what to do, and must not be half there."""
        name = f"s{self.chance.randrange(25)}"
        value = f"{self.chance.random()}" * self.chance.choice([1, 1, 20, 400])
        if name in self.incomplete:
            return
        before = self.known.get(name)
        if before is None:
            self._write("save", name, value, lambda: vault.save_secret("mysql", name, {"user": "u", "password": value}))
        elif self.chance.random() < 0.3:
            self._write("delete", name, None, lambda: vault.delete_secret(name))
        elif self.chance.random() < 0.3:
            self._write("tag", name, before, lambda: vault.update_secret(name, tags=[value[:9]]))
        else:
            self._write("edit", name, value, lambda: vault.update_secret(name, fields={"password": value}))

    def _write(self, what: str, name: str, after: str | None, call: Callable[[], object]) -> None:
        error = self.tried(what, call)
        if error is not None and error.message.endswith(" is incomplete"):
            self.counts[f"{what} said to be incomplete"] += 1
            self.incomplete[name] = {self.known.pop(name, None), after}
        elif error is None and after is None:
            del self.known[name]
        elif error is None and after is not None:
            self.known[name] = after

    def tried(self, what: str, call: Callable[[], object]) -> SecretError | None:
        """Return the error, if there was one; it names a file and the way back."""
        refused: SecretError | None = None
        try:
            call()
        except SecretError as error:
            refused = error
        self.counts[what if refused is None else f"{what} refused"] += 1
        if refused is not None:
            named = any(said in refused.message for said in (*FILES, "is incomplete", "everything was moved"))
            assert named, f"{what}: no file is named in {refused.message!r}"
            assert refused.hint, f"{what}: no way back is named for {refused.message!r}"
        return refused

    def revealed(self, vault: SecretsManager) -> None:
        """A value that is given is right, and in the log; one that cannot be logged is not given."""
        if not self.known:
            return
        name = self.chance.choice(list(self.known))
        before = logged(vault)
        got: list[str] = []
        if self.tried("reveal", lambda: got.append(value_of(vault, name))) is None:
            assert got == [self.known[name]], f"{name} has a wrong value"
            assert logged(vault) == before + 1, f"{name} was given and not logged"
        else:
            assert not got

    def check(self) -> None:
        """With space again, the vault holds what was acknowledged and nothing else, and its log is whole."""
        self.disk.free()
        with self.open() as vault:
            vault.save_secret("mysql", "check", {"user": "u"})
            vault.delete_secret("check")
            assert parts(vault).metadata.incomplete_writes() == []
            self._settle(vault)
            assert {row.name for row in vault.list_secrets()} == set(self.known)
            assert {name: value_of(vault, name) for name in self.known} == self.known
            assert len(parts(vault).keychain.list_accounts()) == len(self.known) + 1
            assert parts(vault).metadata.find_corruption() == ((), (), ())
            found = parts(vault).audit.verify()
            assert found.ok, found.reason
            assert not found.earlier_rows, "the log began anew"

    def _settle(self, vault: SecretsManager) -> None:
        """What was said to be unsettled is wholly done or wholly undone by now."""
        for name, allowed in self.incomplete.items():
            try:
                found: str | None = value_of(vault, name)
            except SecretNotFoundError:
                found = None
            assert found in allowed, f"{name} is neither as it was nor as it was to be"
            if found is not None:
                self.known[name] = found
        self.incomplete.clear()


def value_of(vault: SecretsManager, name: str) -> str:
    with vault.get_secret(name) as secret:
        return secret.credentials["password"].expose() if "password" in secret.credentials else ""


def logged(vault: SecretsManager) -> int:
    with parts(vault).metadata.database.snapshot() as frozen:
        return int(frozen.row("SELECT count(*) FROM audit WHERE action = 'reveal' AND outcome = 'ok'")[0])


def writing(disk: Disk, seed: str, rounds: str) -> dict[str, Any]:
    """Fill the disk to some last kilobytes, write until all is refused, make room, compare; over and over."""
    writer = Writer(disk, seed)
    for _ in range(int(rounds)):
        with writer.open() as vault:
            for _ in range(6):
                writer.act(vault)
            disk.fill(leaving=writer.chance.choice([0, 0, 4, 8, 16, 40, 80, 160]))
            for _ in range(12):
                writer.act(vault)
                writer.revealed(vault)
        with opened_on_full(writer) as vault:
            if vault is not None:
                writer.act(vault)
                writer.revealed(vault)
        writer.check()
        thin_out(writer)
    return dict(writer.counts)


@contextlib.contextmanager
def opened_on_full(writer: Writer) -> Iterator[SecretsManager | None]:
    opened: list[SecretsManager] = []
    writer.tried("open", lambda: opened.append(writer.open()))
    try:
        yield opened[0] if opened else None
    finally:
        for vault in opened:
            vault.close()


def thin_out(writer: Writer) -> None:
    """Keep the vault within its small disk."""
    with writer.open() as vault:
        for name in list(writer.known)[12:]:
            vault.delete_secret(name)
            del writer.known[name]


def rekeying(disk: Disk, seed: str, rounds: str) -> dict[str, Any]:
    """Rekey on a full disk: wholly under the new key or wholly under the old one, which then still opens it."""
    writer = Writer(disk, seed)
    key_file = disk.folder.with_suffix(".key")
    with writer.open() as vault:
        for _ in range(25):
            writer.act(vault)
    for number in range(int(rounds)):
        new = key_file.with_name(f"{number}.key")
        disk.fill(leaving=writer.chance.choice([0, 4, 16, 64, 200, 1000]))
        with opened_on_full(writer) as vault:
            if vault is not None:
                keys = NewKeys(key_file=new)
                if writer.tried("rekey", lambda vault=vault, keys=keys: vault.rekey(keys)) is None:
                    new.replace(key_file)
        writer.check()
    return dict(writer.counts)


def migrating_to_file(disk: Disk, seed: str, rounds: str) -> dict[str, Any]:
    """Move a vault out of the keychain onto a full disk: it stays where it is, and moves when there is room."""
    writer = Writer(disk, seed)
    key_file = disk.folder.with_suffix(".key")
    with writer.open() as vault:
        vault.move_store("system")
    for _ in range(int(rounds)):
        with SecretsManager.open(writer.home, "system", key_file=key_file) as vault:
            for _ in range(10):
                writer.act(vault)
            disk.fill(leaving=writer.chance.choice([0, 4, 8, 32]))
            refused = writer.tried("migrate", lambda vault=vault: vault.move_store("file"))
            moved = refused is None or "everything was moved" in refused.message
        disk.free()
        with SecretsManager.open(writer.home, key_file=key_file) as vault:
            assert parts(vault).metadata.setting("store") == ("file" if moved else "system")
            assert {name: value_of(vault, name) for name in writer.known} == writer.known
            assert parts(vault).audit.verify().ok
            if refused is not None:
                vault.move_store("file")
        writer.check()
        with writer.open() as vault:
            vault.move_store("system")
    return dict(writer.counts)


def bringing_up_to_date(disk: Disk, seed: str, rounds: str) -> dict[str, Any]:
    """Bring an old metadata.db up to date on a full disk: it stays as it is, usable by the version that it is of."""
    writer = Writer(disk, seed)
    with writer.open() as vault:
        for _ in range(25):
            writer.act(vault)
    for number in range(int(rounds)):
        disk.fill(leaving=[0, 16, 80, 200, 800][number % 5])
        older = schema_migrations.SCHEMA
        schema_migrations.SCHEMA = SchemaMigrations(
            [*older.steps, lambda connection, number=number: connection.execute(f"CREATE TABLE added{number} (a)")]
        )
        refused = writer.tried("bring up to date", lambda: writer.open().close())
        copies = list(disk.folder.rglob("*.bak*"))
        if refused is not None:
            schema_migrations.SCHEMA = older
        else:
            assert [copy.name for copy in copies] == [f"metadata.db.v{older.current_version}.bak"]
        writer.check()
        for copy in copies:
            assert not copy.name.endswith(".partial")
            assert copy.stat().st_mode & 0o777 == 0o600
            copy.unlink()  # room for the next
    return dict(writer.counts)
