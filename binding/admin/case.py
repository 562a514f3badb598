"""What the desk shows: rows of the queue, and everything about one case."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Person, User
from accounts.services import current_enrollment
from binding import services
from binding.models import Application, Check
from binding.rules import WITH_REVIEWER, Action, Role, State, actions_for
from gongji.models import overrides
from gongji.templatetags.gongji import mask_id, mask_name
from gongji.workdays import working_seconds

RECENT = 50
LISTS = ("todo", "mine", "waiting", "done")


@dataclass(frozen=True)
class Due:
    """The promise as colour, shape and word: ● 还有 · ▲ 今天到期 · ■ 超时 (ux.md §5)."""

    kind: str
    mark: str
    text: str

    @classmethod
    def of(cls, application: Application, now: datetime) -> "Due":
        """Tell how much working time is left until the promised moment."""
        if application.due_at is None or application.state not in WITH_REVIEWER:
            return cls("none", "", "")
        late = now > application.due_at
        hours = working_seconds(*sorted((now, application.due_at)), overrides=overrides()) / 3600
        if late:
            return cls("late", "■", _("超时 %(hours)d 小时") % {"hours": max(hours, 1)})
        if timezone.localdate(application.due_at) == timezone.localdate(now):
            return cls("today", "▲", _("今天到期,还有 %(hours).1f 小时") % {"hours": hours})
        return cls("ok", "●", _("还有 %(hours)d 个工作小时") % {"hours": hours})


@dataclass(frozen=True)
class QueueRow:
    """One line of the queue."""

    application: Application
    authorizer: str
    beneficiary: str
    due: Due
    claimed: bool

    @classmethod
    def of(cls, application: Application, now: datetime) -> "QueueRow":
        """Draw an application as a line; names are masked."""
        return cls(
            application=application,
            authorizer=mask_name(_name(application.authorizer)),
            beneficiary=mask_name(_name(application.beneficiary)),
            due=Due.of(application, now),
            claimed=application.claimed_until is not None and application.claimed_until > now,
        )


def listing(rows: QuerySet[Application], show: str, user: User) -> QuerySet[Application]:
    """Return one of the lists of the queue page."""
    if show == "mine":
        return rows.queue().filter(claimed_by=user, claimed_until__gt=timezone.now())
    if show == "waiting":
        return rows.filter(state__in=[State.SUBMITTED, State.RETURNED, State.AWAITING_CONSENT]).order_by(
            "submitted_at"
        )
    if show == "done":
        return rows.filter(decided_by=user).order_by("-decided_at")
    return rows.queue()


def counts(rows: QuerySet[Application], user: User) -> dict[str, int]:
    """How many cases wait, and how many of them this reviewer holds."""
    return {name: listing(rows, name, user).count() for name in ("todo", "mine", "waiting")}


def search(rows: QuerySet[Application], words: str) -> list[Application]:
    """Find waiting and recent cases by number, name, or the last four of an identity number.

    Names and numbers are encrypted: the active queue is decrypted and filtered (design.md §7).
    """
    words = words.strip().upper()
    active = rows.filter(Q(state__in=WITH_REVIEWER) | Q(state=State.RETURNED) | Q(number__iexact=words))
    return [application for application in active.order_by("due_at")[:2000] if _matches(application, words)][
        :RECENT
    ]


def _matches(application: Application, words: str) -> bool:
    if application.number.endswith(words):
        return True
    people = [person for person in (application.authorizer, application.beneficiary) if person]
    return any(
        person.name == words or (len(words) >= 4 and person.id_number.endswith(words)) for person in people
    )


@dataclass(frozen=True)
class Party:
    """One of the two people as the desk shows them."""

    who: str
    title: str
    person: Person
    name: str
    number: str
    enrollment: Any


def context(application: Application, user: User) -> dict[str, Any]:
    """Return everything the review page draws."""
    now = timezone.now()
    policy = services.policy_of(application)
    claimed = application.claimed_until is not None and application.claimed_until > now
    return {
        "title": application.number,
        "application": application,
        "policy": policy,
        "due": Due.of(application, now),
        "parties": list(_parties(application)),
        "checks": list(application.checks.order_by("code")),
        "failed_checks": application.checks.filter(outcome=Check.Outcome.NO).exists(),
        "proofs": [
            (proof, policy.documents[proof.kind].label)
            for proof in application.proofs.current().prefetch_related("pages")
        ],
        "events": list(application.events.select_related("actor")),
        "others": Application.objects.reviewable_by(user)
        .filter(authorizer=application.authorizer)
        .exclude(pk=application.pk)
        .order_by("-submitted_at")[:5],
        "claimed": claimed,
        "mine": claimed and application.claimed_by_id == user.pk,
        "in_review": application.state in WITH_REVIEWER,
        "can_escalate": Action.ESCALATE in actions_for(State(application.state), Role.REVIEWER),
        "can_retract": services.can_retract(application, actor=user),
    }


def _parties(application: Application) -> Iterable[Party]:
    titles = {"authorizer": _("出钱的人"), "beneficiary": _("用钱的家人")}
    for who, title in titles.items():
        person = getattr(application, who)
        if person is not None:
            yield Party(
                who,
                title,
                person,
                mask_name(person.name),
                mask_id(person.id_number),
                current_enrollment(person),
            )


def _name(person: Person | None) -> str:
    return person.name if person else ""
