"""Durable jobs: PostgreSQL is the letter-box, Redis the doorbell.

A job is a row written in the transaction that needs it (`post`); after the commit Celery is told its id,
and a sweep rings again for whatever nobody took. Messages may be lost, late, doubled or re-ordered.

An inside job does its work and its done-mark in one transaction. That transaction holds the job's row
lock, which is its lease: a worker that dies gives it up at once, `locked_until` only covers the moment
between claim and lock. An outside job (SMS) cannot be undone by a rollback: it is marked `sending` first,
its lease is a time longer than the task's hard limit, and its handler hands the gateway a fixed reference.
"""

import logging
import random
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from typing import TypeVar
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules

from gongji import doorbell, tracing
from gongji.errors import Refused
from gongji.models import OutboxJob, OutboxPulse

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 8
FIRST_RETRY, LONGEST_RETRY = timedelta(seconds=5), timedelta(hours=1)
"""5 s, 20 s, 80 s … one hour: eight attempts bridge a gateway that is away for about four hours."""
SWEEP_LIMIT = 2000
LONGEST_QUEUE = 500
"""Rings that may wait unheard: a sweep that rang for everything again would bury the workers in rings."""
KEEP_DONE = timedelta(days=30)

CLAIM = """
    UPDATE gongji_outboxjob
       SET attempts = attempts + 1,
           state = CASE WHEN kind = ANY(%(outside)s) THEN 'sending' ELSE 'running' END,
           locked_until = CASE WHEN kind = ANY(%(outside)s) THEN %(lease)s ELSE %(grace)s END
     WHERE id = (SELECT id FROM gongji_outboxjob
                  WHERE id = %(id)s AND state IN ('pending', 'running', 'sending') AND next_at <= %(now)s
                    AND coalesce(locked_until, '-infinity') < %(now)s AND attempts < %(attempts)s
                    FOR UPDATE SKIP LOCKED)
    RETURNING *"""

State = OutboxJob.State
Work = TypeVar("Work", bound=Callable[..., None])


@dataclass(frozen=True, slots=True)
class Handler:
    """What does one kind of job: `run(ref)` inside the job's transaction, `run(ref, attempt)` outside."""

    run: Callable[..., None]
    queue: str
    outside: bool


_handlers: dict[str, Handler] = {}
_periods: dict[str, Callable[[datetime], str | None]] = {}


# ------------------------------------------------------------- registration, in each app's tasks.py
def handler(kind: str, queue: str = "default", *, outside: bool = False) -> Callable[[Work], Work]:
    """Register the function that does jobs of `kind`.

    Inside jobs share one transaction with their done-mark: whatever they wrote is undone when they fail.
    Outside jobs get the attempt's number too, run without a transaction and manage their own effects:
    a second attempt may follow a crash after the effect.
    """

    def register(work: Work) -> Work:
        if kind in _handlers:
            raise ValueError(f"two handlers for {kind}")
        _handlers[kind] = Handler(work, queue, outside)
        return work

    return register


def periodic(kind: str, every: timedelta | str, queue: str = "default") -> Callable[[Work], Work]:
    """Register a job that the clock posts once per period; the function gets the period's name.

    `every` is a timedelta, "minute", or "daily HH:MM" in the bureau's time zone.
    """

    def register(work: Work) -> Work:
        _periods[kind] = _period_namer(every)
        return handler(kind, queue)(work)

    return register


def _period_namer(every: timedelta | str) -> Callable[[datetime], str | None]:
    """Return a function from now to the name of the period that should have been posted by now."""
    if every == "minute":
        every = timedelta(minutes=1)
    if isinstance(every, timedelta):
        seconds = int(every.total_seconds())
        return lambda now: f"{datetime.fromtimestamp(now.timestamp() // seconds * seconds, now.tzinfo):%FT%T}"
    due = time.fromisoformat(every.removeprefix("daily "))

    def today(now: datetime) -> str | None:
        local = timezone.localtime(now)
        return f"{local:%F}" if local.time() >= due else None

    return today


@cache
def handlers() -> dict[str, Handler]:
    """Return every registered handler, having imported the tasks of all apps."""
    autodiscover_modules("tasks")
    return _handlers


# ------------------------------------------------------------- posting
def post(
    kind: str, ref: str | UUID | int, *, dedup: str | None = None, run_at: datetime | None = None
) -> OutboxJob | None:
    """Write a job in the caller's transaction and ring for it after the commit.

    `ref` is the id of what the job is about, never personal data. With `dedup`, one job of that key is ever
    written: None when it is already there. A job with `run_at` waits for the sweep that follows that time.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(f"post({kind!r}) outside a transaction could be lost")
    now = timezone.now()
    job = OutboxJob(kind=kind, ref=str(ref), queue=handlers()[kind].queue, dedup=dedup, next_at=run_at or now)
    if dedup is None:
        job.save(force_insert=True)
    elif not _insert_once(job):
        return None
    if job.next_at <= now:
        job_id, queue = job.id, job.queue
        transaction.on_commit(lambda: doorbell.ring(job_id, queue), robust=True)
    return job


def cancel(kind: str, ref: str | UUID | int) -> int:
    """Take back jobs that nobody has started; return how many. A running one must find out itself."""
    # A job that is being claimed this moment is skipped: waiting for it could close a circle of locks.
    waiting = OutboxJob.objects.filter(kind=kind, ref=str(ref), state=State.PENDING)
    with transaction.atomic():
        ids = list(waiting.select_for_update(skip_locked=True, no_key=False).values_list("pk", flat=True))
        return OutboxJob.objects.filter(pk__in=ids, state=State.PENDING).delete()[0]


def _insert_once(job: OutboxJob) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO gongji_outboxjob"
            " (id, kind, queue, ref, dedup, state, attempts, next_at, last_error, created_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, 0, %s, '', %s) ON CONFLICT (dedup) DO NOTHING",
            [job.id, job.kind, job.queue, job.ref, job.dedup, job.state, job.next_at, job.created_at],
        )
        job._state.adding = False
        return cursor.rowcount == 1


# ------------------------------------------------------------- running
def run(job_id: UUID | str) -> bool:
    """Claim a job and do it; False when it is done, not due or somebody else's. No failed job raises."""
    job = _claim(job_id)
    if job is None:
        return False
    with tracing.scope(name=f"job-{job.pk}"):
        try:
            work = handlers()[job.kind]
            _run_outside(job, work) if work.outside else _run_inside(job, work)
        except Exception as error:
            _fail(job, error)
    return True


def _claim(job_id: UUID | str) -> OutboxJob | None:
    """Take a due job for this process. `attempts` is the fence: later marks hold only while it is ours."""
    now = timezone.now()
    claimed = OutboxJob.objects.raw(
        CLAIM,
        {
            "id": job_id,
            "now": now,
            "outside": [kind for kind, work in handlers().items() if work.outside],
            "grace": now + timedelta(seconds=settings.OUTBOX_GRACE_SECONDS),
            "lease": now + timedelta(seconds=settings.OUTBOX_LEASE_SECONDS),
            "attempts": MAX_ATTEMPTS,
        },
    )
    return next(iter(claimed), None)


def _run_inside(job: OutboxJob, work: Handler) -> None:
    with transaction.atomic():
        if _take_lease(job):
            work.run(job.ref)
            _mark_done(job)


def _take_lease(job: OutboxJob) -> bool:
    """Lock the job's row for the whole transaction, if the job is still ours.

    PostgreSQL ends the transaction, and with it the lease, when its worker falls silent.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('idle_in_transaction_session_timeout', %s, true) FROM gongji_outboxjob"
            " WHERE id = %s AND attempts = %s AND state = 'running' FOR UPDATE SKIP LOCKED",
            [f"{settings.OUTBOX_LEASE_SECONDS}s", job.pk, job.attempts],
        )
        return cursor.fetchone() is not None


def _run_outside(job: OutboxJob, work: Handler) -> None:
    work.run(job.ref, job.attempts)
    _mark_done(job)


def _mark_done(job: OutboxJob) -> None:
    ours = OutboxJob.objects.filter(pk=job.pk, attempts=job.attempts, state__in=OutboxJob.OPEN)
    ours.update(state=State.DONE, done_at=timezone.now(), locked_until=None, last_error="")


def _fail(job: OutboxJob, error: Exception) -> None:
    where = _where(error)
    dead = job.attempts >= MAX_ATTEMPTS
    OutboxJob.objects.filter(pk=job.pk, attempts=job.attempts, state__in=OutboxJob.OPEN).update(
        state=State.DEAD if dead else State.PENDING,
        next_at=timezone.now() + _pause(job.attempts),
        locked_until=None,
        last_error=where,
    )
    log = logger.error if dead else logger.warning
    log(
        "job %s %s attempt %d failed: %s%s",
        job.kind,
        job.pk,
        job.attempts,
        where,
        ", given up" if dead else "",
    )


def _pause(attempts: int) -> timedelta:
    pause = min(FIRST_RETRY * 4 ** (attempts - 1), LONGEST_RETRY)
    return pause * random.uniform(0.75, 1.25)  # noqa: S311 - jitter, so that failures do not return in step


def _where(error: Exception) -> str:
    """Name an error by type and place; its message may quote personal data and is not kept."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {'/'.join(frames[-1].filename.split('/')[-2:])}:{frames[-1].lineno}" if frames else ""
    code = f" ({error.code})" if isinstance(error, Refused) else ""
    return f"{type(error).__name__}{code}{place}"[:300]


# ------------------------------------------------------------- sweeping and the clock
def sweep() -> int:
    """Bury what failed too often, ring again for everything due; return how many rang.

    Safe to run n times and at once; alone it drains the whole letter-box through an empty broker.
    """
    now = timezone.now()
    OutboxPulse.objects.bulk_create(
        [OutboxPulse(swept_at=now)], update_conflicts=True, unique_fields=["id"], update_fields=["swept_at"]
    )
    _bury(now)
    with transaction.atomic():
        # Rows held by a running job are skipped; the locks taken here end with this short transaction.
        due = list(
            OutboxJob.objects.due(now)
            .order_by("next_at")
            .select_for_update(skip_locked=True)
            .values_list("pk", "queue")[:SWEEP_LIMIT]
        )
    room = {queue: LONGEST_QUEUE - doorbell.waiting(queue) for queue in {queue for _, queue in due}}
    rang = 0
    for pk, queue in due:
        if room[queue] <= 0:
            continue
        if not doorbell.ring(pk, queue):
            break
        room[queue] -= 1
        rang += 1
    return rang


def _bury(now: datetime) -> None:
    with transaction.atomic():
        worn_out = (
            OutboxJob.objects.due(now).filter(attempts__gte=MAX_ATTEMPTS).select_for_update(skip_locked=True)
        )
        for job in worn_out[:SWEEP_LIMIT]:
            job.state, job.locked_until = State.DEAD, None
            job.save(update_fields=["state", "locked_until"])
            logger.error("job %s %s given up: its worker died %d times", job.kind, job.pk, job.attempts)


def tick(now: datetime | None = None) -> int:
    """Post every periodic job whose period has begun; return how many were new."""
    now = now or timezone.now()
    handlers()
    with transaction.atomic(), connection.cursor() as cursor:
        # Two beats may tick at once: one is enough, and the key of the period decides in any case.
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended('gongji.clock', 0))")
        if not cursor.fetchone()[0]:
            return 0
        due = [(kind, period) for kind, name in _periods.items() if (period := name(now))]
        return sum(post(kind, period, dedup=f"periodic:{kind}:{period}") is not None for kind, period in due)


def drain() -> int:
    """Do every due job in this process, through the same claim as a worker; return how many were run.

    For commands and tests. A failed job is due later, so this ends.
    """
    count = 0
    while pks := list(
        OutboxJob.objects.due(timezone.now()).order_by("next_at").values_list("pk", flat=True)[:100]
    ):
        ran = sum(run(pk) for pk in pks)
        if not ran:
            break
        count += ran
    return count


# ------------------------------------------------------------- care
def retry(job_id: UUID | str) -> bool:
    """Give a dead job a fresh set of attempts; False when it is not dead."""
    fresh = {"state": State.PENDING, "attempts": 0, "next_at": timezone.now(), "locked_until": None}
    return OutboxJob.objects.filter(pk=job_id, state=State.DEAD).update(**fresh) == 1


def purge() -> int:
    """Delete jobs done more than thirty days ago."""
    return OutboxJob.objects.filter(state=State.DONE, done_at__lt=timezone.now() - KEEP_DONE).delete()[0]


def health() -> dict[str, float | int | None]:
    """Return what an operator watches: due jobs, age of the oldest, dead ones, seconds since a sweep."""
    now = timezone.now()
    backlog, oldest = OutboxJob.objects.backlog(now)
    pulse = OutboxPulse.objects.first()
    return {
        "backlog": backlog,
        "oldest_seconds": (now - oldest).total_seconds() if oldest else 0.0,
        "dead": OutboxJob.objects.filter(state=State.DEAD).count(),
        "last_sweep_seconds": (now - pulse.swept_at).total_seconds() if pulse else None,
    }
