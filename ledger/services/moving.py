"""Which area keeps an account: the one that insures its owner, within a province.

Entries, balances and history stay as they are; from now on the area's rules and clearing accounts count.
"""

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import Person
from gongji import audit, policy
from gongji.policy import Model
from ledger.models import LedgerAccount, Mandate

Kind = LedgerAccount.Kind


@transaction.atomic
def rehome(*, owner: Person, area: str) -> list[str]:
    """Let `area` keep what a person gives from, if another of its province did; return the areas that did.

    That is their own account, the wallets they fill, and their household pool where the area has pools.
    Settlements under way finish by the old rules. Lock order: accounts by id.
    """
    rules = policy.for_area(area)
    accounts = _given_by(owner).filter(area__startswith=area[:2]).exclude(area=area)
    if rules is None or rules.model is not Model.POOL:
        accounts = accounts.exclude(kind=Kind.POOL)
    before = []
    for account in accounts.order_by("pk").select_for_update(of=("self",), no_key=True):
        before.append(account.area)
        account.area = area
        account.save(update_fields=["area"])
        audit.record(
            action="account.rehomed", actor=None, obj=account, area=area, changes={"area": (before[-1], area)}
        )
    return before


def _given_by(owner: Person) -> QuerySet[LedgerAccount]:
    wallets = Mandate.objects.filter(authorizer=owner, kind=Mandate.Kind.WALLET).values("account")
    return LedgerAccount.objects.filter(
        Q(owner=owner, kind__in=[Kind.PERSONAL, Kind.POOL]) | Q(pk__in=wallets)
    )
