"""Statements are read from the books: whatever happened, opening + in - out is the balance that is stored."""

import csv
import io
import re
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import services, statements
from ledger.models import Entry, LedgerAccount, Mandate, Transaction
from ledger.services import LedgerRefused
from ledger.statements import Month
from tests.factories import insure, make_holder, make_mandate, make_person, make_provider, settlement

pytestmark = [pytest.mark.django_db, pytest.mark.owner]

LAST = Month(date(2026, 6, 1))
LONG_AGO = datetime(2026, 1, 15, tzinfo=UTC)

MOVES = st.lists(
    st.tuples(
        st.integers(0, 149),  # the day
        st.sampled_from(["credit", "use", "use", "back"]),
        st.integers(0, 2),  # whose
        st.integers(1, 400_00),
    ),
    max_size=16,
)


@contextmanager
def undone():
    """Let the rows of an example go away."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class Books:
    """A giver, a spouse with an account, a mother without one, a pharmacy, and a few months."""

    def __init__(self) -> None:
        self.giver, self.wife = make_holder("李明"), make_holder("王芳")
        self.mother = make_person("赵梅")
        insure(self.mother, scheme="390")
        self.people = [self.giver, self.wife, self.mother]
        self.pharmacy = make_provider("康民药房")
        self.mandates = [
            make_mandate(self.giver, relative, valid_from=LONG_AGO) for relative in (self.wife, self.mother)
        ]
        self.fund = services.clearing_account(kind=LedgerAccount.Kind.FUND, area="990100")
        self.uses: list = []

    def happen(self, moves) -> "Books":
        for number, (day, what, whose, amount) in enumerate(sorted(moves)):
            at = datetime(2026, 2, 1, 4, tzinfo=UTC) + timedelta(days=day, seconds=number)
            getattr(self, what)(number, whose, amount, at)
        return self

    def credit(self, number, whose, amount, at):
        account = statements.account_of(self.people[whose % 2])
        item = services.Credit(account, self.fund, "contribution", f"c{number}", amount, at, at)
        services.import_credits([item])

    def use(self, number, whose, amount, at):
        asked = settlement(self.pharmacy, self.people[whose], amount, occurred_at=at)
        self.uses.append(services.import_settlement(settlement=asked, posted_at=at).id)

    def back(self, number, whose, amount, at):
        if not self.uses:
            return
        original, serial = self.uses[whose % len(self.uses)], f"r{number}"
        try:
            with transaction.atomic():
                services.import_reversal(
                    provider=self.pharmacy, original=original, serial=serial, amount=amount, reason="退药",
                    posted_at=at,
                )  # fmt: skip
        except LedgerRefused:
            return


database = settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


# ------------------------------------------------------------- sums
@database
@given(MOVES)
def test_every_month_adds_up_and_leads_to_the_stored_balance(moves):
    with undone():
        books = Books().happen(moves)
        for person in (books.giver, books.wife):
            account = statements.account_of(person)
            year = statements.months_of(account, LAST, count=6)
            for month in year:
                assert month.opening + month.came_in - month.went_out == month.closing
                assert month.adds_up
            for newer, older in pairwise(year):
                assert newer.opening == older.closing
            assert year[0].closing == account.balance
            assert year[-1].opening == 0


@database
@given(MOVES)
def test_the_lines_of_a_month_are_its_sums_and_members_get_back_what_was_reversed(moves):
    with undone():
        books = Books().happen(moves)
        account = statements.account_of(books.giver)
        for month in statements.months_of(account, LAST, count=6):
            lines = list(statements.all_account_lines(account, month.month))
            assert sum(line.amount for line in lines) == month.came_in - month.went_out
            members = statements.members_of(account, month.month)
            shared = Entry.objects.filter(
                month.month.within("transaction__posted_at"), account=account, mandate__isnull=False
            )
            assert sum(member.used for member in members) == -sum(shared.values_list("amount", flat=True))


@database
@given(MOVES)
def test_what_a_person_used_is_own_and_shared_and_cash(moves):
    with undone():
        books = Books().happen(moves)
        for person in books.people:
            months = statements.use_months(person, LAST, count=6)
            for month in months:
                lines = list(statements.all_use_lines(person, month.month))
                assert month.total == month.own + month.shared + month.cash == sum(x.total for x in lines)
                paid = statements.payers_of(person, month.month)
                assert sum(payer.paid for payer in paid) == month.shared
            assert (
                sum(month.count for month in months)
                == Transaction.objects.filter(beneficiary=person, kind="settlement").count()
            )


@pytest.mark.parametrize("count", [1, 12])
def test_a_year_costs_as_few_queries_as_a_month(django_assert_max_num_queries, count):
    books = Books().happen([(day, "credit", 0, 100) for day in range(0, 140, 7)])
    account = statements.account_of(books.giver)
    with django_assert_max_num_queries(3):
        statements.months_of(account, LAST, count=count)
    with django_assert_max_num_queries(1):
        statements.use_months(books.wife, LAST, count=count)


def test_months_without_entries_keep_the_balance():
    books = Books().happen([(0, "credit", 0, 100_00), (100, "use", 0, 30_00)])
    account = statements.account_of(books.giver)
    closings = [month.closing for month in statements.months_of(account, LAST, count=6)]
    assert closings == [70_00, 70_00, 100_00, 100_00, 100_00, 0]
    assert statements.account_month(account, Month(date(2026, 8, 1))).opening == 70_00


# ------------------------------------------------------------- pages of lines
@pytest.mark.parametrize("lines", [0, 1, 50, 51, 120])
def test_pages_of_lines_hold_every_line_once_in_order(lines):
    books = Books().happen([(0, "credit", 0, 1_00)] * lines)
    account, month = statements.account_of(books.giver), Month(date(2026, 2, 1))
    seen, below = [], None
    while True:
        page, below = statements.account_lines(account, month, below=below)
        seen += [line.balance for line in page]
        if below is None:
            break
    assert seen == [n * 1_00 for n in range(lines, 0, -1)]


def test_pages_of_uses_go_on_behind_the_last_one_even_at_the_same_moment():
    books = Books()
    moment = datetime(2026, 2, 3, tzinfo=UTC)
    for _ in range(70):
        books.use(0, 2, 5_00, moment)
    first, key = statements.use_lines(books.mother, Month(date(2026, 2, 1)))
    second, end = statements.use_lines(books.mother, Month(date(2026, 2, 1)), after=key)
    assert (len(first), len(second), end) == (50, 20, None)
    assert len({line.id for line in first + second}) == 70


# ------------------------------------------------------------- what the giver may read
def read_by_giver(level, category="maternity"):
    books = Books().happen([(0, "credit", 0, 500_00)])
    Mandate.objects.update(privacy=level)
    at = datetime(2026, 2, 10, 7, 30, tzinfo=UTC)
    asked = settlement(books.pharmacy, books.mother, 30_00, category=category, occurred_at=at)
    services.import_settlement(settlement=asked, posted_at=at)
    lines, _ = statements.account_lines(statements.account_of(books.giver), Month(date(2026, 2, 1)))
    return lines[0]


@pytest.mark.parametrize(("category", "kind"), [("maternity", "看病"), ("drug", "买药")])
def test_by_default_the_giver_reads_day_amount_and_kind_only(category, kind):
    line = read_by_giver(1, category)
    assert (line.who, line.what, line.place, line.timed, line.amount) == ("赵*", kind, "", False, -30_00)


def test_with_less_the_giver_reads_day_and_amount():
    line = read_by_giver(0)
    assert (line.what, line.place, line.timed) == ("家庭共济", "", False)


def test_only_with_the_relatives_word_the_giver_reads_the_place():
    line = read_by_giver(2)
    assert (line.what, line.place, line.timed) == ("生育", "康民药房", True)


def test_a_reversal_leads_to_its_original_and_the_original_says_so():
    books = Books().happen([(0, "credit", 0, 500_00), (27, "use", 2, 30_00), (40, "back", 0, 10_00)])
    account = statements.account_of(books.giver)
    back = statements.account_lines(account, Month(date(2026, 3, 1)))[0][0]
    original = statements.account_lines(account, Month(date(2026, 2, 1)))[0][0]
    assert (back.what, back.amount, back.original.id) == ("退费:看病", 10_00, original.id)
    assert back.original.month == Month(date(2026, 2, 1)) and original.taken_back


# ------------------------------------------------------------- months and sheets
@given(st.text(max_size=12) | st.from_regex(r"\d{4}-\d{2}", fullmatch=True))
def test_any_text_is_a_month_that_can_be_shown(text):
    month = Month.parse(text, date(2026, 11, 22))
    assert date(2000, 1, 1) <= month.first <= date(2026, 11, 1)
    assert month.previous.next == month and month.start < month.next.start


def blocks_of(sheet):
    """The blocks of a CSV sheet, by title: rows below the headings."""
    assert sheet.startswith("\ufeff")
    found, title = {}, "合计"
    for row in csv.reader(io.StringIO(sheet[1:])):
        if not row:
            title = ""
        elif not title:
            title = row[0]
        else:
            found.setdefault(title, []).append(row)
    return {title: rows if title == "合计" else rows[1:] for title, rows in found.items()}


def test_a_sheet_adds_up_and_no_cell_is_a_formula():
    books = Books()
    books.pharmacy.name = "=HYPERLINK(1)"
    books.pharmacy.save()
    books.happen([(0, "credit", 0, 500_00), (3, "use", 0, 30_00), (5, "use", 1, 45_50), (8, "back", 1, 5_00)])
    account, month = statements.account_of(books.giver), Month(date(2026, 2, 1))
    blocks = blocks_of(statements.csv_sheet(statements.account_statement(account, month)))
    sums = {row[0]: float(row[1]) for row in blocks["合计"][1:]}
    assert round(sums["期初余额"] + sums["转入或退回"] - sums["支出"], 2) == sums["期末余额"]
    lines = blocks["明细"]
    assert round(sum(float(row[4]) for row in lines), 2) == round(sums["期末余额"] - sums["期初余额"], 2)
    cells = [cell for rows in blocks.values() for row in rows for cell in row]
    assert "'=HYPERLINK(1)" in cells
    assert not [cell for cell in cells if re.match(r"[=+@\t\r]|-(?!\d+\.\d\d$)", cell)]


def test_a_sheet_of_uses_has_the_sums_of_its_lines():
    books = Books().happen([(0, "credit", 0, 20_00), (3, "use", 2, 30_00), (9, "back", 0, 4_00)])
    blocks = blocks_of(statements.csv_sheet(statements.use_statement(books.mother, Month(date(2026, 2, 1)))))
    own, shared, cash, total = (float(row[1]) for row in blocks["合计"][1:])
    assert own + shared + cash == total == sum(float(row[3]) for row in blocks["明细"]) == 26.0


def test_a_person_without_account_or_use_has_an_empty_statement():
    person = make_person()
    assert statements.account_of(person) is None and statements.last_use(person) is None
    assert statements.use_month(person, Month.parse("", timezone.localdate())).total == 0
