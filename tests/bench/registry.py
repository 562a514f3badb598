"""What a benchmark is: a named function that measures ours and a reference in the same run."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass

Bench = Callable[[], "Result | Iterable[Result]"]
benches: dict[str, Bench] = {}


@dataclass(frozen=True, slots=True)
class Result:
    """One line of output; `name` only where one function measures several things."""

    ours: float
    reference: float
    unit: str
    what: str
    name: str = ""


def bench(name: str) -> Callable[[Bench], Bench]:
    """Register a benchmark under its name in the contract."""

    def register(function: Bench) -> Bench:
        if name in benches:
            raise ValueError(f"two benchmarks are called {name}")
        benches[name] = function
        return function

    return register


def size(name: str, default: int) -> int:
    """Return a size that the environment may change: BENCH_ROWS=1000 make bench ONLY=import_insured."""
    return int(os.environ.get(f"BENCH_{name.upper()}", default))
