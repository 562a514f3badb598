"""The right to draw on an account: opened, paused, capped and ended by `binding`, in its transaction.

Settlement holds a mandate FOR SHARE while it posts; everything here takes it FOR UPDATE, so that a change
waits for postings under way and later ones see it. Lock order: mandates by id, then accounts by id.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

from accounts.models import Enrollment, Person
from gongji.templatetags.gongji import mask_name
from ledger.models import Mandate
from ledger.services.accounts import open_account

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
    privacy: int = 1,
) -> Mandate:
    """Let `beneficiary` use what `authorizer` gives under a binding, from `valid_from` on.

    `monthly_cap` in 分, None = no cap. The authorizer's personal account is opened when it is missing;
    `view` needs none. Runs in the caller's transaction, which holds both people's rows.
    """
    account = None
    if kind != Mandate.Kind.VIEW:
        account = open_account(person=authorizer, area=_area_of(authorizer))
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
        privacy=privacy,
        valid_from=valid_from,
    )


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


@transaction.atomic
def revive_mandate(*, binding_id: UUID) -> None:
    """Undo `end_mandate`: the mandate is in force again, with its cap and pause as they were."""
    mandate = _locked(binding_id)
    mandate.valid_until = None
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
