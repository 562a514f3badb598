"""A month or a year as PDF, XLSX, CSV and page: the same sums everywhere, those of the books."""

import io
import re
from datetime import UTC, date, datetime

import openpyxl
import pypdfium2
import pytest
from django.db.models import Sum
from hypothesis import given, settings

from gongji.errors import Refused
from gongji.money import yuan
from ledger import services, statements
from ledger.models import Entry, IssuedStatement, Mandate, Transaction
from ledger.statements import Month, Role, Stamp, Year, pdf
from tests.factories import login_citizen, make_holder
from tests.ledger.test_statements import MOVES, Books, blocks_of, database, undone
from tests.roles import as_owner

pytestmark = [pytest.mark.django_db, pytest.mark.owner]

YEAR, MARCH = Year(date(2026, 1, 1)), Month(date(2026, 3, 1))
STAMP = Stamp(
    "1234 5678 9012 3456 7890", "2026-11-21 10:00", "example.cn/ledger/check/", "https://example.cn"
)


def figures(statement) -> dict[str, int]:
    return {figure.name: figure.fen for figure in statement.figures}


def words_in(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def giver_statement(books, period=YEAR):
    return statements.account_statement(statements.account_of(books.giver), period)


# ------------------------------------------------------------- sums
@database
@given(MOVES)
def test_the_sums_of_an_accounts_year_are_those_of_its_rows_and_of_the_books(moves):
    with undone():
        books = Books().happen(moves)
        for person in (books.giver, books.wife):
            account = statements.account_of(person)
            paper = statements.account_statement(account, YEAR)
            sums = figures(paper)
            assert paper.adds_up
            assert sums["opening"] + sums["came_in"] - sums["went_out"] == sums["closing"] == account.balance
            moved = Entry.objects.filter(YEAR.within("transaction__posted_at"), account=account)
            assert sum(row[4] for row in paper.lines.rows) == (moved.aggregate(n=Sum("amount"))["n"] or 0)
            months = statements.months_of(account, Month(date(2026, 12, 1)))
            for name in ("came_in", "went_out", "own_use", "family_use"):
                assert sums[name] == sum(getattr(month, name) for month in months)
            total = paper.by_month.rows[-1]
            assert total[1:] == (sums["opening"], sums["came_in"], sums["went_out"], sums["closing"])
            used = {row[0]: row[1] for row in paper.by_member.rows}
            assert used["合计"] == sum(month.own_use + month.family_use - month.returned for month in months)


@database
@given(MOVES)
def test_the_sums_of_what_somebody_used_are_those_of_its_rows_and_of_the_books(moves):
    with undone():
        books = Books().happen(moves)
        for person in books.people:
            paper = statements.use_statement(person, YEAR)
            sums = figures(paper)
            assert paper.adds_up
            assert sums["own"] + sums["shared"] + sums["cash"] == sums["total"]
            assert sum(row[3] for row in paper.lines.rows) == sums["total"]
            months = statements.use_months(person, Month(date(2026, 12, 1)))
            for name in ("own", "shared", "cash", "total"):
                assert sums[name] == sum(getattr(month, name) for month in months)
            assert paper.by_month.rows[-1][1:] == tuple(sums.values())
            assert (
                paper.by_member.rows[-1][1] == sums["total"] == sum(r[1] for r in paper.by_member.rows[:-1])
            )


@settings(database, max_examples=10)
@given(MOVES)
def test_both_sheets_bear_the_same_sums(moves):
    with undone():
        books = Books().happen(moves)
        for paper in (giver_statement(books), statements.use_statement(books.mother, YEAR)):
            sums = [yuan(figure.fen) for figure in paper.figures]
            assert [row[1] for row in blocks_of(statements.csv_sheet(paper))["合计"][1:]] == sums
            first, lines = openpyxl.load_workbook(io.BytesIO(statements.xlsx_book(paper)))
            named = [row for row in first.iter_rows(values_only=True) if str(row[0]).endswith("(元)")]
            assert [f"{row[1]:.2f}" for row in named[: len(sums)]] == sums
            assert lines.max_row - 1 == len(paper.lines.rows)


def test_the_paper_bears_the_sums_too():
    books = Books().happen([(0, "credit", 0, 500_00), (3, "use", 2, 31_07), (5, "use", 1, 45_50)])
    for paper in (giver_statement(books), statements.use_statement(books.mother, YEAR)):
        printed = words_in(statements.pdf_book(paper, STAMP))
        for figure in paper.figures:
            assert f"{figure.label}(元)" in printed and yuan(figure.fen) in printed
        assert f"{len(paper.lines.rows)} 笔" in printed


def test_a_month_goes_on_from_the_month_before():
    books = Books().happen([(0, "credit", 0, 100_00), (10, "use", 2, 30_00), (40, "use", 0, 20_00)])
    paper = giver_statement(books, MARCH)
    assert figures(paper) == {
        "opening": 70_00, "came_in": 0, "went_out": 20_00,
        "own_use": 20_00, "family_use": 0, "closing": 50_00,
    }  # fmt: skip
    empty = giver_statement(books, Month(date(2026, 5, 1)))
    assert figures(empty)["opening"] == figures(empty)["closing"] == 50_00 and not empty.lines.rows


def test_money_moved_and_premiums_belong_to_the_sums():
    books = Books().happen([(0, "credit", 0, 100_00)])
    account = statements.account_of(books.giver)
    sink = services.clearing_account(kind="premium", area="990100")
    services.move(
        kind="premium", serial="p1", person=books.mother, source=account, target=sink, amount=40_00,
        category="premium_resident",
    )  # fmt: skip
    paper = giver_statement(books)
    assert figures(paper)["family_use"] == 40_00 and paper.adds_up
    assert paper.by_member.rows[0] == ("赵*", 40_00)
    mothers = statements.use_statement(books.mother, YEAR)
    assert figures(mothers) == {"own": 0, "shared": 40_00, "cash": 0, "total": 40_00}
    assert mothers.lines.rows[0][-1] == "李*" and mothers.adds_up
    month = Month(date.today().replace(day=1))
    assert [(m.name, m.used) for m in statements.members_of(account, month)] == [("赵*", 40_00)]
    assert [(p.name, p.paid) for p in statements.payers_of(books.mother, month)] == [("李*", 40_00)]


# ------------------------------------------------------------- what may be read
@pytest.mark.parametrize(
    ("level", "what", "place"), [(0, "家庭共济", ""), (1, "买药", ""), (2, "药品", "康民药房")]
)
def test_files_tell_the_giver_no_more_than_the_pages(level, what, place):
    books = Books().happen([(0, "credit", 0, 100_00)])
    with as_owner():
        Mandate.objects.update(privacy=level)
    at = datetime(2026, 3, 10, 7, 30, tzinfo=UTC)
    asked = services.Settlement(
        provider=books.pharmacy, beneficiary=books.mother, amount=30_00, category="drug", occurred_at=at,
        serial="S",
    )  # fmt: skip
    services.import_settlement(settlement=asked, posted_at=at)
    row = giver_statement(books, MARCH).lines.rows[-1]
    assert row[1:4] == ("赵*", what, place)
    assert isinstance(row[0], datetime) is (level == 2)


# ------------------------------------------------------------- XLSX
def test_a_workbook_is_typed_and_holds_no_formula():
    books = Books()
    books.pharmacy.name = "=HYPERLINK(1)"
    books.pharmacy.save()
    books.happen([(0, "credit", 0, 500_00), (3, "use", 0, 30_05), (5, "use", 1, 45_50)])
    book = openpyxl.load_workbook(io.BytesIO(statements.xlsx_book(giver_statement(books))))
    rows = list(book["明细"].iter_rows(min_row=2))
    own = next(row for row in rows if row[3].value)
    assert own[3].value == "=HYPERLINK(1)" and own[3].data_type == "s"
    assert own[4].value == -30.05 and own[4].data_type == "n" and own[4].number_format == "#,##0.00"
    assert isinstance(own[0].value, datetime) and own[0].is_date
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}


# ------------------------------------------------------------- PDF
def test_pages_are_numbered_and_bear_the_code():
    books = Books().happen([(n, "credit", 0, 1_00) for n in range(140)])
    content = statements.pdf_book(giver_statement(books), STAMP)
    pages = [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(content)]
    assert len(pages) > 2
    for number, text in enumerate(pages, 1):
        assert f"第 {number} 页/共 {len(pages)} 页" in text and STAMP.code in text
        assert "个人账户对账单 · 2026年" in text.replace("‧", "·").replace("•", "·")


def test_rare_names_are_drawn_and_what_no_font_has_is_numbered():
    person = make_holder("𠅤䶮㛃𬭚𠮷𤭢")
    content = statements.pdf_book(statements.use_statement(person, YEAR), STAMP)
    printed = words_in(content)
    assert "𠅤䶮㛃𬭚𠮷□(U+24B62)" in printed and "我们的字库里没有这个字" in printed


@pytest.mark.parametrize("letter", "𠅤䶮㛃𬭚𠮷喆·－")
def test_every_one_of_these_has_a_glyph_in_a_font_of_ours(letter):
    assert any(ord(letter) in pdf._glyphs(path) for path in pdf.FONTS.values())


def test_a_book_too_long_for_paper_says_so(monkeypatch):
    books = Books().happen([(n, "credit", 0, 1_00) for n in range(5)])
    monkeypatch.setattr(pdf, "MOST_LINES", 4)
    with pytest.raises(Refused, match="statement_too_long"):
        statements.pdf_book(giver_statement(books), STAMP)


def test_a_statement_too_long_to_hold_says_so(monkeypatch):
    books = Books().happen([(n, "credit", 0, 1_00) for n in range(5)])
    monkeypatch.setattr("ledger.statements.statement.MOST_LINES", 4)
    with pytest.raises(Refused, match="statement_too_long"):
        giver_statement(books)


# ------------------------------------------------------------- pages
TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


@pytest.fixture
def books():
    return Books().happen([(0, "credit", 0, 50_00), (27, "use", 2, 30_00), (40, "use", 0, 5_00)])


@pytest.mark.parametrize("form", TYPES)
@pytest.mark.parametrize("code", ["2026", "2026-03"])
@pytest.mark.parametrize("show", ["account", "used"])
def test_a_citizen_downloads_their_own_books(client, books, form, code, show):
    login_citizen(client, books.giver)
    answer = client.get(f"/ledger/statements/{code}.{form}?show={show}")
    assert answer.status_code == 200 and answer["Content-Type"] == TYPES[form]
    role = "used-" if show == "used" else ""
    assert answer["Content-Disposition"] == f'attachment; filename="gongji-{role}{code}.{form}"'
    assert "no-store" in answer["Cache-Control"]


def test_the_same_paper_has_the_same_code_and_another_one_another(client, books):
    login_citizen(client, books.giver)
    papers = [client.get(f"/ledger/statements/{code}.pdf").content for code in ("2026", "2026", "2026-03")]
    codes = [re.search(r"(?:\d{4} ){4}\d{4}", words_in(paper))[0] for paper in papers]
    assert codes[0] == codes[1] != codes[2]
    assert IssuedStatement.objects.count() == 2


@pytest.mark.parametrize("show", ["account", "used"])
def test_the_page_of_a_year_has_pictures_and_the_same_numbers_in_tables(client, books, show):
    login_citizen(client, books.giver)
    page = client.get(f"/ledger/statements/2026/?show={show}").content.decode()
    assert "year-chart" in page and "member-chart" in page and "data-print" in page
    paper = giver_statement(books) if show == "account" else statements.use_statement(books.giver, YEAR)
    for table in (paper.by_month, paper.by_member, paper.lines):
        for row in table.labelled_rows():
            assert all(words in page for _head, words, _money in row)


def test_a_stranger_with_the_address_reads_their_own_books_only(client, books):
    login_citizen(client, make_holder("赵敏", 7_77))
    page = client.get("/ledger/statements/2026/").content.decode()
    assert "30.00" not in page and "康民药房" not in page


@pytest.mark.parametrize("code", ["2026-13", "2099-01", "2099", "1999", "1999-12", "２０２６", "0000"])
@pytest.mark.parametrize("end", ["/", ".pdf", ".xlsx", ".csv"])
def test_a_period_that_is_none_has_no_statement(client, code, end):
    login_citizen(client, make_holder())
    assert client.get(f"/ledger/statements/{code}{end}").status_code == 404


@pytest.mark.parametrize("uses", [3, 60])
@pytest.mark.parametrize(("end", "most"), [("/", 9), (".csv", 7), (".pdf", 12)])
def test_a_statement_costs_the_same_however_much_was_used(
    client, django_assert_max_num_queries, end, most, uses
):
    books = Books().happen([(0, "credit", 0, 50_00)] + [(n, "use", 2, 30) for n in range(uses)])
    assert Transaction.objects.count() == uses + 1
    for person, show in ((books.giver, "account"), (books.mother, "used")):
        login_citizen(client, person)
        with django_assert_max_num_queries(most):
            assert client.get(f"/ledger/statements/2026{end}?show={show}").status_code == 200


def test_roles_read_as_in_addresses():
    assert [role.value for role in Role] == ["account", "used"]
