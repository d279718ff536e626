"""The contract of a secret type: plain data that forms, options, validation, docs and the mapping to DuckDB derive from.

A type is one file in `secret_types/catalog/` that binds `SECRET_TYPE`. Nothing here imports DuckDB: a type says what a
`CREATE SECRET`, an `ATTACH` and a connection test need, and `injection` carries it out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Self, TypeAlias

from pondpilot_secrets.secure import SecureString

if TYPE_CHECKING:
    from types import TracebackType

    from pondpilot_secrets.models import TestReason


class Category(StrEnum):
    """The tab of the secrets screen that a type is shown under."""

    CLOUD_STORAGE = "cloud storage"
    DATABASE = "database"
    API = "api"


class FieldKind(StrEnum):
    """What a field's text must look like; `validation` holds the rule of each."""

    TEXT = "text"
    INTEGER = "integer"
    PORT = "port"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    MAP = "map"  # JSON object of text to text; becomes a MAP
    HEADER_MAP = "header map"  # a MAP whose entries become HTTP headers
    HEADER = "header"  # text that becomes (part of) an HTTP header: no control characters
    HOST = "host"
    ENDPOINT = "endpoint"  # host[:port][/path] without a scheme
    URL = "url"  # with an http or https scheme
    PATH = "path"
    PEM_PATH = "pem path"  # the path of a file in PEM
    PROXY = "proxy"  # [http://]host[:port] without user and password
    BASE64 = "base64"
    REFERENCE = "reference"  # the name of another secret in this vault


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a secret.

    Attributes:
        name: DuckDB's own parameter name in lower case, or our own where DuckDB has none.
        label: what a form calls it.
        help: one or two sentences that a stranger understands.
        kind: what its text must look like.
        sensitive: hidden in forms, asked for without echo, refused as plain text on a command line.
        required: whether the provider cannot do without it.
        default: the text that DuckDB assumes when the field is not set, for forms and docs; never stored by us.
        choices: the allowed texts of a CHOICE.
        aliases: other names accepted for it, the design's among them.
        minimum: the smallest number allowed, for INTEGER and PORT.
        maximum: the largest number allowed, for INTEGER and PORT.
        parameter: whether it is a parameter of `CREATE SECRET` under its own name; if not, the type's `parameters`
            or `attach` makes something of it.
        environment: the variables that `pond exec` sets from it for its one child.
        example: a text for docs and placeholders.
        c_string: passes through a C library that ends texts at a NUL, so that a NUL would silently cut it.
        max_bytes: the longest text in UTF-8 that arrives uncut, or None.
        shown_in_errors: not sensitive and of no kind that says so by itself, but fit to be shown in errors: a host of libpq.
        since: the first DuckDB that takes it, where 1.4.0 does not.
    """

    name: str
    label: str
    help: str
    kind: FieldKind = FieldKind.TEXT
    sensitive: bool = False
    required: bool = False
    default: str | None = None
    choices: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    parameter: bool = True
    environment: tuple[str, ...] = ()
    example: str | None = None
    c_string: bool = False
    max_bytes: int | None = None
    shown_in_errors: bool = False
    since: str | None = None


Fields: TypeAlias = Mapping[str, SecureString]
"""The values of a secret by field name; every value is text."""

References: TypeAlias = Mapping[str, str]
"""For each REFERENCE field that is set, the DuckDB name under which the other secret was applied."""

ParameterValue: TypeAlias = SecureString | str | int | bool | Mapping[str, "SecureString | str"]
"""What a prepared CREATE SECRET takes for a parameter; a str is never sensitive."""

Rule: TypeAlias = Callable[[Fields], "Problem | None"]
"""A rule over several fields; returns what is wrong, without any value in it, or None."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A broken rule: the field (None for the secret as a whole), what is wrong, and what to do."""

    field: str | None
    message: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Provider:
    """A DuckDB provider of a type: where the values come from.

    Attributes:
        name: DuckDB's name of the provider (`config`, `credential_chain`, …).
        label: what a form calls it.
        help: when to choose it.
        fields: its fields, in the order of a form.
        extensions: extensions needed over the type's own.
        rules: rules over several fields.
        since: the first DuckDB that has it, where 1.4.0 does not.
    """

    name: str
    label: str
    help: str
    fields: tuple[Field, ...]
    extensions: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    since: str | None = None


@dataclass(slots=True)
class Parameters:
    """The parameters of one CREATE SECRET; wipes the values that were made for it at the end of its `with`.

    `values` maps DuckDB parameter names to what a prepared statement takes. `derived` are the values that were made for
    this one call (a connection string, a Basic header) and belong to nobody else.
    """

    values: dict[str, ParameterValue] = field(default_factory=dict)
    derived: list[SecureString] = field(default_factory=list)

    def own(self, value: SecureString) -> SecureString:
        """Let a value that was made for this call be wiped with the others, and return it."""
        self.derived.append(value)
        return value

    def close(self) -> None:
        """Wipe the values that were made for this call."""
        for value in self.derived:
            value.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class AttachTarget:
    """What an ATTACH says besides its alias: the quoted text, and options whose values are not sensitive."""

    text: str
    options: tuple[tuple[str, str | int | bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Attach:
    """How databases of this type are attached.

    Attributes:
        type: the TYPE option of ATTACH (`postgres`), or None when the target's prefix says it (`ducklake:`).
        target: makes the target from the DuckDB name of the secret and its fields.
        names_secret: whether ATTACH takes `SECRET name`.
        read_only: whether ATTACH takes READ_ONLY.
        own_name: for a service whose databases keep their own names inside DuckDB, makes that name from the fields; None
            where ATTACH takes `AS alias`.
        takes_words: whether the target is a list of `name=value` words, as libpq reads it. Fields that are not sensitive and
            that an older DuckDB does not take in a secret can go there.
    """

    type: str | None
    target: Callable[[str, Fields], AttachTarget]
    names_secret: bool = True
    read_only: bool = True
    own_name: Callable[[Fields], str] | None = None
    takes_words: bool = False


class ProbeKind(StrEnum):
    """What a connection test does."""

    ATTACH = "attach"  # attach read-only, then list the tables' names
    GLOB = "glob"  # list a prefix, which authenticates
    READ = "read"  # read the size of one object over HTTP
    CREATE = "create"  # creating the secret is all that can be tried without a target


@dataclass(frozen=True, slots=True)
class Probe:
    """How a credential of this type is tested.

    Attributes:
        kind: what the test does.
        default_target: makes a target from the secret's scopes and fields, or None when a person must name one.
        target_help: what a target looks like, for the message that asks for one.
        reasons: for this type's own error texts: a regular expression and the reason that it means, first match wins;
            the common ones come after them.
    """

    kind: ProbeKind
    default_target: Callable[[tuple[str, ...], Fields], str | None] | None = None
    target_help: str | None = None
    reasons: tuple[tuple[str, TestReason], ...] = ()


@dataclass(frozen=True, slots=True)
class SecretType:
    """A secret type.

    Attributes:
        name: our name, also the file's name and the account's prefix.
        label: what people call it.
        help: what it opens, in a sentence.
        category: its tab.
        duckdb_type: the TYPE of CREATE SECRET.
        extensions: the DuckDB extensions it needs, in load order.
        providers: its providers, the default first.
        probe: how it is tested.
        aliases: other names for the type (`pg`).
        default_scopes: the scopes that DuckDB assumes when none is given; empty means everything.
        derive_scopes: makes the scopes from the fields when none is given, where DuckDB finds the secret by scope only.
        scope_schemes: what a scope may start with (`s3://`, `quack:`); empty when any text may.
        scope_required: refused without a scope, because it would be sent everywhere.
        attach: how it is attached, or None when its files are read by path.
        parameters: completes the parameters of CREATE SECRET, in which each field is its own already; None where that is
            all. It makes values by `Parameters.own`, so that they are wiped whatever happens.
        environment: makes further variables for `pond exec` beyond those of the fields; what it makes, its caller closes.
        example: a worked example for its docs page, in SQL.
        since: the first DuckDB that has it, where 1.4.0 does not.
        core_since: the first DuckDB that has the type without its extensions, which are then needed to read with it only.
    """

    name: str
    label: str
    help: str
    category: Category
    duckdb_type: str
    extensions: tuple[str, ...]
    providers: tuple[Provider, ...]
    probe: Probe
    aliases: tuple[str, ...] = ()
    default_scopes: tuple[str, ...] = ()
    scope_schemes: tuple[str, ...] = ()
    derive_scopes: Callable[[Fields], tuple[str, ...]] | None = None
    scope_required: bool = False
    attach: Attach | None = None
    parameters: Callable[[Parameters, Fields, References], None] | None = None
    environment: Callable[[Fields], Mapping[str, SecureString]] | None = None
    example: str = ""
    since: str | None = None
    core_since: str | None = None

    def provider(self, name: str | None) -> Provider:
        """Return the provider of that name, the default one for None; raises KeyError when there is none."""
        if name is None:
            return self.providers[0]
        for provider in self.providers:
            if provider.name == name:
                return provider
        raise KeyError(name)
