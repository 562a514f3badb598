"""Statements to keep: a page to read and print, a PDF with a check code, sheets for a spreadsheet."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import citizen
from ledger import services, statements
from ledger.statements import Bar, Cell, Role, Statement

_TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


@require_GET
@citizen
def statement(request: HttpRequest, code: str) -> HttpResponse:
    """A month or a year to read and to print: sums, pictures by month and by person, every line."""
    found = _statement(request, code)
    last_month = found.period.months(timezone.localdate())[-1]
    context: dict[str, Any] = {
        "statement": found,
        "show": found.role,
        "has_account": found.role is Role.ACCOUNT or statements.account_of(found.person) is not None,
        "code": code,
        "back_url": f"{reverse('ledger:history')}?show={found.role}&month={last_month.code}",
        "strips": statements.strips([(str(row[0]), _fen(row[1])) for row in found.by_member.rows[:-1]]),
        "bars": _bars(found),
        "now": timezone.now(),
    }
    return render(request, "ledger/statement.html", context)


@require_GET
@citizen
def statement_file(request: HttpRequest, code: str, form: str) -> HttpResponse:
    """The same as a file. A period that has not begun is absent."""
    found = _statement(request, code)
    content: str | bytes
    if form == "pdf":
        check_page = request.build_absolute_uri(reverse("ledger:check"))
        content = statements.pdf_book(found, services.stamp_of(found, check_page=check_page))
    else:
        content = statements.csv_sheet(found) if form == "csv" else statements.xlsx_book(found)
    response = HttpResponse(content, content_type=_TYPES[form])
    role = "used-" if found.role is Role.USED else ""
    response["Content-Disposition"] = f'attachment; filename="gongji-{role}{code}.{form}"'
    return response


def _statement(request: HttpRequest, code: str) -> Statement:
    """Return what the address asks for of this login's own books, else 404."""
    period = statements.period_of(code, timezone.localdate())
    if period is None:
        raise Http404
    person = request.user.person
    account = statements.account_of(person)
    if account is None or request.GET.get("show") == Role.USED:
        return statements.use_statement(person, period)
    return statements.account_statement(account, period)


def _bars(found: Statement) -> list[Bar]:
    """The months' bars of a year: what went out, or what was used; a month alone has none."""
    months = found.period.months(timezone.localdate())
    if len(months) < 2:
        return []
    column = 3 if found.role is Role.ACCOUNT else 4
    amounts = [_fen(row[column]) for row in found.by_month.rows[:-1]]
    return statements.bars(months[::-1], amounts[::-1])


def _fen(cell: Cell) -> int:
    assert isinstance(cell, int)
    return cell
