"""The test modules that stand among those of `src/` and mirror none: each is about what several modules do together.

Tests of the whole product stand in folders of their own: integration, memory, torture, docs, house.
"""

from __future__ import annotations

BEHAVIOURS: dict[str, str] = {
    "tests/test_imports.py": "what importing the package, and any command, brings in",
}
