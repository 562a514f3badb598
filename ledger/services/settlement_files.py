"""Settlements and reversals of a provider that sends files instead of calling the API (contract §4).

Every row is posted now, in its own transaction and by the function that serves the API; the file says when
it happened. What a serial already stands for is not posted again, so a file may be sent twice or resumed.
"""

import re
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from accounts.rules import normalise_id, same_name
from accounts.services import by_numbers
from gongji import audit, csvfiles, money
from gongji.csvfiles import Bad, Line, Tally
from gongji.moments import moment
from gongji.policy import Category
from ledger.models import SERIAL_LENGTH, Provider, Transaction
from ledger.services.posting import Settlement, reverse, settle
from ledger.services.refusals import LedgerRefused

COLUMNS = (
    "provider_serial", "kind", "original_serial", "id_type", "id_number", "name", "amount", "category",
    "occurred_at", "away",
)  # fmt: skip
BATCH = 500
REASON = "机构文件"  # data
_SERIAL = re.compile(rf"[\x21-\x7e]{{1,{SERIAL_LENGTH}}}")
_CATEGORIES = frozenset(category.value for category in Category)
SETTLEMENT, REVERSAL = Transaction.Kind.SETTLEMENT, Transaction.Kind.REVERSAL

_COLUMN_OF = {
    "category_not_allowed": "category",
    "outside_area": "away",
    "already_reversed": "original_serial",
    "not_a_settlement": "original_serial",
    "not_found": "original_serial",
    "reversal_exceeds_original": "amount",
}
"""Which column a refusal of the ledger is about."""


class Row(NamedTuple):
    """A good line of the file; `amount` in 分."""

    line: int
    serial: str
    kind: str
    original: str
    id_type: str
    id_number: str
    name: str
    amount: int
    category: str
    occurred_at: datetime
    away: bool


class Posted(NamedTuple):
    """What a serial stands for. When it happened is not compared: counters note it by the minute or not."""

    id: UUID
    kind: str
    beneficiary: UUID
    total: int
    category: str
    away: bool
    reverses: UUID | None


@dataclass
class SettlementTally(Tally):
    """What an import did."""

    settlements: int = 0
    reversals: int = 0
    there: int = 0


class NotPosted(Exception):
    """Why one row was not posted."""

    def __init__(self, column: str, reason: object) -> None:
        super().__init__(str(reason))
        self.bad = Bad(column, str(reason))


def import_settlement_file(
    path: Path,
    *,
    provider: Provider,
    progress: Callable[[SettlementTally], None] = lambda _tally: None,
) -> SettlementTally:
    """Post every good line in the order of the file; list the others in FILE.errors.csv.

    A reversal may stand before its original: it is tried again at the end of the file.
    Raises NotReadable for a wrong header.
    """
    work = _Import(provider, SettlementTally())
    with _commits_without_waiting():
        csvfiles.stream(
            path,
            COLUMNS,
            tally=work.tally,
            size=BATCH,
            load=work.load,
            progress=lambda: progress(work.tally),
            finish=lambda: work.load_put_aside(path),
        )
    # This row waits for the disk, and with it everything before it.
    audit.record(action="ledger.file_imported", actor=None, obj=provider, area=provider.area)
    return work.tally


@contextmanager
def _commits_without_waiting() -> Any:
    """Let a crash of the server take back the last moment's rows: whoever imports the file again has them."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET synchronous_commit")


# ------------------------------------------------------------- reading
def read_row(line: int, cells: Sequence[str], now: datetime) -> Row | list[Bad]:
    """Return a line of the file, or everything that is wrong with it."""
    if len(cells) != len(COLUMNS) or not "".join(cells).isprintable():
        return [Bad("", str(_("列数不对,或有看不见的字符")))]
    serial, kind, original, id_type, number, name, amount, category, at, away = (c.strip() for c in cells)
    settles = kind == SETTLEMENT
    fen, occurred_at = _or_none(money.fen, amount), _or_none(lambda text: moment(text, now=now), at)
    problems = [
        ("provider_serial", None if _SERIAL.fullmatch(serial) else _("流水号是 1 到 64 个字母、数字或符号")),
        ("kind", None if kind in (SETTLEMENT, REVERSAL) else _("种类是 settlement 或 reversal")),
        ("original_serial", _original_problem(kind, original)),
        ("id_number", None if id_type and number and name else _("证件类型、号码和姓名都要填")),
        ("amount", None if fen else _("金额是大于 0 的元,最多两位小数")),
        ("category", _("没有这种费用类别") if settles and category not in _CATEGORIES else None),
        ("occurred_at", None if occurred_at else _("时间要写成 2026-11-21T10:30:00+08:00,不能在将来")),
        ("away", None if away in ("0", "1") or not (settles or away) else _("只能是 0 或 1")),
    ]
    bad = [Bad(column, str(reason)) for column, reason in problems if reason]
    if bad or fen is None or occurred_at is None:
        return bad
    document = id_type, normalise_id(id_type, number)
    return Row(line, serial, kind, original, *document, name, fen, category, occurred_at, away == "1")


def _original_problem(kind: str, original: str) -> object:
    if kind == REVERSAL:
        return None if _SERIAL.fullmatch(original) else _("退费要写原结算的流水号")
    return _("结算没有原流水号,请留空") if original and kind == SETTLEMENT else None


def _or_none(read: Callable[[str], Any], text: str) -> Any:
    try:
        return read(text)
    except ValueError:
        return None


# ------------------------------------------------------------- posting
class _Import:
    """One file on its way into the books."""

    def __init__(self, provider: Provider, tally: SettlementTally) -> None:
        self.provider = provider
        self.tally = tally
        self._aside: set[int] = set()
        """Lines of reversals whose original was not there yet."""
        self._last = False

    def load(self, lines: list[Line]) -> list[tuple[int, Bad]]:
        """Post a batch row by row; return what was wrong with its lines."""
        now = timezone.now()
        rows: list[Row] = []
        bad: list[tuple[int, Bad]] = []
        for number, cells in lines:
            row = read_row(number, cells, now)
            if isinstance(row, Row):
                rows.append(row)
            else:
                bad += [(number, problem) for problem in row]
        people = by_numbers((row.id_type, row.id_number) for row in rows)
        posted = self._posted({row.serial for row in rows} | {row.original for row in rows})
        for row in rows:
            try:
                self._post(row, people.get((row.id_type, row.id_number)), posted)
            except NotPosted as refused:
                bad.append((row.line, refused.bad))
        return bad

    def load_put_aside(self, path: Path) -> list[tuple[int, Bad]]:
        """Read the file again for the lines that were put aside, and post these."""
        if not self._aside:
            return []
        self._last = True
        with csvfiles.opened(path) as file:
            waiting = (line for line in csvfiles.lines(file, COLUMNS) if line[0] in self._aside)
            return [bad for batch in csvfiles.batches(waiting, BATCH) for bad in self.load(batch)]

    def _post(self, row: Row, person: Person | None, posted: dict[str, Posted]) -> None:
        """Post one row, unless its serial is posted; note it in `posted`. Raises NotPosted."""
        if person is None or not same_name(person.name, row.name):
            raise NotPosted("id_number", _("没有找到这位参保人,或姓名对不上"))
        original = posted.get(row.original)
        if row.serial not in posted:
            if row.kind == REVERSAL and original is None and not self._last:
                self._aside.add(row.line)
                return
            settles = row.kind == SETTLEMENT
            fresh = self._settle(row, person) if settles else self._reverse(row, person, original)
            if fresh is not None:
                posted[row.serial] = _meant(row, person, fresh, original)
                return
            # Somebody posted the serial in this moment.
            posted |= self._posted({row.serial})
        before = posted[row.serial]
        if before != _meant(row, person, before.id, original):
            raise NotPosted("provider_serial", _("这个流水号已经入账,内容不同"))
        self.tally.there += 1

    def _settle(self, row: Row, person: Person) -> UUID | None:
        wish = Settlement(
            provider=self.provider,
            beneficiary=person,
            serial=row.serial,
            amount=row.amount,
            category=row.category,
            occurred_at=row.occurred_at,
            away=row.away,
        )
        done = _ask(lambda: settle(settlement=wish).id)
        self.tally.settlements += done is not None
        return done

    def _reverse(self, row: Row, person: Person, original: Posted | None) -> UUID | None:
        if original is None:
            raise NotPosted("original_serial", _("没有找到原结算"))
        if original.beneficiary != person.pk:
            raise NotPosted("id_number", _("原结算不是这位参保人的"))
        call = partial(
            reverse,
            provider=self.provider,
            original=original.id,
            serial=row.serial,
            amount=row.amount,
            reason=REASON,
            occurred_at=row.occurred_at,
        )
        done = _ask(lambda: call().id)
        self.tally.reversals += done is not None
        return done

    def _posted(self, serials: set[str]) -> dict[str, Posted]:
        """Return what these serials of the provider stand for."""
        found = Transaction.objects.filter(provider=self.provider, serial__in=serials - {""})
        columns = ("id", "kind", "beneficiary_id", "total", "category", "away", "reverses_id")
        return {serial: Posted(*rest) for serial, *rest in found.values_list("serial", *columns)}


def _meant(row: Row, person: Person, id_: UUID, original: Posted | None) -> Posted:
    """What the books hold of a row that was posted; a reversal takes category and place from its original."""
    like = original if row.kind == REVERSAL and original is not None else row
    reverses = original.id if original is not None and like is original else None
    return Posted(id_, row.kind, person.pk, row.amount, like.category, like.away, reverses)


def _ask(post: Callable[[], UUID | None]) -> UUID | None:
    """Return the new transaction, None when the serial is taken. Raises NotPosted for every other refusal."""
    try:
        return post()
    except LedgerRefused as refused:
        if refused.code == "duplicate_provider_serial":
            return None
        raise NotPosted(_COLUMN_OF.get(refused.code, ""), refused.message) from refused
