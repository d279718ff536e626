"""What is made at first use is made once, whichever thread asks, and again only where making it failed."""

from __future__ import annotations

import threading

import pytest

from pondpilot_secrets.vault.once import Once


def test_it_is_made_at_the_first_call_and_given_at_every_call() -> None:
    made: list[object] = []
    once = Once(lambda: made.append(object()) or made[-1])
    assert made == []
    assert once() is once() is made[0]
    assert len(made) == 1


def test_many_threads_get_the_same_one() -> None:
    begin, made, got = threading.Barrier(8), [], []

    def make() -> object:
        made.append(object())
        return made[-1]

    once = Once(make)

    def ask() -> None:
        begin.wait(10)
        got.append(once())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(made) == 1
    assert got == made * 8


def test_one_that_failed_is_made_at_the_next_call() -> None:
    answers = iter([ValueError("not yet"), "made"])

    def make() -> str:
        answer = next(answers)
        if isinstance(answer, ValueError):
            raise answer
        return answer

    once = Once(make)
    with pytest.raises(ValueError, match="not yet"):
        once()
    assert once() == "made"


def test_one_may_be_made_of_another() -> None:
    first = Once(lambda: "first")
    second = Once(lambda: first() + " and second")
    assert second() == "first and second"
