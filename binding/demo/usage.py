"""A year of use: monthly credits, settlements at hospitals and pharmacies, now and then a refund."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import Enrollment, Person
from ledger import services as ledger
from ledger.models import LedgerAccount, Provider
from ledger.services import Credit, Settlement
from ledger.statements import Month

MONTHS = 14
CATEGORIES = ["outpatient"] * 5 + ["drug"] * 6 + ["outpatient_chronic"] * 2 + ["inpatient", "consumable"]
REFUND_EVERY = 40


@dataclass(frozen=True)
class Visit:
    """One bill that somebody brings to a provider."""

    at: datetime
    person: Person
    provider: Provider
    category: str
    amount: int


class History:
    """Posts the past in order of time, month by month, through the ledger's own functions."""

    def __init__(self, *, seed: int, providers: Sequence[Provider]) -> None:
        self._random = random.Random(seed)
        self._nearby: dict[str, list[Provider]] = {}
        for provider in providers:
            self._nearby.setdefault(provider.area, []).append(provider)
        self._areas = dict(Enrollment.objects.current().values_list("person_id", "area"))
        self._count = 0

    def months(self) -> list[Month]:
        """Return the months of the story, oldest first, the present one last."""
        months = [Month(timezone.localdate().replace(day=1))]
        while len(months) < MONTHS:
            months.append(months[-1].previous)
        return months[::-1]

    def credit(self, accounts: Sequence[LedgerAccount], month: Month, *, first: bool) -> None:
        """Post the opening balances, or the month's credit on its fifth day."""
        at = month.start + timedelta(days=4, hours=2)
        if at > timezone.now():
            return
        kind = "opening" if first else "contribution"
        areas = {account.area for account in accounts}
        funds = {area: ledger.clearing_account(kind="fund", area=area) for area in areas}
        items = [
            Credit(
                account=account,
                fund=funds[account.area],
                kind=kind,
                serial=f"{kind}:{month.code}",
                amount=self._random.randrange(80_000, 420_000)
                if first
                else self._random.randrange(9_000, 42_000),
                event_at=at,
                posted_at=at,
            )
            for account in accounts
        ]
        ledger.import_credits(items)

    def visits(self, people: Sequence[Person], month: Month, count: int) -> list[Visit]:
        """Make up `count` bills of a month, in order of time, none in the future."""
        last = min(month.next.start, timezone.now() - timedelta(hours=2))
        span = (last - month.start).total_seconds()
        bills = [self._visit(month.start, span) for _bill in range(count)] if people and span > 86400 else []
        chosen = [(at, self._random.choice(people), category, amount) for at, category, amount in bills]
        return [
            Visit(at, person, self._random.choice(self._nearby[self._areas[person.pk]]), category, amount)
            for at, person, category, amount in sorted(chosen, key=lambda bill: bill[0])
        ]

    def _visit(self, start: datetime, span: float) -> tuple[datetime, str, int]:
        at = start + timedelta(seconds=self._random.uniform(0.18, 1) * span)
        category = self._random.choice(CATEGORIES)
        amount = int(self._random.lognormvariate(9.1, 0.7)) * (6 if category == "inpatient" else 1)
        at = at.replace(hour=self._random.randrange(8, 17), microsecond=0)
        if at > start + timedelta(seconds=span):  # the hour made it later than now
            at -= timedelta(days=1)
        return (
            at,
            category,
            min(max(amount, 300), 2_000_000),
        )

    def post(self, visits: Sequence[Visit]) -> Iterator[Visit]:
        """Settle each bill under its own time; some are refunded the next day."""
        for visit in visits:
            self._count += 1
            settlement = Settlement(
                provider=visit.provider,
                beneficiary=visit.person,
                serial=f"DEMO{self._count:09d}",
                amount=visit.amount,
                category=visit.category,
                occurred_at=visit.at,
            )
            reply = ledger.import_settlement(settlement=settlement, posted_at=visit.at)
            if self._count % REFUND_EVERY == 0 and reply.id is not None:
                self._refund(visit, reply.id)
            yield visit

    def _refund(self, visit: Visit, settlement: object) -> None:
        ledger.import_reversal(
            provider=visit.provider,
            original=settlement,  # type: ignore[arg-type]
            serial=f"DEMO{self._count:09d}R",
            amount=None,
            reason="退药",
            posted_at=visit.at + timedelta(minutes=30),
        )
