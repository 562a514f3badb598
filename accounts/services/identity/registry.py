"""Logins of a phone, and proving to be a person of the registry with it."""

from enum import StrEnum
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import rules
from accounts.models import (
    Consent,
    EnrollmentStatus,
    Person,
    User,
    Verification,
    VerifiedLevel,
)
from accounts.services import current_enrollment, find_person, give_consent, notify, sessions
from accounts.services.codes import TooSoon
from gongji import audit
from gongji.crypto import blind_index
from gongji.templatetags.gongji import cn_datetime

PRIVACY, PRIVACY_VERSION = "privacy", "2026-11"
"""What is agreed to with the first verification (个人信息保护法 § 29: separate consent)."""


# ------------------------------------------------------------- logins of a phone
def login_for(*, phone: str) -> User:
    """Return the login of a phone that waits for its person, for somebody who is none of its known people.

    It is made when there is none; two tabs get the same.
    """
    phone_index = blind_index("phone", phone)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
                [f"accounts.login:{phone_index.hex()}"],
            )
        waiting: User | None = User.objects.citizens_of(phone).filter(person=None).first()
        if waiting is not None:
            return waiting
        user = User(phone=phone, phone_index=phone_index)
        user.set_unusable_password()
        user.save(force_insert=True)
        audit.record(action="login_created", actor=user, obj=user)
    return user


# ------------------------------------------------------------- verification
class Failure(StrEnum):
    """Why a verification failed. NO_MATCH covers an unknown number and another name alike."""

    NO_MATCH = "no_match"
    PHONE = "phone"
    NO_PHONE = "no_phone"
    DECEASED = "deceased"
    DISABLED = "disabled"


class Outcome(NamedTuple):
    """The login to go on with, or why not."""

    user: User
    failure: Failure | None = None


def verify_identity(*, user: User, id_type: str, id_number: str, name: str) -> Outcome:
    """Match a login with the registry by document number, name and the phone it proved.

    Every attempt is kept. After five failures in an hour, or ten in a day, raises TooSoon. What is said
    about the phone is said only after number and name matched. On success the person's login is returned:
    it is another one than `user` when the person has logged in before; the registry's phone decides whose.
    """
    with transaction.atomic():
        # Attempts of one login queue here, so that parallel ones cannot outrun the count.
        user = User.objects.select_for_update().get(pk=user.pk)
        refuse_after_failures(user=user)
        person = find_person(id_type=id_type, id_number=id_number, name=name)
        failure = _failure(user, person)
        _keep(user, person, failure)
        if failure is not None or person is None:
            return Outcome(user, failure)
        return Outcome(_join(user, person))


def refuse_after_failures(*, user: User) -> None:
    """Raise TooSoon while the login has failed too often to try again."""
    now = timezone.now()
    most = max(limit.times for limit in rules.IDENTITY_FAILURES)
    failed = user.verifications.filter(result=Verification.Result.FAILED).order_by("-at")
    free = rules.free_at(list(failed.values_list("at", flat=True)[:most]), rules.IDENTITY_FAILURES, now)
    if free is not None:
        moment = timezone.localtime(free)
        day = "" if moment.date() == timezone.localdate() else _("明天")
        raise TooSoon(
            free,
            _("试的次数太多了,为了安全先停一停。{time} 以后可以再试。").format(time=f"{day}{moment:%H:%M}"),
            _("着急的话,带身份证到窗口,或打{hotline}。").format(hotline=settings.HOTLINE),
        )


def _failure(user: User, person: Person | None) -> Failure | None:
    if person is None:
        return Failure.NO_MATCH
    enrollment = current_enrollment(person)
    if enrollment is not None and enrollment.status == EnrollmentStatus.DECEASED:
        return Failure.DECEASED
    if person.phone is None:
        return Failure.NO_PHONE
    own = User.objects.filter(person=person).first()
    if person.phone != user.phone or (own is not None and _gave_up(own, user)):
        return Failure.PHONE
    return Failure.DISABLED if own is not None and not own.is_active else None


def _gave_up(own: User, user: User) -> bool:
    """Whether the person left this phone for another by themselves: a stranger may hold it by now."""
    given_up = own.given_up_index
    return given_up is not None and own.phone != user.phone and given_up == user.phone_index


def _keep(user: User, person: Person | None, failure: Failure | None) -> None:
    passed = failure is None
    Verification.objects.create(
        user=user,
        person=person if passed else None,
        method=Verification.Method.REGISTRY,
        result=Verification.Result.PASSED if passed else Verification.Result.FAILED,
        reason=failure or "",
        at=timezone.now(),
    )
    audit.record(
        action="verify_identity",
        actor=user,
        obj=person,
        result="ok" if passed else "failed",
        reason=failure or "",
    )


def _join(user: User, person: Person) -> User:
    """Give the person to this login, or this login's phone to the person's own, and raise the level."""
    person = Person.objects.select_for_update().get(pk=person.pk)
    own: User | None = User.objects.select_for_update().filter(person=person).first()
    if own is None and user.person_id is None:
        user.person = person
        user.save(update_fields=["person"])
        own = user
    elif own is None:
        own = login_for(phone=user.phone or "")
        own.person = person
        own.save(update_fields=["person"])
    elif own.phone != user.phone:
        _move(own, user, person)
    if person.level < VerifiedLevel.REGISTRY:
        person.level = VerifiedLevel.REGISTRY
        person.save(update_fields=["level"])
        _tell(person, "identity_verified")
    consent_to_privacy(person, Consent.How.WEB)
    return own


def consent_to_privacy(person: Person, how: Consent.How) -> None:
    """Keep once that a person agreed to the privacy text of today."""
    if not person.consents.filter(text=PRIVACY, version=PRIVACY_VERSION, agreed=True).exists():
        give_consent(person=person, text=PRIVACY, version=PRIVACY_VERSION, about="", how=how)


def _move(own: User, user: User, person: Person) -> None:
    """The registry knows a newer phone: the login follows it, and whoever holds the old number is out."""
    own.phone, own.phone_index = user.phone, user.phone_index
    own.save(update_fields=["phone", "phone_index"])
    sessions.end_others(user=own)
    audit.record(action="login_moved", actor=user, obj=person)
    _tell(person, "login_moved")


def _tell(person: Person, template: str) -> None:
    now = timezone.localtime()
    notify(
        person=person,
        template=template,
        params={"when": cn_datetime(now), "hotline": settings.HOTLINE},
        sms=template == "login_moved",
    )
