"""Fields that keep every rule, made from the registry alone, so that a new type is tested by being there."""

from __future__ import annotations

from pathlib import Path

from pondpilot_secrets.secret_types import registry
from pondpilot_secrets.secret_types.base import Field, FieldKind, Provider, SecretType
from pondpilot_secrets.secret_types.validation import problems
from pondpilot_secrets.secure import SecureString

CASES = [(secret_type, provider) for secret_type in registry.all_types() for provider in secret_type.providers]
FIELDS = [(secret_type, provider, field) for secret_type, provider in CASES for field in provider.fields]

HARD_VALUES = {
    "quotes": 'it\'s "quoted" `so`',
    "backslashes": "back\\slash\\\\n\\'",
    "line ends": "one\ntwo\r\nthree",
    "NUL": "before\0after",
    "dollar": "$1 ${HOME} $$",
    "question mark": "?",
    "dashes": "-- '; DROP SECRET x; --",
    "long": "x" * 100_000,
    "emoji": "🦆🔑👩‍💻",
    "right to left": "סיסמה كلمة \u202eabc",
    "spaces": "  both ends  ",
    "percent": "%20%s%%",
    "braces": '{"a": "b"}',
}

_SAMPLES = {
    FieldKind.TEXT: "sample",
    FieldKind.INTEGER: "7",
    FieldKind.PORT: "5433",
    FieldKind.BOOLEAN: "true",
    FieldKind.MAP: '{"a": "b"}',
    FieldKind.HEADER_MAP: '{"X-Sample": "b"}',
    FieldKind.HEADER: "sample",
    FieldKind.HOST: "host.example.com",
    FieldKind.ENDPOINT: "host.example.com:9000",
    FieldKind.URL: "https://host.example.com/path",
    FieldKind.PATH: "/sample/path",
    FieldKind.PROXY: "proxy.example.com:3128",
    FieldKind.BASE64: "c2FtcGxlLWtleS0xMjM0NQ==",
    FieldKind.REFERENCE: "other",
}


def by_name(part: object) -> str:
    return getattr(part, "name", str(part))


def sample(field: Field, folder: Path) -> SecureString:
    if field.name == "connection_string":
        return SecureString("DefaultEndpointsProtocol=https;AccountName=a;AccountKey=c2FtcGxlLWtleS0xMjM0NQ==")
    if field.name == "chain":
        return SecureString("env")
    if field.kind is FieldKind.PEM_PATH:
        path = folder / "sample.pem"
        if not path.exists():
            path.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        return SecureString(str(path))
    if field.kind is FieldKind.CHOICE:
        return SecureString(field.choices[0])
    return SecureString(_SAMPLES[field.kind])


def valid_fields(
    secret_type: SecretType, provider: Provider, folder: Path, wanted: Field | None = None
) -> dict[str, SecureString]:
    """Return fields that break no rule, the wanted one among them."""
    by_field = {field.name: field for field in provider.fields}
    fields = {field.name: sample(field, folder) for field in provider.fields if field.required or field is wanted}
    for _ in range(10):
        found = problems(secret_type, provider, fields)
        if not found:
            return fields
        name = found[0].field or ""
        if name in fields:  # two that exclude each other: the wanted one stays
            del fields[name]
        else:
            fields[name] = sample(by_field[name], folder)
    raise AssertionError(f"no valid fields found: {problems(secret_type, provider, fields)}")
