"""The two demo cities that share in other ways: a household pool with money in it, a group with totals."""

from collections.abc import Mapping
from datetime import datetime

from django.utils import timezone

from accounts.models import Person, User
from binding import services
from binding.demo import clock
from binding.demo.casework import AFTER_UNDO, Casework, Wish
from binding.services import system
from gongji.policy import Category, Relation
from ledger import services as ledger

POOL = [("lin_hai", "su_mei", Relation.SPOUSE), ("lin_hai", "lin_xiaoxi", Relation.CHILD)]
GROUP = [
    ("ma_qiang", "bai_lan", Relation.SPOUSE, 3_000_00),
    ("bai_lan", "ma_qiang", Relation.SPOUSE, 1_000_00),
    ("ma_ling", "ma_qiang", Relation.CHILD, 2_000_00),
]
"""Who gives to whom as what, and how many 分 in all."""


def bind_families(
    work: Casework, users: Mapping[str, User], people: Mapping[str, Person], at: datetime
) -> None:
    """Open the bindings of both cities; the household register proves them, the relatives agree."""
    for giver, relative, relation in POOL:
        work.approved(Wish(users[giver], people[relative], relation), at)
    for giver, relative, relation, authorized in GROUP:
        _authorize(work, Wish(users[giver], people[relative], relation), authorized, at)


def _authorize(work: Casework, wish: Wish, authorized: int, at: datetime) -> None:
    draft = work.draft(wish, at)
    assert wish.giver.person is not None
    with clock.at(at):
        services.save_authorized(application=draft, actor=wish.giver, authorized=authorized)
        submitted = services.submit(
            application=draft, actor=wish.giver, commitment_name=wish.giver.person.name, agreed=True
        )
    with clock.at(at + AFTER_UNDO):
        system.enqueue(submitted.pk)
    work.consent(submitted, at + 2 * AFTER_UNDO)


def move_money(users: Mapping[str, User], people: Mapping[str, Person]) -> None:
    """What the family of the pool did today: 划拨, and the daughter's premium paid by her father."""
    balance = ledger.personal_balance(people["su_mei"]) or 0
    pool = ledger.pool_of(people["su_mei"])
    terms = ledger.transfer_now(pool) if pool else None
    if terms is not None and not terms.reason:
        amount = min(terms.movable, max(balance - 2_500_00, 50_00))
        ledger.transfer_in(actor=users["su_mei"], amount=amount, number=terms.number)
    _pay_premium(users["lin_hai"], people["lin_xiaoxi"])


def _pay_premium(payer: User, insured: Person) -> None:
    assert payer.person is not None
    offers = ledger.offers_for(payer.person, insured, today=timezone.localdate())
    for offer in offers.offers[:1]:
        ledger.pay_premium(
            actor=payer, insured=insured, category=Category(offer.premium.category), year=offer.premium.year
        )
