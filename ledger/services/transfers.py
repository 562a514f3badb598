"""划拨: a member of a household pool moves money from their own personal account into it. Amounts are 分."""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import notify
from gongji import audit, policy
from gongji.errors import Refused
from gongji.money import yuan
from gongji.templatetags.gongji import mask_name
from ledger import rules
from ledger.models import LedgerAccount, Mandate, Transaction
from ledger.services.pools import Pool, pool_of
from ledger.services.posting import Moved, move
from ledger.services.refusals import LedgerRefused

Kind = Transaction.Kind


@dataclass(frozen=True, slots=True)
class Transfer:
    """What somebody may move into their pool now, and why not."""

    balance: int
    keep: int
    movable: int
    number: int
    """Which transfer of the month the next one is, from 1."""
    limit: int | None
    reason: str
    """Why nothing can be moved: paused, alone, too_often, nothing_above; "" when something can."""


def transfer_now(pool: Pool) -> Transfer | None:
    """Return what this member may move in now; None for somebody without a personal account. Two queries."""
    person = pool.mandate.beneficiary_id
    own = _personal(person)
    if own is None:
        return None
    number = _moved_this_month(person).count() + 1
    limit, keep = pool.policy.pool_transfers_per_month, _keep(pool, own)
    movable = max((own.balance or 0) - keep, 0)
    if pool.mandate.paused_at is not None:
        reason = "paused"
    elif pool.alone:
        reason = "alone"
    elif limit is not None and number > limit:
        reason = "too_often"
    else:
        reason = "" if movable else "nothing_above"
    return Transfer(own.balance or 0, keep, movable, number, limit, reason)


def _personal(person: UUID) -> LedgerAccount | None:
    return LedgerAccount.objects.filter(owner=person, kind=LedgerAccount.Kind.PERSONAL).first()


def _keep(pool: Pool, own: LedgerAccount) -> int:
    """What stays on one's own account: the pool's area says it, the account's own area may ask for more."""
    home = policy.for_area(own.area)
    return max(pool.policy.min_balance, home.min_balance if home else 0)


def _moved_this_month(person: UUID) -> QuerySet[Transaction]:
    month = rules.month_of(timezone.now())
    return Transaction.objects.filter(
        provider=None, beneficiary=person, kind=Kind.POOL_IN, serial__startswith=f"pool_in:{month:%Y-%m}:"
    )


@transaction.atomic
def transfer_in(*, actor: User, amount: int, number: int) -> Moved:
    """Move `amount` from the actor's personal account into their pool; it cannot be taken back.

    `number` is the transfer of the month that the actor was shown. The database takes it once for ever:
    pressed twice it is moved once (`new` is False then), and "once a month" holds in any two tabs.
    Raises Refused: `no_pool`, `no_account`, `pool_paused`, `pool_alone`, `too_often`, `page_too_old`,
    `too_much`.
    """
    pool = _locked_pool(actor)
    serial = f"pool_in:{rules.month_of(timezone.now()):%Y-%m}:{number}"
    person = pool.mandate.beneficiary
    before = Transaction.objects.filter(provider=None, beneficiary=person, serial=serial).first()
    if before is not None and before.total == amount:
        return Moved(before.pk, False)
    terms = transfer_now(pool)
    own = _personal(person.pk)
    if terms is None or own is None:
        raise Refused("no_account", _("您没有职工医保个人账户,没有钱可以划拨。"))
    _require_movable(terms, amount, number)
    try:
        moved = move(
            kind=Kind.POOL_IN, serial=serial, person=person, source=own, target=pool.account, amount=amount,
            keep=terms.keep,
        )  # fmt: skip
    except LedgerRefused as refused:
        raise _too_much(terms) from refused
    audit.record(action="pool.moved_in", actor=actor, obj=pool.account, area=pool.account.area)
    if moved.new and not pool.is_creator:
        notify(
            person=pool.creator,
            template="ledger.pool_in",
            params={"member": mask_name(person.name), "yuan": yuan(amount)},
            dedup=f"pool_in:{moved.id}",
        )
    return moved


def _locked_pool(actor: User) -> Pool:
    """The actor's pool, their mandate held: nobody puts money in and is out at the same time."""
    if actor.person is not None:
        list(
            Mandate.objects.filter(kind=Mandate.Kind.POOL, valid_until=None, beneficiary=actor.person)
            .select_for_update(of=("self",), no_key=True)
            .values_list("pk", flat=True)
        )
        pool = pool_of(actor.person)
        if pool is not None:
            return pool
    raise Refused(
        "no_pool",
        _("您现在不在家庭共济账户里。"),
        _("请先给家人开通,或请家人邀请您加入。"),
    )


def _require_movable(terms: Transfer, amount: int, number: int) -> None:
    if terms.reason == "paused":
        raise Refused("pool_paused", _("您现在被暂停使用,先不要划拨。"), _("请和创建账户的家人说一声。"))
    if terms.reason == "alone":
        raise Refused("pool_alone", _("家庭共济账户里只有您一个人,不用划拨。"), _("给家人开通以后再来。"))
    if terms.reason == "too_often":
        raise Refused(
            "too_often",
            _("这个月的划拨次数用完了:每月最多 %(n)d 次。") % {"n": terms.limit or 0},
            _("下个月 1 日起可以再划。"),
        )
    if number != terms.number:
        raise Refused("page_too_old", _("这个月您已经划拨过一笔。"), _("请回到“划拨”,再看一遍。"))
    if not 0 < amount <= terms.movable:
        raise _too_much(terms)


def _too_much(terms: Transfer) -> Refused:
    return Refused(
        "too_much",
        _("现在最多能划 %(yuan)s 元:自己账户里要留 %(keep)s 元。")
        % {"yuan": yuan(terms.movable), "keep": yuan(terms.keep)},
        _("请改小金额再试。"),
    )
