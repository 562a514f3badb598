"""The same checks as background work: small jobs one after the other, each a row of the outbox.

A run keeps its place in its Verification row, so a worker that dies costs one job. What is new is checked
every night and is flat in history; the whole of the books is checked on Sundays.
"""

import logging
import time
from dataclasses import fields
from datetime import date, timedelta

from django.db import connection, transaction
from django.utils import timezone

from gongji import audit, outbox
from ledger.models import Verification
from ledger.services.verification import STEADY, Progress, full_parts, new_parts
from ledger.services.verification_parts import Finding, Part, Verified

logger = logging.getLogger(__name__)

JOB = "ledger.verify_slices"
SECONDS = 20.0
"""A job takes no new slice after so long: the worker's soft limit is 60 s."""
COUNTS = [field.name for field in fields(Verified) if field.name != "finding"]


def begin_verification(*, day: date) -> Verification:
    """Post the first job of a night's run: all of the books on Sundays, else what is new."""
    extent = Verification.Extent.FULL if day.isoweekday() == 7 else Verification.Extent.NEW
    with transaction.atomic():
        run = Verification.objects.create(extent=extent)
        outbox.post(JOB, run.pk)
    return run


def verify_new(*, progress: Progress) -> Verified:
    """Do at once what the jobs of a weekday's night do."""
    run = Verification.objects.create(extent=Verification.Extent.NEW)
    while run.ended_at is None:
        run = verify_slices(run_id=run.pk, post_next=False)
        progress(run.part, _seen(run))
    return _seen(run)


def verify_slices(*, run_id: int, post_next: bool = True) -> Verification:
    """Check slices for some seconds, keep the place, and post the next job unless this was the end."""
    with transaction.atomic(), connection.cursor() as cursor:
        run = Verification.objects.select_for_update(no_key=True).get(pk=run_id)
        if run.ended_at is not None:
            return run
        cursor.execute(STEADY)
        began = time.monotonic()
        parts = full_parts() if run.extent == Verification.Extent.FULL else new_parts()
        part = next((part for part in parts if part.name == run.part), None)
        if part is None:
            part = _enter(run, parts[0])
        while time.monotonic() - began < SECONDS and run.ended_at is None:
            part = _look(run, part, parts)
        if run.ended_at is None and post_next:
            outbox.post(JOB, run.pk)
        run.save()
    return run


def record_verification(*, seen: Verified, began: float) -> Verification:
    """Keep the result of a run of the command; `began` is a time of `time.monotonic()`."""
    now = timezone.now()
    run = Verification(
        extent=Verification.Extent.FULL, began_at=now - timedelta(seconds=time.monotonic() - began)
    )
    _add(run, seen)
    _end(run)
    run.save()
    return run


def _seen(run: Verification) -> Verified:
    finding = Finding(run.check_name, run.row) if run.check_name else None
    return Verified(**{name: getattr(run, name) for name in COUNTS}, finding=finding)


def _look(run: Verification, part: Part, parts: list[Part]) -> Part:
    """Check the next slice; return the part that the run is in afterwards."""
    with connection.cursor() as cursor:
        high = part.next_end(cursor, run.cursor)
        _add(run, part.check(cursor, run.cursor, high))
    run.cursor = high
    if run.check_name:
        _end(run)
    elif high is None:
        if part is parts[-1]:
            _end(run)
        else:
            return _enter(run, parts[parts.index(part) + 1])
    return part


def _enter(run: Verification, part: Part) -> Part:
    run.part, run.cursor = part.name, None
    if part.name == "sealed":
        run.last_seal = Verification.objects.new_seals_from()
        run.cursor = run.last_seal or None
    return part


def _add(run: Verification, seen: Verified) -> None:
    for name in COUNTS:
        setattr(run, name, getattr(run, name) + getattr(seen, name))
    if seen.finding is not None:
        run.check_name, run.row = seen.finding.check, seen.finding.row[:200]


def _end(run: Verification) -> None:
    """Note the end; a finding is loud and on record."""
    run.ended_at, run.part, run.cursor = timezone.now(), "", None
    run.last_seal += run.seals
    if run.check_name:
        logger.critical("the ledger does not verify: %s, %s", run.check_name, run.row)
        reason = f"{run.check_name}: {run.row}"[:200]
        audit.record(action="ledger.verified", actor=None, result="failed", reason=reason)
