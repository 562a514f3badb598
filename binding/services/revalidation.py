"""The look at all bindings in force, each night and after each import of the registry.

Whether a binding stands is decided in one place, by `binding.rules.ground`. The database is only asked which
combinations of facts there are (some hundreds, however many bindings) and, if one of them has lost its
ground, which bindings are of it: two passes over the tables and no list of bindings in Python. What is found
becomes Doubt rows; jobs settle them one by one, each in a transaction of its own, under the usual locks and
by the registry as it is then.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from binding.models import Doubt
from binding.rules.ground import Facts, Insured, follows
from binding.services import life, relocation
from binding.services.ground import why_lost
from gongji import audit, outbox, policy

logger = logging.getLogger(__name__)

SETTLE = "settle_doubts"
CHUNK = 500
SECONDS = 20.0
"""A job takes no further doubt after so long: the worker's soft limit is 60 s."""

STEADY = "SET LOCAL work_mem = '128MB'"
"""Both joins hash a table of the size of the population."""

_FACTS = """b.kind, b.area,
       coalesce(ours.area, ''), coalesce(ours.status, ''), coalesce(ours.personal_account, false),
       coalesce(theirs.area, ''), coalesce(theirs.status, ''), coalesce(theirs.personal_account, false)"""
_BINDINGS = """
FROM binding_binding AS b
LEFT JOIN accounts_enrollment AS ours ON ours.person_id = b.authorizer_id AND ours.current
LEFT JOIN accounts_enrollment AS theirs ON theirs.person_id = b.beneficiary_id AND theirs.current
WHERE b.until IS NULL
"""
_OF_THESE = f"""
AND ({_FACTS}) IN (SELECT * FROM unnest(%s, %s, %s, %s, %s::boolean[], %s, %s, %s::boolean[]))
ON CONFLICT DO NOTHING
"""  # noqa: S608 - our own words
COMBINATIONS = f"SELECT DISTINCT {_FACTS} {_BINDINGS}"
DOUBT_BINDINGS = (
    f"INSERT INTO binding_doubt (binding_id, found_at) SELECT b.id, now() {_BINDINGS} {_OF_THESE}"
)
DOUBT_MOVERS = f"""
INSERT INTO binding_doubt (mover_id, found_at) SELECT DISTINCT b.authorizer_id, now() {_BINDINGS} {_OF_THESE}
"""
ACCOUNTS_ELSEWHERE = """
SELECT a.owner_id, e.area
FROM ledger_account AS a JOIN accounts_enrollment AS e ON e.person_id = a.owner_id AND e.current
WHERE a.kind = 'personal' AND e.area <> a.area AND left(e.area, 2) = left(a.area, 2)
  AND e.personal_account AND e.status IN ('active', 'suspended')"""


@dataclass(frozen=True, slots=True)
class Found:
    """How many bindings may have lost their ground, and how many people have moved."""

    bindings: int
    movers: int


@dataclass
class Settled:
    """What became of the doubts so far."""

    ended: int = 0
    moved: int = 0
    stayed: int = 0
    failed: int = 0
    done: bool = False
    """There was no further one to be taken: all are settled, or in other hands."""

    @property
    def looked_at(self) -> int:
        """All of them."""
        return self.ended + self.moved + self.stayed + self.failed


# ------------------------------------------------------------- finding
@transaction.atomic
def find_doubts() -> Found:
    """Find what the registry no longer bears out, and keep it as Doubt rows; twice finds nothing new."""
    with connection.cursor() as cursor:
        cursor.execute(STEADY)
        cursor.execute(COMBINATIONS)
        facts = [_facts(row) for row in cursor.fetchall()]
        lost = [each for each in facts if why_lost(each) is not None]
        gone = set(lost)
        moved = [each for each in facts if each not in gone and _has_moved(each)]
        found = Found(_doubt(cursor, DOUBT_BINDINGS, lost), _doubt(cursor, DOUBT_MOVERS, moved))
        movers = _accounts_elsewhere(cursor)
    found = Found(found.bindings, found.movers + movers)
    audit.record(
        action="bindings.revalidated", actor=None, reason=f"{found.bindings} bindings, {found.movers} movers"
    )
    return found


def _facts(row: tuple[Any, ...]) -> Facts:
    return Facts(row[0], row[1], Insured(*row[2:5]), Insured(*row[5:8]))


def _has_moved(facts: Facts) -> bool:
    return facts.giver.area[:2] == facts.area[:2] and follows(facts, policy.for_area(facts.giver.area))


def _doubt(cursor: Any, statement: str, facts: list[Facts]) -> int:
    if not facts:
        return 0
    rows = [(each.kind, each.area, *each.giver, *each.relative) for each in facts]
    cursor.execute(statement, [list(column) for column in zip(*rows, strict=True)])
    return int(cursor.rowcount)


def _accounts_elsewhere(cursor: Any) -> int:
    """Doubt the owners of accounts that another area of the province keeps than the one that insures them."""
    cursor.execute(ACCOUNTS_ELSEWHERE)
    movers = [Doubt(mover_id=owner) for owner, area in cursor.fetchall() if policy.for_area(area)]
    before = Doubt.objects.count()
    Doubt.objects.bulk_create(movers, ignore_conflicts=True, batch_size=5000)
    return Doubt.objects.count() - before


@transaction.atomic
def revalidate() -> Found:
    """Find the doubts and post the jobs that settle them; what an earlier run left is settled with them."""
    found = find_doubts()
    for _chunk in range(0, Doubt.objects.count(), CHUNK):
        outbox.post(SETTLE, "doubts")
    return found


# ------------------------------------------------------------- settling
def settle_doubts(
    *,
    most: int = CHUNK,
    seconds: float = SECONDS,
    progress: Callable[[Settled], None] = lambda _settled: None,
) -> Settled:
    """Settle doubts one by one until there are none, or enough of them, or the time is up.

    One that fails is left for later and does not hold up the others; what others hold is theirs.
    """
    settled, last, began = Settled(), 0, time.monotonic()
    while settled.looked_at < most and time.monotonic() - began < seconds:
        try:
            with transaction.atomic():
                doubt = _next_doubt(after=last)
                if doubt is None:
                    settled.done = True
                    break
                last = doubt.pk
                _settle(doubt, settled)
                doubt.delete()
        except Exception:
            logger.exception("doubt %d could not be settled", last)
            settled.failed += 1
        progress(settled)
    return settled


def _next_doubt(*, after: int) -> Doubt | None:
    free = Doubt.objects.filter(pk__gt=after).order_by("pk").select_related("binding")
    return free.select_for_update(of=("self",), skip_locked=True).first()


def _settle(doubt: Doubt, settled: Settled) -> None:
    if doubt.mover_id is not None:
        settled.moved += bool(relocation.follow(person=doubt.mover_id))
    elif doubt.binding is not None and life.end_if_groundless(binding=doubt.binding):
        settled.ended += 1
    else:
        settled.stayed += 1


def settle_chunk() -> None:
    """Settle a job's share of the doubts, and post another job when the time was too short.

    Raises RuntimeError when some could not be settled: the job is tried again later, and seen when it dies.
    """
    settled = settle_doubts()
    if settled.looked_at < CHUNK and not settled.done and not settled.failed:
        with transaction.atomic():
            outbox.post(SETTLE, "doubts")
    if settled.failed:
        raise RuntimeError(f"{settled.failed} doubts could not be settled")
