"""What every verb shares: locked rows in one order, who acts in which role, and the step that leaves a trace.

Lock order everywhere: application, people (by id), mandates, accounts.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Duty, Person, User
from binding.models import Application, Binding, Channel, Event, PolicyVersion, WindowVisit
from binding.rules import Action, Party, Role, State, next_state
from binding.services.family import require_no_family
from gongji import audit, outbox, policy, workdays
from gongji.errors import Refused
from gongji.models import overrides
from gongji.policy import Policy

JsonReasons = list[dict[str, Any]]


# ------------------------------------------------------------- rows
def locked(application: Application | UUID | str) -> Application:
    """Return the application's row as it is now, held until the transaction ends."""
    pk = application.pk if isinstance(application, Application) else application
    rows = Application.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("authorizer", "beneficiary", "policy_version").get(pk=pk)


def hold_people(*ids: UUID | None) -> None:
    """Lock people in the order of their ids, so that limits and duplicates are counted by one at a time."""
    people = Person.objects.filter(pk__in=[pk for pk in ids if pk is not None]).order_by("pk")
    list(people.select_for_update(no_key=True).values_list("pk", flat=True))


def policy_of(application: Application) -> Policy:
    """Return the rules an application is decided by: those of its submission, for a draft those of today."""
    if application.policy_version is not None:
        found: Policy | None = policy.from_canonical(application.policy_version.canonical)
    else:
        found = policy.for_area(application.area)
    if found is None:
        raise Refused("not_open", _("本地区还不能在网上办理。"), _("请到当地医保窗口办理。"))
    return found.through(application.entrance)


def frozen(rules: Policy) -> PolicyVersion:
    """Return the published version of exactly these rules, publishing it when it is new."""
    version, _created = PolicyVersion.objects.get_or_create(
        area=rules.area, digest=rules.digest(), defaults={"canonical": rules.canonical()}
    )
    return version


# ------------------------------------------------------------- who
def acts_for(actor: User, person: Person) -> bool:
    """Whether a login is this person's, or that of a clerk before whom the person stands this moment."""
    if actor.person_id == person.pk:
        return True
    return actor.has_duty(Duty.CLERK) and WindowVisit.objects.with_person(actor, person.pk).exists()


def require_initiator(application: Application, actor: User) -> None:
    """Raise PermissionDenied unless `actor` is the one who applies, or the clerk who serves them.

    A clerk does nothing for their own family (`conflict_of_interest`).
    """
    person = application.initiator_person
    if person is None or not acts_for(actor, person):
        raise PermissionDenied("not the applicant")
    if actor.is_staff:
        require_no_family(actor, application.authorizer, application.beneficiary)


def end_of(binding: Binding, actor: User) -> Party:
    """Return for which end of a binding somebody acts: their own, or that of whom they serve at the window.

    Raises PermissionDenied for whoever is neither, and for a clerk's own family (`conflict_of_interest`).
    """
    for party, person in (
        (Party.AUTHORIZER, binding.authorizer),
        (Party.BENEFICIARY, binding.beneficiary),
    ):
        if acts_for(actor, person):
            if actor.is_staff:
                require_no_family(actor, binding.authorizer, binding.beneficiary)
            return party
    raise PermissionDenied("neither end of this binding")


def require_other(application: Application, actor: User) -> None:
    """Raise PermissionDenied unless `actor` is the one who was asked."""
    person = application.other_person
    if person is None or actor.person_id != person.pk:
        raise PermissionDenied("not the one who was asked")


def require_reviewer(application: Application, actor: User) -> None:
    """Raise PermissionDenied unless `actor` reviews applications of this area."""
    if not actor.has_duty(Duty.REVIEWER, Duty.SUPERVISOR) or not actor.covers(application.area):
        raise PermissionDenied("not a reviewer of this area")


# ------------------------------------------------------------- steps
def step(
    application: Application,
    action: Action,
    role: Role,
    *,
    actor: User | None,
    awaits_consent: bool = False,
    reasons: JsonReasons | None = None,
    note: str = "",
    **changes: Any,
) -> Event:
    """Move a locked application: state, the fields tied to it, Event and audit row together.

    `changes` are further fields of the application. Raises Refused (`invalid_transition`).
    """
    now = timezone.now()
    before = State(application.state)
    after = next_state(before, action, role, awaits_consent=awaits_consent)
    fields: dict[str, Any] = {
        "state": after,
        "version": application.version + 1,
        "clock_stopped_at": now if after == State.RETURNED else None,
        "deadline_at": None,
        "claimed_by": None,
        "claimed_until": None,
        **changes,
    }
    for name, value in fields.items():
        setattr(application, name, value)
    application.save(update_fields=list(fields))
    return trace(application, action, role, before=before, actor=actor, reasons=reasons, note=note, at=now)


def trace(
    application: Application,
    action: Action,
    role: Role,
    *,
    before: State,
    actor: User | None,
    reasons: JsonReasons | None = None,
    note: str = "",
    at: datetime | None = None,
) -> Event:
    """Write what happened: one Event for the timeline, one audit row."""
    codes = [str(reason["code"]) for reason in reasons or []]
    audit.record(
        action=f"application.{action}",
        actor=actor,
        obj=application,
        area=application.area,
        reason=",".join(codes)[:200],
        changes={"state": (before, application.state)},
    )
    return Event.objects.create(
        application=application,
        action=action,
        from_state=before,
        to_state=application.state,
        actor=actor,
        role=role,
        reasons=reasons or [],
        note=note[:500],
        at=at or timezone.now(),
    )


# ------------------------------------------------------------- the clock
def undo_until(application: Application) -> datetime:
    """Until when the applicant may take the submission back and nothing is decided.

    At the window it was read out and signed, and the person waits for the answer: no time at all.
    """
    assert application.submitted_at is not None
    if application.channel == Channel.WINDOW:
        return application.submitted_at
    return application.submitted_at + timedelta(minutes=settings.UNDO_MINUTES)


def promised(rules: Policy, days: int, *, since: datetime) -> datetime:
    """Return the end of the n-th working day after `since`, by the area's hours and the 调休 calendar."""
    return workdays.due_at(since, days, overrides=overrides(), office_hours=rules.office_hours)


CLOCK_JOBS = ("remind", "escalate", "apologise")


def start_clock(application: Application, rules: Policy, *, since: datetime) -> None:
    """Post the jobs that watch over the promised time; each names it: a later promise voids it."""
    due = application.due_at
    assert due is not None
    moved = overrides()
    for percent, kind in zip(rules.remind_percent, CLOCK_JOBS, strict=False):
        run_at = workdays.point_at(percent, since, due, overrides=moved, office_hours=rules.office_hours)
        ref = f"{application.pk}@{due.isoformat()}"
        outbox.post(kind, ref, dedup=f"{kind}:{ref}", run_at=run_at)
