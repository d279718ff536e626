"""What each kind of field refuses, by field and rule, without ever showing the value."""

from __future__ import annotations

from pathlib import Path

import pytest

from pondpilot_secrets.secret_types.base import Field, FieldKind, Provider, SecretType
from pondpilot_secrets.secret_types.field_kinds import check_kind
from pondpilot_secrets.secret_types.validation import problems
from pondpilot_secrets.secure import SecureString
from tests.secret_types.samples import FIELDS, by_name, valid_fields

MARKER = "Zq7MARKERx"
PEM_PATH = Field("certificate", "Certificate", "A file.", FieldKind.PEM_PATH, choices=("system",))
WRONG = {
    FieldKind.PORT: ["0", "65536", "-1", "five", "", " 5432", "5432 ", "1e3", "٣"],
    FieldKind.INTEGER: ["1.5", "ten", "", "0x10"],
    FieldKind.BOOLEAN: ["maybe", "", "2"],
    FieldKind.CHOICE: [MARKER, ""],
    FieldKind.MAP: ["{", "[]", '{"a": 1}', '{"a": "b",}', '{"a": "b", "a": "c"}', "", '{"a": "\\ud800"}'],
    FieldKind.HEADER_MAP: ['{"a b": "c"}', '{"a": "b\\r\\nc"}', '{"a": " b"}', '{"A": "1", "a": "2"}', '{"": "x"}'],
    FieldKind.HEADER: ["a\nb", "a\rb", "a\0b", "a\tb", "a\x7f", " a", "a ", ""],
    FieldKind.HOST: ["https://host", "host/path", "a b", "user@host", "host\n", ""],
    FieldKind.ENDPOINT: ["https://host", "http://127.0.0.1:9000", "host:port", "a b", "user@host", "host\n", ""],
    FieldKind.URL: ["host.example.com", "ftp://host", "https://", "https://user:pass@host/", "https://a b", ""],
    FieldKind.PROXY: ["socks5://host:1", "http://user:pw@host:1", "host:port", "a b", ""],
    FieldKind.PATH: ["/a\0b", "/a\nb"],
    FieldKind.PEM_PATH: ["/no/such/file.pem", "relative.pem", "~/cert.pem", "/a\0b", ""],
    FieldKind.BASE64: ["not base64!", "abc", "YWJj\n", "=abc", "ab==cd==", ""],
    FieldKind.REFERENCE: ["", " x", "a\nb"],
}


def test_every_kind_but_free_text_refuses_something() -> None:
    assert set(WRONG) == set(FieldKind) - {FieldKind.TEXT}


@pytest.mark.parametrize(("secret_type", "provider", "field"), FIELDS, ids=by_name)
def test_a_value_of_the_wrong_kind_is_refused_by_field_and_rule(
    secret_type: SecretType, provider: Provider, field: Field, folder: Path
) -> None:
    fields = valid_fields(secret_type, provider, folder, field)
    for wrong in WRONG.get(field.kind, []):
        found = problems(secret_type, provider, {**fields, field.name: SecureString(wrong)})
        assert found, wrong
        assert found[0].field == field.name, wrong
        assert found[0].message.startswith(field.name), wrong
        assert len(wrong) < 5 or wrong == "https://" or wrong not in f"{found[0].message} {found[0].hint}"


def test_a_file_that_is_not_pem_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cert.der"
    path.write_bytes(b"\x30\x82")
    problem = check_kind(PEM_PATH, SecureString(str(path)))
    assert problem is not None
    assert problem.field == "certificate"
    assert "no `-----BEGIN` line" in problem.message


@pytest.mark.timeout(60)
@pytest.mark.parametrize("filler", ["x", "=", ";", "/", ":", "//:", " ", "a=b;", "\\", '"', "{", '{"a":', "%", "."])
def test_every_rule_reads_long_values_in_linear_time(filler: str, folder: Path) -> None:
    """A pattern that backtracks would take minutes for one field, and the time limit end it."""
    text = SecureString(filler * (50_000 // len(filler)))
    for secret_type, provider, field in FIELDS:
        fields = {**valid_fields(secret_type, provider, folder, field), field.name: text}
        assert isinstance(problems(secret_type, provider, fields), list), (secret_type.name, field.name)


def test_a_word_stands_for_a_file_where_the_field_says_so(tmp_path: Path) -> None:
    assert check_kind(PEM_PATH, SecureString("system")) is None
    path = tmp_path / "ca.pem"
    path.write_text("-----BEGIN CERTIFICATE-----\n")
    assert check_kind(PEM_PATH, SecureString(str(path))) is None


def test_the_nearest_choice_is_suggested_unless_the_value_is_secret() -> None:
    field = Field("mode", "Mode", "A mode.", FieldKind.CHOICE, choices=("require", "disable"))
    problem = check_kind(field, SecureString("requird"))
    assert problem is not None
    assert problem.hint == "did you mean `require`?"
    sensitive = check_kind(Field(**{**_of(field), "sensitive": True}), SecureString("requird"))
    assert sensitive is not None
    assert sensitive.hint is None


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        (FieldKind.INTEGER, "4", "number must be at least 5"),
        (FieldKind.PORT, "70000", "number must be a port between 5 and 65535"),
    ],
)
def test_bounds_are_said(kind: FieldKind, text: str, message: str) -> None:
    problem = check_kind(Field("number", "Number", "A number.", kind, minimum=5), SecureString(text))
    assert problem is not None
    assert problem.message == message


def test_a_text_that_a_library_would_cut_is_refused() -> None:
    field = Field("user", "User", "A user.", c_string=True, max_bytes=4)
    for text in ("a\0b", "ääb"):
        problem = check_kind(field, SecureString(text))
        assert problem is not None
        assert "lost" in problem.message
    assert check_kind(field, SecureString("ää")) is None


def _of(field: Field) -> dict[str, object]:
    return {name: getattr(field, name) for name in Field.__dataclass_fields__}
