"""A writer that kills itself in the middle: `python -m tests.vault.dying_writer HOME STORE OPERATION MOMENT`.

The operation is carried out on the real store; just before or just after the one keychain write in it the process gets
SIGKILL, which leaves no time for any clean-up.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from pondpilot_secrets import SecretsManager
from tests.vault.parts import parts
from tests.vault.stores import open_vault

WRITES = {"save": "set_many", "edit": "set_many", "delete": "delete"}


def dying(call: Callable[..., None], moment: str) -> Callable[..., None]:
    def run(*arguments: Any) -> None:
        if moment == "after":
            call(*arguments)
        os.kill(os.getpid(), signal.SIGKILL)

    return run


def main(home: str, store: str, operation: str, moment: str) -> None:
    vault = open_vault(home, store)
    keychain = parts(vault).keychain
    assert parts(vault).audit is not None  # so that the next keychain write is the operation's own
    method = WRITES[operation]
    setattr(keychain, method, dying(getattr(keychain, method), moment))
    carry_out(vault, operation)
    raise SystemExit("the operation ended without a keychain write")


def carry_out(vault: SecretsManager, operation: str) -> None:
    if operation == "save":
        vault.save_secret("s3", "fresh", {"key_id": "K", "secret": "new-value"}, scope="s3://b/")
    elif operation == "edit":
        vault.update_secret("kept", fields={"secret": "new-value", "session_token": "t"}, tags=["edited"])
    else:
        vault.delete_secret("kept")


if __name__ == "__main__":
    main(*sys.argv[1:])
