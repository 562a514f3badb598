"""Was everything that was said also done, once, and nothing else? The whole history is judged."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from accounts.models import Message
from gongji.models import OutboxJob
from ledger import services as ledger
from ledger.models import Entry, LedgerAccount, Transaction
from tests.bank.crowd import money
from tests.bank.faults import Fault
from tests.bank.history import History, Operation
from tests.bank.town import Town, masked

LONGEST = 30.0
"""Seconds within which whatever stayed open must be cleared up by repeating it."""
RECOVERY = 15.0
"""Seconds after a kill within which 95 % of what was asked must be answered."""
ANSWERED_IN_TIME = 0.95
ASKED_WITHIN = 5.0
DRAINED = 120.0
"""Seconds after the last fault within which all background work is done."""
GRACE = 10.0
"""Seconds after a fault in which an error of the server is its consequence."""

Recoveries = Sequence[tuple[Fault, float, float]]
"""Each kill with its longest silence in seconds, and the share answered in time."""
EXPECTED = {
    "settle": {(201, "")},
    "reverse": {(201, ""), (409, "already_reversed"), (422, "reversal_exceeds_original")},
    "quote": {(200, "")},
    "read": {(200, "")},
    "replay": {(201, "")},
    "again": {(409, "duplicate_provider_serial")},
    "altered": {(422, "idempotency_key_reused")},
    "unbind": {(302, "")},
    "rebind": {(302, "")},
    "pause": {(302, "")},
    "resume": {(302, "")},
    "adjust": {(201, "")},
}


def judge(history: History, town: Town, faults: list[Fault]) -> Iterator[str]:
    """Yield everything that must not be."""
    yield from history.findings
    for operation in history.operations:
        yield from _answered_as_it_should_be(operation)
        yield from _errors_have_a_cause(operation, faults)
    books = {
        (row.provider_id, row.serial): row
        for row in Transaction.objects.filter(provider__isnull=False).prefetch_related("entries")
    }
    yield from _acknowledged_is_on_the_books(history, books)
    yield from _on_the_books_is_acknowledged(history, books)
    yield from _reversals_fit(history)
    yield from _balances_follow_from_what_was_said(history, town)
    yield from _nothing_after_a_closing(history)
    finding = ledger.verify().finding
    if finding:
        yield f"verify_ledger: {finding.check}: {finding.row}"


# ------------------------------------------------------------- what the clients were told
def _answered_as_it_should_be(operation: Operation) -> Iterator[str]:
    if operation.answer is None:
        return  # the client has said so
    for answer in operation.answers:
        if (answer.status, answer.code) not in EXPECTED[operation.kind] or "/login/" in answer.location:
            yield f"answered {answer.status} {answer.code}: {operation}"
        if answer.body != operation.answer.body and operation.key:
            yield f"two answers to one key: {operation}"
    paid = operation.about.answer if isinstance(operation.about, Operation) else None
    if operation.kind == "replay" and paid and operation.answer.body != paid.body:
        yield f"a replay with other words: {operation}"
    if operation.kind == "again" and paid and operation.answer.data.get("first_id") != paid.data["id"]:
        yield f"the first settlement is not named: {operation}"
    if operation.kind == "read" and paid:
        figures = ("id", "amount", "own", "mutual_aid", "cash", "parts", "settled_at")
        if [operation.answer.data.get(name) for name in figures] != [paid.data[name] for name in figures]:
            yield f"reads otherwise than acknowledged: {operation}"


def _errors_have_a_cause(operation: Operation, faults: list[Fault]) -> Iterator[str]:
    for at, status, code in operation.unsure:
        if status >= 500 and not any(fault.began <= at <= fault.ended + GRACE for fault in faults):
            yield f"{status} {code} without a fault: {operation}"


# ------------------------------------------------------------- what the books say
def _acknowledged_is_on_the_books(
    history: History, books: dict[tuple[int | None, str], Transaction]
) -> Iterator[str]:
    for operation in history.of("settle", "reverse"):
        if not operation.posted or operation.answer is None:
            continue
        told = operation.answer.data
        row = books.get((operation.provider, operation.wish["provider_serial"]))
        if row is None:
            yield f"acknowledged and lost: {operation}"
            continue
        figures = [str(row.pk), row.total, row.own, row.shared, row.cash]
        said = [told["id"], *(money(told[name]) for name in ("amount", "own", "mutual_aid", "cash"))]
        legs = sorted(abs(entry.amount) for entry in row.entries.all())
        parts = sorted(money(part["amount"]) for part in told["parts"])
        parts += [row.total - row.cash] if parts else []
        if figures != said or legs != parts:
            yield f"acknowledged {said} {parts}, on the books {figures} {legs}: {operation}"
    for operation in history.of("adjust"):
        serial = operation.wish["provider_serial"]
        rows = Transaction.objects.filter(provider=None, beneficiary=operation.about.person, serial=serial)
        if [row.total for row in rows] != [operation.wish["fen"]]:
            yield f"a credit is on the books as {list(rows)}: {operation}"


def _on_the_books_is_acknowledged(
    history: History, books: dict[tuple[int | None, str], Transaction]
) -> Iterator[str]:
    wanted = {
        (operation.provider, operation.wish["provider_serial"]): operation
        for operation in history.of("settle", "reverse")
    }
    for key, row in books.items():
        if key not in wanted or not wanted[key].posted:
            yield f"on the books, but nobody was told: {row} {key} {wanted.get(key)}"
    each = Counter(Transaction.objects.filter(provider__isnull=False).values_list("provider_id", "serial"))
    for key, count in each.items():
        if count > 1:
            yield f"applied {count} times: {key}"


def _reversals_fit(history: History) -> Iterator[str]:
    given_back: dict[str, int] = defaultdict(int)
    for operation in history.of("reverse"):
        if operation.posted and operation.answer is not None:
            told = operation.answer.data
            given_back[told["settlement"]] += money(told["amount"])
    for operation in history.of("reverse"):
        original = operation.about.answer.data
        total, back = money(original["amount"]), given_back[original["id"]]
        if back > total:
            yield f"{back} given back of {total}: {operation}"
        if operation.answer is None:
            continue
        asked = operation.wish["amount"]
        if operation.answer.code == "already_reversed" and back != total:
            yield f"called reversed, but {back} of {total} is: {operation}"
        if operation.answer.code == "reversal_exceeds_original" and money(asked or "0") <= total - back:
            yield f"refused, but {total - back} is left: {operation}"


def _balances_follow_from_what_was_said(history: History, town: Town) -> Iterator[str]:
    """Compute every balance from the answers alone: openings, credits, and the parts of each settlement."""
    givers = {masked(resident): resident for resident in town.residents if resident.account}
    expected = {resident.account.pk: resident.opening for resident in town.residents if resident.account}
    for operation in history.of("adjust"):
        expected[operation.about.account.pk] += operation.wish["fen"]
    for operation in history.of("settle", "reverse"):
        if not operation.posted or operation.answer is None:
            continue
        reversal = operation.kind == "reverse"
        patient = operation.about.about if reversal else operation.about
        for part in operation.answer.data["parts"]:
            payer = patient if part["authorizer"] is None else givers[part["authorizer"]]
            expected[payer.account.pk] += money(part["amount"]) * (1 if reversal else -1)
    stored = dict(LedgerAccount.objects.filter(balance__isnull=False).values_list("pk", "balance"))
    for account, balance in expected.items():
        if stored[account] != balance:
            yield f"account {account} has {stored[account]}, by all answers it should have {balance}"
        if stored[account] < 0:
            yield f"account {account} is negative: {stored[account]}"


def _nothing_after_a_closing(history: History) -> Iterator[str]:
    drawn = defaultdict(list)
    rows = Entry.objects.filter(mandate__isnull=False, transaction__kind="settlement")
    for mandate, at, serial in rows.values_list("mandate", "transaction__posted_at", "transaction__serial"):
        drawn[mandate].append((at, serial))
    known: dict[tuple[str, str], list[Operation]] = defaultdict(list)
    for operation in history.of("settle"):
        if operation.answer is not None:
            for part in operation.answer.data.get("parts", []):
                if part["authorizer"]:
                    known[operation.about.number, part["authorizer"]].append(operation)
    for closing in history.closings:
        for at, serial in drawn[closing.bond.mandate]:
            if closing.covers(at):
                yield f"{serial} drew at {at} on a mandate closed by {closing.how} at {closing.closed_at}"
        for operation in known[closing.bond.relative.number, masked(closing.bond.giver)]:
            if closing.spans(operation.began, operation.ended):
                yield f"drew on a mandate known to be closed by {closing.how}: {operation}"


# ------------------------------------------------------------- after the faults
def recovery(history: History, fault: Fault) -> tuple[float, float]:
    """Return the longest silence in seconds after a kill, and the share answered in time."""
    asked = [
        operation
        for operation in history.operations
        if operation.began < fault.began + ASKED_WITHIN and operation.ended > fault.began
    ]
    in_time = [operation.ended for operation in asked if operation.ended <= fault.began + RECOVERY]
    silence = max((b - a for a, b in pairwise([fault.began, *sorted(in_time)])), default=0.0)
    return silence, len(in_time) / len(asked) if asked else 1.0


def too_slow(history: History, recoveries: Recoveries, drained: float) -> Iterator[str]:
    """Yield what took too long. A machine under other load is no finding, so small runs only tell it."""
    for operation in history.operations:
        if operation.ended - operation.began > LONGEST:
            yield f"answered after {operation.ended - operation.began:.0f} s: {operation}"
    for fault, _, share in recoveries:
        if share < ANSWERED_IN_TIME:
            yield f"{fault.kind} killed: {share:.0%} answered within {RECOVERY:.0f} s"
    if drained > DRAINED:
        yield f"the outbox was empty {drained:.0f} s after the last fault"


def letters() -> Iterator[str]:
    """Every job that was due is done, and every message that could go has gone, once."""
    for job in OutboxJob.objects.filter(state=OutboxJob.State.DEAD):
        yield f"a job is dead: {job.kind} {job.last_error}"
    waiting = OutboxJob.objects.filter(kind="deliver_message", state__in=OutboxJob.OPEN).values_list(
        "ref", flat=True
    )
    unsent = Message.objects.filter(sms__in=["queued", "sending"]).exclude(pk__in=list(waiting))
    for message in unsent:
        yield f"a message has no job that sends it: {message.template} {message.sms}"
