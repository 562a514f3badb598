"""From policy files to the rows that the settlement function reads."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db import transaction

from gongji.policy import AreaScope, Policy
from ledger.models import AreaRule


@dataclass(frozen=True, slots=True)
class _Terms:
    open: bool
    share_order: str
    min_balance: int
    scope_digits: int
    categories: list[str]


_MOMENT = timedelta(microseconds=1)


@transaction.atomic
def derive_area_rules(policies: Mapping[str, Policy], valid_from: datetime) -> int:
    """Write a rule for every area whose terms are others at `valid_from`; return how many.

    The national row serves areas without a file: their own accounts pay, nothing is shared.
    Earlier rows stay: a settlement posted yesterday can be explained by yesterday's rule. A row of exactly
    this moment that was announced and taken back stays, too, and is followed by one a microsecond later.
    """
    until = valid_from + 1000 * _MOMENT
    newest = {
        rule.area: rule
        for rule in AreaRule.objects.filter(valid_from__lt=until).order_by("area", "valid_from")
    }
    changed = [
        AreaRule(area=area, valid_from=_after(newest.get(area), valid_from), **asdict(terms))
        for area, terms in ((area, _terms(policy)) for area, policy in policies.items())
        if area not in newest or terms != _terms_of(newest[area])
    ]
    AreaRule.objects.bulk_create(changed)
    return len(changed)


def announced(after: datetime) -> list[datetime]:
    """Return the moments to come at which a rule that was written in advance takes effect."""
    rows = AreaRule.objects.filter(valid_from__gt=after).order_by("valid_from")
    return list(rows.values_list("valid_from", flat=True).distinct())


def _after(newest: AreaRule | None, valid_from: datetime) -> datetime:
    return valid_from if newest is None else max(valid_from, newest.valid_from + _MOMENT)


def _terms(policy: Policy) -> _Terms:
    # 统筹区 and city both mean the city with its counties: gongji.policy.Policy.covers.
    return _Terms(
        open=policy.open,
        share_order=policy.share_order.value,
        min_balance=policy.min_balance,
        scope_digits=2 if policy.area_scope is AreaScope.PROVINCE else 4,
        categories=sorted(category.value for category in policy.allowed - policy.prohibited),
    )


def _terms_of(rule: AreaRule) -> _Terms:
    return _Terms(rule.open, rule.share_order, rule.min_balance, rule.scope_digits, list(rule.categories))
