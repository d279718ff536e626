"""`pond vault move`: to another store and back."""

from __future__ import annotations

from tests.interfaces.cli.pond import Pond
from tests.services.keyring_daemon import KeyringDaemon


def password(pond: Pond, **variables: str) -> str:
    return pond.ok("reveal", "shop", "password", **variables).out


def test_a_vault_moves_to_the_keychain_and_back_and_keeps_every_value(
    remembering: Pond, secret_service: KeyringDaemon
) -> None:
    home = str(remembering.folder / "home")
    remembering.variables |= secret_service.environment | {"HOME": home}
    assert remembering.ok("vault", "move", "--to", "system").err.startswith("moved 1 items from the file store")
    assert password(remembering) == "marker-word"
    assert not (remembering.folder / "vault" / "secrets.db").exists()
    key = str(remembering.folder / "other.key")
    assert remembering.ok("vault", "move", "--to", "file", "--key-file", key).err.startswith("moved 1 items")
    assert password(remembering) == "marker-word"
    remembering.ok("vault", "rekey", "--keychain")
    assert password(remembering) == "marker-word"
    secret_service.lock()
    locked = remembering("reveal", "shop", "password")
    assert locked.status != 0
    assert locked.out == ""


def test_a_store_that_there_is_not_is_refused_and_the_vault_stays(remembering: Pond) -> None:
    assert remembering("vault", "move", "--to", "nonsense").status == 31
    assert remembering("vault", "move").status == 2
    assert password(remembering) == "marker-word"
