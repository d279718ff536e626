"""Schemas that are one version further than today's, for bringing a file up to date."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pondpilot_secrets.metadata.database import Database
from pondpilot_secrets.metadata.schema_migrations import SCHEMA, SchemaMigrations
from pondpilot_secrets.metadata.store import MetadataStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from sqlite3 import Connection


def next_schema(*statements: str, then: Callable[[], object] = lambda: None) -> SchemaMigrations:
    """Today's schema and a step that runs these statements."""

    def step(connection: Connection) -> None:
        for statement in statements:
            connection.execute(statement)
        then()

    return SchemaMigrations([*SCHEMA.steps, step])


@contextmanager
def opened(path: Path, schema: SchemaMigrations, *, read_only: bool = False) -> Iterator[MetadataStore]:
    """The store of a file that is brought up to this schema."""
    with MetadataStore(Database.open(path, schema=schema, read_only=read_only)) as store:
        yield store
