"""One visit to the system keychain in a process of its own: `python -m tests.keychain.visitor ACTION …`.

Each state of the keychain is met by a fresh process. Prints JSON: what came
back, or the error, and how long it took.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from pondpilot_secrets.errors import SecretError
from pondpilot_secrets.keychain.secret_service import SecretServiceKeychain
from pondpilot_secrets.keychain.store_choice import choose_store
from pondpilot_secrets.keychain.store_kind import StoreContext

SHORT_CALL, SHORT_PROMPT = 1.0, 1.0


def visit(environment: dict[str, str], *steps: str) -> dict[str, Any]:
    """Carry out steps in a child; a step is a name of `Visitor`'s methods, `wait` waits for a line from `resume`."""
    child = begin(environment, *steps)
    return finish(child)


def begin(environment: dict[str, str], *steps: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.keychain.visitor", *steps]
    return subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def wait_until_it_waits(child: subprocess.Popen[str]) -> None:
    assert child.stdout is not None
    assert child.stdout.readline() == "waiting\n"


def finish(child: subprocess.Popen[str]) -> dict[str, Any]:
    output, _ = child.communicate("\n", timeout=30)
    answer: dict[str, Any] = json.loads(output)
    return answer


def carry_out(steps: list[str]) -> object:
    result: object = None
    keychain = SecretServiceKeychain(call_deadline=SHORT_CALL, prompt_deadline=SHORT_PROMPT)
    for step in steps:
        match step.split("="):
            case ["set", account]:
                keychain.set(account, b"value of " + account.encode())
            case ["get", account]:
                result = keychain.get(account).decode()
            case ["get_many", accounts]:
                result = {name: item.decode() for name, item in keychain.get_many(accounts.split(",")).items()}
            case ["status"]:
                status = keychain.status()
                result = [status.available, status.locked, status.reason, status.hint]
            case ["unlock"]:
                keychain.unlock()
            case ["list"]:
                result = keychain.list_accounts()
            case ["wait"]:
                print("waiting", flush=True)
                sys.stdin.readline()
            case _:
                raise ValueError(step)
    return result


def main(steps: list[str]) -> None:
    started = time.monotonic()
    answer: dict[str, Any] = {}
    try:
        if steps == ["choose"]:
            choice = choose_store("auto", StoreContext(Path("/nowhere")))
            answer["result"] = [choice.kind.name, choice.reason]
        else:
            answer["result"] = carry_out(steps)
    except SecretError as error:
        answer |= {"code": error.code, "message": error.message, "hint": error.hint}
    print(json.dumps(answer | {"seconds": time.monotonic() - started}))


if __name__ == "__main__":
    main(sys.argv[1:])
