"""A sample of an interface: `src/pondpilot_secrets/interfaces/lines/__main__.py`, a line of JSON in and one out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

from pondpilot_secrets.access.grants import Access, Grant
from pondpilot_secrets.commands.codec import from_json, to_json
from pondpilot_secrets.commands.problem_details import ProblemDetails
from pondpilot_secrets.commands.registry import COMMANDS, dispatch
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.errors import SecretError

ACCESS = Access("lines", frozenset({Grant.LIST, Grant.USE}))
"""Names and uses of secrets; never a value, and no change."""


def main() -> None:
    with Session(ACCESS) as session:
        for line in sys.stdin:
            print(json.dumps(answer(session, json.loads(line))), flush=True)


def answer(session: Session, asked: dict[str, object]) -> object:
    name = str(asked["command"])
    try:
        result = dispatch(session, name, from_json(COMMANDS[name].request_type, asked.get("request", {})))
        return {
            "result": [to_json(row, ACCESS) for row in result]
            if isinstance(result, Iterator)
            else to_json(result, ACCESS)
        }
    except SecretError as error:
        return {"error": to_json(ProblemDetails.of(error))}


if __name__ == "__main__":
    main()
