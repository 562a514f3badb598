"""Browsers that are logged in: beginning, listing and ending them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import LoginSession, User
from gongji import audit
from gongji.models import AuditRow
from gongji.templatetags.gongji import mask_name


def begin(*, user: User, session_key: str, device: str, ip: str) -> LoginSession:
    """Note a new login. The session itself exists already, under a new id."""
    now = timezone.now()
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(last_login=now)
        audit.record(action="login", actor=user, obj=user)
        return LoginSession.objects.create(
            user=user, session_key=session_key, device=device, ip=ip, created_at=now, seen_at=now
        )


def touch(*, session_key: str) -> None:
    """Note that a session was used just now."""
    LoginSession.objects.filter(session_key=session_key).update(seen_at=timezone.now())


def end(*, session_key: str) -> None:
    """Forget a session that logged out."""
    LoginSession.objects.filter(session_key=session_key).delete()


def end_others(*, user: User, keep: str = "") -> int:
    """End every session of a login but the one with key `keep`, at once; return how many."""
    with transaction.atomic():
        others = LoginSession.objects.filter(user=user).exclude(session_key=keep)
        keys = list(others.values_list("session_key", flat=True))
        Session.objects.filter(session_key__in=keys).delete()
        others.delete()
        if keys:
            audit.record(action="logout_elsewhere", actor=user, obj=user)
    return len(keys)


def looks_at(*, user: User) -> QuerySet[AuditRow]:
    """Return when staff looked at the record of this login's person in the last year, newest first."""
    return _looks(user).exclude(role__in=("citizen", "system"))[:50]


@dataclass(frozen=True)
class FamilyLook:
    """What one relative looked at on one day under 亲情账户: how often, and when last."""

    name: str
    """Masked."""
    purpose: str
    """`view`: the record; `paycode`: a pay code shown at the counter."""
    at: datetime
    times: int


def family_looks_at(*, user: User) -> list[FamilyLook]:
    """Return when relatives looked in the last year, newest first, a day's looks of one kind as one line."""
    rows = _looks(user).filter(role="citizen", purpose__in=FAMILY_PURPOSES).exclude(actor=str(user.pk))[:500]
    days: dict[tuple[str, str, date], list[AuditRow]] = {}
    for row in rows:
        days.setdefault((row.actor, row.purpose, timezone.localdate(row.at)), []).append(row)
    lookers = User.objects.select_related("person").in_bulk({actor for actor, _purpose, _day in days})
    names = {str(pk): mask_name(looker.person.name) for pk, looker in lookers.items() if looker.person}
    return [
        FamilyLook(names.get(actor, _("家人")), purpose, looks[0].at, len(looks))
        for (actor, purpose, _day), looks in days.items()
    ]


FAMILY_PURPOSES = ("view", "paycode")


def _looks(user: User) -> QuerySet[AuditRow]:
    if user.person_id is None:
        return AuditRow.objects.none()
    person = AuditRow.objects.filter(object_type="accounts.person", object_id=str(user.person_id))
    return person.filter(at__gt=timezone.now() - timedelta(days=365)).order_by("-at")


def forget_ended() -> int:
    """Delete sessions that have run out, ours and Django's."""
    now: datetime = timezone.now()
    longest = max(settings.CITIZEN_ABSOLUTE, settings.STAFF_ABSOLUTE)
    Session.objects.filter(expire_date__lt=now).delete()
    return LoginSession.objects.filter(seen_at__lt=now - longest).delete()[0]
