"""Sealing rows by the minute, and finding what was done to them behind our back.

A row's own code shows that it was altered or forged; the chained seals show that rows are missing, that a
whole stretch is missing, and, by the heads published outside the database, that the end is missing.
What was written in the last minute is not sealed yet. `Sealer` is how it is done; here it seals the audit
trail, in ledger/services/sealing.py the books.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, Min, Model, QuerySet

from gongji import crypto
from gongji.audit import canonical
from gongji.models import AuditRow, AuditSeal, Seal

DAWN, DUSK = datetime(2000, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
LAST_XID = 2**62
S = TypeVar("S", bound=Seal)


class Sealer(ABC, Generic[S]):
    """Covers rows by the number of their transaction. A row that commits late falls into a later seal.

    A sealer says which rows (`row`, `written` = the column with their time), what a seal vouches for
    (`close`) and how its head leaves the database (`publish`).
    """

    row: type[Model]
    mark: type[S]
    written: str

    def seal(self) -> S | None:
        """Seal every row that no running transaction can still join; None when there is nothing new."""
        with transaction.atomic():
            ended = _ended_before()
            last = self.mark._default_manager.last()
            self.prepare(last)
            if last is not None and ended < last.to_xid:
                return self._begin_again(last, ended)
            since, from_xid = (last.since, last.to_xid) if last else (DAWN, 0)
            return self._follow(last, since=since, from_xid=from_xid, to_xid=self.cut(last, ended))

    def prepare(self, last: S | None) -> None:
        """Do what must be in order before the next seal."""

    def cut(self, last: S | None, ended: int) -> int:
        """Return the end of the next seal: `ended`, or earlier where that were too many rows at once."""
        return ended

    @abstractmethod
    def close(self, seal: S, last: S | None) -> None:
        """Count the rows that the seal covers and set its head."""

    @abstractmethod
    def publish(self, seal: S) -> None:
        """Put the head where a thief of the database has no hand; called after the commit."""

    def covered(self, seal: S) -> QuerySet[Any]:
        """Return the rows that a seal covers, in no order."""
        bounds = {f"{self.written}__gte": seal.since, f"{self.written}__lt": seal.until}
        return self.row._default_manager.filter(xid__gte=seal.from_xid, xid__lt=seal.to_xid, **bounds)

    def _begin_again(self, last: S, ended: int) -> S | None:
        """Go on in a restored database: close the old numbering, then seal by the new one."""
        new_rows = self.row._default_manager.filter(xid__lt=last.to_xid, **{f"{self.written}__gt": last.at})
        began = new_rows.aggregate(at=Min(self.written))["at"]
        if began is None:
            return None
        closing = self._follow(last, since=last.since, until=began, from_xid=last.to_xid, to_xid=LAST_XID)
        return self._follow(closing or last, since=began, from_xid=0, to_xid=ended)

    def _follow(
        self, last: S | None, *, since: datetime, until: datetime = DUSK, from_xid: int, to_xid: int
    ) -> S | None:
        number = last.number + 1 if last else 1
        seal = self.mark(number=number, since=since, until=until, from_xid=from_xid, to_xid=to_xid)
        latest = self.covered(seal).aggregate(at=Max(self.written))["at"]
        if latest is None:
            return None
        # No later than its own rows: numbers that begin again must not fall under an old seal.
        seal.until = latest + timedelta(microseconds=1)
        self.close(seal, last)
        seal.save(force_insert=True)
        transaction.on_commit(lambda: self.publish(seal), robust=True)
        return seal


def _ended_before() -> int:
    """Return the transaction number below which everything has ended, one sealer at a time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('gongji.sealing', 0))")
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        return int(cursor.fetchone()[0])


def bounds(seal: Seal) -> list[str | int]:
    """Return what every head vouches for besides the rows themselves."""
    moments = (moment.astimezone(UTC).isoformat() for moment in (seal.at, seal.since, seal.until))
    return [seal.number, *moments, seal.from_xid, seal.to_xid, seal.rows]


# ------------------------------------------------------------- the audit trail
class AuditSealer(Sealer[AuditSeal]):
    """A keyed digest over the codes of the rows."""

    row, mark, written = AuditRow, AuditSeal, "at"

    def close(self, seal: AuditSeal, last: AuditSeal | None) -> None:
        codes = self.codes(seal)
        seal.rows = len(codes)
        seal.head = crypto.authenticate("seal", _content(seal, last, codes))

    def codes(self, seal: AuditSeal) -> list[bytes]:
        """Return the codes of the rows a seal covers, in a fixed order."""
        return [bytes(mac) for mac in self.covered(seal).order_by("id").values_list("mac", flat=True)]

    def publish(self, seal: AuditSeal) -> None:
        line = {"number": seal.number, "at": f"{seal.at:%FT%T%z}", "rows": seal.rows, "head": seal.head.hex()}
        settings.AUDIT_SEAL_LOG.parent.mkdir(parents=True, exist_ok=True)
        with settings.AUDIT_SEAL_LOG.open("a") as log:
            log.write(json.dumps(line) + "\n")


_trail = AuditSealer()


def seal() -> AuditSeal | None:
    """Seal the audit trail; None when there is nothing new."""
    return _trail.seal()


def flaws() -> Iterator[str]:
    """Yield a sentence for every fault of the trail: rows, then seals, then the published heads."""
    for row in AuditRow.objects.order_by("at", "id").iterator(chunk_size=2000):
        if not crypto.is_authentic("audit", canonical(row), bytes(row.mac)):
            yield f"audit row {row.pk} of {row.at:%FT%T%z} was altered or forged"
    before = None
    for mark in AuditSeal.objects.iterator(chunk_size=2000):
        if mark.number != (before.number + 1 if before else 1):
            yield f"audit seal {mark.number} does not follow the one before it"
        elif not crypto.is_authentic("seal", _content(mark, before, _trail.codes(mark)), bytes(mark.head)):
            yield f"audit seal {mark.number} of {mark.at:%FT%T%z} does not match its {mark.rows} rows"
        before = mark
    yield from _missing_heads()


def _content(mark: AuditSeal, last: AuditSeal | None, codes: list[bytes]) -> bytes:
    """Return what a head vouches for: the head before, the bounds, the rows."""
    return (
        (bytes(last.head) if last else b"") + json.dumps(bounds(mark)).encode() + crypto.sm3(b"".join(codes))
    )


def _missing_heads() -> Iterator[str]:
    if not settings.AUDIT_SEAL_LOG.exists():
        return
    kept = {number: bytes(head).hex() for number, head in AuditSeal.objects.values_list("number", "head")}
    for line in settings.AUDIT_SEAL_LOG.read_text().splitlines():
        published = json.loads(line)
        if kept.get(published["number"]) != published["head"]:
            yield f"audit seal {published['number']} of {published['at']} was published but is not here"
