"""The figures of a run, for people and as one line of JSON."""

import json
import statistics
from collections import Counter
from dataclasses import dataclass
from typing import Any

from tests.bank.checker import Recoveries
from tests.bank.faults import Fault
from tests.bank.history import History
from tests.bank.stage import Size
from tests.bank.town import Town


@dataclass(frozen=True)
class Verdict:
    """What was found, and the figures of the run."""

    findings: list[str]
    slow: list[str]
    figures: dict[str, Any]


def figures(
    size: Size,
    town: Town,
    history: History,
    faults: list[Fault],
    recoveries: Recoveries,
    drained: float,
) -> dict[str, Any]:
    """Return what a run did, in numbers."""
    operations = history.operations
    waits = [operation.ended - operation.began for operation in operations]
    unclear = [operation for operation in operations if operation.lost or operation.unsure]
    seconds = max(operation.ended for operation in operations) - history.began
    silences = [silence for _, silence, _ in recoveries]
    return {
        "bank": "http",
        "seed": size.seed,
        "people": len(town.residents),
        "bindings": len(town.bonds),
        "operations": len(operations),
        "kinds": dict(sorted(history.counts().items())),
        "faults": dict(sorted(Counter(fault.kind for fault in faults).items())),
        "seconds": round(seconds, 1),
        "per_second": round(len(operations) / seconds, 1),
        "replies_lost": sum(operation.lost for operation in operations),
        "resolved_by_retry": len(unclear),
        "longest_wait_seconds": round(max(waits), 1),
        "longest_unclear_seconds": round(max((o.ended - o.began for o in unclear), default=0), 1),
        "answers_that_said_ask_again": dict(
            Counter(
                f"{status} {code}" for one in operations for _, status, code in one.unsure if status >= 500
            )
        ),
        "snapshots": history.snapshots,
        "closings": len(history.closings),
        "silence_after_a_kill_median": round(statistics.median(silences), 1) if silences else 0,
        "silence_after_a_kill_worst": round(max(silences, default=0), 1),
        "answered_within_15_s_worst": round(min((share for _, _, share in recoveries), default=1.0), 3),
        "outbox_empty_seconds_after_last_fault": round(drained, 1),
    }


def table(verdict: Verdict) -> str:
    """Return the figures one a line, then every finding."""
    rows = [f"  {name.replace('_', ' '):40} {_plain(value)}" for name, value in verdict.figures.items()]
    rows += [f"  slow: {words}" for words in verdict.slow[:10]]
    if not verdict.findings:
        return "\n".join([*rows, "  nothing lost, nothing twice, nothing negative: no finding"])
    found = [f"  FOUND: {finding}" for finding in verdict.findings[:30]]
    more = len(verdict.findings) - len(found)
    return "\n".join([*rows, *found, *([f"  … and {more} more"] if more else [])])


def line(verdict: Verdict) -> str:
    """Return one JSON object."""
    return json.dumps(verdict.figures | {"findings": len(verdict.findings)}, ensure_ascii=False)


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {count}" for name, count in value.items())
    return str(value)
