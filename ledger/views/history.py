"""Where every fen went: the months of an account and of one's own use."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import citizen
from accounts.models import Person
from ledger import statements
from ledger.models import LedgerAccount
from ledger.statements import Month


@require_GET
@citizen
def history(request: HttpRequest) -> HttpResponse:
    """W15 and R3: a month of the account, or (`show=used`) a month of what one used oneself."""
    person = request.user.person
    account = statements.account_of(person)
    month = Month.parse(request.GET.get("month", ""), timezone.localdate())
    used = account is None or request.GET.get("show") == "used"
    context: dict[str, Any] = {
        "month": month,
        "is_this_month": month == _this_month(),
        "member": _uuid(request.GET.get("member", "")),
        "show": "used" if used else "account",
        "has_account": account is not None,
        "continued": bool(request.GET.get("below")),
        "updated_at": timezone.now(),
    }
    if account is None or used:
        context |= _used(request, person, month, context["member"])
        return render(request, "ledger/use_history.html", context)
    context |= _account(request, account, month, context["member"])
    return render(request, "ledger/account_history.html", context)


def _used(request: HttpRequest, person: Person, month: Month, payer: UUID | None) -> dict[str, Any]:
    after = _moment_and_id(request.GET.get("below", ""))
    lines, key = statements.use_lines(person, month, payer=payer, after=after)
    year = statements.use_months(person, month)
    return {
        "summary": year[0],
        "year": year,
        "bars": statements.bars([item.month for item in year], [item.total for item in year]),
        "payers": statements.payers_of(person, month),
        "lines": lines,
        "older": _older(request, f"{key[0].isoformat()}~{key[1]}") if key else "",
        "last_use": None if lines else statements.last_use(person),
    }


def _account(
    request: HttpRequest, account: LedgerAccount, month: Month, member: UUID | None
) -> dict[str, Any]:
    lines, seq = statements.account_lines(
        account, month, member=member, below=_number(request.GET.get("below", ""))
    )
    year = statements.months_of(account, month)
    return {
        "summary": year[0],
        "year": year,
        "bars": statements.bars([item.month for item in year], [item.went_out for item in year]),
        "members": statements.members_of(account, month),
        "lines": lines,
        "older": _older(request, str(seq)) if seq else "",
    }


@require_GET
@citizen
def statement_csv(request: HttpRequest, code: str) -> HttpResponse:
    """A month as CSV. A month that has not begun is absent."""
    month = Month.parse(code, timezone.localdate())
    if month.code != code:
        raise Http404
    person = request.user.person
    account = statements.account_of(person)
    if account is None or request.GET.get("show") == "used":
        sheet = statements.use_sheet(person, month)
    else:
        sheet = statements.account_sheet(account, month)
    response = HttpResponse(sheet, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="gongji-{month.code}.csv"'
    return response


# ------------------------------------------------------------- reading addresses
def _this_month() -> Month:
    return Month.parse("", timezone.localdate())


def _older(request: HttpRequest, key: str) -> str:
    """Return the query string of the next page, filters kept."""
    query = request.GET.copy()
    query["below"] = key
    return query.urlencode()


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _moment_and_id(text: str) -> tuple[datetime, UUID] | None:
    """Read the key of a page of uses; a mangled one starts from the top."""
    moment, _, number = text.partition("~")
    try:
        at = datetime.fromisoformat(moment).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    use = _uuid(number)
    return (at, use) if use else None
