"""What was used under one binding: month by month, and one by one."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from ledger.models import Entry, Mandate, MonthUse, Transaction


@dataclass(frozen=True)
class Use:
    """One use of a giver's money, in 分; what was given back is negative."""

    at: datetime
    amount: int
    kind: str
    """In words: 就医购药, 退费, 代缴保费."""


def used_by_month(binding_id: UUID) -> list[tuple[date, int]]:
    """Return each month (its first day) and what was used in it, in 分, reversals taken off; oldest first."""
    rows = MonthUse.objects.filter(mandate__binding_id=binding_id, used__gt=0)
    totals: dict[date, int] = {}
    for month, used in rows.values_list("month", "used"):
        totals[month] = totals.get(month, 0) + used
    return sorted(totals.items())


def uses_under(binding_id: UUID) -> list[Use]:
    """Return every posting under a binding, oldest first: by the account, which has the index."""
    mandates = Mandate.objects.filter(binding_id=binding_id).exclude(account=None)
    entries = Entry.objects.filter(
        account__in=[mandate.account_id for mandate in mandates], mandate__in=list(mandates)
    )
    rows = entries.select_related("transaction").order_by("transaction__event_at", "transaction_id", "line")
    labels = dict(Transaction.Kind.choices)
    return [Use(row.transaction.event_at, -row.amount, str(labels[row.transaction.kind])) for row in rows]
