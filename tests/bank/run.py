"""One run: a town, sixteen clients, faults, snapshots, and the verdict. Needs Django set up."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from django.db import connections

from gongji import outbox
from tests.bank import checker, crowd, ledgerside, report
from tests.bank import faults as trouble
from tests.bank import town as towns
from tests.bank.faults import Fault
from tests.bank.history import History, now
from tests.bank.report import Verdict
from tests.bank.stage import Size, Stage
from tests.bank.town import Town
from tests.bank.wire import Lost
from tests.waiting import eventually

CLIENTS = 16
REPLAYED_AT_THE_END = 200


def run(size: Size, stage: Stage) -> Verdict:
    """Let the clients work while things break, then judge what they were told."""
    town = towns.build(seed=size.seed, port=stage.port, workers=size.workers)
    history = History(size.operations)
    planned = trouble.plan(size.seed, size.faults, size.operations)
    _let_them_work(size, stage, town, history, planned)
    if history.findings:  # they ended the run early
        found = list(checker.judge(history, town, planned))
        return Verdict(found, [], report.figures(size, town, history, planned, [], 0))
    left = list(_left_in_the_outbox())
    drained = now() - max((fault.ended for fault in planned), default=now())
    connections.close_all()
    stage.restart()
    recoveries = [(fault, *checker.recovery(history, fault)) for fault in planned if fault.kills]
    findings = [
        *left,
        *checker.judge(history, town, planned),
        *checker.letters(),
        *_other_words_after_a_restart(history, town),
        *_too_few_snapshots(history, size),
    ]
    if locked := trouble.deadlocks(stage.copy):
        findings.append(f"{locked} deadlocks in the log of PostgreSQL")
    slow = list(checker.too_slow(history, recoveries, drained))
    figures = report.figures(size, town, history, planned, recoveries, drained)
    return Verdict([*findings, *slow], [], figures) if size.whole else Verdict(findings, slow, figures)


def _let_them_work(size: Size, stage: Stage, town: Town, history: History, planned: Sequence[Fault]) -> None:
    over, shared = threading.Event(), crowd.Shared()
    clients = [crowd.Client(number, size.seed, town, history, shared) for number in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS + 2) as pool:
        others = [
            pool.submit(trouble.carry_out, planned, stage.copy, history, size.seed),
            pool.submit(_watch, history, size, over),
        ]
        for work in [pool.submit(client.work) for client in clients]:
            work.exception()  # it has told the history
        over.set()
        for other in others:
            other.result()


def _watch(history: History, size: Size, over: threading.Event) -> None:
    """Look at the books again and again while they are written."""
    step = size.operations / (size.snapshots * 1.2)
    try:
        while not over.is_set():
            total, wrong, negative, deadlocks = ledgerside.snapshot()
            history.snapshots += 1
            if total or wrong or negative or deadlocks:
                history.find(
                    f"snapshot {history.snapshots}: entries sum to {total}, {wrong} balances are not the"
                    f" sum of theirs, {negative} are negative, {deadlocks} deadlocks"
                )
            history.wait_for(min(int(history.snapshots * step), size.operations))
    finally:
        connections.close_all()


def _other_words_after_a_restart(history: History, town: Town) -> Iterator[str]:
    """Send old requests to the portal started anew: the same bytes must come back."""
    tills = {till.provider: till for till in town.tills}
    asked = [operation for operation in history.of("settle", "reverse", "quote") if operation.answer]
    for operation in asked[:: max(len(asked) // REPLAYED_AT_THE_END, 1)]:
        till = tills[operation.provider]
        for _ in range(20):  # the proxy still loses some
            try:
                answer = till.send("POST", operation.path, operation.body, operation.key)
            except Lost:
                continue
            assert operation.answer
            if (answer.status, answer.body) != (operation.answer.status, operation.answer.body):
                yield f"after a restart answered {answer.status} {answer.body!r}: {operation}"
            break
        else:
            yield f"after a restart no answer: {operation}"


def _left_in_the_outbox() -> Iterator[str]:
    """Wait until all background work is done."""
    try:
        eventually(lambda: ledgerside.steadily(outbox.health)["backlog"] == 0, "the outbox is empty", 300)
    except AssertionError as never:
        yield f"{never} {ledgerside.steadily(outbox.health)}"


def _too_few_snapshots(history: History, size: Size) -> Iterator[str]:
    if history.snapshots < size.snapshots:
        yield f"only {history.snapshots} snapshots of {size.snapshots}"
