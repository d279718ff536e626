"""Changes to a vault as plain data: what a worker carries out, and what the vault must hold afterwards.

A model is what a test knows of a vault: the name of each secret, its values, tags and scopes.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any, TypeAlias

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.vault.drafts import Draft
from pondpilot_secrets.vault.new_keys import NewKeys
from tests.vault.parts import parts

Operation: TypeAlias = dict[str, Any]
Model: TypeAlias = dict[str, dict[str, Any]]

MOST = 12
"""Secrets in a vault: gnome-keyring writes all of them at each write."""

CHANGES = ["save", "save_many", "edit", "rename", "describe", "move", "delete"]
if hasattr(SecretsManager, "rotate_secret"):
    CHANGES.append("rotate")


def chosen(rng: random.Random, kinds: list[str], names: list[str]) -> Operation:
    """Think of an operation that this vault can carry out."""
    kind = rng.choice(kinds)
    if len(names) < 3:
        kind = "save_many"
    elif len(names) >= MOST and kind.startswith("save"):
        kind = "delete"
    operation: Operation = {"kind": kind}
    if kind in ("save", "save_many"):
        count = 1 if kind == "save" else rng.randint(2, 4)
        operation["secrets"] = {new_name(rng): new_secret(rng) for _ in range(count)}
    elif kind == "delete":
        operation["names"] = rng.sample(names, rng.randint(1, 2))
    elif kind == "rekey":
        operation["key"] = f"{rng.getrandbits(64):016x}.key"
    elif kind != "migrate":
        operation["name"] = rng.choice(names)
        operation |= _details(rng, kind)
    return operation


def _details(rng: random.Random, kind: str) -> Operation:
    if kind == "rename":
        return {"to": new_name(rng)}
    if kind == "describe":
        return {"tags": [new_name(rng), new_name(rng)], "description": rng.choice([None, new_name(rng)])}
    if kind == "move":
        return {"scopes": [f"s3://{rng.getrandbits(32):08x}/"]}
    fields: dict[str, str | None] = {"secret": new_value(rng)}
    if kind == "edit":
        fields["session_token"] = rng.choice([None, new_value(rng)])
    return {"fields": fields}


def new_name(rng: random.Random) -> str:
    return f"n{rng.getrandbits(48):012x}"


def new_value(rng: random.Random) -> str:
    return f"{rng.getrandbits(64):x}" * rng.choice([1, 4, 100])


def new_secret(rng: random.Random) -> dict[str, Any]:
    return {
        "fields": {"key_id": new_value(rng), "secret": new_value(rng)},
        "tags": [new_name(rng)],
        "scopes": [f"s3://{rng.getrandbits(32):08x}/"],
        "description": None,
    }


def carry_out(vault: SecretsManager, operation: Operation) -> None:
    """Do it."""
    match operation:
        case {"kind": "save" | "save_many", "secrets": secrets}:
            vault.save_secrets([_draft(name, secret) for name, secret in secrets.items()])
        case {"kind": "delete", "names": names}:
            vault.delete_secrets(names)
        case {"kind": "rename", "name": name, "to": to}:
            vault.update_secret(name, name=to)
        case {"kind": "describe", "name": name}:
            vault.update_secret(name, tags=operation["tags"], description=operation["description"])
        case {"kind": "move", "name": name, "scopes": scopes}:
            vault.update_secret(name, scope=scopes)
        case {"kind": "edit", "name": name, "fields": fields}:
            vault.update_secret(name, fields=fields)
        case {"kind": "rotate", "name": name, "fields": fields}:
            vault.rotate_secret(name, fields, test=False)  # type: ignore[attr-defined]
        case {"kind": "rekey", "key": key}:
            key_file = Path(parts(vault).settings.home.parent / key)
            vault.rekey(NewKeys(key_file=key_file))
        case {"kind": "migrate"}:
            now = parts(vault).metadata.setting("store")
            vault.move_store("system" if now == "file" else "file")
        case _:
            raise ValueError(operation)


def _draft(name: str, secret: dict[str, Any]) -> Draft:
    return Draft("s3", name, secret["fields"], scopes=tuple(secret["scopes"]), tags=tuple(secret["tags"]))


def after(model: Model, operation: Operation) -> Model:
    """What the vault holds when the operation is done."""
    changed = {name: dict(secret) for name, secret in model.items()}
    match operation:
        case {"kind": "save" | "save_many", "secrets": secrets}:
            changed |= secrets
        case {"kind": "delete", "names": names}:
            changed = {name: secret for name, secret in changed.items() if name not in names}
        case {"kind": "rename", "name": name, "to": to}:
            changed[to] = changed.pop(name)
        case {"kind": "describe" | "move", "name": name}:
            changed[name] |= {key: value for key, value in operation.items() if key not in ("kind", "name")}
        case {"kind": "edit" | "rotate", "name": name, "fields": fields}:
            merged = changed[name]["fields"] | fields
            changed[name]["fields"] = {field: value for field, value in merged.items() if value is not None}
    return changed


def found(vault: SecretsManager) -> Model:
    """What a vault holds, all values read in one batch."""
    rows = vault.list_secrets()
    model: Model = {}
    for row, secret in zip(rows, vault.get_secrets([row.name for row in rows]), strict=True):
        with secret:
            model[row.name] = {
                "fields": {field: value.expose() for field, value in secret.credentials.items()},
                "tags": list(row.tags),
                "scopes": list(row.scopes),
                "description": row.description,
            }
    return model
