"""All that a failure shows to anybody who looks hard: texts, attributes, causes, locals of our frames, logs, warnings."""

from __future__ import annotations

import contextlib
import json
import logging
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import pondpilot_secrets
from pondpilot_secrets.commands.codec import to_json
from pondpilot_secrets.commands.problem_details import ProblemDetails
from pondpilot_secrets.errors import SecretError
from pondpilot_secrets.models import TestResult
from tests.interfaces.cli.pond import Ended

OURS = str(Path(pondpilot_secrets.__file__).parent)


class NothingFailedError(AssertionError):
    """Raised when what should fail did not."""


def shown_by(action: Callable[[], Any], *, frames: bool = True) -> str:
    """Carry out what must fail, and return everything that can be seen of it, the variables of our frames too."""
    with everything_logged() as log:
        try:
            answer = action()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is looked at
            return "\n".join([*of_error(error, frames=frames), *log])
    if isinstance(answer, TestResult) and not answer.ok:
        return "\n".join([repr(answer), json.dumps(to_json(answer)), *log])
    if isinstance(answer, Ended) and answer.status:
        return "\n".join([answer.out, answer.err, *log])
    raise NothingFailedError(f"nothing failed: {answer!r}")


@contextlib.contextmanager
def everything_logged() -> Iterator[list[str]]:
    """Gather what all loggers say, at the finest level, and all warnings."""
    said: list[str] = []

    class Gathering(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(self.format(record) + repr(record.args))

    root, handler = logging.getLogger(), Gathering()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            yield said
            said += [str(warning.message) for warning in warned]
    finally:
        root.removeHandler(handler)
        root.setLevel(before)


def of_error(error: BaseException, *, frames: bool) -> Iterator[str]:
    """Give everything of an error and of what it hangs on."""
    yield "".join(traceback.format_exception(error))
    if isinstance(error, SecretError):
        yield json.dumps(to_json(ProblemDetails.of(error)), ensure_ascii=False)
    chain, seen = [error], set[int]()
    while chain:
        each = chain.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield from (str(each), repr(each), repr(each.args), repr(vars(each)))
        if frames:
            yield from locals_of_our_frames(each.__traceback__)
        chain += [other for other in (each.__cause__, each.__context__) if other is not None]


def locals_of_our_frames(start: TracebackType | None) -> Iterator[str]:
    """Give the variables of the frames that are the product's own, as an error tracker would send them home."""
    for frame, _ in traceback.walk_tb(start):
        if frame.f_code.co_filename.startswith(OURS):
            for name, value in frame.f_locals.items():
                with contextlib.suppress(Exception):  # a closed connection has no repr
                    yield f"{frame.f_code.co_name}: {name} = {value!r}"
