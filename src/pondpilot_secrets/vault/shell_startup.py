"""Preparing the official DuckDB command line: what it reads at its start so that secrets are applied in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets.access.audit import Action
from pondpilot_secrets.errors import ExtensionMissingError
from pondpilot_secrets.injection import attach as attaching
from pondpilot_secrets.injection import extensions as extending
from pondpilot_secrets.injection.duckdb_support import fields_to_create, optional_extensions, running_version
from pondpilot_secrets.injection.shell_script import ShellScript, ShellScriptBuilder
from pondpilot_secrets.secret_types import registry
from pondpilot_secrets.secret_types.duckdb_versions import parse_version
from pondpilot_secrets.secret_types.mapping import create_parameters
from pondpilot_secrets.vault.owned_values import closing_all
from pondpilot_secrets.vault.references import references_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from pondpilot_secrets.injection.extensions import Extensions, ExtensionStatus
    from pondpilot_secrets.models import SecretCredentials
    from pondpilot_secrets.secret_types.base import SecretType
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

        shell = parse_version(version) if version else running_version()
        builder = ShellScriptBuilder(offline=self._extensions.offline, version=shell)
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
        self._load_extensions(secret, secret_type)
        with create_parameters(secret_type, metadata.provider, fields, references) as parameters:
            self._builder.create(name, (secret_type.duckdb_type, metadata.provider), parameters, metadata.scopes)
        self._created[metadata.id] = name
        return name

    def _load_extensions(self, secret: SecretCredentials, secret_type: SecretType) -> None:
        needed = extending.needed_by(secret_type, secret.metadata.provider, secret.credentials)
        statuses = self._extensions.status(self._con, needed)
        if self._extensions.offline:
            optional = optional_extensions(secret_type, self._version)
            statuses = [status for status in statuses if self._is_there(status) or status.name not in optional]
            if self._same_version:
                self._extensions.ensure(self._con, [status.name for status in statuses])
            else:
                self._refuse_missing(statuses)
        self._builder.load(statuses, same_version=self._same_version)

    def _is_there(self, status: ExtensionStatus) -> bool:
        """Whether the shell can load the extension without the network."""
        if self._same_version:
            return status.usable
        return extending.installed_for(self._con, status.name, self._version)

    def _refuse_missing(self, statuses: Sequence[ExtensionStatus]) -> None:
        """Refuse, in words of our own, what a shell of another version would have to fetch."""
        for status in statuses:
            if not self._is_there(status):
                version = ".".join(map(str, self._version))
                raise ExtensionMissingError(
                    f"DuckDB's shell {version} has no extension {status.name}, and fetching it is forbidden (POND_OFFLINE)",
                    hint="use a shell of the version of the Python package, whose extensions fit: `pond doctor` says how",
                )
