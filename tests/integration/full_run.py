"""Everything that can be done with a secret, for every type and provider: `python -m tests.integration.full_run HOME STORE`.

Every sensitive field holds a marker. Standard output is what a program saw of it all: results, errors, DuckDB's query log.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sys
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path

import duckdb

from pondpilot_secrets import SecretError, SecretsManager, SecureString
from pondpilot_secrets.secret_types.base import Field, FieldKind, Provider, SecretType
from pondpilot_secrets.secret_types.validation import problems
from tests.integration.marker import MARKER, PLAIN_MARKER, encodings
from tests.secret_types.samples import CASES, valid_fields
from tests.vault.stores import open_vault

NOWHERE = {"host": "127.0.0.1", "port": "9", "endpoint": "127.0.0.1:9", "connect_timeout": "1"}


def marked(field: Field) -> SecureString:
    """A marker in the shape that the field's kind asks for."""
    if field.name == "connection_string":
        return SecureString(f"DefaultEndpointsProtocol=http;AccountName=a;AccountKey={base64_marker()}")
    if field.kind in (FieldKind.MAP, FieldKind.HEADER_MAP):
        return SecureString(json.dumps({"X-Marker": PLAIN_MARKER}))
    if field.kind is FieldKind.BASE64:
        return SecureString(base64_marker())
    return SecureString(MARKER)


def base64_marker() -> str:
    return encodings(PLAIN_MARKER)["base64 at 0"].decode().rstrip("=")[:40]


def fields_of(secret_type: SecretType, provider: Provider, wanted: Field, folder: Path) -> dict[str, SecureString]:
    fields = valid_fields(secret_type, provider, folder, wanted)
    kinds = {each.name: each.kind for each in provider.fields}
    for name in fields.keys() & NOWHERE.keys():
        scheme = "http://" if kinds[name] is FieldKind.URL else ""
        fields[name] = SecureString(scheme + NOWHERE[name])
    fields[wanted.name] = marked(wanted)
    if problems(secret_type, provider, fields):
        fields[wanted.name] = SecureString(PLAIN_MARKER)
    return fields


def carry_out(vault: SecretsManager, con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    if not any(row.name == "other" for row in vault.list_secrets()):
        vault.save_secret("postgres", "other", {"host": "127.0.0.1", "port": 9, "password": MARKER})
    for secret_type, provider in CASES:
        for field in provider.fields:
            if field.sensitive:
                name = f"{secret_type.name}_{provider.name}_{field.name}"
                with reported(name):
                    one_secret(vault, con, secret_type, name, fields_of(secret_type, provider, field, folder), provider)


def one_secret(
    vault: SecretsManager,
    con: duckdb.DuckDBPyConnection,
    secret_type: SecretType,
    name: str,
    fields: dict[str, SecureString],
    provider: Provider,
) -> None:
    scope = "https://127.0.0.1:9/" if secret_type.scope_required else None
    print(vault.save_secret(secret_type.name, name, fields, provider=provider.name, scope=scope, tags=["run"]))
    print(vault.list_secrets(search=name), vault.describe_secret(name))
    with vault.get_secret(name) as secret:
        print(secret, dict(secret.credentials))
    with reported(f"apply {name}"), vault.applied(con, name):
        # The names alone: DuckDB itself shows proxy passwords, header maps and SCRAM keys here (docs/security.md).
        print(con.sql("SELECT name, type, scope FROM duckdb_secrets()").fetchall())
    if secret_type.attach is not None and secret_type.name in ("postgres", "mysql", "quack"):
        with reported(f"attach {name}"):
            vault.attach(con, name)
    with reported(f"environment {name}"):
        print({variable: repr(value) for variable, value in vault.environment([name]).items()})
    vault.update_secret(name, description="edited", fields={next(iter(fields)): next(iter(fields.values())).copy()})
    vault.clear_secrets(con)
    vault.delete_secret(name)


@contextlib.contextmanager
def reported(what: str) -> Iterator[None]:
    """Print an error whole, its traceback and its causes too, as a program that logs everything would."""
    try:
        yield
    except SecretError as error:
        print(what, "→", error.code, error.message, error.hint)
        traceback.print_exc(file=sys.stdout)


def main(home: str, store: str) -> None:
    logging.basicConfig(level=logging.DEBUG, stream=sys.stdout)
    con = duckdb.connect()
    con.execute("CALL enable_logging('QueryLog')")
    with tempfile.TemporaryDirectory() as folder, open_vault(home, store) as vault:
        carry_out(vault, con, Path(folder))
        # One secret stays, so that the files are scanned while they hold something.
        vault.save_secret("s3", "kept", {"key_id": "K", "secret": MARKER, "session_token": PLAIN_MARKER})
        with vault.applied(con, "kept"):
            pass
    for row in con.sql("SELECT message FROM duckdb_logs").fetchall():
        print(row)
    print("scan now", flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    main(*sys.argv[1:])
