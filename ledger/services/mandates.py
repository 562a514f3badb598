"""The right to draw on an account: opened, paused, capped and ended by `binding`, in its transaction.

Settlement holds a mandate FOR SHARE while it posts; everything here takes it FOR UPDATE, so that a change
waits for postings under way and later ones see it. Lock order: mandates by id, then accounts by id.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import Enrollment, Person
from gongji.errors import Refused
from gongji.money import yuan
from gongji.templatetags.gongji import mask_name
from ledger.models import LedgerAccount, Mandate
from ledger.services.accounts import open_account, open_accounts, open_wallet, used_in_all
from ledger.services.pools import open_pool, somebody_left
from ledger.services.wallet.closing import post_close

CLOCK_SKEW = timedelta(minutes=1)
"""An end this close is meant for now: the web host's clock may run before the database's."""


def open_mandate(
    *,
    binding_id: UUID,
    authorizer: Person,
    beneficiary: Person,
    kind: str,
    valid_from: datetime,
    monthly_cap: int | None,
    authorized: int | None = None,
    privacy: int = 1,
    valid_until: datetime | None = None,
) -> Mandate:
    """Let `beneficiary` use what `authorizer` gives under a binding, from `valid_from` on.

    `monthly_cap` and `authorized` (in all, whatever the month) in 分, None = no such bound; `valid_until`
    None = until it is ended. Accounts are opened when they are missing: the authorizer's personal one, the
    household pool they created, a wallet of its own each time; `view` needs none. Runs in the caller's
    transaction, which holds both people's rows.
    """
    account = _account_for(kind, authorizer, beneficiary, valid_from)
    last = Mandate.objects.filter(beneficiary=beneficiary).aggregate(last=Max("rank"))["last"]
    return Mandate.objects.create(
        binding_id=binding_id,
        kind=kind,
        account=account,
        authorizer=authorizer,
        beneficiary=beneficiary,
        authorizer_mask=mask_name(authorizer.name),
        rank=(last or 0) + 1,
        monthly_cap=monthly_cap,
        authorized=authorized,
        privacy=privacy,
        valid_from=valid_from,
        valid_until=valid_until,
    )


@dataclass(frozen=True, slots=True)
class Opening:
    """One of many mandates to open; as the arguments of `open_mandate`."""

    binding_id: UUID
    authorizer: Person
    beneficiary: Person
    kind: str
    valid_from: datetime
    monthly_cap: int | None = None
    authorized: int | None = None
    privacy: int = 1
    valid_until: datetime | None = None


def open_mandates(openings: Sequence[Opening]) -> list[Mandate]:
    """Open many mandates with a handful of statements, in this order; see `open_mandate`.

    For what a bureau brings along. Pools are opened one by one: there is one a household.
    """
    accounts = _accounts_of({item.authorizer.pk for item in openings if item.kind != Mandate.Kind.VIEW})
    held = Mandate.objects.filter(beneficiary__in={item.beneficiary.pk for item in openings})
    ranks = dict(held.values_list("beneficiary").annotate(last=Max("rank")).order_by())
    made = []
    for item in openings:
        account = _account_among(accounts, item)
        rank = ranks[item.beneficiary.pk] = ranks.get(item.beneficiary.pk, 0) + 1
        made.append(
            Mandate(
                binding_id=item.binding_id, kind=item.kind, account=account, authorizer=item.authorizer,
                beneficiary=item.beneficiary, authorizer_mask=mask_name(item.authorizer.name), rank=rank,
                monthly_cap=item.monthly_cap, authorized=item.authorized, privacy=item.privacy,
                valid_from=item.valid_from, valid_until=item.valid_until,
            )
        )  # fmt: skip
    return Mandate.objects.bulk_create(made)


def _accounts_of(people: set[UUID]) -> dict[UUID, LedgerAccount]:
    """Return people's own accounts; those without one get it in the area of their insurance."""
    areas = dict(Enrollment.objects.current().filter(person__in=people).values_list("person", "area"))
    own = LedgerAccount.objects.filter(kind=LedgerAccount.Kind.PERSONAL, owner__in=people)
    missing = areas.keys() - set(own.values_list("owner_id", flat=True))
    if missing:
        open_accounts({person: areas[person] for person in missing})
    return {account.owner_id: account for account in own.all() if account.owner_id}


def _account_among(accounts: Mapping[UUID, LedgerAccount], item: Opening) -> LedgerAccount | None:
    if item.kind == Mandate.Kind.VIEW:
        return None
    own = accounts[item.authorizer.pk]
    if item.kind == Mandate.Kind.WALLET:
        return open_wallet(owner=item.beneficiary, area=own.area)
    if item.kind == Mandate.Kind.POOL:
        return open_pool(creator=item.authorizer, area=own.area, at=item.valid_from)
    return own


def _account_for(
    kind: str, authorizer: Person, beneficiary: Person, valid_from: datetime
) -> LedgerAccount | None:
    if kind == Mandate.Kind.VIEW:
        return None
    own = open_account(person=authorizer, area=_area_of(authorizer))
    if kind == Mandate.Kind.WALLET:
        return open_wallet(owner=beneficiary, area=own.area)
    if kind == Mandate.Kind.POOL:
        return open_pool(creator=authorizer, area=own.area, at=valid_from)
    return own


@transaction.atomic
def end_mandate(*, binding_id: UUID, at: datetime) -> None:
    """Stop a mandate: now, or at `at` when that lies ahead. Ending twice changes nothing.

    The end is the database's clock after the lock, so no posting bears a later time. A day in the past
    is not honoured: what was posted meanwhile was posted under a valid mandate.
    """
    mandate = _locked(binding_id)
    now = _database_clock()
    if mandate.valid_until is not None and mandate.valid_until <= now:
        return
    until = at if at > now + CLOCK_SKEW else now
    mandate.valid_until = max(until, mandate.valid_from)
    mandate.save(update_fields=["valid_until"])
    if mandate.kind == Mandate.Kind.WALLET:
        post_close(mandate)
    if mandate.kind == Mandate.Kind.POOL:
        somebody_left(mandate)


@transaction.atomic
def revive_mandate(*, binding_id: UUID, valid_until: datetime | None = None) -> None:
    """Undo `end_mandate`: in force again until `valid_until`, with its cap and pause as they were."""
    mandate = _locked(binding_id)
    mandate.valid_until = valid_until
    mandate.save(update_fields=["valid_until"])


@transaction.atomic
def pause_mandate(*, binding_id: UUID) -> None:
    """Let settlements skip a mandate until it is resumed; safe to repeat."""
    mandate = _locked(binding_id)
    if mandate.paused_at is None:
        mandate.paused_at = _database_clock()
        mandate.save(update_fields=["paused_at"])


@transaction.atomic
def resume_mandate(*, binding_id: UUID) -> None:
    """End a pause; safe to repeat."""
    mandate = _locked(binding_id)
    mandate.paused_at = None
    mandate.save(update_fields=["paused_at"])


@transaction.atomic
def set_cap(*, binding_id: UUID, monthly_cap: int | None) -> None:
    """Set how many 分 may be used each month, None = no cap; holds from the next settlement on."""
    mandate = _locked(binding_id)
    mandate.monthly_cap = monthly_cap
    mandate.save(update_fields=["monthly_cap"])


@transaction.atomic
def set_authorized(*, binding_id: UUID, authorized: int) -> None:
    """Set how many 分 may be used in all, whatever the month; holds from the next settlement on.

    Raises Refused (`below_used`): what was used cannot be taken back by a lower total.
    """
    mandate = _locked(binding_id)
    used = used_in_all([mandate.pk]).get(mandate.pk, 0)
    if authorized < used:
        words = {"used": yuan(used)}
        raise Refused(
            "below_used",
            _("家人已经用了 %(used)s 元,授权总额不能比这个少。") % words,
            _("想让家人不再用,请把总额改成 %(used)s 元,或用“暂停”。") % words,
        )
    mandate.authorized = authorized
    mandate.save(update_fields=["authorized"])


@transaction.atomic
def set_privacy(*, binding_id: UUID, level: int) -> None:
    """Set how much of the beneficiary's usage the authorizer sees."""
    mandate = _locked(binding_id)
    mandate.privacy = level
    mandate.save(update_fields=["privacy"])


def _locked(binding_id: UUID) -> Mandate:
    return Mandate.objects.select_for_update(of=("self",)).get(binding_id=binding_id)


def _database_clock() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now


def _area_of(person: Person) -> str:
    """The area that keeps the person's account. Raises Enrollment.DoesNotExist for the uninsured."""
    return Enrollment.objects.current().get(person=person).area
