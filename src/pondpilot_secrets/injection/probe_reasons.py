"""What an error text of a connection test means, and what to tell a person about it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pondpilot_secrets.models import TestReason

if TYPE_CHECKING:
    from collections.abc import Iterable

_COMMON: tuple[tuple[str, TestReason], ...] = (
    # "Failed to read connection" is what DuckDB 1.4 says of a server that does not answer.
    (
        r"Timeout was reached|timeout expired|timed out|[Tt]imeout reached|Failed to read connection",
        TestReason.TIMEOUT,
    ),
    (r"SSL (?:connect|peer)|certificate|TLS|SSL routines|server does not support SSL", TestReason.TLS),
    (
        r"Could(?:n't| not) (?:connect|resolve)|Connection (?:refused|reset)|No route to host|Network is unreachable|"
        r"could not translate host name|Unknown MySQL server host|Can't connect to|[Nn]ame or service not known|"
        r"Failed to connect|error for HTTP (?:HEAD|GET|POST)|server closed the connection|Lost connection",
        TestReason.UNREACHABLE,
    ),
    (r"\b(?:HTTP|status|code)\b[^0-9]{0,12}429|Too Many Requests", TestReason.RATE_LIMITED),
    (r"\b(?:HTTP|status|code)\b[^0-9]{0,12}401|Unauthorized", TestReason.WRONG_CREDENTIALS),
    (r"\b(?:HTTP|status|code)\b[^0-9]{0,12}403|Forbidden|[Pp]ermission denied", TestReason.NOT_ALLOWED),
    (r"\b(?:HTTP|status|code)\b[^0-9]{0,12}404|Not Found|does not exist", TestReason.NOT_FOUND),
    (r"\b(?:HTTP|status|code)\b[^0-9]{0,12}5\d\d|Internal Server Error", TestReason.SERVER_ERROR),
)
_OF_STATUS = {
    401: TestReason.WRONG_CREDENTIALS,
    403: TestReason.NOT_ALLOWED,
    404: TestReason.NOT_FOUND,
    407: TestReason.WRONG_CREDENTIALS,
    408: TestReason.TIMEOUT,
    410: TestReason.NOT_FOUND,
    429: TestReason.RATE_LIMITED,
    504: TestReason.TIMEOUT,
}
MESSAGES = {
    TestReason.OK: "it works",
    TestReason.WRONG_CREDENTIALS: "the server refused the credentials",
    TestReason.NOT_ALLOWED: "the credentials are not allowed to do that",
    TestReason.UNREACHABLE: "the server cannot be reached",
    TestReason.TIMEOUT: "the server did not answer in time",
    TestReason.TLS: "no secure connection could be made",
    TestReason.NOT_FOUND: "the server has no such database, bucket or file",
    TestReason.EXTENSION_MISSING: "DuckDB lacks an extension",
    TestReason.NO_TARGET: "there is nothing to try it on",
    TestReason.RATE_LIMITED: "the server asks to wait, because of too many requests",
    TestReason.SERVER_ERROR: "the server failed",
    TestReason.OTHER: "the test failed",
}
HINTS = {
    TestReason.WRONG_CREDENTIALS: "check the user, key, password or token, and whether it has expired",
    TestReason.NOT_ALLOWED: "ask those who run the server for the right to read there",
    TestReason.UNREACHABLE: "check the host, the port, and whether a VPN or firewall stands between",
    TestReason.TIMEOUT: "check the host and the port, or allow more time",
    TestReason.TLS: "check whether the server speaks TLS on this port, and its certificate",
    TestReason.NOT_FOUND: "check the name of the database, bucket or file",
    TestReason.RATE_LIMITED: "try again later",
    TestReason.SERVER_ERROR: "try again later",
}


def of_text(text: str, own: Iterable[tuple[str, TestReason]]) -> TestReason:
    """Return what an error text means: by the type's own patterns first, then by the common ones."""
    for pattern, reason in (*own, *_COMMON):
        if re.search(pattern, text):
            return reason
    return TestReason.OTHER


def of_status(status: int) -> TestReason | None:
    """Return what an HTTP status means, or None for one that is no refusal."""
    if status in _OF_STATUS:
        return _OF_STATUS[status]
    return TestReason.SERVER_ERROR if status >= 500 else None
