"""The clients: each does random operations and repeats what stays unanswered, with the same key."""

import json
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event, Lock
from typing import Any

from django.db import connections

from tests.bank import ledgerside
from tests.bank.history import Closing, History, Operation, now
from tests.bank.town import Bond, Resident, Town
from tests.bank.wire import Answer, Lost, press

PATIENCE = 60.0
"""Seconds after which a client gives up; how long it may really take is judged by tests.bank.checker."""
HOT = 3
"""Households that get half of the traffic."""
WEIGHTS = {
    "settle": 46, "reverse": 16, "read": 10, "quote": 3, "replay": 6, "again": 3, "altered": 2,
    "unbind": 8, "pause": 3, "adjust": 3,
}  # fmt: skip


class Shared:
    """What the clients of one provider know together."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.paid: dict[int, list[Operation]] = {}

    def add(self, operation: Operation) -> None:
        with self.lock:
            self.paid.setdefault(operation.provider, []).append(operation)

    def pick(self, provider: int, chance: random.Random) -> Operation | None:
        """A settlement that was acknowledged, mostly a recent one: then several clients work on it."""
        with self.lock:
            paid = self.paid.get(provider, [])
            return chance.choice(paid[-30:] if chance.random() < 0.7 else paid) if paid else None


class Client:
    """One counter with one till."""

    def __init__(self, number: int, seed: int, town: Town, history: History, shared: Shared) -> None:
        self.number, self.town, self.history, self.shared = number, town, history, shared
        self.chance = random.Random(seed * 1000 + number)
        self.till = town.tills[number % len(town.tills)]
        self.serials = 0
        self.pause = Event()  # never set: only waited for

    def work(self) -> None:
        """Do operations until there are enough."""
        kinds, weights = list(WEIGHTS), list(WEIGHTS.values())
        try:
            while self.history.take():
                kind = self.chance.choices(kinds, weights)[0]
                operation = getattr(self, f"_{kind}")() or self._settle()
                self.history.add(operation)
        except Exception as error:
            self.history.find(f"client {self.number} broke: {error!r}")
            raise
        finally:
            connections.close_all()

    # ------------------------------------------------------------- through the provider API
    def _settle(self) -> Operation:
        resident = self._resident()
        wish = {
            "provider_serial": self._serial("S"),
            "beneficiary": {"id_type": "01", "id_number": resident.number, "name": resident.name},
            "amount": yuan(self.chance.randrange(1, 80_00)),
            "category": self.chance.choice(["outpatient", "drug", "inpatient"]),
            "occurred_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        operation = self._post("settle", "settlements", wish, about=resident)
        if operation.posted:
            self.shared.add(operation)
        return operation

    def _reverse(self) -> Operation | None:
        paid = self.shared.pick(self.till.provider, self.chance)
        if paid is None or paid.answer is None:
            return None
        fen = money(paid.wish["amount"])
        amount = None if self.chance.random() < 0.4 else yuan(self.chance.randint(1, fen))
        wish = {"provider_serial": self._serial("R"), "amount": amount, "reason": "退药"}
        return self._post("reverse", f"settlements/{paid.answer.data['id']}/reversals", wish, about=paid)

    def _quote(self) -> Operation:
        resident = self._resident()
        wish = {
            "provider_serial": self._serial("Q"),
            "beneficiary": {"id_type": "01", "id_number": resident.number, "name": resident.name},
            "amount": "20.00",
            "category": "drug",
            "occurred_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        return self._post("quote", "quotes", wish, about=resident)

    def _read(self) -> Operation | None:
        paid = self.shared.pick(self.till.provider, self.chance)
        if paid is None or paid.answer is None:
            return None
        path = f"/api/v1/settlements/{paid.answer.data['id']}"
        operation = Operation("read", self.number, path, provider=self.till.provider, about=paid)
        self._until_answered(operation, lambda: self.till.send("GET", path))
        return operation

    def _replay(self) -> Operation | None:
        """Send an answered request once more, as a till does whose power failed."""
        paid = self.shared.pick(self.till.provider, self.chance)
        return paid and self._send("replay", paid, paid.key, paid.body)

    def _again(self) -> Operation | None:
        """Send an answered settlement under a new key, as a till does that forgot everything."""
        paid = self.shared.pick(self.till.provider, self.chance)
        return paid and self._send("again", paid, self._serial("K"), paid.body)

    def _altered(self) -> Operation | None:
        """Use a key for something else."""
        paid = self.shared.pick(self.till.provider, self.chance)
        return paid and self._send(
            "altered", paid, paid.key, json.dumps(paid.wish | {"amount": "0.01"}).encode()
        )

    def _send(self, kind: str, paid: Operation, key: str, body: bytes) -> Operation:
        operation = Operation(kind, self.number, paid.path, body, paid.wish, paid.provider, key, paid)
        self._until_answered(operation, lambda: self.till.send("POST", paid.path, body, key))
        return operation

    def _post(self, kind: str, call: str, wish: dict[str, Any], about: Any) -> Operation:
        body, path = json.dumps(wish).encode(), f"/api/v1/{call}"
        operation = Operation(
            kind, self.number, path, body, wish, self.till.provider, self._serial("K"), about
        )

        def request() -> Answer:
            return self.till.send("POST", path, body, operation.key)

        if self.chance.random() < 0.04:  # an impatient hand: twice at the same moment
            with ThreadPoolExecutor(2) as pool:
                for double in [pool.submit(self._until_answered, operation, request) for _ in range(2)]:
                    double.result()
        else:
            self._until_answered(operation, request)
        return operation

    # ------------------------------------------------------------- through the citizens' pages
    def _unbind(self) -> Operation | None:
        """End a binding, or take the end of one back."""
        return self._change(self._turn, lambda bond: bond.ended_by is not None)

    def _pause(self) -> Operation | None:
        """Pause a binding, or resume it."""
        return self._change(self._rest, lambda bond: bond.paused)

    def _change(
        self, change: Callable[[Bond], Operation | None], closed: Callable[[Bond], bool]
    ) -> Operation | None:
        """Change a binding that nobody else is changing; closed ones first, else soon none would pay."""
        household = self._household()
        bonds = [bond for bond in self.town.bonds if bond.household == household]
        bond = self.chance.choice([bond for bond in bonds if closed(bond)] or bonds)
        if not bond.lock.acquire(blocking=False):
            return None
        try:
            return change(bond)
        finally:
            bond.lock.release()

    def _turn(self, bond: Bond) -> Operation:
        if bond.ended_by is not None:
            asked, clock = now(), ledgerside.clock()
            operation = self._press("rebind", bond, "undo-end", bond.ended_by)
            self._reopen("end", bond, clock, asked)
            bond.ended_by = None
            return operation
        by = self.chance.randrange(2)
        operation = self._press("unbind", bond, "end", by)
        bond.ended_by = by
        self._close("end", bond, ledgerside.ended_at(bond.mandate), operation)
        return operation

    def _rest(self, bond: Bond) -> Operation | None:
        if bond.ended_by is not None:
            return None
        if bond.paused:
            asked, clock = now(), ledgerside.clock()
            operation = self._press("resume", bond, "resume", 0)
            self._reopen("pause", bond, clock, asked)
        else:
            operation = self._press("pause", bond, "pause", 0)
            self._close("pause", bond, ledgerside.paused_at(bond.mandate), operation)
        bond.paused = not bond.paused
        return operation

    def _press(self, kind: str, bond: Bond, button: str, by: int) -> Operation:
        operation = Operation(kind, self.number, f"/bindings/{bond.id}/{button}/", about=bond)
        self._until_answered(operation, lambda: press(self.till.port, bond.sessions[by], operation.path))
        return operation

    def _close(self, how: str, bond: Bond, at: datetime | None, operation: Operation) -> None:
        if at is None:
            self.history.find(f"acknowledged, but not on the books: {operation}")
            return
        self.history.closings.append(Closing(how, bond, at, now()))

    def _reopen(self, how: str, bond: Bond, clock: datetime, asked: float) -> None:
        """Note from when a closing may be over: a binding taken back may still be paused."""
        for closing in self.history.closings:
            if closing.how == how and closing.bond is bond and closing.reopened_at is None:
                closing.reopened_at, closing.reopened_from = clock, asked

    # ------------------------------------------------------------- the bureau
    def _adjust(self) -> Operation:
        """Credit an account, with a serial that makes repeating safe."""
        holders = [resident for resident in self.town.residents if resident.account]
        resident = self.chance.choice(holders)
        fen, serial = self.chance.randrange(1_00, 300_00), self._serial("contribution:")
        operation = Operation(
            "adjust", self.number, about=resident, wish={"fen": fen, "provider_serial": serial}
        )
        done = ledgerside.credit(resident, self.town.fund, serial, fen, operation)
        operation.answers.append(Answer(201 if done in ("posted", "there") else 409, done.encode()))
        return operation

    # ------------------------------------------------------------- parts
    def _until_answered(self, operation: Operation, request: Callable[[], Answer]) -> None:
        """Send until there is a final answer; what stays open after PATIENCE is a finding later."""
        deadline = now() + PATIENCE
        while now() < deadline:
            operation.attempts += 1
            try:
                answer = request()
            except Lost:
                operation.lost += 1
            else:
                if answer.final:
                    operation.answers.append(answer)
                    return
                operation.unsure.append((now(), answer.status, answer.code))
            self.pause.wait(self.chance.uniform(0.05, 0.4))
        self.history.find(f"no answer within {PATIENCE:.0f} s: {operation} {operation.unsure[-3:]}")

    def _household(self) -> int:
        households = range(len(self.town.households))
        return self.chance.choice(households[:HOT] if self.chance.random() < 0.5 else households)

    def _resident(self) -> Resident:
        return self.chance.choice(self.town.households[self._household()])

    def _serial(self, prefix: str) -> str:
        self.serials += 1
        return f"{prefix}{self.number}-{self.serials}"


def yuan(fen: int) -> str:
    """分 as the API wants it."""
    return f"{fen // 100}.{fen % 100:02}"


def money(text: str) -> int:
    """元 as the API writes it, in 分."""
    whole, _, part = text.partition(".")
    return int(whole) * 100 + int((part + "00")[:2])
