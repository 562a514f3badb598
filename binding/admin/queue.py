"""The queue: which cases are listed, how many wait, and each of them as one line."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Duty, IdType, Person, User
from accounts.rules import check_id, normalise_id, same_name
from accounts.services import by_numbers
from binding.models import Application, Check, Event
from binding.rules import WITH_REVIEWER, Action, State
from gongji import policy
from gongji.templatetags.gongji import cn_datetime, mask_name
from gongji.workdays import OFFICE_HOURS, working_seconds

PAGE = 50
SEARCHED = 2000
"""How many waiting cases a search decrypts: names and numbers are stored encrypted (design.md §7)."""
DECIDED = (Action.APPROVE, Action.RETURN, Action.REFUSE, Action.ESCALATE)
TABS = {
    "todo": gettext_lazy("待办"),
    "mine": gettext_lazy("我领取的"),
    "waiting": gettext_lazy("等群众"),
    "done": gettext_lazy("我办过的"),
}
SUPERVISOR_TABS = {
    "overdue": gettext_lazy("已超时"),
    "today": gettext_lazy("今天到期"),
    "unclaimed": gettext_lazy("没人领取"),
}
STATE_WORDS = {
    State.SUBMITTED: gettext_lazy("刚提交,还可撤销"),
    State.IN_REVIEW: gettext_lazy("待审核"),
    State.SECOND_REVIEW: gettext_lazy("待复核"),
    State.RETURNED: gettext_lazy("等群众补材料"),
    State.AWAITING_CONSENT: gettext_lazy("等家人同意"),
    State.APPROVED: gettext_lazy("已通过"),
    State.REFUSED: gettext_lazy("不予通过"),
    State.DECLINED: gettext_lazy("家人不同意"),
    State.WITHDRAWN: gettext_lazy("申请人撤回"),
    State.LAPSED: gettext_lazy("已过期"),
}
"""For colleagues; the states' own labels speak to citizens (等您补材料)."""


@dataclass(frozen=True)
class Due:
    """The promise as colour, shape and word: ● 还有 · ▲ 今天到期 · ■ 超时 (ux.md §5)."""

    kind: str = "none"
    mark: str = ""
    text: str = ""

    @classmethod
    def of(cls, application: Application, now: datetime, moved: dict[date, bool]) -> "Due":
        """Tell how much working time is left until the promised moment."""
        if application.due_at is None or application.state not in WITH_REVIEWER:
            return cls()
        rules = policy.for_area(application.area)
        hours = working_seconds(
            *sorted((now, application.due_at)),
            overrides=moved,
            office_hours=rules.office_hours if rules else OFFICE_HOURS,
        )
        left = _hours(hours / 3600)
        if now > application.due_at:
            return cls("late", "■", _("超时 %(left)s") % {"left": left} if left else _("已超时"))
        if timezone.localdate(application.due_at) == timezone.localdate(now):
            return cls("today", "▲", _("今天到期,还有 %(left)s") % {"left": left} if left else _("今天到期"))
        return cls("ok", "●", _("还有 %(left)s") % {"left": left})


def _hours(hours: float) -> str:
    """Working time in words; nothing at night and at weekends, when none passes."""
    if hours * 60 < 1:
        return ""
    if hours < 1:
        return _("%(minutes)d 分钟") % {"minutes": int(hours * 60)}
    return _("%(hours)d 个工作小时") % {"hours": int(hours)}


@dataclass(frozen=True)
class QueueRow:
    """One line of the queue; names are masked."""

    application: Application
    area: str
    authorizer: str
    beneficiary: str
    due: Due
    state: str
    flags: list[str]
    holder: str

    @classmethod
    def of(cls, application: Application, user: User, now: datetime, moved: dict[date, bool]) -> "QueueRow":
        """Draw an application as a line."""
        return cls(
            application=application,
            area=area_name(application.area),
            authorizer=masked(application.authorizer),
            beneficiary=masked(application.beneficiary),
            due=Due.of(application, now, moved),
            state=state_words(application),
            flags=list(_flags(application)),
            holder=_holder(application, user, now),
        )


def _flags(application: Any) -> Iterable[str]:
    if application.appealed_at:
        yield _("申诉")
    if application.failed:
        yield _("核对不符")
    if application.returned:
        yield _("补过 %(times)d 次") % {"times": application.returned}


def _holder(application: Application, user: User, now: datetime) -> str:
    if (
        application.claimed_by is None
        or application.claimed_until is None
        or application.claimed_until <= now
    ):
        return ""
    who = _("您") if application.claimed_by_id == user.pk else str(application.claimed_by)
    until = timezone.localtime(application.claimed_until)
    return _("%(who)s,到 %(until)s") % {"who": who, "until": f"{until:%H:%M}"}


def state_words(application: Application) -> str:
    """Return where a case stands, in staff's words."""
    return str(STATE_WORDS[State(application.state)])


def masked(person: Person | None) -> str:
    """Return a person's masked name."""
    return mask_name(person.name) if person else ""


def area_name(code: str) -> str:
    """Return what people call an area."""
    rules = policy.for_area(code)
    return rules.name if rules else code


# ------------------------------------------------------------- lists
def page_number(text: str) -> int:
    """Return the page asked for; the first one for what is no page, however many digits it has."""
    return max(int(text), 1) if text.isdecimal() and len(text) < 6 else 1


def tabs_for(user: User) -> dict[str, Any]:
    """Return the lists this member of staff has, by key."""
    return TABS | SUPERVISOR_TABS if user.has_duty(Duty.SUPERVISOR) else TABS


def _conditions(user: User, now: datetime) -> dict[str, Q]:
    waiting = Q(state__in=WITH_REVIEWER)
    free = Q(claimed_by=None) | Q(claimed_until__lte=now)
    midnight = timezone.make_aware(datetime.combine(timezone.localdate(now) + timedelta(days=1), time()))
    return {
        "todo": waiting,
        "mine": waiting & Q(claimed_by=user, claimed_until__gt=now),
        "overdue": waiting & Q(due_at__lt=now),
        "today": waiting & Q(due_at__gte=now, due_at__lt=midnight),
        "unclaimed": waiting & free,
        "waiting": Q(state__in=[State.SUBMITTED, State.RETURNED, State.AWAITING_CONSENT]),
        "done": Q(pk__in=Event.objects.filter(actor=user, action__in=DECIDED).values("application")),
    }


def listing(rows: QuerySet[Application], show: str, user: User, now: datetime) -> QuerySet[Application]:
    """Return one of the lists of the queue page, in its order."""
    rows = rows.filter(_conditions(user, now)[show])
    if show == "done":
        mine = Q(events__actor=user, events__action__in=DECIDED)
        return rows.annotate(handled=Max("events__at", filter=mine)).order_by("-handled", "id")
    if show == "waiting":
        return rows.order_by("submitted_at", "id")
    return rows.queue()


def with_flags(rows: QuerySet[Application]) -> QuerySet[Application]:
    """Annotate how often a case came back, and whether a machine check failed."""
    returns = Event.objects.filter(application=OuterRef("pk"), action=Action.RETURN)
    failures = Check.objects.filter(application=OuterRef("pk"), outcome=Check.Outcome.NO)
    return rows.annotate(returned=_count(returns), failed=_count(failures))


def _count(rows: QuerySet[Any]) -> Coalesce:
    counted = rows.order_by().values("application").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0)


def counts(rows: QuerySet[Application], user: User, now: datetime) -> dict[str, int]:
    """Return how many cases each list holds, in one query; of the finished ones nobody keeps count."""
    wanted = {key: value for key, value in _conditions(user, now).items() if key != "done"}
    numbers = {key: Count("pk", filter=condition) for key, condition in wanted.items()}
    return rows.order_by().aggregate(**numbers)


def last_decided(rows: QuerySet[Application], now: datetime) -> str:
    """Return when the latest case of these areas was decided: the hour, and the day when it was not today."""
    decided = Event.objects.filter(application__in=rows.order_by().values("pk"), action__in=DECIDED)
    latest = decided.aggregate(at=Max("at"))["at"]
    if latest is None:
        return ""
    at = timezone.localtime(latest)
    return f"{at:%H:%M}" if at.date() == timezone.localdate(now) else cn_datetime(latest)


def undoable(rows: QuerySet[Application], user: User, now: datetime) -> Event | None:
    """Return the reviewer's latest decision while it can still be taken back."""
    since = now - timedelta(minutes=settings.REVIEWER_UNDO_MINUTES)
    mine = Event.objects.filter(actor=user, at__gt=since, application__in=rows.order_by().values("pk"))
    last = mine.select_related("application").order_by("at", "id").last()
    decided = last is not None and last.action in (Action.APPROVE, Action.RETURN, Action.REFUSE)
    return last if decided and last.to_state == last.application.state else None


# ------------------------------------------------------------- search
def search(rows: QuerySet[Application], words: str) -> list[Application]:
    """Find cases by number (or its end), by a whole identity number, by name, or by its last four.

    Names and ends of numbers are found among the waiting cases only: those are decrypted one by one.
    """
    number = normalise_id(IdType.RESIDENT, words)
    by_case = Q(number__iendswith=words.strip()) if len(words.strip()) >= 4 else Q(pk__in=[])
    if people := _people_with(words):
        by_case |= Q(authorizer__in=people) | Q(beneficiary__in=people)
    found = list(rows.filter(by_case).order_by("-submitted_at")[:PAGE])
    waiting = rows.filter(state__in=[*WITH_REVIEWER, State.RETURNED, State.AWAITING_CONSENT])
    known = {application.pk for application in found}
    for application in waiting.order_by("due_at", "id")[:SEARCHED]:
        if application.pk not in known and _names(application, words, number):
            found.append(application)
    return found[:PAGE]


def _people_with(words: str) -> list[Person]:
    """Return whom a whole document number of any type leads to; a passport's looks like a Taiwan permit's."""
    numbers = ((id_type, normalise_id(id_type, words)) for id_type in IdType.values)
    documents = [document for document in numbers if check_id(*document) is None]
    return list(by_numbers(documents).values()) if documents else []


def _names(application: Application, words: str, number: str) -> bool:
    people = [person for person in (application.authorizer, application.beneficiary) if person]
    return any(
        same_name(person.name, words) or (len(number) == 4 and person.id_number.endswith(number))
        for person in people
    )
