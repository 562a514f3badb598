"""Are the seals in order, do they cover what they covered, and are they the ones that were published?"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Any

from django.db.backends.utils import CursorWrapper

from gongji import crypto
from gongji.sealfile import SealFileBroken
from ledger.models import LedgerSeal
from ledger.services.sealing import head_of, is_signed, published_file
from ledger.services.verification_parts import SQL, Finding, Key, Part, Verified, bounded

_READ = "SELECT * FROM ledger_seal WHERE within(number) ORDER BY number LIMIT %(most)s"
_FETCH = 5000
EVERY_LINE = 2**62


def seals(cursor: CursorWrapper, low: Key, high: Key, *, contents: bool = False) -> Verified:
    """Check the seals of a slice and what they cover; with `contents` the transactions themselves too."""
    kept = list(_read(cursor, low, high))
    before = next(_read(cursor, low - 1, low), None) if low else None
    finding = _first_out_of_line(before, kept)
    for _, era in groupby(kept, key=lambda seal: seal.since):
        if finding is None:
            finding = _covers_something_else(cursor, list(era), contents)
    if finding is None and high is None:
        finding = _from_the_future(cursor, kept[-1] if kept else before)
    rows = sum(seal.rows for seal in kept) if contents else 0
    return Verified(transactions=rows, seals=len(kept), finding=finding)


def _read(cursor: CursorWrapper, low: Key, high: Key, most: int | None = None) -> Iterator[LedgerSeal]:
    cursor.execute(bounded(_READ, low, high), {"low": low, "high": high, "most": most})
    names = [column[0] for column in cursor.description]
    for row in cursor.fetchall():
        yield LedgerSeal(**dict(zip(names, row, strict=True)))


def _name(seal: LedgerSeal) -> str:
    return f"seal {seal.number} of {seal.at:%FT%T%z}"


def _first_out_of_line(before: LedgerSeal | None, kept: Sequence[LedgerSeal]) -> Finding | None:
    """Name the first seal that does not follow from the one before it."""
    for seal in kept:
        if not (_follows(seal, before) and is_signed(seal, before)):
            return Finding("seal_chain", _name(seal))
        before = seal
    return None


def _follows(seal: LedgerSeal, before: LedgerSeal | None) -> bool:
    if before is None:
        number, xid, rows, entries, head = 0, 0, 0, 0, b""
    else:
        number, rows, entries, head = before.number, before.all_rows, before.all_entries, bytes(before.head)
        xid = before.to_xid if seal.since == before.since else 0
    return (
        (seal.number, seal.from_xid) == (number + 1, xid)
        and (seal.all_rows, seal.all_entries) == (rows + seal.rows, entries + seal.entries)
        and bytes(seal.head) == head_of(seal, head)
    )


def _covers_something_else(
    cursor: CursorWrapper, era: Sequence[LedgerSeal], contents: bool
) -> Finding | None:
    """Compare seals of one numbering, one after the other, with the transactions that are there now."""
    values: dict[str, Any] = {
        "cuts": [seal.from_xid for seal in era],
        "from_xid": era[0].from_xid,
        "to_xid": era[-1].to_xid,
        "since": era[0].since,
        "until": _end_of_era(cursor, era[0].since),
        "contents": contents,
    }
    cursor.execute(SQL["sealed"], values)
    found = {row[0]: row[1:] for row in cursor.fetchall()}
    for place, seal in enumerate(era, 1):
        rows, entries, latest, leaves, wrong = found.get(place, (0, 0, None, b"", None))
        if wrong is not None:
            return Finding("transaction", f"transaction {wrong}")
        if rows != seal.rows or entries != seal.entries:
            return Finding("seal", f"{_name(seal)}: {rows} transactions are there, {seal.rows} were sealed")
        if latest >= seal.until or crypto.merkle_root(bytes(leaves)) != bytes(seal.root):
            return Finding("seal", f"{_name(seal)}: other transactions are there than were sealed")
    return None


def _end_of_era(cursor: CursorWrapper, since: datetime) -> datetime:
    """Return the last moment at which rows of a numbering were written, as far as they are sealed."""
    cursor.execute(
        "SELECT (SELECT min(since) FROM ledger_seal WHERE since > %s),"
        " (SELECT at FROM ledger_seal ORDER BY number DESC LIMIT 1)",
        [since],
    )
    next_era, newest = cursor.fetchone()
    end: datetime = next_era - timedelta(microseconds=1) if next_era else newest
    return end


def _from_the_future(cursor: CursorWrapper, last: LedgerSeal | None) -> Finding | None:
    """Name a row whose transaction has not begun: no seal would ever cover it.

    Where the numbers began again after a restore, the next seal settles it.
    """
    cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
    not_begun = cursor.fetchone()[0]
    if last is None or not_begun < last.to_xid:
        return None
    cursor.execute("SELECT min(id::text) FROM ledger_transaction WHERE xid >= %s", [not_begun])
    row = cursor.fetchone()[0]
    return Finding("seal", f"transaction {row}") if row else None


# ------------------------------------------------------------- the published file
def published(cursor: CursorWrapper, low: Key, high: Key, *, upto: int) -> Verified:
    """Compare the file with the seals, both ways; lines after `upto` may be newer than what we see."""
    file = published_file()
    ours = _all(cursor)
    try:
        for line in file.lines() if file.path.exists() else ():
            if line["number"] > upto:
                break
            seal = next(ours, None)
            if seal is None or seal.published() != line:
                what = "is not here" if seal is None else "is another one here"
                row = f"seal {line['number']} of {line['at']} was published but {what}"
                return Verified(finding=Finding("published", row))
        missing = next(ours, None)
        if missing is not None and file.last_number() < _newest(cursor) - 1:
            return Verified(finding=Finding("published", f"{_name(missing)} is not in {file.path}"))
    except SealFileBroken as broken:
        return Verified(finding=Finding("published", broken.row))
    return Verified()


def _all(cursor: CursorWrapper) -> Iterator[LedgerSeal]:
    """Yield all seals in bounded memory."""
    number = 0
    while page := list(_read(cursor, number, None, _FETCH)):
        yield from page
        number = page[-1].number


def _newest(cursor: CursorWrapper) -> int:
    cursor.execute("SELECT COALESCE(max(number), 0) FROM ledger_seal")
    number: int = cursor.fetchone()[0]
    return number


def published_part() -> Part:
    """Return the check of the file as it is now: to be called before the snapshot is taken."""
    try:
        upto = published_file().last_number()
    except SealFileBroken:
        upto = EVERY_LINE
    return Part("published", partial(published, upto=upto))


_ENDS = (
    "SELECT number FROM (SELECT number, sum(rows + 100) OVER (ORDER BY number) AS load FROM ledger_seal"
    " WHERE within(number)) AS counted WHERE load >= %(size)s ORDER BY number LIMIT 1"
)
SEALS = Part("seals", seals, _ENDS, 250_000)
SEALED = Part("sealed", partial(seals, contents=True), _ENDS, 30_000)
