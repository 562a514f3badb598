"""Leaving alone what fails: one circuit breaker for everything the portal asks over a network."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Resting(Exception):
    """The service failed too often a moment ago and is not asked now."""


class Breaker:
    """After `failures` in a row a service is left alone for `rest` seconds; then one try decides.

    The lock is held for the counting only, never during a call: one slow answer delays nobody else.
    """

    def __init__(
        self, *, failures: int = 5, rest: float = 30.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.failures, self.rest, self.clock = failures, rest, clock
        self._failed = 0
        self._closed_from = 0.0
        self._lock = threading.Lock()

    @contextmanager
    def watching(self, *failing: type[Exception]) -> Iterator[None]:
        """Run the block unless the service rests; the exceptions `failing` count as its failures.

        Raises Resting without running the block.
        """
        self._begin()
        try:
            yield
        except failing:
            self._fail()
            raise
        with self._lock:
            self._failed = 0

    def _begin(self) -> None:
        with self._lock:
            if self._failed < self.failures:
                return
            if self.clock() < self._closed_from:
                raise Resting
            # This caller tries; all others rest on until its answer is there.
            self._closed_from = self.clock() + self.rest

    def _fail(self) -> None:
        with self._lock:
            self._failed += 1
            self._closed_from = self.clock() + self.rest
