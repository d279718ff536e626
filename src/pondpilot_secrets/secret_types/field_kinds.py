"""What a field's text must look like, kind by kind, read in place so that no copy of a value is made.

A rule's message names the field and never holds the value.
"""

from __future__ import annotations

import binascii
import re
from pathlib import Path
from typing import TYPE_CHECKING

from pondpilot_secrets.secret_types.base import FieldKind, Problem
from pondpilot_secrets.secret_types.suggestions import nearest
from pondpilot_secrets.secure import wipe
from pondpilot_secrets.secure.json_buffer import read_map
from pondpilot_secrets.secure.secret_files import open_regular

if TYPE_CHECKING:
    from collections.abc import Callable

    from pondpilot_secrets.secret_types.base import Field
    from pondpilot_secrets.secure import SecureString

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


def check_kind(field: Field, value: SecureString) -> Problem | None:
    """Return what is wrong with a value of the field, or None."""
    if field.kind in (FieldKind.MAP, FieldKind.HEADER_MAP):
        return _check_map(field, value)
    with value.exposed() as view:
        return _bounds(field, view) or _RULES[field.kind](field, view)


def _bounds(field: Field, view: memoryview) -> Problem | None:
    if field.c_string and _NUL.search(view):
        return _wrong(field, "must not hold a NUL character, because everything after it would be lost")
    if field.max_bytes is not None and len(view) > field.max_bytes:
        return _wrong(field, f"must not be longer than {field.max_bytes} bytes, because the rest would be lost")
    return None


def _text(_field: Field, _view: memoryview) -> Problem | None:
    return None


def _number(field: Field, view: memoryview) -> Problem | None:
    if not _INTEGER.match(view):
        return _wrong(field, "must be a whole number")
    number = int(bytes(view))
    port = field.kind is FieldKind.PORT
    minimum = field.minimum if field.minimum is not None else 1 if port else None
    maximum = field.maximum if field.maximum is not None else 65535 if port else None
    if (minimum is not None and number < minimum) or (maximum is not None and number > maximum):
        if maximum is None:
            return _wrong(field, f"must be at least {minimum}")
        return _wrong(field, f"must be {'a port ' if port else ''}between {minimum} and {maximum}")
    return None


def _boolean(field: Field, view: memoryview) -> Problem | None:
    return None if bytes(view) in (b"true", b"false") else _wrong(field, "must be true or false")


def _choice(field: Field, view: memoryview) -> Problem | None:
    known = [choice.encode() for choice in field.choices]
    if any(view == choice for choice in known):
        return None
    message = "must be one of " + ", ".join(field.choices)
    match = None
    if not field.sensitive and len(view) < 100:
        match = nearest(bytes(view).decode(errors="replace"), field.choices)
    return _wrong(field, message, f"did you mean `{match}`?" if match else None)


def _header(field: Field, view: memoryview, part: str = "") -> Problem | None:
    """DuckDB sends a header cut at a NUL and split at line ends. `part` says which part of the field the text is."""
    if CONTROL.search(view):
        message = "must not hold control characters (line ends and tabs among them), because it becomes an HTTP header"
        return _wrong(field, f"{part}{message}", "was a line end pasted along with it?")
    if _EDGE_SPACE.search(view):
        message = "must not start or end with a space, because servers drop it from an HTTP header"
        return _wrong(field, f"{part}{message}", "remove the space")
    return None


def _host(field: Field, view: memoryview) -> Problem | None:
    if _SCHEME.match(view):
        return _wrong(field, "must be a host's name without a scheme", "leave out what comes before and with `://`")
    if not _HOST.match(view):
        return _wrong(field, "must be a host's name or address, without spaces, path or user")
    return None


def _endpoint(field: Field, view: memoryview) -> Problem | None:
    if _SCHEME.match(view):
        hint = "leave out `https://`; for plain http set use_ssl=false as well"
        return _wrong(field, "must be a host without a scheme", hint)
    if not _ENDPOINT.match(view):
        return _wrong(field, "must be a host, with `:port` or `/path` where needed", "such as 127.0.0.1:9000")
    return None


def _url(field: Field, view: memoryview) -> Problem | None:
    if not _SCHEME.match(view):
        return _wrong(field, "must be a URL that starts with https:// or http://")
    if _USER_INFO.search(view):
        return _wrong(field, "must not hold a user or password", "give them in their own fields")
    if not _URL.match(view):
        return _wrong(field, "must be a URL that starts with https:// or http:// and holds no spaces")
    return None


def _proxy(field: Field, view: memoryview) -> Problem | None:
    if re.search(rb"@", view):
        return _wrong(
            field, "must not hold a user or password", "give them in the fields for the proxy's user and password"
        )
    if not _PROXY.match(view):
        return _wrong(
            field, "must be a proxy's host and port", "such as proxy.example.com:3128 or http://proxy.example.com:3128"
        )
    return None


def _path(field: Field, view: memoryview) -> Problem | None:
    return _wrong(field, "must not hold control characters") if CONTROL.search(view) else None


def _pem_path(field: Field, view: memoryview) -> Problem | None:
    if any(view == word.encode() for word in field.choices):
        return None
    if CONTROL.search(view):
        return _wrong(field, "must not hold control characters")
    path = Path(str(view, "utf-8"))
    if not path.is_absolute():
        return _wrong(
            field,
            "must be a whole path, because it is used from any folder",
            "start it at the root; `~` is not expanded",
        )
    try:
        with open_regular(path) as file:
            beginning = file.read(_LARGEST_PEM) or b""
    except FileNotFoundError:
        return _wrong(field, "names a file that is not there")
    except OSError as error:
        return _wrong(field, f"names a file that cannot be read ({error.strerror})")
    found = b"-----BEGIN " in beginning
    wipe(beginning)
    if not found:
        return _wrong(field, "names a file that is not PEM: it has no `-----BEGIN` line", "convert it with openssl")
    return None


def _base64(field: Field, view: memoryview) -> Problem | None:
    if len(view) % 4 or not _BASE64.match(view):
        return _wrong(field, "must be base64", "copy it again, whole and without spaces; it usually ends with `=`")
    try:
        decoded = binascii.a2b_base64(view, strict_mode=True)
    except binascii.Error:
        return _wrong(field, "must be base64", "copy it again, whole and without spaces")
    wipe(decoded)
    return None


def _reference(field: Field, view: memoryview) -> Problem | None:
    if not view or CONTROL.search(view) or _EDGE_SPACE.search(view):
        return _wrong(field, "must be the name of another secret", "`pond ls` shows the names there are")
    return None


_RULES: dict[FieldKind, Callable[[Field, memoryview], Problem | None]] = {
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


def _check_map(field: Field, value: SecureString) -> Problem | None:
    try:
        entries = read_map(value)
    except ValueError as error:
        example = '{"name": "value"}'
        return _wrong(field, f"must be a JSON object of texts, such as {example}: {error}")
    try:
        if "" in entries:
            return _wrong(field, "must not have an empty name")
        if len({name.lower() for name in entries}) < len(entries):
            # DuckDB makes some maps a STRUCT, and could not even list its secrets any more.
            return _wrong(field, "holds one name twice, in different case")
        return _check_headers(field, entries) if field.kind is FieldKind.HEADER_MAP else None
    finally:
        for entry in entries.values():
            entry.close()


def _check_headers(field: Field, entries: dict[str, SecureString]) -> Problem | None:
    for name, value in entries.items():
        if not _HEADER_NAME.fullmatch(name):
            return _wrong(field, "must have names that HTTP allows: letters, digits and hyphens")
        with value.exposed() as view:
            problem = _header(field, view, "has a value that ")
        if problem:
            return problem
    return None


def _wrong(field: Field, message: str, hint: str | None = None) -> Problem:
    """Make the problem of a field; the message is the rest of a sentence that begins with its name."""
    return Problem(field.name, f"{field.name} {message}", hint)
