"""Everything the desk shows of one case."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Person, User
from accounts.rules import age_on, same_name
from accounts.services import current_enrollment
from binding import services
from binding.admin.queue import Due, area_name, masked, state_words
from binding.models import Application, Check, Event, Kind
from binding.rules import WITH_REVIEWER, Role, State
from binding.rules.verdict import Checked, two_reviewers
from binding.rules.viewing import name_of
from binding.services.checks import four_eyes_causes
from binding.services.desk import first_readers
from gongji.models import overrides
from gongji.policy import Policy
from gongji.templatetags.gongji import mask_id, mask_phone, relation_label

MARKS = {Check.Outcome.YES: "✓", Check.Outcome.NO: "✗", Check.Outcome.UNKNOWN: "?"}
OTHERS = 8


@dataclass(frozen=True)
class Party:
    """One of the two people as the desk shows them."""

    who: str
    title: str
    person: Person
    number: str
    phone: str
    age: int | None
    enrollment: Any
    area: str
    typed: str
    """The name as the applicant wrote it, where it is written differently."""


@dataclass(frozen=True)
class CheckRow:
    """One thing the machine looked at, in words."""

    label: str
    outcome: str
    mark: str
    says: str
    detail: str
    source: str
    at: datetime


@dataclass(frozen=True)
class EventRow:
    """One step of the case's history."""

    at: datetime
    action: str
    who: str
    reasons: list[dict[str, Any]]
    note: str


@dataclass(frozen=True)
class OtherCase:
    """Another application of one of the two people."""

    application: Application
    words: str


def context(application: Application, user: User) -> dict[str, Any]:
    """Return everything the review page draws."""
    now = timezone.now()
    rules = services.policy_of(application)
    checks = list(_checks(application))
    return {
        "title": application.number,
        "application": application,
        "names": f"{masked(application.authorizer)} → {masked(application.beneficiary)}",
        "rules": rules,
        "due": Due.of(application, now, overrides()),
        "state": state_words(application),
        "parties": list(_parties(application)),
        "checks": checks,
        "failed": [check.label for check in checks if check.outcome == Check.Outcome.NO],
        "proofs": list(_proofs(application, rules)),
        "signature": services.signature_of(application, application.initiator_person),
        "events": [_event(event) for event in application.events.select_related("actor")],
        "others": list(_others(application, user)),
        **_desk_state(application, user, now),
    }


def _desk_state(application: Application, user: User, now: datetime) -> dict[str, Any]:
    """Who has the case, and what may be done with it."""
    waiting = application.state in WITH_REVIEWER
    claimed = application.claimed_until is not None and application.claimed_until > now
    return {
        "waiting": waiting,
        "claimed": claimed,
        "mine": claimed and application.claimed_by_id == user.pk,
        "left_by": application.claimed_by if not claimed and waiting else None,
        "second": application.state == State.SECOND_REVIEW,
        "two_readers": two_readers(application, user) if waiting else [],
        "retractable_until": services.retractable_until(application, user),
    }


def two_readers(application: Application, user: User) -> list[str]:
    """Return why an approval by this reviewer would go to a second one, in words."""
    causes = two_reviewers(four_eyes_causes(application, timezone.now()))
    return (
        [str(cause.label) for cause in causes]
        if causes and not first_readers(application) - {user.pk}
        else []
    )


def _parties(application: Application) -> Iterable[Party]:
    ends = [("authorizer", application.authorizer), ("beneficiary", application.beneficiary)]
    for who, person in ends:
        if person is None:
            continue
        typed = application.entered_name if person == application.other_person else None
        enrollment = current_enrollment(person)
        yield Party(
            who=who,
            title=name_of(application.kind, who),
            person=person,
            number=mask_id(person.id_number),
            phone=mask_phone(person.phone),
            age=age_on(person.birth_date, timezone.localdate()) if person.birth_date else None,
            enrollment=enrollment,
            area=area_name(enrollment.area) if enrollment else "",
            typed=typed if typed and not same_name(typed, person.name) else "",
        )


_OF_A_VIEW: Mapping[str, Any] = {
    Checked.GIVER: gettext_lazy("被看的家人"),
    Checked.RELATIVE: gettext_lazy("代看的家人"),
    Checked.AREA: gettext_lazy("地区不限"),
    Checked.LIMIT: gettext_lazy("能给几个人看"),
    Checked.GIVERS: gettext_lazy("能代看几位家人"),
}
"""What the checks are about where nobody gives money."""


def _checks(application: Application) -> Iterable[CheckRow]:
    order = list(Checked.values)
    rows = sorted(
        application.checks.all(), key=lambda row: order.index(row.code) if row.code in order else 99
    )
    for row in rows:
        label = Checked(row.code).label if row.code in order else row.code
        label = _OF_A_VIEW.get(row.code, label) if application.kind == Kind.VIEW else label
        outcome = Check.Outcome(row.outcome)
        detail = area_name(row.detail) if row.code == Checked.AREA else row.detail
        yield CheckRow(str(label), outcome, MARKS[outcome], str(outcome.label), detail, row.source, row.at)


def _proofs(application: Application, rules: Policy) -> Iterable[tuple[Any, str]]:
    for proof in application.proofs.current().prefetch_related("pages").order_by("created_at", "id"):
        yield proof, document_label(rules, proof.kind)


def document_label(rules: Policy, kind: str) -> str:
    """Return what an area calls a kind of document."""
    document = rules.documents.get(kind)
    return str(document.label) if document else kind


def _event(event: Event) -> EventRow:
    return EventRow(
        at=event.at,
        action=event.get_action_display(),
        who=_who(event),
        reasons=event.reasons,
        note=event.note,
    )


def _who(event: Event) -> str:
    """Who did it: staff by name, at the window for whom, everybody else by their part in it."""
    words = {"role": event.get_role_display(), "clerk": event.actor}
    if event.by_clerk:
        at_window = event.role == Role.INITIATOR
        return (_("%(role)s,窗口(%(clerk)s)") if at_window else _("%(role)s,由%(clerk)s记录")) % words
    staff = event.actor is not None and event.actor.is_staff and event.role != Role.SYSTEM
    return str(event.actor if staff else event.get_role_display())


def _others(application: Application, user: User) -> Iterable[OtherCase]:
    people = [application.authorizer_id, application.beneficiary_id]
    same = Application.objects.reviewable_by(user).filter(
        Q(authorizer__in=people) | Q(beneficiary__in=people)
    )
    rows = same.exclude(pk=application.pk).select_related("authorizer", "beneficiary")
    for other in rows.order_by("-submitted_at", "id")[:OTHERS]:
        names = f"{masked(other.authorizer)} → {masked(other.beneficiary)}"
        yield OtherCase(other, f"{names}({relation_label(other.relation)}) · {state_words(other)}")
