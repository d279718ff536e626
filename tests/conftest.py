"""What every test shares; the real servers are in `tests/services/fixtures.py`."""

from __future__ import annotations

pytest_plugins = ["tests.services.fixtures"]
