"""How often a provider may ask for somebody who is not found, so that nobody tries numbers and names.

Counts live in PostgreSQL under an advisory lock, as those of the SMS codes do: they hold across all web
workers, and a restart of Redis forgets nothing. What the budget decides is kept with the provider
(`closed_until`), whose row is read with the key of every request: the plain path pays nothing for it.
"""

import logging
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from accounts.rules import Limit, free_at
from gongji import audit
from ledger.models import Miss, Provider

logger = logging.getLogger(__name__)

MISSES = (Limit(30, timedelta(minutes=10)), Limit(300, timedelta(days=1)))
"""A till mistypes now and then; a list of numbers is tried by the thousand."""
MISSES_IN_ALL = Limit(600, timedelta(minutes=10))
MISSES_WHEN_MANY = (Limit(5, timedelta(minutes=10)), *MISSES[1:])
"""Somebody may share a search out among many keys: then each has less. No provider is closed by others."""
_LONGEST = max(limit.window for limit in MISSES)


@transaction.atomic
def note_miss(*, provider: Provider) -> datetime | None:
    """Count that somebody was not found; return when the next look-up is allowed if this was one too many.

    None: it was within the budget. The last one within it closes the provider's look-ups for the others.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"ledger.miss:{provider.pk}"]
        )
    # Read the clock inside the lock: whoever waited must see the miss of who went first as past.
    now = timezone.now()
    limits = _limits(now)
    newest = Miss.objects.filter(provider=provider).order_by("-at").values_list("at", flat=True)
    times = list(newest[: max(limit.times for limit in limits)])
    if free := free_at(times, limits, now):
        return free
    Miss.objects.create(provider=provider, at=now)
    if closed := free_at([now, *times], limits, now):
        Provider.objects.filter(pk=provider.pk).update(closed_until=closed)
        audit.record(action="provider.closed", actor=None, obj=provider, area=provider.area, result="refused")
        logger.warning("provider %s asked for too many people who are not there", provider.pk)
    return None


def _limits(now: datetime) -> tuple[Limit, ...]:
    in_all = Miss.objects.filter(at__gt=now - MISSES_IN_ALL.window)[: MISSES_IN_ALL.times].count()
    return MISSES if in_all < MISSES_IN_ALL.times else MISSES_WHEN_MANY


def forget_misses() -> int:
    """Delete misses that no limit counts any more; returns how many."""
    return Miss.objects.filter(at__lt=timezone.now() - 2 * _LONGEST).delete()[0]
