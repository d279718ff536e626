"""Preparing the official DuckDB command line: what it reads at its start so that secrets are applied in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets.access.audit import Action
from pondpilot_secrets.injection import attach as attaching
from pondpilot_secrets.injection import extensions as extending
from pondpilot_secrets.injection.shell_script import ShellScript, ShellScriptBuilder
from pondpilot_secrets.secret_types import registry
from pondpilot_secrets.secret_types.mapping import create_parameters
from pondpilot_secrets.vault import reader
from pondpilot_secrets.vault.injection_service import plain_duckdb_name, references_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from pondpilot_secrets.injection.extensions import Extensions
    from pondpilot_secrets.models import SecretCredentials
    from pondpilot_secrets.vault.vault import Vault


def shell_script(
    vault: Vault, extensions: Extensions, names: Sequence[str], *, read_only: bool, version: str | None
) -> ShellScript:
    """Return the script that applies, and where the type needs it attaches, secrets in a shell of that DuckDB version.

    Raises as `SecretsManager.apply` does, and `ExtensionMissingError` (1019) where POND_OFFLINE forbids to fetch one.
    """
    import duckdb

    builder = ShellScriptBuilder()
    try:
        with duckdb.connect() as con:
            writer = _Writer(vault, extensions, builder, con, same_version=version in (None, duckdb.__version__))
            for secret in reader.read(vault, names, Action.APPLY) if names else ():
                with secret:
                    writer.put(secret, read_only=read_only)
        return builder.finish()
    finally:
        builder.discard()


class _Writer:
    def __init__(
        self,
        vault: Vault,
        extensions: Extensions,
        builder: ShellScriptBuilder,
        con: duckdb.DuckDBPyConnection,
        *,
        same_version: bool,
    ) -> None:
        self._vault = vault
        self._extensions = extensions
        self._builder = builder
        self._con = con
        self._same_version = same_version
        self._there: dict[str, str] = {}

    def put(self, secret: SecretCredentials, *, read_only: bool) -> None:
        about, secret_type = secret.metadata, registry.get(secret.metadata.type)
        name = self._create(secret)
        if secret_type.attach is not None:
            self._builder.attach(attaching.attach_statement(secret, secret_type, name, about.name, read_only))

    def _create(self, secret: SecretCredentials) -> str:
        about, secret_type = secret.metadata, registry.get(secret.metadata.type)
        if about.id in self._there:
            return self._there[about.id]
        references = {}
        for field, secret_id in references_of(secret, secret_type).items():
            with reader.read(self._vault, [secret_id], Action.APPLY)[0] as other:
                references[field] = self._create(other)
        name = plain_duckdb_name(about) if secret_type.attach is not None else about.name
        needed = extending.needed_by(secret_type, about.provider, secret.credentials)
        statuses = self._extensions.status(self._con, needed)
        if self._extensions.offline:
            self._extensions.ensure(self._con, needed)
        self._builder.load(statuses, same_version=self._same_version)
        with create_parameters(secret_type, about.provider, secret.credentials, references) as parameters:
            self._builder.create(name, (secret_type.duckdb_type, about.provider), parameters, about.scopes)
        self._there[about.id] = name
        return name
