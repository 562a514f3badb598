"""Where every fen went: the months of an account and of one's own use."""

from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
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
    words = statements.KINDS_USED if used else list(statements.KINDS)
    kind = request.GET.get("kind", "")
    pick = _Pick(
        member=_uuid(request.GET.get("member", "")),
        kind=kind if kind in words else "",
        below=request.GET.get("below", ""),
    )
    context: dict[str, Any] = {
        "month": month,
        "is_this_month": month == _this_month(),
        "member": pick.member,
        "kind": pick.kind,
        "kinds": _kinds(get_language(), tuple(words)),
        "show": "used" if used else "account",
        "has_account": account is not None,
        "continued": bool(pick.below),
        "updated_at": timezone.now(),
    }
    if account is None or used:
        context |= _used(request, person, month, pick)
        return render(request, "ledger/use_history.html", context)
    context |= _account(request, account, month, pick)
    return render(request, "ledger/account_history.html", context)


@cache
def _kinds(_language: str | None, words: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((word, str(statements.KINDS[word][0])) for word in words)


class _Pick(NamedTuple):
    """What the address narrows a month to."""

    member: UUID | None
    kind: str
    below: str


def _used(request: HttpRequest, person: Person, month: Month, pick: _Pick) -> dict[str, Any]:
    after = statements.read_key(pick.below)
    lines, key = statements.use_lines(person, month, payer=pick.member, kind=pick.kind, after=after)
    year = statements.use_months(person, month)
    payers = statements.payers_of(person, month)
    ways = [(_("自己账户"), sum(item.own for item in year))]
    ways += [(payer.name, payer.year_paid) for payer in payers]
    ways.append((_("现金"), sum(item.cash for item in year)))
    return {
        "summary": year[0],
        "year": year,
        "bars": statements.bars([item.month for item in year], [item.total for item in year]),
        "people": ways,
        "strips": statements.strips(ways),
        "payers": [payer for payer in payers if payer.count],
        "lines": lines,
        "older": _older(request, statements.key_text(key)) if key else "",
        "last_use": None if lines else _last_use(person),
    }


def _last_use(person: Person) -> datetime | None:
    use = statements.last_use(person)
    return use.event_at if use else None


def _account(request: HttpRequest, account: LedgerAccount, month: Month, pick: _Pick) -> dict[str, Any]:
    lines, seq = statements.account_lines(
        account, month, member=pick.member, kind=pick.kind, below=_number(pick.below)
    )
    year = statements.months_of(account, month)
    members = statements.members_of(account, month)
    people = [(_("本人"), sum(item.own_net for item in year))]
    people += [(member.name, member.year_used) for member in members]
    return {
        "summary": year[0],
        "year": year,
        "bars": statements.bars([item.month for item in year], [item.went_out for item in year]),
        "people": people,
        "strips": statements.strips(people),
        "members": [member for member in members if member.count],
        "lines": lines,
        "older": _older(request, str(seq)) if seq else "",
    }


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
