"""划入 from a file (contract §4): opening balances, monthly contributions, interest, each once."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Enrollment
from accounts.rules import normalise_id, same_name
from accounts.services import by_numbers
from gongji import csvfiles, money
from gongji.csvfiles import Bad, Tally
from ledger.models import LedgerAccount, Transaction
from ledger.rules import BUREAU_TIME
from ledger.services.accounts import clearing_account, open_accounts
from ledger.services.posting import Credit, credit

COLUMNS = ("id_type", "id_number", "name", "period", "kind", "amount")
BATCH = 500
_MONTH = re.compile(r"20\d{2}-(0[1-9]|1[0-2])", re.ASCII)
_YEAR = re.compile(r"20\d{2}", re.ASCII)
_KINDS = frozenset(Transaction.CREDITS)


class Row(NamedTuple):
    """A good line of the file; `amount` in 分."""

    line: int
    id_type: str
    id_number: str
    name: str
    period: str
    kind: str
    amount: int


@dataclass
class CreditTally(Tally):
    """What an import did."""

    posted: int = 0
    there: int = 0


def import_credit_file(
    path: Path, *, progress: Callable[[CreditTally], None] = lambda _tally: None
) -> CreditTally:
    """Post every good line; list the others with line, column and reason in FILE.errors.csv.

    A person has one credit per kind and period: the same again changes nothing, another amount is reported.
    Batches commit one by one: an interrupted import is run again. Raises NotReadable for a wrong header.
    """
    tally = CreditTally()
    csvfiles.stream(
        path,
        COLUMNS,
        tally=tally,
        size=BATCH,
        load=lambda lines: _post(lines, tally),
        progress=lambda: progress(tally),
    )
    return tally


# ------------------------------------------------------------- reading
def read_row(line: int, cells: Sequence[str], today: date) -> Row | list[Bad]:
    """Return a line of the file, or everything that is wrong with it."""
    if len(cells) != len(COLUMNS) or not "".join(cells).isprintable():
        return [Bad("", str(_("列数不对,或有看不见的字符")))]
    id_type, number, name, period, kind, amount = (cell.strip() for cell in cells)
    fen = _fen(amount)
    problems = [
        ("period", _period_problem(period, kind, today)),
        ("kind", None if kind in _KINDS else _("种类是 opening、contribution 或 interest")),
        ("amount", None if fen else _("金额是大于 0 的元,最多两位小数")),
    ]
    bad = [Bad(column, str(reason)) for column, reason in problems if reason]
    return bad or Row(line, id_type, normalise_id(id_type, number), name, period, kind, fen)


def _period_problem(period: str, kind: str, today: date) -> object:
    """A month, of the next one at the latest; interest may also be for a whole year."""
    if kind == Transaction.Kind.INTEREST and _YEAR.fullmatch(period):
        return None if int(period) <= today.year else _("这一年还没有到")
    if not _MONTH.fullmatch(period):
        return _("月份要写成 2026-11 的样子;全年的利息可以写成 2026")
    ahead = (int(period[:4]) - today.year) * 12 + int(period[5:]) - today.month
    return _("这个月还没有到") if ahead > 1 else None


def _fen(text: str) -> int:
    try:
        return money.fen(text)
    except ValueError:
        return 0


# ------------------------------------------------------------- posting
def _post(lines: list[csvfiles.Line], tally: CreditTally) -> list[tuple[int, Bad]]:
    """Post one batch in one transaction; return what was wrong with its lines."""
    rows: list[Row] = []
    bad: list[tuple[int, Bad]] = []
    today = timezone.localdate()
    for number, cells in lines:
        row = read_row(number, cells, today)
        if isinstance(row, Row):
            rows.append(row)
        else:
            bad += [(number, problem) for problem in row]
    credits = list(_matched(rows, bad))
    for (row, _item), result in zip(credits, credit([item for _row, item in credits]), strict=True):
        tally.posted += result == "posted"
        tally.there += result == "there"
        if result == "differs":
            bad.append((row.line, Bad("amount", str(_("这一期已经入账,金额不同")))))
    return bad


def _matched(rows: list[Row], bad: list[tuple[int, Bad]]) -> Iterator[tuple[Row, Credit]]:
    """Find each row's account; rows without one go to `bad`."""
    people = by_numbers((row.id_type, row.id_number) for row in rows)
    accounts = _accounts([person.pk for person in people.values()])
    funds: dict[str, LedgerAccount] = {}
    for row in rows:
        person = people.get((row.id_type, row.id_number))
        if person is None or not same_name(person.name, row.name):
            bad.append((row.line, Bad("id_number", str(_("没有找到这位参保人,或姓名对不上")))))
            continue
        account = accounts.get(person.pk)
        if account is None:
            bad.append((row.line, Bad("id_number", str(_("这位参保人没有个人账户")))))
            continue
        if account.area not in funds:
            funds[account.area] = clearing_account(kind=LedgerAccount.Kind.FUND, area=account.area)
        serial = f"{row.kind}:{row.period}"
        yield row, Credit(account, funds[account.area], row.kind, serial, row.amount, _event(row.period))


def _accounts(people: list[UUID]) -> dict[UUID, LedgerAccount]:
    """Return the accounts of people; opened now for those whose insurance comes with one."""
    accounts = _existing(people)
    without = [person for person in people if person not in accounts]
    if not without:
        return accounts
    entitled = Enrollment.objects.current().filter(person__in=without, personal_account=True)
    open_accounts(dict(entitled.values_list("person_id", "area")))
    return accounts | _existing(without)


def _existing(people: list[UUID]) -> dict[UUID, LedgerAccount]:
    found = LedgerAccount.objects.filter(owner__in=people, kind=LedgerAccount.Kind.PERSONAL)
    return {account.owner_id: account for account in found if account.owner_id}


def _event(period: str) -> datetime:
    """The first moment of the month, of the year's last month for a year; Beijing time."""
    month = f"{period}-12" if _YEAR.fullmatch(period) else period
    return datetime.combine(date.fromisoformat(f"{month}-01"), time(), BUREAU_TIME).astimezone(UTC)
