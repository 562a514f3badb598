"""The household pool (福建): an account that members move their own money into and all of them may use.

It belongs to its creator; who may draw on it, the creator included, holds a mandate on it. It lives from the
creator's own mandate on until the last other member is gone; then what is left goes back to those who put
it in. Amounts are 分. Lock order: mandates by id, then accounts by id.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Person
from accounts.services import notify
from gongji import outbox, policy
from gongji.money import yuan
from gongji.policy import Policy, PoolLeave
from gongji.templatetags.gongji import mask_name
from ledger import rules
from ledger.models import Entry, LedgerAccount, Mandate, Transaction
from ledger.services.posting import move
from ledger.statements.words import SEES_PLACE, SEES_TYPE, seen_as

Kind = Transaction.Kind
UNDO = timedelta(minutes=settings.UNDO_MINUTES)
CLOCK_SKEW = timedelta(minutes=1)
"""The database's clock, which dates postings, may run behind the web host's."""


@dataclass(frozen=True, slots=True)
class PoolMember:
    """Somebody who put money in or may use it."""

    person: Person
    put_in: int
    left: bool
    creator: bool


@dataclass(frozen=True, slots=True)
class Pool:
    """A household pool as one of its members sees it."""

    mandate: Mandate
    """The member's own."""
    account: LedgerAccount
    creator: Person
    members: list[PoolMember]
    policy: Policy
    began: datetime

    @property
    def balance(self) -> int:
        """What everybody in it may use."""
        return self.account.balance or 0

    @property
    def is_creator(self) -> bool:
        """Whether it is the member's own."""
        return self.mandate.authorizer_id == self.mandate.beneficiary_id

    @property
    def alone(self) -> bool:
        """Whether nobody but the creator is in it: it is about to be wound up."""
        return sum(not member.left for member in self.members) < 2


# ------------------------------------------------------------- in and out of a pool
def open_pool(*, creator: Person, area: str, at: datetime) -> LedgerAccount:
    """Return the creator's pool, opened with the creator as its first member when there is none.

    In the caller's transaction, which holds the creator's row.
    """
    account, _created = LedgerAccount.objects.get_or_create(
        owner=creator,
        kind=LedgerAccount.Kind.POOL,
        defaults={"area": area, "balance": 0, "seq": 0, "head": LedgerAccount.GENESIS},
    )
    own = Mandate.objects.filter(kind=Mandate.Kind.POOL, valid_until=None, account=account)
    if not own.filter(beneficiary=creator).exists():
        last = Mandate.objects.filter(beneficiary=creator).aggregate(last=Max("rank"))["last"]
        Mandate.objects.create(
            binding_id=uuid4(),
            kind=Mandate.Kind.POOL,
            account=account,
            authorizer=creator,
            beneficiary=creator,
            authorizer_mask=mask_name(creator.name),
            rank=(last or 0) + 1,
            valid_from=min(at, timezone.now()) - CLOCK_SKEW,
        )
    return account


def other_pool_of(person: Person, *, than_of: Person | None = None) -> Mandate | None:
    """Return the person's mandate on a pool of somebody else, `than_of`'s left out; None when in none."""
    found = Mandate.objects.filter(kind=Mandate.Kind.POOL, valid_until=None, beneficiary=person)
    return found.exclude(authorizer=than_of or person).select_related("authorizer").first()


def pools_of_people(people: Iterable[UUID]) -> dict[UUID, UUID]:
    """Return in whose pool each of these people is: person → creator; those in none are not named."""
    found = Mandate.objects.filter(kind=Mandate.Kind.POOL, valid_until=None, beneficiary__in=set(people))
    return dict(found.values_list("beneficiary_id", "authorizer_id"))


def somebody_left(mandate: Mandate) -> None:
    """Have the pool looked at when the leaving cannot be taken back any more; in the caller's transaction."""
    assert mandate.valid_until is not None and mandate.account_id is not None
    outbox.post(
        "pool_left",
        mandate.account_id,
        dedup=f"pool_left:{mandate.pk}:{mandate.valid_until.isoformat()}",
        run_at=mandate.valid_until + UNDO + timedelta(seconds=1),
    )


# ------------------------------------------------------------- looking
def pool_of(person: Person) -> Pool | None:
    """Return the pool that a person is in; None when in none. Three queries."""
    found = Mandate.objects.live(timezone.now()).filter(kind=Mandate.Kind.POOL, beneficiary=person)
    mandate = found.select_related("account__owner").first()
    if mandate is None or mandate.account is None:
        return None
    account = mandate.account
    terms = policy.for_area(account.area)
    if terms is None or account.owner is None:
        return None
    mandates = list(account.mandates.select_related("beneficiary").order_by("pk"))
    began = _began(account, mandates)
    return Pool(mandate, account, account.owner, _members(account, mandates, began), terms, began)


def _members(account: LedgerAccount, mandates: Sequence[Mandate], began: datetime) -> list[PoolMember]:
    present = {mandate.beneficiary_id for mandate in mandates if mandate.valid_until is None}
    people = {mandate.beneficiary_id: mandate.beneficiary for mandate in mandates}
    put_in = _put_in(account, began, whole=True)
    return [
        PoolMember(person, put_in.get(pk, 0), left=pk not in present, creator=pk == account.owner_id)
        for pk, person in people.items()
        if pk in present or pk in put_in
    ]


def _began(account: LedgerAccount, mandates: Sequence[Mandate]) -> datetime:
    """When the pool was opened, the last time if it was wound up before."""
    return max(mandate.valid_from for mandate in mandates if mandate.beneficiary_id == account.owner_id)


def _put_in(account: LedgerAccount, since: datetime, *, whole: bool = False) -> dict[UUID, int]:
    """Return what each person moved in since then; what came before one's own money went back is left out.

    `whole` counts that, too.
    """
    moves = Entry.objects.filter(
        account=account,
        transaction__kind__in=[Kind.POOL_IN, Kind.POOL_OUT],
        transaction__posted_at__gte=since,
    ).order_by("seq")
    sums: dict[UUID, int] = {}
    for kind, person, amount in moves.values_list("transaction__kind", "transaction__beneficiary", "amount"):
        if kind == Kind.POOL_IN:
            sums[person] = sums.get(person, 0) + amount
        elif not whole:
            sums.pop(person, None)
    return sums


@dataclass(frozen=True, slots=True)
class PoolLine:
    """Money that came into a pool or went out of it, as one member may read it."""

    at: datetime
    who: str
    what: str
    amount: int


def pool_lines(pool: Pool, most: int = 20) -> list[PoolLine]:
    """Return the latest movements. The creator reads what each member allows, others that money was used."""
    entries = Entry.objects.filter(account=pool.account, transaction__posted_at__gte=pool.began)
    related = entries.select_related("transaction__beneficiary", "mandate").order_by("-seq")
    return [_line(entry, pool) for entry in related[:most]]


def _line(entry: Entry, pool: Pool) -> PoolLine:
    record, mandate = entry.transaction, entry.mandate
    mine = record.beneficiary_id == pool.mandate.beneficiary_id
    level = SEES_PLACE if mine or mandate is None else min(mandate.privacy, SEES_TYPE)
    return PoolLine(
        at=record.posted_at,
        who=_("您") if mine else mask_name(record.beneficiary.name),
        what=seen_as(record, level if mine or pool.is_creator else 0),
        amount=entry.amount,
    )


# ------------------------------------------------------------- the way back
@transaction.atomic
def wind_up(*, pool: int) -> int:
    """Give money back to whoever has a right to it now; return how much, in 分. Safe to repeat.

    When only the creator is left, the pool ends and everybody who put money in gets back their part of the
    rest. Where the area says so (`pool_leave`), those who left get theirs while the others go on. Nothing
    happens while a leaving can still be taken back.
    """
    mandates = list(
        Mandate.objects.filter(account=pool).order_by("pk").select_for_update(of=("self",), no_key=True)
    )
    account = LedgerAccount.objects.select_related("owner").get(pk=pool, kind=LedgerAccount.Kind.POOL)
    now = timezone.now()
    if any(_may_come_back(mandate, now) for mandate in mandates):
        return 0
    present = {mandate.beneficiary_id for mandate in mandates if mandate.valid_until is None}
    if present <= {account.owner_id}:
        for mandate in mandates:
            if mandate.valid_until is None:
                mandate.valid_until = max(now, mandate.valid_from)
                mandate.save(update_fields=["valid_until"])
        return _pay_back(account, _began(account, mandates), stay=set())
    terms = policy.for_area(account.area)
    if terms is None or terms.pool_leave is PoolLeave.STAYS:
        return 0
    return _pay_back(account, _began(account, mandates), stay=present)


def _may_come_back(mandate: Mandate, now: datetime) -> bool:
    """Whether a member's end can still be taken back; the creator's own comes by `wind_up` alone."""
    ended = mandate.valid_until is not None and mandate.valid_until + UNDO > now
    return ended and mandate.beneficiary_id != mandate.authorizer_id


def _pay_back(account: LedgerAccount, began: datetime, *, stay: set[UUID]) -> int:
    """Pay out the parts of all who put money in, but for those who `stay`."""
    put_in = _put_in(account, began) or _put_in(account, began, whole=True)
    homes = {home.owner_id: home for home in _held(account, [*put_in, account.owner_id])}
    fresh = LedgerAccount.objects.get(pk=account.pk)
    weights = put_in or ({account.owner_id: 1} if account.owner_id else {})
    shares = rules.shares(fresh.balance or 0, weights)
    paid = 0
    for person, amount in shares.items():
        home = homes.get(person)
        if person in stay or home is None or home.owner is None or not amount:
            continue
        move(
            kind=Kind.POOL_OUT,
            serial=f"pool_out:{account.pk}:{fresh.seq}",
            person=home.owner,
            source=account,
            target=home,
            amount=amount,
        )
        notify(
            person=home.owner,
            template="ledger.pool_out",
            params={"creator": mask_name(account.owner.name if account.owner else ""), "yuan": yuan(amount)},
            dedup=f"pool_out:{account.pk}:{fresh.seq}:{person}",
        )
        paid += amount
    return paid


def _held(account: LedgerAccount, people: list[UUID | None]) -> list[LedgerAccount]:
    """Lock the pool and all personal accounts in the order of their ids; return the personal ones."""
    homes = LedgerAccount.objects.filter(owner__in=people, kind=LedgerAccount.Kind.PERSONAL)
    both = LedgerAccount.objects.filter(pk__in=[account.pk, *homes.values_list("pk", flat=True)])
    held = both.order_by("pk").select_for_update(of=("self",), no_key=True).select_related("owner")
    return [home for home in held if home.pk != account.pk]


def pools_to_wind_up() -> list[int]:
    """Return the pools nobody is in any more that have money: a refund came after the end."""
    empty = LedgerAccount.objects.filter(kind=LedgerAccount.Kind.POOL, balance__gt=0)
    return list(empty.exclude(mandates__valid_until=None).order_by("pk").values_list("pk", flat=True))
