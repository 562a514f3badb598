"""Opening accounts and reading what people can use."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.utils import timezone

from accounts.models import Enrollment, Person
from accounts.services import current_enrollment
from gongji import policy
from gongji.prepared import Prepared
from ledger import rules
from ledger.models import LedgerAccount, Mandate, MonthUse

Kind = LedgerAccount.Kind


@dataclass(frozen=True, slots=True)
class Available:
    """One relative's account as the beneficiary may see it. Amounts in 分."""

    binding_id: UUID
    kind: str
    """Mandate.Kind: a relative's own account, a household pool, a wallet."""
    authorizer: Person
    area: str
    """The area that keeps the account; its rules say when money comes in."""
    balance: int
    monthly_cap: int | None
    cap_left: int | None
    authorized: int | None
    total_left: int | None
    """What is left of `authorized`; None = no total."""
    usable: int
    reason: str
    """Why `usable` is 0: paused, not_open, cap_reached, total_reached, no_balance; "" when it is not."""


def open_account(*, person: Person, area: str) -> LedgerAccount:
    """Return the person's personal account, opened with nothing on it when there is none yet."""
    account, _ = LedgerAccount.objects.get_or_create(
        owner=person,
        kind=Kind.PERSONAL,
        defaults={"area": area, "balance": 0, "seq": 0, "head": LedgerAccount.GENESIS},
    )
    return account


def open_wallet(*, owner: Person, area: str) -> LedgerAccount:
    """Open a 医保钱包 for one giver's money, kept by the giver's area: its rules say what it may pay for."""
    return LedgerAccount.objects.create(
        owner=owner, kind=Kind.WALLET, area=area, balance=0, seq=0, head=LedgerAccount.GENESIS
    )


def open_accounts(areas: Mapping[UUID, str]) -> None:
    """Open the personal accounts of many people at once: person → area; those who have one keep it."""
    LedgerAccount.objects.bulk_create(
        [
            LedgerAccount(
                kind=Kind.PERSONAL, owner_id=person, area=area, balance=0, seq=0, head=LedgerAccount.GENESIS
            )
            for person, area in areas.items()
        ],
        ignore_conflicts=True,
    )


def clearing_account(*, kind: str, area: str) -> LedgerAccount:
    """Return the area's fund or premium account: the other side of credits and premiums."""
    account, _ = LedgerAccount.objects.get_or_create(kind=kind, area=area)
    return account


def personal_balance(person: Person) -> int | None:
    """Return the balance of the person's own account in 分; None when they have no account."""
    return _personal_balances.first(owner=person.pk)


_personal_balances = Prepared(
    lambda owner: LedgerAccount.objects.filter(owner=owner, kind=Kind.PERSONAL).values_list(
        "balance", flat=True
    )
)


def month_used(binding_id: UUID, month: date) -> int:
    """Return what was used under a binding in the month of `month`, in 分, reversals taken off."""
    found = MonthUse.objects.filter(mandate__binding_id=binding_id, month=month.replace(day=1))
    return found.values_list("used", flat=True).first() or 0


def month_used_by_binding(*, binding_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Return what was used under each binding this month, in 分; bindings without a use are left out."""
    month = rules.month_of(timezone.now())
    rows = MonthUse.objects.filter(mandate__binding_id__in=list(binding_ids), month=month)
    return dict(rows.values_list("mandate__binding_id", "used"))


def used_in_all(mandate_ids: Iterable[int]) -> dict[int, int]:
    """Return what was used under each mandate in all, in 分, reversals taken off; unused: not named."""
    rows = MonthUse.objects.filter(mandate__in=list(mandate_ids)).values("mandate")
    return dict(rows.annotate(used_in_all=Sum("used")).order_by().values_list("mandate", "used_in_all"))


def used_under(binding_id: UUID) -> int:
    """Return what was used under a binding in all, in 分, reversals taken off."""
    rows = MonthUse.objects.filter(mandate__binding_id=binding_id)
    return int(rows.aggregate(used_in_all=Sum("used", default=0))["used_in_all"])


def available_to(
    person: Person, *, enrollment: Enrollment | None = None, now: datetime | None = None
) -> list[Available]:
    """Return the accounts this person may draw on, in the order a settlement would use them.

    `enrollment` is the person's current one, where the caller has it.
    """
    now = now or timezone.now()
    mandates = _live_mandates(beneficiary=person.pk, now=now, month=rules.month_of(now))
    by_id = {mandate.pk: mandate for mandate in mandates}
    limited = [mandate.pk for mandate in mandates if mandate.authorized is not None]
    in_all = used_in_all(limited) if limited else {}
    sources = [_source(mandate, in_all.get(mandate.pk, 0)) for mandate in mandates]
    order = _order_for(enrollment or current_enrollment(person))
    return [_available(by_id[source.mandate], source) for source in rules.in_order(sources, order)]


def _write_live_mandates(beneficiary: Any, now: Any, month: Any) -> QuerySet[Any]:
    used = MonthUse.objects.filter(mandate=OuterRef("pk"), month=month).values("used")
    mandates = Mandate.objects.live(now).filter(beneficiary=beneficiary, kind__in=Mandate.PAYING)
    return mandates.select_related("account", "authorizer").annotate(used=Subquery(used))


_live_mandates = Prepared(_write_live_mandates)


def _source(mandate: Any, in_all: int) -> rules.Source:
    assert mandate.account is not None and mandate.account.balance is not None
    area = policy.for_area(mandate.account.area) if mandate.account.kind == Kind.PERSONAL else None
    return rules.Source(
        mandate=mandate.pk,
        balance=mandate.account.balance,
        rank=mandate.rank,
        min_balance=area.min_balance if area else 0,
        cap_left=None if mandate.monthly_cap is None else max(mandate.monthly_cap - (mandate.used or 0), 0),
        total_left=None if mandate.authorized is None else max(mandate.authorized - in_all, 0),
        wallet=mandate.kind == Mandate.Kind.WALLET,
    )


def _available(mandate: Mandate, source: rules.Source) -> Available:
    reason = _why_not(mandate, source)
    assert mandate.account is not None
    return Available(
        binding_id=mandate.binding_id,
        kind=mandate.kind,
        authorizer=mandate.authorizer,
        area=mandate.account.area,
        monthly_cap=mandate.monthly_cap,
        balance=source.balance,
        cap_left=source.cap_left,
        authorized=mandate.authorized,
        total_left=source.total_left,
        usable=0 if reason else source.limit,
        reason=reason,
    )


def _why_not(mandate: Mandate, source: rules.Source) -> str:
    assert mandate.account is not None
    area = policy.for_area(mandate.account.area)
    if mandate.paused_at is not None:
        return "paused"
    if area is None or not area.open:
        return "not_open"
    if source.cap_left == 0:
        return "cap_reached"
    if source.total_left == 0:
        return "total_reached"
    return "" if source.limit else "no_balance"


def _order_for(enrollment: Enrollment | None) -> policy.ShareOrder:
    """The order of the person's own area; national where it has no rules of its own."""
    own = policy.for_area(enrollment.area if enrollment else "") or policy.load()[policy.NATIONAL]
    return own.share_order
