"""A keychain that misbehaves under a vault: each call ends in time and says what to do, and afterwards all is well again."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.errors import SecretError
from pondpilot_secrets.keychain.base import CALL_DEADLINE
from pondpilot_secrets.keychain.secret_service import SecretServiceKeychain
from pondpilot_secrets.vault.drafts import Draft
from tests.services.delaying_bus import DelayingBus
from tests.services.keyring_daemon import KeyringDaemon
from tests.services.prompting_secret_service import PromptingSecretService
from tests.torture.conftest import Figure
from tests.torture.place import KEPT, NEW, Place, lead_to
from tests.torture.scale import scaled
from tests.vault.parts import parts

IN_TIME = CALL_DEADLINE + 2.0
"""Seconds: one deadline, a quarter of a second for each attempt to clean up, and a machine with other things to do."""

DELAY = scaled(30, 3)

Act = Callable[[SecretsManager], object]
ACTS: dict[str, Act] = {
    "save": lambda vault: vault.save_secret("s3", "new", NEW, scope="s3://new/"),
    "save_many": lambda vault: vault.save_secrets([Draft("s3", f"new{n}", NEW, scopes=("s3://n/",)) for n in range(3)]),
    "edit": lambda vault: vault.update_secret("first", fields={"secret": "new"}),
    "get": lambda vault: vault.get_secret("first").close(),
    "get_many": lambda vault: [secret.close() for secret in vault.get_secrets(list(KEPT))],
    "delete": lambda vault: vault.delete_secret("first"),
    "migrate": lambda vault: vault.move_store("file"),
}
BATCHES: dict[str, Act] = {
    "save_many": ACTS["save_many"],
    "delete_many": lambda vault: vault.delete_secrets(list(KEPT)),
    "migrate_here": lambda vault: vault.move_store("system"),
}
READS = ("get", "get_many")


def acts(*short: str) -> pytest.MarkDecorator:
    """All acts in the long form, these in the short one: the faults take their time."""
    return pytest.mark.parametrize("act", scaled(tuple(ACTS), short))


def failing(vault: SecretsManager, act: str, codes: tuple[int, ...], in_time: float = IN_TIME) -> float:
    """Hold that an act fails with one of the codes, in time and with a hint; return the seconds it took."""
    started = time.monotonic()
    with pytest.raises(SecretError) as caught:
        ACTS[act](vault)
    took = time.monotonic() - started
    assert caught.value.code in codes, caught.value
    assert caught.value.hint, caught.value
    assert took < in_time, caught.value
    return took


@contextlib.contextmanager
def other_threads_going_on() -> Iterator[None]:
    """Hold that the interpreter is never stopped for long."""
    beats, ended = [time.monotonic()], threading.Event()

    def beat() -> None:
        while not ended.wait(0.01):
            beats.append(time.monotonic())

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
    longest = max(after - before for before, after in itertools.pairwise(beats))
    assert longest < CALL_DEADLINE / 2, f"the interpreter stood still for {longest:.1f} s"


@acts("save_many")
def test_a_frozen_daemon(act: str, place: Place, secret_service: KeyringDaemon, figure: Figure) -> None:
    with place.open() as vault:
        _ = parts(vault).audit
        secret_service.freeze()
        try:
            with other_threads_going_on():
                took = failing(vault, act, (1015,))
                again = failing(vault, "get", (1015, 1002), in_time=1.5)  # as it was just found silent
        finally:
            secret_service.thaw()
    place.assert_well(act)
    figure(f"{act} on a frozen daemon: ended after {took:.2f} s, a get after it after {again:.2f} s more")


@acts("get")
def test_a_daemon_killed_under_a_call_that_never_comes_back(
    act: str, place: Place, secret_service: KeyringDaemon, figure: Figure
) -> None:
    with place.open() as vault:
        error, took = killed_under_a_call(vault, act, secret_service)
    assert isinstance(error, SecretError)
    assert error.code in (1015, 1004), error
    assert error.hint
    assert took < IN_TIME
    secret_service.start_daemon()
    place.assert_well(act)
    figure(f"{act} on a daemon that was killed under it: ended after {took:.2f} s")


@acts("edit", "get")
def test_a_daemon_killed_under_a_call_and_back_at_once(
    act: str, place: Place, secret_service: KeyringDaemon, figure: Figure
) -> None:
    with place.open() as vault:
        error, took = killed_under_a_call(vault, act, secret_service, back_after=0.3)
    assert error is None
    assert took < IN_TIME
    place.assert_well(act)
    figure(f"{act} on a daemon that was killed under it, and back 0.3 s later: done after {took:.2f} s")


def killed_under_a_call(
    vault: SecretsManager, act: str, daemon: KeyringDaemon, back_after: float | None = None
) -> tuple[BaseException | None, float]:
    """Kill the daemon while a call waits for it, and perhaps start it again; return how the act ended, and the seconds."""
    ended: list[tuple[BaseException | None, float]] = []

    def perform() -> None:
        started, error = time.monotonic(), None
        try:
            ACTS[act](vault)
        except BaseException as caught:  # noqa: BLE001 - the test looks at it
            error = caught
        ended.append((error, time.monotonic() - started))

    _ = parts(vault).audit
    daemon.freeze()
    acting = threading.Thread(target=perform)
    acting.start()
    time.sleep(0.2)
    daemon.kill_daemon()
    if back_after is not None:
        time.sleep(back_after)
        daemon.start_daemon()
    acting.join(30)
    return ended[0]


@acts("save", "migrate")
def test_a_collection_that_is_locked_midway(act: str, place: Place, secret_service: KeyringDaemon) -> None:
    with place.open() as vault:
        _ = parts(vault).audit
        secret_service.lock()
        failing(vault, act, (1010, 1013, 1014))
        failing(vault, act, (1010, 1013, 1014, 1002, 1021))  # what the first left is incomplete
    secret_service.unlock()
    place.assert_well(act)


@pytest.mark.parametrize(("act", "what"), scaled(
    [(act, what) for act in BATCHES for what in ("lock", "kill_daemon")],
    [("save_many", "lock"), ("migrate_here", "kill_daemon")],
))  # fmt: skip
def test_trouble_between_two_items_of_a_batch(
    act: str, what: str, place: Place, secret_service: KeyringDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    if act == "migrate_here":
        with place.open() as vault:
            vault.move_store("file")
    calls = 0
    for method in ("set", "delete"):
        real = getattr(SecretServiceKeychain, method)

        def counted(keychain: SecretServiceKeychain, *arguments: object, real: Callable[..., None] = real) -> None:
            nonlocal calls
            calls += 1
            if calls == 3:
                getattr(secret_service, what)()
            real(keychain, *arguments)

        monkeypatch.setattr(SecretServiceKeychain, method, counted)
    with place.open() as vault, pytest.raises(SecretError) as caught:
        BATCHES[act](vault)
    monkeypatch.undo()
    lead_to(secret_service, monkeypatch)
    assert caught.value.code in (1004, 1010, 1013, 1014, 1015)
    assert caught.value.hint
    if what == "lock":
        secret_service.unlock()
    else:
        secret_service.start_daemon()
    if act == "delete_many":
        with place.open() as vault:
            assert vault.list_secrets() == []
            place.model = {}
    place.assert_well(act)


@acts("save", "get_many")
def test_a_prompt_that_is_dismissed(
    act: str,
    place: Place,
    secret_service: KeyringDaemon,
    dismissing_secret_service: PromptingSecretService,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with place.open() as vault:
        vault.get_secret("first").close()  # the audit log's key is known, and the secrets are in the other keychain
        vault.lock()
        lead_to(dismissing_secret_service, monkeypatch)
        failing(vault, act, (1013,))
        assert "Prompt" in dismissing_secret_service.calls
    lead_to(secret_service, monkeypatch)
    place.assert_well(act)


@acts("edit")
def test_a_prompt_that_nobody_answers(
    act: str,
    place: Place,
    secret_service: KeyringDaemon,
    silent_secret_service: PromptingSecretService,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(SecretServiceKeychain.__init__.__kwdefaults__, "prompt_deadline", 1.0)
    with place.open() as vault:
        vault.get_secret("first").close()
        vault.lock()
        lead_to(silent_secret_service, monkeypatch)
        with other_threads_going_on():
            failing(vault, act, (1014,))
    lead_to(secret_service, monkeypatch)
    place.assert_well(act)


@acts("save_many")
@pytest.mark.timeout(300)
def test_answers_that_come_late(
    act: str, place: Place, secret_service: KeyringDaemon, monkeypatch: pytest.MonkeyPatch, figure: Figure
) -> None:
    bus = DelayingBus(secret_service.bus_address, secret_service.folder)
    with contextlib.closing(bus):
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.address)
        with place.open() as vault:
            vault.get_secret("first").close()
            bus.delay = DELAY
            with other_threads_going_on():
                took = failing(vault, act, (1015,))
            time.sleep(DELAY)  # by now the keychain has done all that it was asked, and has said so
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", secret_service.bus_address)
    place.assert_well(act)
    figure(f"{act} with answers {DELAY} s late: ended after {took:.2f} s")
