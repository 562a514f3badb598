"""Browsers that are logged in: beginning, listing and ending them."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import LoginSession, User
from gongji import audit
from gongji.models import AuditRow


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
    if user.person_id is None:
        return AuditRow.objects.none()
    person = AuditRow.objects.filter(object_type="accounts.person", object_id=str(user.person_id))
    since = timezone.now() - timedelta(days=365)
    return person.exclude(role__in=("citizen", "system")).filter(at__gt=since).order_by("-at")[:50]


def forget_ended() -> int:
    """Delete sessions that have run out, ours and Django's."""
    now: datetime = timezone.now()
    longest = max(settings.CITIZEN_ABSOLUTE, settings.STAFF_ABSOLUTE)
    Session.objects.filter(expire_date__lt=now).delete()
    return LoginSession.objects.filter(seen_at__lt=now - longest).delete()[0]
