"""What the clients did and what they were told, as they saw it."""

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from threading import Condition
from typing import Any

from tests.bank.town import Bond
from tests.bank.wire import Answer

now = time.monotonic


@dataclass
class Operation:
    """One thing a client wanted; `answers` are all final ones, more than one after an impatient double."""

    kind: str
    client: int
    path: str = ""
    body: bytes = b""
    wish: dict[str, Any] = field(default_factory=dict)
    provider: int = 0
    key: str = ""
    about: Any = None
    """The settlement it reverses, reads or repeats; the bond it changes; the account it credits."""
    began: float = field(default_factory=now)
    ended: float = 0.0
    attempts: int = 0
    lost: int = 0
    unsure: list[tuple[float, int, str]] = field(default_factory=list)
    """Answers that left it open: when, status, code."""
    answers: list[Answer] = field(default_factory=list)

    @property
    def answer(self) -> Answer | None:
        return self.answers[0] if self.answers else None

    @property
    def posted(self) -> bool:
        return self.kind in ("settle", "reverse") and self.answer is not None and self.answer.status == 201

    def __str__(self) -> str:
        told = f"{self.answer.status} {self.answer.code}" if self.answer else "nothing"
        return f"{self.kind} {self.wish.get('provider_serial', '')} {self.path} (told: {told})"


@dataclass
class Closing:
    """A mandate that was closed: from its acknowledged closing until somebody asked for its return."""

    how: str
    """By "end" or by "pause"."""
    bond: Bond
    closed_at: datetime
    """The database's clock, as the acknowledged closing has it."""
    told_at: float
    """The client's clock when it read the acknowledgment."""
    reopened_at: datetime | None = None
    reopened_from: float | None = None

    def covers(self, at: datetime) -> bool:
        """Whether a posting at this time came while the mandate was closed."""
        return at > self.closed_at and (self.reopened_at is None or at < self.reopened_at)

    def spans(self, began: float, ended: float) -> bool:
        """Whether a client asked and was answered while it knew the mandate to be closed."""
        return began > self.told_at and (self.reopened_from is None or ended < self.reopened_from)


class History:
    """Everything that happened, and how far the run is."""

    def __init__(self, operations: int) -> None:
        self.wanted = operations
        self.began = now()
        self.operations: list[Operation] = []
        self.closings: list[Closing] = []
        self.snapshots = 0
        self.findings: list[str] = []
        self._started = 0
        self._change = Condition()

    def take(self) -> bool:
        """Tell a client whether there is another operation to do; one finding ends the run."""
        with self._change:
            self._started += 1
            return self._started <= self.wanted and not self.findings

    def add(self, operation: Operation) -> None:
        operation.ended = now()
        with self._change:
            self.operations.append(operation)
            self._change.notify_all()

    def find(self, finding: str) -> None:
        """Note something that must never happen."""
        with self._change:
            self.findings.append(finding)
            self._change.notify_all()

    def wait_for(self, count: int) -> bool:
        """Wait until so many operations are done; False when something was found before."""
        with self._change:
            self._change.wait_for(lambda: len(self.operations) >= count or bool(self.findings), timeout=600)
            return len(self.operations) >= count

    def of(self, *kinds: str) -> list[Operation]:
        return [operation for operation in self.operations if operation.kind in kinds]

    def counts(self) -> Counter[str]:
        return Counter(operation.kind for operation in self.operations)
