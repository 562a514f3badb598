"""Sealing the audit trail by the minute, and finding what was done to it behind our back.

A row's own code shows that it was altered or forged; the chained seals show that rows are missing, that a
whole stretch is missing, and, by the heads published outside the database, that the end is missing.
What was written in the last minute is not sealed yet.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, Min, QuerySet

from gongji import crypto
from gongji.audit import canonical
from gongji.models import AuditRow, AuditSeal

DAWN, DUSK = datetime(2000, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
LAST_XID = 2**62


def seal() -> AuditSeal | None:
    """Seal every row that no running transaction can still join; None when there is nothing new."""
    with transaction.atomic():
        ended = _ended_before()
        last = AuditSeal.objects.last()
        if last is None:
            return _write(AuditSeal(number=1, since=DAWN, until=DUSK, from_xid=0, to_xid=ended), None)
        if ended < last.to_xid:
            return _begin_again(last, ended)
        return _follow(last, since=last.since, from_xid=last.to_xid, to_xid=ended)


def flaws() -> Iterator[str]:
    """Yield a sentence for every fault of the trail: rows, then seals, then the published heads."""
    for row in AuditRow.objects.order_by("at", "id").iterator(chunk_size=2000):
        if not crypto.is_authentic("audit", canonical(row), bytes(row.mac)):
            yield f"audit row {row.pk} of {row.at:%FT%T%z} was altered or forged"
    before = None
    for mark in AuditSeal.objects.iterator(chunk_size=2000):
        if mark.number != (before.number + 1 if before else 1):
            yield f"audit seal {mark.number} does not follow the one before it"
        elif not crypto.is_authentic("seal", _content(mark, before, _codes(mark)), bytes(mark.head)):
            yield f"audit seal {mark.number} of {mark.at:%FT%T%z} does not match its {mark.rows} rows"
        before = mark
    yield from _missing_heads()


def _ended_before() -> int:
    """Return the transaction number below which everything has ended, one sealer at a time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('gongji.sealing', 0))")
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        return int(cursor.fetchone()[0])


def _begin_again(last: AuditSeal, ended: int) -> AuditSeal | None:
    """Go on in a restored database: close the old numbering, then seal by the new one."""
    new_rows = AuditRow.objects.filter(xid__lt=last.to_xid, at__gt=last.at)
    began = new_rows.aggregate(at=Min("at"))["at"]
    if began is None:
        return None
    closing = _follow(last, since=last.since, until=began, from_xid=last.to_xid, to_xid=LAST_XID)
    return _follow(closing or last, since=began, from_xid=0, to_xid=ended)


def _follow(
    last: AuditSeal, *, since: datetime, until: datetime = DUSK, from_xid: int, to_xid: int
) -> AuditSeal | None:
    mark = AuditSeal(number=last.number + 1, since=since, until=until, from_xid=from_xid, to_xid=to_xid)
    return _write(mark, last)


def _write(mark: AuditSeal, last: AuditSeal | None) -> AuditSeal | None:
    latest = _covered(mark).aggregate(at=Max("at"))["at"]
    if latest is None:
        return None
    # No later than its own rows: numbers that begin again must not fall under an old seal.
    mark.until = latest + timedelta(microseconds=1)
    codes = _codes(mark)
    mark.rows = len(codes)
    mark.head = crypto.authenticate("seal", _content(mark, last, codes))
    mark.save(force_insert=True)
    transaction.on_commit(lambda: _publish(mark), robust=True)
    return mark


def _covered(mark: AuditSeal) -> QuerySet[AuditRow]:
    return AuditRow.objects.filter(
        xid__gte=mark.from_xid, xid__lt=mark.to_xid, at__gte=mark.since, at__lt=mark.until
    )


def _codes(mark: AuditSeal) -> list[bytes]:
    """Return the codes of the rows a seal covers, in a fixed order."""
    return [bytes(mac) for mac in _covered(mark).order_by("id").values_list("mac", flat=True)]


def _content(mark: AuditSeal, last: AuditSeal | None, codes: list[bytes]) -> bytes:
    """Return what a head vouches for: the head before, the bounds, the rows."""
    moments = (moment.astimezone(UTC).isoformat() for moment in (mark.at, mark.since, mark.until))
    bounds = [mark.number, *moments, mark.from_xid, mark.to_xid, mark.rows]
    return (bytes(last.head) if last else b"") + json.dumps(bounds).encode() + crypto.sm3(b"".join(codes))


# ------------------------------------------------------------- heads outside the database
def _publish(mark: AuditSeal) -> None:
    """Append the head to a file that a thief of the database does not have."""
    line = {"number": mark.number, "at": f"{mark.at:%FT%T%z}", "rows": mark.rows, "head": mark.head.hex()}
    settings.AUDIT_SEAL_LOG.parent.mkdir(parents=True, exist_ok=True)
    with settings.AUDIT_SEAL_LOG.open("a") as log:
        log.write(json.dumps(line) + "\n")


def _missing_heads() -> Iterator[str]:
    if not settings.AUDIT_SEAL_LOG.exists():
        return
    kept = {number: bytes(head).hex() for number, head in AuditSeal.objects.values_list("number", "head")}
    for line in settings.AUDIT_SEAL_LOG.read_text().splitlines():
        published = json.loads(line)
        if kept.get(published["number"]) != published["head"]:
            yield f"audit seal {published['number']} of {published['at']} was published but is not here"
