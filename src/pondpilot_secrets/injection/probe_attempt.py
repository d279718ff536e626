"""One connection test in a DuckDB of its own: what is done, and how its outcome is read."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from pondpilot_secrets.errors import ExtensionMissingError, SecretError, UsageError
from pondpilot_secrets.injection import attach as attaching
from pondpilot_secrets.injection import extensions as extending
from pondpilot_secrets.injection import probe_reasons, statements
from pondpilot_secrets.injection.duckdb_support import fields_to_create, takes_parameter
from pondpilot_secrets.injection.extensions import Extensions
from pondpilot_secrets.injection.harden import hardened_config
from pondpilot_secrets.models import TestReason, TestResult
from pondpilot_secrets.redaction.redact import redact
from pondpilot_secrets.secret_types import registry
from pondpilot_secrets.secret_types.base import Parameters, ProbeKind
from pondpilot_secrets.secret_types.mapping import create_parameters
from pondpilot_secrets.secret_types.protected_values import protected_values
from pondpilot_secrets.secret_types.reference_fields import references_of
from pondpilot_secrets.secure import SecureString

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import duckdb

    from pondpilot_secrets.injection.probe_request import ProbeRequest
    from pondpilot_secrets.models import SecretCredentials
    from pondpilot_secrets.secret_types.base import SecretType

_ALIAS = "tested"
_LIMIT = "connect_timeout"
_STATUS = re.compile(r"_(\d{3})$")
_URL_OF_LIBPQ = re.compile(rb"postgres(?:ql)?://(?:[^@/]*@)?[^?]*(\?)?")
"""A URL up to its options, whose password may hold a `?`; what does not match is a list of words."""


def run(request: ProbeRequest, prepared: Callable[[], None]) -> TestResult:
    """Carry out a test; `prepared` is called when all is loaded and the server is about to be asked."""
    secret_type = registry.get(request.secret.metadata.type)
    values = [value for secret in (*request.references, request.secret) for value in _values(secret)]
    began = time.perf_counter()
    con = _open()
    try:
        _load(con, request)
        prepared()
        began = time.perf_counter()
        _try(con, request, secret_type)
    except ExtensionMissingError as error:
        return _result(request, TestReason.EXTENSION_MISSING, error.message, began, error.hint)
    except UsageError as error:
        return _result(request, TestReason.NO_TARGET, error.message, began, error.hint)
    except SecretError as error:
        return _result(request, TestReason.OTHER, redact(error.message, values), began, error.hint)
    except Exception as error:  # noqa: BLE001 - whatever DuckDB or an extension raises is the outcome
        text = str(error)
        reason = _reason(con, text, secret_type)
        words = f"{probe_reasons.MESSAGES[reason]}: {_first_line(redact(text, values))}"
        return _result(request, reason, words, began, probe_reasons.HINTS.get(reason))
    return _result(request, TestReason.OK, _success(secret_type), began, None)


def _open() -> duckdb.DuckDBPyConnection:
    import duckdb

    return duckdb.connect(":memory:", config=hardened_config() | {"autoinstall_known_extensions": "false"})


def _load(con: duckdb.DuckDBPyConnection, request: ProbeRequest) -> None:
    for secret in (*request.references, request.secret):
        # There is no extension for what this DuckDB does not know.
        fields_to_create(secret, registry.get(secret.metadata.type), for_attach=secret is request.secret)
    extensions = Extensions(offline=request.offline)
    needed = [
        name
        for secret in (*request.references, request.secret)
        for name in extending.needed_by(
            registry.get(secret.metadata.type), secret.metadata.provider, secret.credentials
        )
    ]
    extensions.ensure(con, needed)
    if "httpfs" in needed:
        con.execute("SET http_retries = 0")
        con.execute(f"SET http_timeout = {_seconds(request.timeout)}")


def _seconds(timeout: float) -> int:
    """A whole number of seconds under the overall deadline, so that the client's own words come first."""
    return max(1, int(timeout * 0.8))


def _try(con: duckdb.DuckDBPyConnection, request: ProbeRequest, secret_type: SecretType) -> None:
    for secret in (*request.references, request.secret):
        _create(con, secret, request)
    kind = secret_type.probe.kind
    if kind is ProbeKind.ATTACH:
        words = {} if takes_parameter(request.secret, secret_type, _LIMIT) else {_LIMIT: str(_seconds(request.timeout))}
        name = _name(request.secret, request)
        con.execute(
            attaching.attach_statement(request.secret, secret_type, name, _ALIAS, read_only=True, further=words)
        )
        con.execute("SELECT count(*) FROM duckdb_tables() WHERE database_name = ?", [_ALIAS])
        return
    if kind is ProbeKind.CREATE:
        return
    _refuse_target_out_of_scope(con, request, secret_type)
    if kind is ProbeKind.GLOB:
        con.execute("SELECT count(*) FROM glob(?)", [_pattern(request.target)]).fetchall()
    else:
        con.execute("CALL enable_logging('HTTP', storage = 'memory')")
        con.execute("SELECT size FROM read_blob(?)", [request.target]).fetchall()


def _refuse_target_out_of_scope(con: duckdb.DuckDBPyConnection, request: ProbeRequest, secret_type: SecretType) -> None:
    """Refuse what DuckDB would read without this secret: an open file would pass whatever the credential."""
    target = [request.target, secret_type.duckdb_type]
    found = con.execute("SELECT name FROM which_secret(?, ?)", target).fetchone()
    if found is None or found[0] != _name(request.secret, request):
        scopes = ", ".join(request.secret.metadata.scopes or secret_type.default_scopes)
        raise UsageError("the target lies outside of the secret's scope", hint=f"name one under {scopes}")


def _pattern(target: str | None) -> str:
    """An exact path would be answered without asking the server, so one without a wildcard lists what begins like it."""
    text = target or ""
    return text if "*" in text else text + "*"


def _name(secret: SecretCredentials, request: ProbeRequest) -> str:
    """The DuckDB name of a secret in the test's instance: a plain word, since nobody sees it."""
    return f"secret_{[*request.references, request.secret].index(secret)}"


def _create(con: duckdb.DuckDBPyConnection, secret: SecretCredentials, request: ProbeRequest) -> None:
    secret_type = registry.get(secret.metadata.type)
    provider = secret_type.provider(secret.metadata.provider)
    references = dict(_references(secret, request))
    fields = fields_to_create(secret, secret_type, for_attach=secret is request.secret)
    with create_parameters(secret_type, provider.name, fields, references) as parameters:
        if takes_parameter(secret, secret_type, _LIMIT):
            _limit_waiting(parameters, secret_type, request.timeout)
        statements.create(
            con,
            _name(secret, request),
            (secret_type.duckdb_type, provider.name),
            parameters.values,
            secret.metadata.scopes,
            replace=False,
        )


def _references(secret: SecretCredentials, request: ProbeRequest) -> Iterator[tuple[str, str]]:
    provider = registry.get(secret.metadata.type).provider(secret.metadata.provider)
    for field, referred in references_of(provider, secret.credentials).items():
        for other in request.references:
            if referred.casefold() in (other.metadata.name.casefold(), other.metadata.id):
                yield field, _name(other, request)


def _limit_waiting(parameters: Parameters, secret_type: SecretType, timeout: float) -> None:
    """Give libpq a limit for connecting, in the test's own copy of the secret."""
    if secret_type.duckdb_type != "postgres":
        return
    limit = str(_seconds(timeout))
    uri = parameters.values.get("uri")
    if not isinstance(uri, SecureString):
        parameters.values[_LIMIT] = limit
        return
    with uri.exposed() as view:
        url = _URL_OF_LIBPQ.match(view)
        mark = b" " if url is None else b"&" if url[1] else b"?"
    # The last one wins where libpq finds two.
    limited = SecureString.join([uri, mark, b"connect_timeout=" + limit.encode()])
    parameters.derived.append(limited)
    parameters.values["uri"] = limited


def _values(secret: SecretCredentials) -> list[SecureString]:
    secret_type = registry.get(secret.metadata.type)
    return protected_values(secret_type.provider(secret.metadata.provider), secret.credentials)


def _reason(con: duckdb.DuckDBPyConnection, text: str, secret_type: SecretType) -> TestReason:
    """Read the outcome from DuckDB's log of HTTP where there is one: the error loses the status of a refused request."""
    if secret_type.probe.kind is ProbeKind.READ:
        status = _first_status(con)
        reason = None if status is None else probe_reasons.of_status(status)
        if reason is not None:
            return reason
    return probe_reasons.of_text(text, secret_type.probe.reasons)


def _first_status(con: duckdb.DuckDBPyConnection) -> int | None:
    try:
        rows = con.execute(
            "SELECT response.status FROM duckdb_logs_parsed('HTTP') WHERE response IS NOT NULL"
        ).fetchall()
    except Exception:  # noqa: BLE001 - then the error's own text has to do
        return None
    found = [int(match[1]) for (status,) in rows if status and (match := _STATUS.search(str(status)))]
    refused = [status for status in found if probe_reasons.of_status(status) is not None]
    return refused[-1] if refused else None


def _success(secret_type: SecretType) -> str:
    if secret_type.probe.kind is ProbeKind.CREATE:
        return "DuckDB accepts it; whether a server does shows only in use"
    return probe_reasons.MESSAGES[TestReason.OK]


def _first_line(text: str) -> str:
    return " ".join(text.strip().partition("\n\n")[0].split())


def _result(request: ProbeRequest, reason: TestReason, message: str, began: float, hint: str | None) -> TestResult:
    elapsed = time.perf_counter() - began
    return TestResult(reason is TestReason.OK, reason, message, elapsed, request.target, hint)
