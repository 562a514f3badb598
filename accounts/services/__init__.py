"""People and what they are told: look-ups by number, messages, consents, households."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from accounts import wording
from accounts.models import (
    Consent,
    Enrollment,
    EnrollmentStatus,
    FormerNumber,
    IdType,
    Message,
    Person,
    PersonQuerySet,
    Scheme,
    User,
)
from accounts.rules import normalise_id, same_name
from gongji import outbox
from gongji.crypto import blind_index, blind_indexes
from gongji.prepared import Prepared

DELIVER = "deliver_message"


# ------------------------------------------------------------- people
def find_person(*, id_type: str, id_number: str, name: str) -> Person | None:
    """Return the person with this number and this name, or None.

    None does not say which of the two was wrong: nobody may learn whether a number exists.
    """
    person = by_number(id_type=id_type, id_number=id_number)
    return person if person is not None and same_name(person.name, name) else None


def by_number(*, id_type: str, id_number: str) -> Person | None:
    """Return the person with this document number. For callers that have proven the right to ask."""
    number = normalise_id(id_type, id_number)
    found = _people if id_type in FOR_LIFE else _people_of_any_time
    for index in blind_indexes(f"id:{id_type}", number):
        if person := found.first(id_type=id_type, index=index):
            return person
    return None


FOR_LIFE = frozenset({IdType.RESIDENT, IdType.HMT_RESIDENCE})
"""Documents whose number never changes; the others are renewed, and a former number still leads home."""
_people = Prepared(lambda id_type, index: Person.objects.filter(id_type=id_type, id_index=index))
_people_of_any_time = Prepared(
    lambda id_type, index: Person.objects.filter(
        pk__in=Person.objects.filter(id_type=id_type, id_index=index)
        .values("pk")
        .union(FormerNumber.objects.filter(id_type=id_type, id_index=index).values("person"))
    )
)


def by_numbers(documents: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Person]:
    """Return the people with these (type, normalised number) of documents; see `by_number`.

    One query, or two when there is a document among them that is renewed.
    """
    wanted = {
        (id_type, index): (id_type, number)
        for id_type, number in set(documents)
        for index in blind_indexes(f"id:{id_type}", number)
    }
    indexes = [index for _id_type, index in wanted]
    found = Person.objects.filter(id_index__in=indexes)
    keyed = [(person, wanted.get((person.id_type, bytes(person.id_index)))) for person in found]
    if any(id_type not in FOR_LIFE for id_type, _index in wanted):
        former = FormerNumber.objects.filter(id_index__in=indexes).select_related("person")
        keyed += [(row.person, wanted.get((row.id_type, bytes(row.id_index)))) for row in former]
    return {document: person for person, document in keyed if document is not None}


def current_enrollment(person: Person) -> Enrollment | None:
    """Return the row of 参保 that counts today, None for somebody the registry does not know."""
    return _current_enrollments.first(person=person.pk)


_current_enrollments = Prepared(
    lambda person: Enrollment.objects.current().filter(person=person).order_by("pk")[:1]
)


def new_account_holders() -> PersonQuerySet:
    """People with a personal account by the registry: current, active, employee scheme, not pooled-only."""
    return Person.objects.filter(
        enrollments__current=True,
        enrollments__status=EnrollmentStatus.ACTIVE,
        enrollments__scheme=Scheme.EMPLOYEE,
        enrollments__personal_account=True,
    )


def household_index(area: str, household_no: str) -> bytes:
    """Return the blind index of a household; numbers are unique within a province only."""
    return blind_index("household", f"{area[:2]}:{household_no}")


def same_household(a: Person, b: Person) -> bool:
    """Whether two different people stand in one household register today. It proves no relation by itself."""
    if a.pk == b.pk:
        return False
    households = [
        enrollment.household_index
        for enrollment in (current_enrollment(a), current_enrollment(b))
        if enrollment is not None and enrollment.household_index
    ]
    return len(households) == 2 and bytes(households[0]) == bytes(households[1])


def relation_to_head(person: Person) -> str:
    """Return the GB/T 4761 code of the relation to the head of household, "" when unknown."""
    enrollment = current_enrollment(person)
    return enrollment.relation_to_head if enrollment else ""


def contact_phone(person: Person) -> str | None:
    """Return where SMS for a person go: the phone they log in with, else the registered one."""
    user: User | None = getattr(person, "user", None)
    phone: str | None = user.phone if user is not None and user.is_active else None
    return phone or person.phone


# ------------------------------------------------------------- messages
def notify(
    *,
    person: Person,
    template: str,
    params: dict[str, str],
    about: str = "",
    sms: bool = True,
    dedup: str | None = None,
    visible_from: datetime | None = None,
    sms_phone: str | None = None,
) -> Message | None:
    """Write a message for a person and the job that sends its SMS, in the caller's transaction.

    The SMS goes to `sms_phone` when one is given, else to the phone the person has when it is sent.
    `visible_from` holds both back until a decision stands. None when a message with this `dedup` exists.
    Raises KeyError for an unknown template or a missing parameter.
    """
    text = wording.render(template, params)
    now = timezone.now()
    message = Message(
        person=person,
        template=template,
        title=text.title,
        body=text.body,
        sms=Message.Sms.QUEUED if sms and text.sms else Message.Sms.NONE,
        sms_text=text.sms if sms else "",
        sms_phone=sms_phone,
        about=about,
        dedup=dedup,
        visible_from=visible_from or now,
        created_at=now,
    )
    with transaction.atomic():
        if dedup is not None and not _insert_once(message):
            return None
        if dedup is None:
            message.save(force_insert=True)
        if message.sms == Message.Sms.QUEUED:
            outbox.post(DELIVER, message.pk, run_at=visible_from)
    return message


def _insert_once(message: Message) -> bool:
    Message.objects.bulk_create([message], ignore_conflicts=True)
    return Message.objects.filter(pk=message.pk).exists()


class Note(NamedTuple):
    """One of many messages; as the arguments of `notify`."""

    person: Person
    template: str
    params: Mapping[str, str]
    about: str = ""


def leave_messages(notes: Iterable[Note]) -> None:
    """Write many messages to be found in the portal, without SMS, in one statement.

    Raises KeyError as `notify`.
    """
    now = timezone.now()
    texts = [(note, wording.render(note.template, note.params)) for note in notes]
    Message.objects.bulk_create(
        Message(
            person=note.person,
            template=note.template,
            title=text.title,
            body=text.body,
            about=note.about,
            visible_from=now,
            created_at=now,
        )
        for note, text in texts
    )


def withdraw_message(*, dedup: str) -> bool:
    """Take back a message that nobody could see yet (a decision was undone); False when it is out already."""
    with transaction.atomic():
        waiting = Message.objects.filter(dedup=dedup, visible_from__gt=timezone.now())
        message = waiting.select_for_update().first()
        if message is None or message.sms not in (Message.Sms.NONE, Message.Sms.QUEUED):
            return False
        outbox.cancel(DELIVER, message.pk)
        message.delete()
    return True


def read_message(*, message: Message) -> Message:
    """Mark a message as opened; the first time counts."""
    if message.read_at is None:
        message.read_at = timezone.now()
        message.save(update_fields=["read_at"])
    return message


# ------------------------------------------------------------- consents
def give_consent(
    *, person: Person, text: str, version: str, about: str, how: str, agreed: bool = True
) -> Consent:
    """Record that a person agreed (or not) to a version of a text about something, e.g. an application."""
    return Consent.objects.create(
        person=person, text=text, version=version, about=about, how=how, agreed=agreed, at=timezone.now()
    )
