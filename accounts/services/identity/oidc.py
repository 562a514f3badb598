"""Somebody whom another service knows: matched with the registry by number and name, never by phone."""

from enum import StrEnum
from typing import NamedTuple

from django.db import transaction

from accounts.models import Consent, EnrollmentStatus, Person, User, Verification
from accounts.rules import check_id, normalise_id, normalise_phone
from accounts.services import current_enrollment, find_person, phones
from accounts.services.identity.levels import passed
from accounts.services.identity.registry import consent_to_privacy
from gongji import audit
from gongji.crypto import blind_index


class Stopped(StrEnum):
    """Why nobody was let in. UNKNOWN covers an unknown number and another name alike."""

    UNKNOWN = "unknown"
    DECEASED = "deceased"
    DISABLED = "disabled"
    SOMEBODY_ELSE = "somebody_else"


class Known(NamedTuple):
    """What the identity service says of a citizen."""

    name: str
    id_type: str
    id_number: str
    phone: str = ""


class Entered(NamedTuple):
    """The login to go on with, or why not."""

    user: User | None
    stopped: Stopped | None = None


@transaction.atomic
def enter(*, known: Known, user: User | None = None, session_key: str = "") -> Entered:
    """Find the registry's person by number and name and return their login, made when there is none.

    `user` is who is logged in already: a login without a person becomes this person's, if the person has
    none; anybody else's stays theirs. The claimed phone is kept only where the registry says the same.
    A change of phone that was asked for in this very session (`session_key`) happens now.
    """
    if user is not None:
        user = User.objects.select_for_update().get(pk=user.pk)
    person = _person(known)
    if person is None:
        return _stop(Stopped.UNKNOWN, user, None)
    person = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    enrollment = current_enrollment(person)
    if enrollment is not None and enrollment.status == EnrollmentStatus.DECEASED:
        return _stop(Stopped.DECEASED, user, person)
    if user is not None and user.person_id not in (None, person.pk):
        return _stop(Stopped.SOMEBODY_ELSE, user, person)
    own = User.objects.select_for_update().filter(person=person).first() or _first_login(user, person, known)
    if not own.is_active:
        return _stop(Stopped.DISABLED, user, person)
    passed(person=person, user=own, method=Verification.Method.OIDC, actor=own)
    consent_to_privacy(person, Consent.How.WEB)
    change = phones.waiting_change(own)
    if change is not None and session_key and change.session_key == session_key:
        phones.finish_after_check(change=change)
    return Entered(own)


def _person(known: Known) -> Person | None:
    number = normalise_id(known.id_type, known.id_number)
    if check_id(known.id_type, number) is not None:
        return None
    return find_person(id_type=known.id_type, id_number=number, name=known.name)


def _first_login(user: User | None, person: Person, known: Known) -> User:
    if user is not None:
        user.person = person
        user.save(update_fields=["person"])
        return user
    phone = normalise_phone(known.phone)
    own = User(person=person)
    if phone is not None and phone == person.phone:
        own.phone, own.phone_index = phone, blind_index("phone", phone)
    own.set_unusable_password()
    own.save(force_insert=True)
    audit.record(action="login_created", actor=own, obj=own)
    return own


def _stop(why: Stopped, user: User | None, person: Person | None) -> Entered:
    audit.record(
        action="verify_identity", actor=user, obj=person, result="failed", reason=why, purpose="oidc"
    )
    return Entered(None, why)
