"""A statement: a month or a year of an account, or of one person's uses, ready for paper, sheet and page.

Its sums are those of its own lines, which come from one query, so they agree whatever is posted meanwhile;
the tests hold them against the sums that the database makes of the books. Amounts are 分.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import pairwise
from typing import TypeVar

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Person
from gongji.errors import Refused
from gongji.money import yuan
from ledger.models import LedgerAccount
from ledger.statements.account import AccountLine, Flow, all_account_lines, balance_before
from ledger.statements.month import Month, Period
from ledger.statements.uses import UseLine, all_use_lines

MOST_LINES = 20_000
"""A statement is held in memory; nobody pays fifty times a day for a year."""

Fen = int
Cell = str | Fen | date | datetime
"""A text, an amount in 分, a day, or a day and time."""
Row = tuple[Cell, ...]
L = TypeVar("L")


def words_of(cell: Cell) -> str:
    """Return a cell as people read it: 963.50; 2026-11-21; 2026-11-21 10:20."""
    if isinstance(cell, int):
        return yuan(cell)
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M}"
    return f"{cell:%Y-%m-%d}" if isinstance(cell, date) else cell


class Role(StrEnum):
    """Whose side of the books a statement shows."""

    ACCOUNT = "account"
    USED = "used"


TITLES = {Role.ACCOUNT: gettext_lazy("个人账户对账单"), Role.USED: gettext_lazy("就医购药使用清单")}
LABELS = {
    Role.ACCOUNT: {
        "opening": gettext_lazy("期初余额"),
        "came_in": gettext_lazy("转入或退回"),
        "went_out": gettext_lazy("支出"),
        "own_use": gettext_lazy("支出中自己用"),
        "family_use": gettext_lazy("支出中家人用"),
        "closing": gettext_lazy("期末余额"),
    },
    Role.USED: {
        "own": gettext_lazy("自己账户"),
        "shared": gettext_lazy("家人共济"),
        "cash": gettext_lazy("现金"),
        "total": gettext_lazy("合计"),
    },
}
"""What the sums of each kind of statement are called, in the order in which they stand."""


@dataclass(frozen=True)
class Table:
    """Rows under headings. The last row of a table with `summed` repeats the sums of those above it."""

    title: str
    heads: tuple[str, ...]
    rows: Sequence[Row]
    summed: bool = False

    def labelled_heads(self) -> list[tuple[str, bool]]:
        """Return each heading and whether amounts stand below it."""
        first: Row = self.rows[0] if self.rows else ("",) * len(self.heads)
        return [(head, isinstance(cell, int)) for head, cell in zip(self.heads, first, strict=True)]

    def labelled_rows(self) -> Iterator[list[tuple[str, str, bool]]]:
        """Yield each row as (heading, words, whether it is an amount), for the page."""
        for row in self.rows:
            yield [
                (head, words_of(cell), isinstance(cell, int))
                for head, cell in zip(self.heads, row, strict=True)
            ]


@dataclass(frozen=True)
class Figure:
    """A sum of a statement and what it is called; `name` is for programs."""

    name: str
    label: str
    fen: Fen


@dataclass(frozen=True)
class Statement:
    """What is printed, in the order in which it is printed."""

    role: Role
    person: Person
    period: Period
    until: date
    """The last day it tells about: that of the period, or today when the period goes on."""
    figures: tuple[Figure, ...]
    control: str
    """The name of the figure that somebody types to check the document."""
    by_month: Table
    by_member: Table
    lines: Table
    adds_up: bool
    """Whether every line leads to the balance that the books hold after it."""

    @property
    def title(self) -> str:
        """What kind of document it is."""
        return str(TITLES[self.role])

    @property
    def control_figure(self) -> Figure:
        """The sum that stands beside the check code."""
        return next(figure for figure in self.figures if figure.name == self.control)

    def canonical(self) -> bytes:
        """Return everything that is printed, as one text whose digest names this document."""
        tables = [[table.heads, table.rows] for table in (self.by_month, self.by_member, self.lines)]
        figures = [[figure.name, figure.fen] for figure in self.figures]
        about = [str(self.person.pk), self.person.name, self.role, self.period.code, self.until]
        return json.dumps([about, figures, tables], ensure_ascii=False, default=str).encode()


def account_statement(account: LedgerAccount, period: Period) -> Statement:
    """Return what came into and went out of a personal account, for its owner.

    Of relatives' uses no more is told than on the pages. Raises Refused beyond MOST_LINES.
    """
    assert account.owner is not None
    before = balance_before(account, period)
    lines = _bounded(list(all_account_lines(account, period, most=MOST_LINES + 1)))
    opening = lines[0].balance - lines[0].amount if lines else before
    came, went = _came(lines), _went(lines)
    closing = opening + came - went
    return Statement(
        role=Role.ACCOUNT,
        person=account.owner,
        period=period,
        until=min(period.last, timezone.localdate()),
        figures=_figures(
            Role.ACCOUNT,
            opening=opening,
            came_in=came,
            went_out=went,
            own_use=_flow(lines, Flow.OWN_USE),
            family_use=_flow(lines, Flow.FAMILY_USE),
            closing=closing,
        ),
        control="closing",
        by_month=_account_months(lines, period, opening),
        by_member=_members(lines),
        lines=_account_table(lines),
        adds_up=all(a.balance + b.amount == b.balance for a, b in pairwise(lines))
        and (not lines or lines[-1].balance == closing),
    )


def use_statement(person: Person, period: Period) -> Statement:
    """Return what one person used and who bore it: the own account, which giver, cash.

    Raises Refused beyond MOST_LINES.
    """
    lines = _bounded(list(all_use_lines(person, period, most=MOST_LINES + 1)))
    own, shared, cash = (sum(getattr(line, part) for line in lines) for part in ("own", "shared", "cash"))
    return Statement(
        role=Role.USED,
        person=person,
        period=period,
        until=min(period.last, timezone.localdate()),
        figures=_figures(Role.USED, own=own, shared=shared, cash=cash, total=own + shared + cash),
        control="total",
        by_month=_use_months(lines, period),
        by_member=_payers(lines, own, cash),
        lines=_use_table(lines),
        adds_up=all(sum(payment.paid for payment in line.payers) == line.shared for line in lines),
    )


def _bounded(lines: list[L]) -> list[L]:
    if len(lines) > MOST_LINES:
        raise Refused("statement_too_long", _("这段时间的记录太多,一份装不下。"), _("请一个月一个月地下载。"))
    return lines


def _figures(role: Role, **sums: Fen) -> tuple[Figure, ...]:
    return tuple(Figure(name, str(label), sums[name]) for name, label in LABELS[role].items())


# ------------------------------------------------------------- the account's side
def _flow(lines: Iterable[AccountLine], flow: Flow) -> Fen:
    return abs(sum(line.amount for line in lines if line.flow is flow))


def _came(lines: Iterable[AccountLine]) -> Fen:
    return sum(line.amount for line in lines if line.amount > 0)


def _went(lines: Iterable[AccountLine]) -> Fen:
    return -sum(line.amount for line in lines if line.amount < 0)


def _account_months(lines: Sequence[AccountLine], period: Period, balance: Fen) -> Table:
    rows: list[Row] = []
    sums = [balance, 0, 0]
    for month in period.months(timezone.localdate()):
        inside = [line for line in lines if _month_of(line.at) == month]
        came, went = _came(inside), _went(inside)
        rows.append((month.title, balance, came, went, balance := balance + came - went))
        sums = [sums[0], sums[1] + came, sums[2] + went]
    rows.append((_("合计"), *sums, balance))
    heads = (_("月份"), _("期初(元)"), _("转入或退回(元)"), _("支出(元)"), _("期末(元)"))
    return Table(_("按月合计"), heads, rows, summed=True)


def _members(lines: Sequence[AccountLine]) -> Table:
    """Uses by person; what a reversal gave back is taken off whoever had used it."""
    used: Counter[tuple[str, str]] = Counter()
    uses = (Flow.OWN_USE, Flow.FAMILY_USE, Flow.RETURNED)
    for line in lines:
        if line.flow in uses:
            used[(str(line.member or ""), line.who)] -= line.amount
    rows: list[Row] = [(who, fen) for (_key, who), fen in _largest_first(used)]
    rows.append((_("合计"), sum(used.values())))
    return Table(_("按家人合计(已减去退费)"), (_("谁用的"), _("用了(元)")), rows, summed=True)


def _account_table(lines: Sequence[AccountLine]) -> Table:
    heads = (_("时间"), _("家人"), _("类型"), _("地点"), _("收支(元)"), _("余额(元)"))
    rows = [
        (_moment(line.at, line.timed), line.who, line.what, line.place, line.amount, line.balance)
        for line in lines
    ]
    return Table(_("明细"), heads, rows)


# ------------------------------------------------------------- the patient's side
def _use_months(lines: Sequence[UseLine], period: Period) -> Table:
    rows: list[Row] = []
    for month in period.months(timezone.localdate()):
        inside = [line for line in lines if _month_of(line.posted_at) == month]
        rows.append((month.title, *_parts(inside)))
    rows.append((_("合计"), *_parts(lines)))
    heads = (_("月份"), _("自己账户(元)"), _("家人共济(元)"), _("现金(元)"), _("合计(元)"))
    return Table(_("按月合计"), heads, rows, summed=True)


def _parts(lines: Sequence[UseLine]) -> tuple[Fen, Fen, Fen, Fen]:
    own, shared, cash = (sum(getattr(line, part) for line in lines) for part in ("own", "shared", "cash"))
    return own, shared, cash, own + shared + cash


def _payers(lines: Sequence[UseLine], own: Fen, cash: Fen) -> Table:
    paid: Counter[tuple[str, str]] = Counter()
    for line in lines:
        for giver, name, fen in line.payers:
            paid[(str(giver), name)] += fen
    rows: list[Row] = [(_("自己账户"), own)]
    rows += [(name, fen) for (_key, name), fen in _largest_first(paid)]
    rows += [(_("现金"), cash), (_("合计"), own + sum(paid.values()) + cash)]
    return Table(_("谁出的钱"), (_("谁出的"), _("出了(元)")), rows, summed=True)


def _use_table(lines: Sequence[UseLine]) -> Table:
    heads = (
        _("时间"), _("类型"), _("地点"), _("合计(元)"), _("自己账户(元)"), _("家人共济(元)"), _("现金(元)"),
        _("哪位家人出的"),
    )  # fmt: skip
    rows = [
        (
            _moment(line.at, True), line.what, line.place,
            line.total, line.own, line.shared, line.cash, _givers(line),
        )
        for line in lines
    ]  # fmt: skip
    return Table(_("明细"), heads, rows)


def _givers(line: UseLine) -> str:
    """Name who paid; how much each, when there are several."""
    if len(line.payers) < 2:
        return "".join(payment.name for payment in line.payers)
    return "、".join(f"{payment.name} {yuan(payment.paid)}" for payment in line.payers)


# ------------------------------------------------------------- both
def _largest_first(sums: Counter[tuple[str, str]]) -> list[tuple[tuple[str, str], Fen]]:
    return sorted(sums.items(), key=lambda item: (-item[1], item[0]))


def _month_of(moment: datetime) -> Month:
    return Month(timezone.localdate(moment).replace(day=1))


def _moment(moment: datetime, timed: bool) -> date | datetime:
    """Return Beijing time without its zone, as sheets want it; only the day where no more may be told."""
    local = timezone.localtime(moment).replace(tzinfo=None, microsecond=0)
    return local if timed else local.date()
