"""Who made a value closes it, errors included; and a caller's own values stay open."""

from __future__ import annotations

import contextlib
import gc
import math
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from pondpilot_secrets import Draft, NewKeys, SecretError, SecretsManager, SecureString
from pondpilot_secrets.errors import KeychainUnavailableError
from pondpilot_secrets.keychain.memory import Fail, items_of
from pondpilot_secrets.vault.owned_values import closing_all, own, protected
from tests.vault.stores import S3

pytestmark = pytest.mark.slow  # each counts all values of the process


def test_only_what_is_not_somebody_elses_is_closed() -> None:
    ours, theirs = SecureString("ours"), SecureString("theirs")
    with contextlib.ExitStack() as owner:
        own(owner, [ours, theirs, None, "text"], except_for=[theirs])
        assert not ours.closed
    assert ours.closed
    assert theirs.expose() == "theirs"


def test_fields_are_in_secret_memory_for_a_block_and_a_callers_own_value_outlives_it() -> None:
    theirs = SecureString("theirs")
    with protected({"secret": "text", "token": theirs, "port": 5, "nothing": None}) as values:
        made = values["secret"]
        assert isinstance(made, SecureString)
        assert made.expose() == "text"
        assert values["token"] is theirs
        assert values["nothing"] is None
    assert made.closed
    assert not theirs.closed


def test_secrets_are_closed_whatever_ends_the_block(home: Path) -> None:
    with SecretsManager.open(home, "memory") as vault:
        vault.save_secret("s3", "one", S3)
        vault.save_secret("s3", "two", S3)
        opened = vault.get_secrets(["one", "two"])
        values = [value for secret in opened for value in secret.credentials.values()]
        with pytest.raises(KeyError), closing_all(opened):
            raise KeyError("x")
        assert all(value.closed for value in values)


def live_values() -> list[SecureString]:
    gc.collect()
    return [it for it in gc.get_objects() if type(it) is SecureString and not it.closed]


FAILING: dict[str, tuple[str | None, Callable[[SecretsManager, duckdb.DuckDBPyConnection], object]]] = {
    "a name that is taken": (None, lambda vault, _: vault.save_secret("s3", "one", S3)),
    "a field that there is not": (None, lambda vault, _: vault.save_secret("s3", "new", {**S3, "nope": "1"})),
    "a value of no kind": (None, lambda vault, _: vault.save_secret("s3", "new", {**S3, "endpoint": object()})),
    "a choice that there is not": (None, lambda vault, _: vault.save_secret("s3", "new", {**S3, "use_ssl": "maybe"})),
    "a reference to nobody": (
        None,
        lambda vault, _: vault.save_secret("ducklake", "new", {"catalog_secret": "x", "catalog_type": "postgres"}),
    ),
    "a save that the store refuses": (
        "set_many",
        lambda vault, _: vault.save_secret("s3", "new", {**S3, "use_ssl": "YES"}),
    ),
    "a batch with a name twice": (
        None,
        lambda vault, _: vault.save_secrets([Draft("s3", "a", S3), Draft("s3", "A", S3)]),
    ),
    "an edit that the store refuses": (
        "set_many",
        lambda vault, _: vault.update_secret("one", fields={"secret": "new"}),
    ),
    "an edit whose item cannot be read": ("get", lambda vault, _: vault.update_secret("one", fields={"secret": "new"})),
    "an edit that breaks a rule": (
        None,
        lambda vault, _: vault.update_secret("one", fields={"secret": "new", "nope": "1"}),
    ),
    "an edit to a name that is taken": (
        None,
        lambda vault, _: vault.update_secret("one", name="two", fields={"secret": "new"}),
    ),
    "a reference to itself": (None, lambda vault, _: vault.update_secret("lake", fields={"catalog_secret": "lake"})),
    "a reveal that the store refuses": ("get", lambda vault, _: vault.get_secret("one")),
    "reveals that the store refuses": ("get_many", lambda vault, _: vault.get_secrets(["one", "two"])),
    "reveals of which one is forbidden": (None, lambda vault, _: vault.get_secrets(["one", "hidden"])),
    "an alias for several": (None, lambda vault, con: vault.apply(con, "one", "two", alias="x")),
    "a reference that cannot be read": ("get", lambda vault, con: vault.apply(con, "lake")),
    "a database that does not answer": (None, lambda vault, con: vault.attach(con, "catalog")),
    "a connection with a database that does not answer": (
        None,
        lambda vault, _: vault.connect("one", "catalog", "two"),
    ),
    "variables of a secret that is forbidden": (None, lambda vault, _: vault.environment(["one", "two", "hidden"])),
    "variables that differ": (None, lambda vault, _: vault.environment(["one", "other"])),
    "a shell's secret that cannot be read": ("get", lambda vault, _: vault.shell_script("lake", "one")),
    "a rotation that is refused": (
        None,
        lambda vault, _: vault.rotate_secret("catalog", {"password": "new"}, timeout=1),
    ),
    "a deletion that the store refuses": ("delete", lambda vault, _: vault.delete_secrets(["one", "two"])),
    "recovery codes of a store without keys": (None, lambda vault, _: vault.make_recovery_codes(3)),
    "new keys of a store without keys": (None, lambda vault, _: vault.rekey(NewKeys(passphrase="horse"))),
    "a move to where nothing can be put": (
        None,
        lambda vault, _: vault.move_store("file"),
    ),
}


@pytest.mark.parametrize("what", FAILING)
def test_an_operation_that_fails_leaves_no_value_open(home: Path, what: str) -> None:
    fault, operation = FAILING[what]
    with SecretsManager.open(home, "memory") as vault, duckdb.connect() as con:
        vault.save_secret("s3", "one", S3, scope="s3://one/")
        vault.save_secret("s3", "two", S3, scope="s3://two/")
        vault.save_secret("s3", "other", {**S3, "key_id": "OTHER"})
        vault.save_secret("s3", "hidden", S3, inject_only=True)
        vault.save_secret("postgres", "catalog", {"host": "127.0.0.1", "port": 1, "password": "p"})
        vault.save_secret(
            "ducklake", "lake", {"catalog_secret": "catalog", "catalog_type": "postgres", "data_path": "/d"}
        )
        before = live_values()
        if fault is not None:
            items_of(home).add_fault(Fail(lambda: KeychainUnavailableError("gone")), call=fault, times=math.inf)
        # The error keeps the frames of its traceback alive, and with them whatever nobody closed.
        with pytest.raises(SecretError) as caught:
            operation(vault, con)
        assert caught.tb is not None
        assert [value for value in live_values() if not any(value is known for known in before)] == []
