"""Real races: several functions at once, each in its own thread with its own database connection."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from django.db import connections


def run_together(*functions: Callable[[], object], timeout: float = 30) -> Sequence[object]:
    """Start all functions at one moment; return what each returned, or the exception it raised."""
    gate = threading.Barrier(len(functions))

    def at_the_gate(function: Callable[[], object]) -> object:
        try:
            gate.wait(timeout)
            return function()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(functions)) as pool:
        return [future.result(timeout) for future in [pool.submit(at_the_gate, f) for f in functions]]
