"""Handing secrets to DuckDB: apply, attach, test, and the variables for a child process."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from pondpilot_secrets.access.audit import Action
from pondpilot_secrets.errors import UsageError
from pondpilot_secrets.injection import attach as attaching
from pondpilot_secrets.injection import probe
from pondpilot_secrets.injection.extensions import Extensions
from pondpilot_secrets.injection.harden import harden, hardened_config
from pondpilot_secrets.injection.injector import Injector
from pondpilot_secrets.manager import reading
from pondpilot_secrets.secret_types import registry
from pondpilot_secrets.secret_types.base import FieldKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

    from pondpilot_secrets.manager.vault import Vault
    from pondpilot_secrets.models import SecretCredentials, TestResult
    from pondpilot_secrets.secret_types.base import SecretType
    from pondpilot_secrets.secure import SecureString

ALIAS_BY_ID = "id"
"""The alias that asks for the design's name of a secret inside DuckDB, `secret_<id>`."""
