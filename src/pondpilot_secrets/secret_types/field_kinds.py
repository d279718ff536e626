"""What a field's text must look like, kind by kind, read in place so that no copy of a value is made.

Every rule gives a sentence that follows the field's name and a hint, and neither ever holds the value.
"""

from __future__ import annotations

import binascii
import re
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from pondpilot_secrets.secret_types.base import FieldKind
from pondpilot_secrets.secret_types.suggestions import nearest
from pondpilot_secrets.secure import wipe
from pondpilot_secrets.secure.json_buffer import read_map
from pondpilot_secrets.secure.secret_files import open_regular

if TYPE_CHECKING:
    from collections.abc import Callable

    from pondpilot_secrets.secret_types.base import Field
    from pondpilot_secrets.secure import SecureString

Finding: TypeAlias = tuple[str, str | None]
"""What is wrong, as the end of a sentence that starts with the field's name, and what to do."""

_NUL = re.compile(rb"\x00")
CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_EDGE_SPACE = re.compile(rb"\A | \Z")
_WHITE = re.compile(rb"[\x00-\x20\x7f]")
_SCHEME = re.compile(rb"[A-Za-z][A-Za-z0-9+.\-]*://")
_USER_INFO = re.compile(rb"//[^/?#]*@")
_INTEGER = re.compile(rb"-?[0-9]{1,18}\Z")
_HOST = re.compile(rb"[^\x00-\x20\x7f/@?#]+\Z")
_ENDPOINT = re.compile(
    rb"(?:\[[0-9A-Fa-f:.%]+\]|[^\x00-\x20\x7f/@?#:\[\]]+)(?::[0-9]{1,5})?(?:/[^\x00-\x20\x7f?#@]*)?\Z"
)
_URL = re.compile(rb"https?://[^\x00-\x20\x7f/?#]+(?:[/?][^\x00-\x20\x7f#]*)?\Z", re.IGNORECASE)
_PROXY = re.compile(
    rb"(?:https?://)?(?:\[[0-9A-Fa-f:.]+\]|[^\x00-\x20\x7f/@?#:\[\]]+)(?::[0-9]{1,5})?/?\Z", re.IGNORECASE
)
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]+={0,2}\Z")
_LARGEST_PEM = 1024 * 1024


def check_kind(field: Field, value: SecureString) -> Finding | None:
    """Return what is wrong with a value of the field, or None."""
    if field.kind in (FieldKind.MAP, FieldKind.HEADER_MAP):
        return _check_map(field, value)
    with value.exposed() as view:
        return _bounds(field, view) or _RULES[field.kind](field, view)


def header_problem(view: memoryview) -> Finding | None:
    """Return why a text cannot be (part of) an HTTP header: DuckDB sends it cut at a NUL and split at line ends."""
    if CONTROL.search(view):
        return "must not hold control characters (line ends and tabs among them), because it becomes an HTTP header", (
            "was a line end pasted along with it?"
        )
    if _EDGE_SPACE.search(view):
        return "must not start or end with a space, because servers drop it from an HTTP header", "remove the space"
    return None


def _bounds(field: Field, view: memoryview) -> Finding | None:
    if field.c_string and _NUL.search(view):
        return "must not hold a NUL character, because everything after it would be lost", None
    if field.max_bytes is not None and len(view) > field.max_bytes:
        return f"must not be longer than {field.max_bytes} bytes, because the rest would be lost", None
    return None


def _text(_field: Field, _view: memoryview) -> Finding | None:
    return None


def _number(field: Field, view: memoryview) -> Finding | None:
    if not _INTEGER.match(view):
        return "must be a whole number", None
    number = int(bytes(view))
    port = field.kind is FieldKind.PORT
    minimum = field.minimum if field.minimum is not None else 1 if port else None
    maximum = field.maximum if field.maximum is not None else 65535 if port else None
    if (minimum is not None and number < minimum) or (maximum is not None and number > maximum):
        if maximum is None:
            return f"must be at least {minimum}", None
        return f"must be {'a port ' if port else ''}between {minimum} and {maximum}", None
    return None


def _boolean(_field: Field, view: memoryview) -> Finding | None:
    return None if bytes(view) in (b"true", b"false") else ("must be true or false", None)


def _choice(field: Field, view: memoryview) -> Finding | None:
    known = [choice.encode() for choice in field.choices]
    if any(view == choice for choice in known):
        return None
    message = "must be one of " + ", ".join(field.choices)
    match = None
    if not field.sensitive and len(view) < 100:
        match = nearest(bytes(view).decode(errors="replace"), field.choices)
    return message, f"did you mean `{match}`?" if match else None


def _header(_field: Field, view: memoryview) -> Finding | None:
    return header_problem(view)


def _host(_field: Field, view: memoryview) -> Finding | None:
    if _SCHEME.match(view):
        return "must be a host's name without a scheme", "leave out what comes before and with `://`"
    if not _HOST.match(view):
        return "must be a host's name or address, without spaces, path or user", None
    return None


def _endpoint(_field: Field, view: memoryview) -> Finding | None:
    if _SCHEME.match(view):
        hint = "leave out `https://`; for plain http set use_ssl=false as well"
        return "must be a host without a scheme", hint
    if not _ENDPOINT.match(view):
        return "must be a host, with `:port` or `/path` where needed", "such as 127.0.0.1:9000"
    return None


def _url(_field: Field, view: memoryview) -> Finding | None:
    if not _SCHEME.match(view):
        return "must be a URL that starts with https:// or http://", None
    if _USER_INFO.search(view):
        return "must not hold a user or password", "give them in their own fields"
    if not _URL.match(view):
        return "must be a URL that starts with https:// or http:// and holds no spaces", None
    return None


def _proxy(_field: Field, view: memoryview) -> Finding | None:
    if re.search(rb"@", view):
        return "must not hold a user or password", "give them in the fields for the proxy's user and password"
    if not _PROXY.match(view):
        return "must be a proxy's host and port", "such as proxy.example.com:3128 or http://proxy.example.com:3128"
    return None


def _path(_field: Field, view: memoryview) -> Finding | None:
    return ("must not hold control characters", None) if CONTROL.search(view) else None


def _pem_path(field: Field, view: memoryview) -> Finding | None:
    if any(view == word.encode() for word in field.choices):
        return None
    if CONTROL.search(view):
        return "must not hold control characters", None
    path = Path(str(view, "utf-8"))
    if not path.is_absolute():
        return "must be a whole path, because it is used from any folder", "start it at the root; `~` is not expanded"
    try:
        with open_regular(path) as file:
            beginning = file.read(_LARGEST_PEM) or b""
    except FileNotFoundError:
        return "names a file that is not there", None
    except OSError as error:
        return f"names a file that cannot be read ({error.strerror})", None
    found = b"-----BEGIN " in beginning
    wipe(beginning)
    if not found:
        return "names a file that is not PEM: it has no `-----BEGIN` line", "convert it with openssl"
    return None


def _base64(_field: Field, view: memoryview) -> Finding | None:
    if len(view) % 4 or not _BASE64.match(view):
        return "must be base64", "copy it again, whole and without spaces; it usually ends with `=`"
    try:
        decoded = binascii.a2b_base64(view, strict_mode=True)
    except binascii.Error:
        return "must be base64", "copy it again, whole and without spaces"
    wipe(decoded)
    return None


def _reference(_field: Field, view: memoryview) -> Finding | None:
    if not view or CONTROL.search(view) or _EDGE_SPACE.search(view):
        return "must be the name of another secret", "`pond ls` shows the names there are"
    return None


_RULES: dict[FieldKind, Callable[[Field, memoryview], Finding | None]] = {
    FieldKind.TEXT: _text,
    FieldKind.INTEGER: _number,
    FieldKind.PORT: _number,
    FieldKind.BOOLEAN: _boolean,
    FieldKind.CHOICE: _choice,
    FieldKind.HEADER: _header,
    FieldKind.HOST: _host,
    FieldKind.ENDPOINT: _endpoint,
    FieldKind.URL: _url,
    FieldKind.PROXY: _proxy,
    FieldKind.PATH: _path,
    FieldKind.PEM_PATH: _pem_path,
    FieldKind.BASE64: _base64,
    FieldKind.REFERENCE: _reference,
}


def _check_map(field: Field, value: SecureString) -> Finding | None:
    try:
        entries = read_map(value)
    except ValueError as error:
        example = '{"name": "value"}'
        return f"must be a JSON object of texts, such as {example}: {error}", None
    try:
        if "" in entries:
            return "must not have an empty name", None
        if len({name.lower() for name in entries}) < len(entries):
            # DuckDB makes some maps a STRUCT, and could not even list its secrets any more.
            return "holds one name twice, in different case", None
        return _check_headers(entries) if field.kind is FieldKind.HEADER_MAP else None
    finally:
        for entry in entries.values():
            entry.close()


def _check_headers(entries: dict[str, SecureString]) -> Finding | None:
    for name, value in entries.items():
        if not _HEADER_NAME.fullmatch(name):
            return "must have names that HTTP allows: letters, digits and hyphens", None
        with value.exposed() as view:
            finding = header_problem(view)
        if finding:
            return f"has a value that {finding[0]}", finding[1]
    return None
