"""Secrets of several types with the same marker in them, in every shape that a value takes on its way to DuckDB."""

from __future__ import annotations

import base64
from typing import Any

MARKER = "mK7qZ1vR9xW3bT5nY8cL2dF6gH4jP0sAeUoIi9Qw3Er7Ty1U"
"""48 letters without a meaning. (The test's process alone ever has it as a text of its program.)"""

SHAPES: dict[str, tuple[str, dict[str, Any], str | None]] = {
    "ascii": ("s3", {"key_id": "K", "secret": MARKER}, None),
    "latin": ("s3", {"key_id": "K", "secret": f"{MARKER}-é"}, None),
    "wide": ("mysql", {"host": "h", "password": f"Š中😀-{MARKER}"}, None),
    "quoted": ("mysql", {"host": "h", "password": f'"\\\n{MARKER}\\"'}, None),
    "long": ("gcs", {"key_id": "K", "secret": MARKER + "x" * 3_500}, None),
    "password": ("postgres", {"host": "h", "password": MARKER}, None),
    "token": ("huggingface", {"token": MARKER}, None),
    "account_key": ("azure", {"account_name": "a", "account_key": base64.b64encode(MARKER.encode()).decode()}, None),
    "headers": ("http", {"extra_http_headers": {"X-Key": MARKER, "X-Other": "o"}}, "https://a.example/"),
    "basic": ("http", {"username": "ana", "password": MARKER}, "https://b.example/"),
}
