"""Preparing the official DuckDB command line: what it reads at its start so that secrets are applied in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets.access.audit import Action
from pondpilot_secrets.injection import attach as attaching
from pondpilot_secrets.injection import extensions as extending
from pondpilot_secrets.injection.duckdb_support import fields_to_create
from pondpilot_secrets.injection.shell_script import ShellScript, ShellScriptBuilder
from pondpilot_secrets.secret_types import registry
from pondpilot_secrets.secret_types.duckdb_versions import parse_version
from pondpilot_secrets.secret_types.mapping import create_parameters
from pondpilot_secrets.vault.owned_values import closing_all
from pondpilot_secrets.vault.references import references_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from pondpilot_secrets.injection.extensions import Extensions
    from pondpilot_secrets.models import SecretCredentials
    from pondpilot_secrets.vault.ports import ReadSecrets


class ShellStartup:
    """Writes the startup script of a DuckDB shell."""

    def __init__(self, read: ReadSecrets, extensions: Extensions) -> None:
        self._read = read
        self._extensions = extensions

    def script(self, names: Sequence[str], *, read_only: bool, version: str | None) -> ShellScript:
        """Return the script that applies, and where the type needs it attaches, secrets in a shell of that DuckDB version.

        Raises as `SecretsManager.apply` does, and `ExtensionMissingError` (1019) where POND_OFFLINE forbids to fetch one.
        """
        import duckdb

        builder = ShellScriptBuilder()
        try:
            with duckdb.connect() as con, closing_all(self._read(names, Action.APPLY) if names else []) as secrets:
                statements = _Statements(self._read, self._extensions, builder, con, version)
                for secret in secrets:
                    with secret:
                        statements.add(secret, read_only=read_only)
            return builder.finish()
        finally:
            builder.discard()


class _Statements:
    """The statements of one script."""

    def __init__(
        self,
        read: ReadSecrets,
        extensions: Extensions,
        builder: ShellScriptBuilder,
        con: duckdb.DuckDBPyConnection,
        version: str | None,
    ) -> None:
        import duckdb

        self._read = read
        self._extensions = extensions
        self._builder = builder
        self._con = con
        self._same_version = version in (None, duckdb.__version__)
        self._version = parse_version(version or duckdb.__version__)
        self._created: dict[str, str] = {}

    def add(self, secret: SecretCredentials, *, read_only: bool) -> None:
        metadata, secret_type = secret.metadata, registry.get(secret.metadata.type)
        name = self._create(secret, for_attach=True)
        if secret_type.attach is not None:
            self._builder.attach(
                attaching.attach_statement(secret, secret_type, name, metadata.name, read_only, version=self._version)
            )

    def _create(self, secret: SecretCredentials, *, for_attach: bool) -> str:
        metadata, secret_type = secret.metadata, registry.get(secret.metadata.type)
        if metadata.id in self._created:
            return self._created[metadata.id]
        references = {}
        for field, secret_id in references_of(secret, secret_type).items():
            with self._read([secret_id], Action.APPLY)[0] as other:
                references[field] = self._create(other, for_attach=False)
        name = metadata.attachable_name if secret_type.attach is not None else metadata.name
        fields = fields_to_create(secret, secret_type, for_attach=for_attach, version=self._version)
        needed = extending.needed_by(secret_type, metadata.provider, secret.credentials)
        statuses = self._extensions.status(self._con, needed)
        if self._extensions.offline:
            self._extensions.ensure(self._con, needed)
        self._builder.load(statuses, same_version=self._same_version)
        with create_parameters(secret_type, metadata.provider, fields, references) as parameters:
            self._builder.create(name, (secret_type.duckdb_type, metadata.provider), parameters, metadata.scopes)
        self._created[metadata.id] = name
        return name
