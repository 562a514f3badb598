"""What goes wrong, and when: a plan made from the seed, carried out while the clients work."""

import contextlib
import os
import random
import shutil
import signal
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bank.history import History, now
from tests.copies import Copy
from tests.waiting import eventually

WHOLE = ["postgres"] * 5 + ["web"] * 5 + ["celery"] * 5 + ["valkey"] * 3 + ["freeze"] * 2
FEW = ["postgres", "web", "celery", "valkey"]
FROZEN = 10.0


@dataclass
class Fault:
    """One fault: `after` so many operations; when it began, and when the portal said ready again."""

    kind: str
    after: int
    began: float = 0.0
    ended: float = 0.0

    @property
    def kills(self) -> bool:
        return self.kind != "freeze"


def plan(seed: int, count: int, operations: int) -> list[Fault]:
    """Return `count` faults, evenly over the run, in an order that the seed decides."""
    chance = random.Random(seed)
    kinds = list(WHOLE) if count >= len(WHOLE) else (FEW * count)[:count]
    chance.shuffle(kinds)
    step = operations / (len(kinds) + 1)
    return [Fault(kind, int(step * (number + 1))) for number, kind in enumerate(kinds)]


def carry_out(faults: Sequence[Fault], copy: Copy, history: History, seed: int) -> None:
    """Do every fault when its time has come; the next one only after the portal says ready again."""
    chance = random.Random(seed)
    for fault in faults:
        if not history.wait_for(fault.after):
            history.find(f"no {fault.kind} was killed: the clients stood still")
            return
        fault.began = now()
        _DO[fault.kind](copy, chance)
        copy.wait_until_ready(120)
        fault.ended = now()


# ------------------------------------------------------------- each kind
def _postgres(copy: Copy, chance: random.Random) -> None:
    os.kill(copy.pid("postgres"), signal.SIGKILL)


def _web(copy: Copy, chance: random.Random) -> None:
    """Kill one of gunicorn's workers, with up to four requests in it."""
    _kill(chance.choice(children(copy.pid("web"))))


def _celery(copy: Copy, chance: random.Random) -> None:
    """Kill a worker with all its children, as the kernel does when memory runs out."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(copy.pid("worker"), signal.SIGKILL)


def _valkey(copy: Copy, chance: random.Random) -> None:
    """Kill the broker and throw everything away that it had written."""
    shutil.rmtree(copy.var / "redis" / "appendonlydir", ignore_errors=True)
    _kill(copy.pid("redis"))


def _freeze(copy: Copy, chance: random.Random) -> None:
    """Stop a web worker, or all of PostgreSQL, for ten seconds, and let it go on."""
    postmaster = copy.pid("postgres")
    whole = [*children(postmaster), postmaster]
    frozen = chance.choice([whole, [chance.choice(children(copy.pid("web")))]])
    for pid in frozen:
        _signal(pid, signal.SIGSTOP)
    threading.Event().wait(FROZEN)
    for pid in reversed(frozen):
        _signal(pid, signal.SIGCONT)


_DO = {"postgres": _postgres, "web": _web, "celery": _celery, "valkey": _valkey, "freeze": _freeze}


def children(pid: int) -> list[int]:
    """Return the child processes; waits a moment where all of them have just died."""

    found: list[int] = []

    def alive() -> list[int]:
        with contextlib.suppress(OSError):
            found[:] = map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
        return found

    eventually(alive, f"process {pid} has children", seconds=5)
    return found


def _kill(pid: int) -> None:
    _signal(pid, signal.SIGKILL)


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def deadlocks(copy: Copy) -> int:
    """Count them in the server's log: a crash resets the statistics."""
    log = copy.var / "log" / "postgres.log"
    return log.read_text(errors="replace").count("deadlock detected")
