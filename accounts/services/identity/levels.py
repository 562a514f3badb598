"""How surely somebody is known: asking for a level, and reaching one."""

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from accounts.models import Duty, Person, User, Verification, VerifiedLevel
from accounts.services import notify
from gongji import audit
from gongji.policy import Level
from gongji.templatetags.gongji import cn_datetime

LEVEL_OF = {
    Verification.Method.REGISTRY: VerifiedLevel.REGISTRY,
    Verification.Method.DOCUMENTS: VerifiedLevel.DOCUMENTS,
    Verification.Method.PHOTO: VerifiedLevel.PHOTO,
    Verification.Method.OIDC: VerifiedLevel.OIDC,
    Verification.Method.WINDOW: VerifiedLevel.WINDOW,
}
"""What each way of being known is worth. A face is never the only way: two others lead higher."""


def has_level(person: Person, level: Level) -> bool:
    """Whether a person is known at least as surely as an area's file asks for an act (`Policy.levels`)."""
    return person.level >= VerifiedLevel[level.name]


def next_ways(person: Person) -> list[Verification.Method]:
    """Return the ways that would lead this person higher, the least trouble first."""
    ways = sorted(LEVEL_OF, key=lambda method: LEVEL_OF[method])
    return [method for method in ways if LEVEL_OF[method] > max(person.level, VerifiedLevel.REGISTRY)]


def passed(*, person: Person, user: User, method: Verification.Method, actor: User) -> None:
    """Keep that a person was known in this way and raise the level, never lower it.

    In the caller's transaction. `user` is the login it happened in, at a window the clerk's. A raised level
    is told to the person.
    """
    level = LEVEL_OF[method]
    Verification.objects.create(
        user=user, person=person, method=method, result=Verification.Result.PASSED, at=timezone.now()
    )
    audit.record(action="verify_identity", actor=actor, obj=person, purpose=method.value)
    if Person.objects.filter(pk=person.pk, level__lt=level).update(level=level):
        person.level = level
        when = cn_datetime(timezone.now())
        params = {"when": when, "how": str(method.label), "hotline": settings.HOTLINE}
        notify(person=person, template="identity_raised", params=params)


@transaction.atomic
def verified_at_window(*, person: Person, clerk: User) -> None:
    """Keep that a clerk saw the person and the original of their document: the highest level.

    Raises PermissionDenied for anybody but counter staff, and for one's own record (`conflict_of_interest`).
    """
    if not clerk.has_duty(Duty.CLERK, Duty.REVIEWER, Duty.SUPERVISOR):
        raise PermissionDenied
    if clerk.private_person_id == person.pk:
        raise PermissionDenied("conflict_of_interest")
    passed(person=person, user=clerk, method=Verification.Method.WINDOW, actor=clerk)
