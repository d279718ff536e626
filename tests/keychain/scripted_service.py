"""A Secret Service as its clients find it, by a script: what each operation raises, and when."""

from __future__ import annotations

from collections.abc import Callable

from pondpilot_secrets.errors import KeychainLockedError
from pondpilot_secrets.keychain.bus import ObjectGoneError
from pondpilot_secrets.keychain.secret_service import SecretServiceKeychain
from pondpilot_secrets.keychain.secret_service_programs import KWALLET, Program


class ScriptedService:
    """A Secret Service as its clients find it: a script of errors, one for each operation, then answers."""

    def __init__(self) -> None:
        self.errors: list[BaseException | None] = []
        self.items = {"s3:1": b"value"}
        self.is_locked = False
        self.collection = True
        self.calls: list[str] = []
        self.clients: list[Client] = []
        self.now = 1000.0
        self.slept: list[float] = []
        self.during: Callable[[], None] = lambda: None
        self.while_prompting: Callable[[], None] = lambda: None

    def connect(
        self,
        seconds: float,
        on_prompt: Callable[[], float],
        on_answer: Callable[[], None],
        on_program: Callable[[Program], None],
    ) -> Client:
        self.calls.append("connect")
        on_program(KWALLET)
        self.clients.append(Client(self, on_prompt, on_answer))
        self.clients[-1].bus.allow(seconds)
        return self.clients[-1]

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def keychain(self, **options: float) -> SecretServiceKeychain:
        return SecretServiceKeychain(connect=self.connect, clock=self.clock, sleep=self.sleep, **options)  # type: ignore[arg-type]

    def take(self, call: str) -> None:
        self.calls.append(call)
        self.during()
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error
        if not self.collection:
            raise ObjectGoneError


class Allowance:
    """Stands for the connection: what deadlines it was given."""

    def __init__(self) -> None:
        self.allowed: list[float] = []

    def allow(self, seconds: float) -> None:
        self.allowed.append(seconds)


class Client:
    """What the provider asks of a `SecretServiceClient`."""

    def __init__(self, service: ScriptedService, on_prompt: Callable[[], float], on_answer: Callable[[], None]) -> None:
        self.service, self.bus, self.closed = service, Allowance(), False
        self._on_prompt, self._on_answer = on_prompt, on_answer

    def get_many(self, accounts: list[str]) -> dict[str, bytearray]:
        self.service.take("get")
        self.refuse_locked()
        return {name: bytearray(self.service.items[name]) for name in accounts if name in self.service.items}

    def set(self, account: str, payload: bytes) -> None:
        self.service.take("set")
        self.refuse_locked()
        self.service.items[account] = bytes(payload)

    def delete(self, account: str) -> None:
        self.service.take("delete")
        self.service.items.pop(account, None)

    def list_accounts(self) -> list[str]:
        self.service.take("list")
        return sorted(self.service.items)

    def locked(self) -> bool:
        self.service.take("locked")
        return self.service.is_locked

    def refuse_locked(self) -> None:
        if not self.service.collection:
            raise ObjectGoneError
        if self.service.is_locked:
            raise KeychainLockedError("it is locked")

    def unlock(self) -> None:
        self.service.take("unlock")
        self.service.is_locked = False

    def has_collection(self) -> bool:
        return self.service.collection

    def create_collection(self) -> None:
        self.service.calls.append("create_collection")
        self._on_prompt()
        self.service.while_prompting()
        self.service.collection = True
        self._on_answer()

    def close(self) -> None:
        self.closed = True
