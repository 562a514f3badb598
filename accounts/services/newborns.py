"""Children before they have a number, and documents that are replaced: the person stays the same row.

Bindings, money and messages hang on the row. A number that is replaced becomes a `FormerNumber` and still
leads to the person. When the registry brought the same child as a second row, the two become one.
"""

import logging
from collections.abc import Iterator
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import ForeignObjectRel
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import (
    BirthRecord,
    Duty,
    Enrollment,
    FormerNumber,
    IdType,
    Newborn,
    Person,
    User,
)
from accounts.rules import birth_inside, check_id, normalise_id, normalise_name, same_name
from accounts.services import by_number
from gongji import audit
from gongji.crypto import blind_index
from gongji.errors import Refused

logger = logging.getLogger(__name__)
_STAFF = (Duty.CLERK, Duty.REVIEWER, Duty.SUPERVISOR)
_MOVES_ALONG = (Enrollment, FormerNumber, Newborn)
"""Rows of a person that say who they are; any other row says that the person is in use."""


@transaction.atomic
def register_newborn(
    *, certificate_number: str, name: str, birth: date, guardian: Person | None, actor: User
) -> Person:
    """Make a person of a child that has a birth certificate (出生医学证明) and no number yet.

    The same child once more is the same person. Raises Refused `bad_number`, `bad_name`, `bad_birth`,
    `number_taken` (another child's certificate), `number_replaced` (the child has a number by now);
    PermissionDenied for anybody but staff.
    """
    if not actor.has_duty(*_STAFF):
        raise PermissionDenied
    number = _checked(IdType.BIRTH_CERTIFICATE, certificate_number)
    if len(normalise_name(name)) < 2:
        raise Refused("bad_name", _("请写全孩子的姓名。"), _("还没起名的,照出生医学证明上的写。"))
    if birth > timezone.localdate():
        raise Refused("bad_birth", _("出生日期在今天以后。"), _("请照出生医学证明再看一遍。"))
    known = by_number(id_type=IdType.BIRTH_CERTIFICATE, id_number=number)
    if known is not None:
        person = _same_child(known, name, birth)
        # Perhaps the registry brought the child first.
        Newborn.objects.get_or_create(person=person, defaults={"guardian": guardian, "registered_by": actor})
        return person
    person = Person(
        id_type=IdType.BIRTH_CERTIFICATE,
        id_number=number,
        id_index=blind_index(f"id:{IdType.BIRTH_CERTIFICATE}", number),
        name=name.strip(),
        birth=birth.isoformat(),
    )
    person.save(force_insert=True)
    Newborn.objects.create(person=person, guardian=guardian, registered_by=actor)
    audit.record(action="newborn.registered", actor=actor, obj=person)
    return person


def _checked(id_type: str, typed: str) -> str:
    number = normalise_id(id_type, typed)
    if check_id(id_type, number) is not None:
        message = _("这个号码和证件类型的样子对不上。")
        raise Refused("bad_number", message, _("请照证件再看一遍。"))
    return number


def _same_child(known: Person, name: str, birth: date) -> Person:
    if known.id_type != IdType.BIRTH_CERTIFICATE:
        raise Refused("number_replaced", _("这个孩子已经有自己的证件号码了。"), _("请用新的证件号码办理。"))
    if known.birth != birth.isoformat() or not same_name(known.name, name):
        message = _("这个出生医学证明编号已经登记给另一个孩子。")
        raise Refused("number_taken", message, _("请核对编号;没有填错的,请转主管核实。"))
    return known


# ------------------------------------------------------------- a new number
@transaction.atomic
def give_number(
    *, person: Person, id_type: str, id_number: str, name: str = "", actor: User | None
) -> Person:
    """Replace a person's document by another one and return the person who has it then.

    It is the same row, with everything that hangs on it, unless only the registry's row of the new number
    is in use. `name` is the child's name on the new document, where it got one; `actor` None is the system.
    Raises Refused `bad_number`, `birth_differs`, `number_of_another` (somebody else has that number),
    `both_in_use` (two rows of one human, both with bindings, logins or money); PermissionDenied.
    """
    if actor is not None and not actor.has_duty(*_STAFF):
        raise PermissionDenied
    number = _checked(id_type, id_number)
    holder = by_number(id_type=id_type, id_number=number)
    ids = sorted({person.pk, holder.pk} if holder else {person.pk})
    rows = {row.pk: row for row in Person.objects.select_for_update().filter(pk__in=ids).order_by("pk")}
    person = rows[person.pk]
    inside = birth_inside(id_type, number)
    if inside is not None and person.birth_date not in (None, inside):
        raise Refused("birth_differs", _("新号码里的出生日期和登记的不一样。"), _("请照新证件再看一遍。"))
    if holder is None:
        _replace(person, id_type, number, name)
    elif holder.pk != person.pk:
        person = _merge(person, rows[holder.pk], name)
    Newborn.objects.filter(person=person, numbered_at=None).update(numbered_at=timezone.now())
    audit.record(action="person.number_given", actor=actor, obj=person)
    return person


def _replace(person: Person, id_type: str, number: str, name: str) -> None:
    _keep_former(person, person)
    person.id_type, person.id_number = id_type, number
    person.id_index = blind_index(f"id:{id_type}", number)
    person.name = name.strip() or person.name
    if person.birth is None and (birth := birth_inside(id_type, number)):
        person.birth = birth.isoformat()
    # The registry has not said anything of this number yet: its next line is compared anew.
    person.registry_digest, person.updated_at = None, timezone.now()
    person.save()


def _keep_former(person: Person, to: Person) -> None:
    """Let the document a person has now lead to `to` for ever."""
    FormerNumber.objects.get_or_create(
        id_type=person.id_type,
        id_index=bytes(person.id_index),
        defaults={"person": to, "id_number": person.id_number},
    )


# ------------------------------------------------------------- two rows of one human
def _merge(person: Person, holder: Person, name: str) -> Person:
    """Make one of the row we knew and the registry's row of the new number; the one in use stays."""
    if person.birth != holder.birth or not _may_be_named(person, holder, name):
        raise Refused(
            "number_of_another",
            _("这个号码在参保登记里是另一个人(姓名或出生日期不一样)。"),
            _("请核对证件;没有填错的,先更正参保登记。"),
        )
    if not _in_use(holder):
        return _absorb_registry_row(person, holder)
    if not _in_use(person):
        return _give_up_row(person, holder)
    raise Refused(
        "both_in_use",
        _("这个人有两条记录,两条都在用(有绑定、登录或账目)。"),
        _("请先把其中一条的绑定解除、钱退回,再合并。"),
    )


def _may_be_named(person: Person, holder: Person, name: str) -> bool:
    """A newborn's certificate may hold a first name; staff then say the name on the new document."""
    return same_name(holder.name, name or person.name)


def _in_use(person: Person) -> bool:
    return any(
        related.related_model._default_manager.filter(**{related.field.name: person}).exists()
        for related in _relations()
        if related.related_model not in _MOVES_ALONG or related.field.name == "guardian"
    )


def _relations() -> Iterator[ForeignObjectRel]:
    """Yield every foreign key to Person, of the apps above as well."""
    for related in Person._meta.get_fields(include_hidden=True):
        if isinstance(related, ForeignObjectRel) and (related.one_to_many or related.one_to_one):
            yield related


def _absorb_registry_row(person: Person, holder: Person) -> Person:
    """The row we knew takes number, name, phone and enrolments of the registry's, which goes."""
    id_type, number, index = holder.id_type, holder.id_number, bytes(holder.id_index)
    values = {name: getattr(holder, name) for name in ("name", "birth", "phone")}
    _keep_former(person, person)
    _move_rows(holder, person)
    digest, phone_index = holder.registry_digest, holder.phone_index
    holder.delete()
    for name, value in values.items():
        setattr(person, name, value)
    person.id_type, person.id_number, person.id_index = id_type, number, index
    person.registry_digest, person.phone_index, person.updated_at = digest, phone_index, timezone.now()
    person.save()
    return person


def _give_up_row(person: Person, holder: Person) -> Person:
    """The registry's row is the one in use: the certificate leads to it from now on."""
    newborn = Newborn.objects.filter(person=person).first()
    if newborn is not None:
        newborn.delete()
        newborn.person = holder
        newborn.save(force_insert=True)
    _keep_former(person, holder)
    _move_rows(person, holder)
    person.delete()
    return holder


def _move_rows(gone: Person, kept: Person) -> None:
    """Give the enrolments and former numbers of a row that goes to the one that stays."""
    gone.former_numbers.update(person=kept)
    theirs = {(row.area, row.scheme, row.valid_from): row for row in kept.enrollments.all()}
    current = gone.enrollments.filter(current=True).exists()
    if current:
        kept.enrollments.update(current=False)
    for row in gone.enrollments.all():
        if twin := theirs.get((row.area, row.scheme, row.valid_from)):
            twin.delete()
        row.person = kept
        row.save(update_fields=["person"])


# ------------------------------------------------------------- after an import
def meet_registry() -> tuple[int, int]:
    """Join the newborns whose number the birth register and the insured registry both know by now.

    Returns how many were joined and how many wait for staff (`give_number` refused). Nothing is guessed:
    without a birth record that names certificate and number, staff decide.
    """
    waiting = Person.objects.filter(id_type=IdType.BIRTH_CERTIFICATE, newborn__numbered_at=None)
    children = {bytes(person.id_index): person for person in waiting}
    records = BirthRecord.objects.filter(certificate_index__in=children, child_index__isnull=False)
    numbers = {
        bytes(child): children[bytes(certificate)]
        for certificate, child in records.values_list("certificate_index", "child_index")
        if child is not None
    }
    joined = refused = 0
    for holder in Person.objects.filter(id_index__in=numbers).exclude(id_type=IdType.BIRTH_CERTIFICATE):
        person = numbers[bytes(holder.id_index)]
        try:
            give_number(
                person=person,
                id_type=holder.id_type,
                id_number=holder.id_number,
                name=holder.name,
                actor=None,
            )
            joined += 1
        except Refused as problem:
            logger.warning("newborn %s keeps its certificate: %s", person.pk, problem.code)
            refused += 1
    return joined, refused
