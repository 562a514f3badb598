"""How a binding ends by itself: its ground is gone, or its time is over. Nobody can take such an end back.

Lock order: people, the binding, its mandate. Every verb may come late, twice, or beside somebody's own end.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from binding.models import Application, Binding, BindingChange, Kind
from binding.rules import Party
from binding.rules.validity import notice_before, runs_out
from binding.services import rows
from binding.services.changes import changed
from binding.services.ending_words import EXPIRED, tell_expired, tell_expiring, tell_renewed, tell_stopped
from binding.services.ground import facts_of, why_lost
from gongji import audit, outbox
from gongji.policy import Model, Policy
from gongji.templatetags.policy import way
from ledger import services as ledger

What = BindingChange.What
EXPIRE, REMIND = "expire_binding", "remind_of_expiry"
CHUNK = 1000


# ------------------------------------------------------------- how long
def expires_at(rules: Policy, application: Application, since: datetime) -> datetime | None:
    """Return when a binding opened `since` ends by itself; None = open-ended.

    亲情账户 lasts the days that were chosen, 家庭共济 the area's `validity_months`, a wallet until its end.
    """
    if application.kind == Kind.VIEW:
        return runs_out(since=since, months=None, days=application.view_days)
    months = rules.validity_months if application.kind == Kind.MUTUAL_AID else None
    return runs_out(since=since, months=months, days=None)


def mandate_until(binding: Binding) -> datetime | None:
    """Return when the mandate of a binding ends by itself.

    A place in a household pool has no such time in the ledger, where an end means leaving: `expire` ends it.
    """
    return None if way(binding) == Model.POOL else binding.expires_at


# ------------------------------------------------------------- the end
@transaction.atomic
def end_by_system(*, binding: Binding | UUID, why: str, at: datetime | None = None) -> Binding:
    """End a binding without anybody asking for it: the money stops now, unused money starts its way home.

    `why` is kept as the reason; `at`, when it lies in the past, is what the page shows as the end. Tells
    nobody. An ended one stays as it is.
    """
    row = held(binding)
    return row if row.until is not None else _end(row, why, What.STOPPED, at=at)


@transaction.atomic(savepoint=False)
def end_if_groundless(*, binding: Binding | UUID) -> bool:
    """End a binding whose ground is gone by what the registry says now and tell both ends; whether it did."""
    row = held(binding)
    if row.until is not None:
        return False
    lost = why_lost(facts_of(row))
    if lost is None:
        return False
    _end(row, lost.code(), What.STOPPED)
    tell_stopped(row, lost)
    return True


def _end(row: Binding, why: str, what: What, *, at: datetime | None = None) -> Binding:
    """Write the end of a held binding in force, everywhere it is known."""
    now = timezone.now()
    row.until, row.ended_by, row.ended_why = max(at or now, row.since), Party.SYSTEM, why
    row.save(update_fields=["until", "ended_by", "ended_why"])
    ledger.end_mandate(binding_id=row.pk, at=now)
    changed(row, what, Party.SYSTEM, None)
    audit.record(action=f"binding.{what}", actor=None, obj=row, area=row.area, reason=why)
    return row


def held(binding: Binding | UUID) -> Binding:
    """Lock both people and the binding, and return it with them."""
    found = Binding.objects.select_related("authorizer", "beneficiary", "application__policy_version")
    seen = binding if isinstance(binding, Binding) else Binding.objects.get(pk=binding)
    rows.hold_people(seen.authorizer_id, seen.beneficiary_id)
    row = found.select_for_update(of=("self",), no_key=True).get(pk=seen.pk)
    row.application.authorizer, row.application.beneficiary = row.authorizer, row.beneficiary
    return row


# ------------------------------------------------------------- its time is over
@transaction.atomic
def post_expiries(*, now: datetime) -> int:
    """Post a job for every binding whose time is over, CHUNK at most; return how many were new.

    The money stopped by itself at that very time: the mandate has the same end.
    """
    over = Binding.objects.expired(now).order_by("expires_at").values_list("pk", "expires_at")[:CHUNK]
    return _post(EXPIRE, over)


@transaction.atomic
def post_reminders(*, now: datetime) -> int:
    """Post a job for every binding whose end comes near and that was not spoken of; return how many."""
    posted = 0
    for kind in Kind.values:
        near = Binding.objects.expiring(now, within=notice_before(kind)).filter(kind=kind)
        posted += _post(REMIND, near.order_by("expires_at").values_list("pk", "expires_at"))
    return posted


def _post(job: str, found: Iterable[tuple[UUID, datetime | None]]) -> int:
    jobs = [outbox.post(job, pk, dedup=f"{job}:{pk}:{end:%Y%m%d%H%M}") for pk, end in found if end]
    return sum(posted is not None for posted in jobs)


@transaction.atomic
def expire(*, binding: UUID) -> bool:
    """End a binding whose time is over, with both ends told; whether it did."""
    row = held(binding)
    if row.until is not None or row.expires_at is None or row.expires_at > timezone.now():
        return False
    _end(row, EXPIRED, What.EXPIRED, at=row.expires_at)
    tell_expired(row)
    return True


@transaction.atomic
def remind_of_expiry(*, binding: UUID) -> bool:
    """Tell both ends of a binding that its time is over soon, once; whether there was something to tell."""
    row = held(binding)
    now = timezone.now()
    if row.until is not None or row.expires_at is None or row.expires_at <= now:
        return False
    if row.expires_at > now + notice_before(row.kind):
        return False
    tell_expiring(row)
    return True


# ------------------------------------------------------------- going on
def renew_in_force(application: Application, *, since: datetime, actor: User | None) -> Binding | None:
    """Let the binding that an approved application renews go on; None when there is none, or it has ended.

    One stays one: order, history and what was used are kept. The new time begins where the old one ends,
    the amounts are those that were asked for now. In the caller's transaction, which holds both people.
    """
    if application.renews_id is None:
        return None
    same = Binding.objects.active().filter(
        pk=application.renews_id,
        kind=application.kind,
        authorizer_id=application.authorizer_id,
        beneficiary_id=application.beneficiary_id,
    )
    held_row = same.select_for_update(of=("self",), no_key=True)
    binding = held_row.select_related("authorizer", "beneficiary", "application").first()
    if binding is None or binding.expires_at is None or binding.expires_at <= timezone.now():
        return None
    before, rules = binding.expires_at, rows.policy_of(application)
    binding.expires_at = expires_at(rules, application, before)
    _extend(binding, application)
    party = Party.STAFF if application.decided_by_id else Party.SYSTEM
    after = None if binding.expires_at is None else int(binding.expires_at.timestamp())
    changed(binding, What.RENEWED, party, actor, before=int(before.timestamp()), after=after)
    audit.record(action="binding.renewed", actor=actor, obj=binding, area=binding.area)
    tell_renewed(binding, application, visible_from=since)
    return binding


def _extend(binding: Binding, application: Application) -> None:
    binding.monthly_cap = application.monthly_cap
    ledger.set_cap(binding_id=binding.pk, monthly_cap=binding.monthly_cap)
    if application.authorized is not None:
        binding.authorized = application.authorized + ledger.used_under(binding.pk)
        ledger.set_authorized(binding_id=binding.pk, authorized=binding.authorized)
    binding.relation = application.relation
    binding.save(update_fields=["expires_at", "monthly_cap", "authorized", "relation"])
    ledger.revive_mandate(binding_id=binding.pk, valid_until=mandate_until(binding))


def take_back_renewal(application: Application, *, actor: User) -> None:
    """Undo `renew_in_force` when its decision is taken back: the binding ends when it would have ended.

    The amounts stay: both ends may change them at any time.
    """
    renewed = BindingChange.objects.filter(binding=application.renews_id, what=What.RENEWED).last()
    if renewed is None or renewed.before is None:
        return
    row = held(renewed.binding_id)
    if row.until is not None:
        return
    row.expires_at = datetime.fromtimestamp(renewed.before, UTC)
    row.save(update_fields=["expires_at"])
    ledger.revive_mandate(binding_id=row.pk, valid_until=mandate_until(row))
    changed(row, What.RETRACTED, Party.STAFF, actor)
