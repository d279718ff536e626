"""DuckLake: a lakehouse whose catalog is a database."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pondpilot_secrets.errors import InvalidCredentialsError
from pondpilot_secrets.models import TestReason
from pondpilot_secrets.secret_types.base import (
    Attach,
    AttachTarget,
    Category,
    Field,
    FieldKind,
    Probe,
    ProbeKind,
    Problem,
    Provider,
    SecretType,
)
from pondpilot_secrets.secret_types.mapping import reference_to
from pondpilot_secrets.secret_types.rules import needs
from pondpilot_secrets.secure.json_buffer import read_map

if TYPE_CHECKING:
    from pondpilot_secrets.secret_types.base import Fields, Parameters, References
    from pondpilot_secrets.secure import SecureString

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_]+")
_PASSWORD = re.compile(rb"\bpass(?:word|wd)\s*=|//[^/@:\s]*+:[^/@\s]{0,500}@", re.IGNORECASE)
_CATALOG_SECRET = Field(
    "catalog_secret",
    "Catalog's secret",
    "The name of another secret here, with which the catalog's database is reached.",
    FieldKind.REFERENCE,
    aliases=("metadata_secret",),
    parameter=False,
    example="warehouse",
)


def _target(name: str, _fields: Fields) -> AttachTarget:
    if not _PLAIN_NAME.fullmatch(name):
        raise InvalidCredentialsError(
            "DuckLake takes a name with anything but letters, digits and `_` for the path of a file",
            field="name",
            hint="apply the secret under a plain name, or rename it",
        )
    return AttachTarget("ducklake:" + name)


def _parameters(parameters: Parameters, fields: Fields, references: References) -> None:
    parameters.values.setdefault("metadata_path", "")
    if "catalog_type" not in fields:
        return
    given = parameters.values.get("metadata_parameters", {})
    entries: dict[str, SecureString | str] = {**given} if isinstance(given, Mapping) else {}
    entries["TYPE"] = fields["catalog_type"].expose()
    if "catalog_secret" in fields:
        entries["SECRET"] = reference_to(_CATALOG_SECRET, references)
    parameters.values["metadata_parameters"] = entries


def _catalog_is_named_once(fields: Fields) -> Problem | None:
    if "metadata_parameters" not in fields or "catalog_type" not in fields:
        return None
    entries = read_map(fields["metadata_parameters"])
    for value in entries.values():
        value.close()
    if {name.upper() for name in entries} & {"TYPE", "SECRET"}:
        return Problem("metadata_parameters", "metadata_parameters must not name TYPE or SECRET beside catalog_type")
    return None


def _path_holds_no_password(fields: Fields) -> Problem | None:
    if "metadata_path" not in fields:
        return None
    with fields["metadata_path"].exposed() as view:
        if not _PASSWORD.search(view):
            return None
    message = "metadata_path must not hold a password, because paths are shown"
    return Problem("metadata_path", message, "save the database's own secret and name it as catalog_secret")


def _place_of_catalog(fields: Fields) -> Problem | None:
    if fields.get("metadata_path") or "catalog_secret" in fields:
        return None
    return Problem(
        "metadata_path",
        "metadata_path is missing: where the catalog lies",
        "give its path, or catalog_secret and catalog_type",
    )


SECRET_TYPE = SecretType(
    name="ducklake",
    label="DuckLake",
    help="A DuckLake: tables in Parquet files, with their catalog in a database.",
    category=Category.DATABASE,
    duckdb_type="ducklake",
    extensions=("ducklake",),
    providers=(
        Provider(
            "config",
            "Catalog and data",
            "Say where the catalog and the data lie, and which secret opens the catalog.",
            (
                Field(
                    "metadata_path",
                    "Catalog path",
                    "Where the catalog lies: a file, or a database such as sqlite:/data/catalog.sqlite. With a catalog's "
                    "secret it can stay empty.",
                    FieldKind.PATH,
                    aliases=("path", "catalog_path"),
                    example="/data/catalog.ducklake",
                ),
                Field(
                    "data_path",
                    "Data path",
                    "The folder or bucket that holds the Parquet files. An existing lake knows its own.",
                    FieldKind.PATH,
                    example="s3://my-bucket/lake/",
                ),
                _CATALOG_SECRET,
                Field(
                    "catalog_type",
                    "Catalog's type",
                    "What kind of database the catalog is.",
                    FieldKind.CHOICE,
                    choices=("postgres", "mysql", "sqlite", "duckdb", "motherduck"),
                    aliases=("metadata_type",),
                    parameter=False,
                ),
                Field("metadata_schema", "Catalog's schema", "The schema that the catalog's tables lie in."),
                Field(
                    "metadata_catalog",
                    "Catalog's database",
                    "The name under which the catalog is attached inside DuckDB.",
                ),
                Field(
                    "metadata_parameters",
                    "Catalog's parameters",
                    "Further options for attaching the catalog, as a JSON object.",
                    FieldKind.MAP,
                    sensitive=True,
                ),
                Field(
                    "encrypted",
                    "Encrypted",
                    "Whether data files are written encrypted.",
                    FieldKind.BOOLEAN,
                    default="false",
                ),
            ),
            rules=(
                needs("catalog_secret", "catalog_type"),
                _place_of_catalog,
                _path_holds_no_password,
                _catalog_is_named_once,
            ),
        ),
    ),
    probe=Probe(
        ProbeKind.ATTACH,
        reasons=(
            (r"password authentication failed|Access denied", TestReason.WRONG_CREDENTIALS),
            (r"does not exist|[Cc]annot open (?:file|database)|[Uu]nable to open database", TestReason.NOT_FOUND),
        ),
    ),
    aliases=("lake", "duck_lake"),
    attach=Attach(None, _target, names_secret=False),
    parameters=_parameters,
    example="FROM my_lake.main.orders LIMIT 5",
)
