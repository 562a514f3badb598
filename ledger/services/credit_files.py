"""划入 from a file (contract §4): opening balances, monthly contributions, interest, each once."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import islice
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from accounts.models import Enrollment, Person
from accounts.registry.importing import ErrorsFile, NotReadable
from accounts.registry.rows import Bad
from accounts.rules import normalise_id, same_name
from gongji import money
from gongji.crypto import blind_indexes
from ledger.models import LedgerAccount, Transaction
from ledger.rules import BUREAU_TIME
from ledger.services.accounts import clearing_account, open_account
from ledger.services.posting import Credit, credit

COLUMNS = ["id_type", "id_number", "name", "period", "kind", "amount"]
BATCH = 500
_PERIOD = re.compile(r"20\d{2}-(0[1-9]|1[0-2])", re.ASCII)
_KINDS = frozenset(Transaction.CREDITS)


class Line(NamedTuple):
    """A good line of the file; `amount` in 分."""

    number: int
    id_type: str
    id_number: str
    name: str
    period: str
    kind: str
    amount: int


@dataclass
class CreditSummary:
    """What an import did."""

    read: int = 0
    posted: int = 0
    there: int = 0
    bad: int = 0
    errors_file: Path | None = None


def import_credit_file(
    path: Path, *, progress: Callable[[CreditSummary], None] = lambda _summary: None
) -> CreditSummary:
    """Post every good line; list the others with line, column and reason in FILE.errors.csv.

    Batches commit one by one: an interrupted import is run again. Raises NotReadable for a wrong header.
    """
    summary = CreditSummary()
    errors = ErrorsFile(path.with_name(path.name + ".errors.csv"))
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        reader = csv.reader(file)
        if (header := next(reader, None)) != COLUMNS:
            raise NotReadable(
                _("表头应该是 {wanted},现在是 {found}").format(
                    wanted=",".join(COLUMNS), found=",".join(header or [])
                )
            )
        try:
            while cells := list(islice(reader, BATCH)):
                _post(cells, summary, errors)
                progress(summary)
        finally:
            summary.errors_file = errors.close()
    if summary.posted > BATCH:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE ledger_account; ANALYZE ledger_transaction; ANALYZE ledger_entry")
    return summary


def read_line(number: int, cells: Sequence[str]) -> Line | list[Bad]:
    """Return a line of the file, or everything that is wrong with it."""
    if len(cells) != len(COLUMNS) or not "".join(cells).isprintable():
        return [Bad("", str(_("列数不对,或有看不见的字符")))]
    id_type, number_text, name, period, kind, amount = (cell.strip() for cell in cells)
    bad = []
    if not _PERIOD.fullmatch(period):
        bad.append(Bad("period", str(_("月份要写成 2026-11 的样子"))))
    if kind not in _KINDS:
        bad.append(Bad("kind", str(_("种类是 opening、contribution 或 interest"))))
    fen = _fen(amount)
    if not fen:
        bad.append(Bad("amount", str(_("金额是大于 0 的元,最多两位小数"))))
    return bad or Line(number, id_type, normalise_id(id_type, number_text), name, period, kind, fen)


def _fen(text: str) -> int:
    try:
        return money.fen(text)
    except ValueError:
        return 0


def _post(batch: list[list[str]], summary: CreditSummary, errors: ErrorsFile) -> None:
    """Post one batch and note what became of its lines."""
    first = summary.read + 2  # the header is line 1
    lines, bad = [], []
    for number, cells in enumerate(batch, first):
        line = read_line(number, cells)
        if isinstance(line, Line):
            lines.append(line)
        else:
            bad += [(number, problem) for problem in line]
    credits = list(_matched(lines, bad))
    for (line, _item), result in zip(credits, credit([pair[1] for pair in credits]), strict=True):
        summary.posted += result == "posted"
        summary.there += result == "there"
        if result == "differs":
            bad.append((line.number, Bad("amount", str(_("这一期已经入账,金额不同")))))
    summary.read += len(batch)
    summary.bad += errors.add(bad)


def _matched(lines: list[Line], bad: list[tuple[int, Bad]]) -> Iterator[tuple[Line, Credit]]:
    """Find each line's account; lines without one go to `bad`."""
    people = _people(lines)
    accounts = _accounts(people.values())
    funds: dict[str, LedgerAccount] = {}
    for line in lines:
        person = people.get((line.id_type, line.id_number))
        if person is None or not same_name(person.name, line.name):
            bad.append((line.number, Bad("id_number", str(_("没有找到这位参保人,或姓名对不上")))))
            continue
        account = accounts.get(person.pk) or _opened(person)
        if account is None:
            bad.append((line.number, Bad("id_number", str(_("这位参保人没有个人账户")))))
            continue
        accounts[person.pk] = account
        if account.area not in funds:
            funds[account.area] = clearing_account(kind=LedgerAccount.Kind.FUND, area=account.area)
        serial = f"{line.kind}:{line.period}"
        yield line, Credit(account, funds[account.area], line.kind, serial, line.amount, _event(line.period))


def _people(lines: list[Line]) -> dict[tuple[str, str], Person]:
    numbers = {
        index: (line.id_type, line.id_number)
        for line in lines
        for index in blind_indexes(f"id:{line.id_type}", line.id_number)
    }
    found = Person.objects.filter(id_index__in=list(numbers))
    return {
        numbers[bytes(person.id_index)]: person
        for person in found
        if numbers[bytes(person.id_index)][0] == person.id_type
    }


def _accounts(people: Iterable[Person]) -> dict[UUID, LedgerAccount]:
    found = LedgerAccount.objects.filter(owner__in=list(people), kind=LedgerAccount.Kind.PERSONAL)
    return {account.owner_id: account for account in found if account.owner_id}


def _opened(person: Person) -> LedgerAccount | None:
    """Open the account of somebody whose insurance comes with one."""
    enrollment = Enrollment.objects.current().filter(person=person, personal_account=True).first()
    return open_account(person=person, area=enrollment.area) if enrollment else None


def _event(period: str) -> datetime:
    """The first moment of the period, Beijing time."""
    return datetime.combine(date.fromisoformat(f"{period}-01"), time(), BUREAU_TIME).astimezone(UTC)
