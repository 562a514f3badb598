"""What a worker process does to a batch of lines: check, compare with what is stored, seal what is new.

A line that says what the database already knows costs three digests and no sealing: the monthly file of
a whole province is mostly such lines.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, cast
from uuid import UUID, uuid4

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from accounts.models import FormerNumber, Person, User
from accounts.registry.rows import Row, is_another, read_row
from accounts.services import FOR_LIFE, household_index
from gongji import crypto
from gongji.csvfiles import Bad, Line
from gongji.fields import EncryptedTextField

NEW, CHANGED, SAME = "n", "c", "s"


class Prepared(NamedTuple):
    """A batch ready for COPY: its text, how many lines were read, and what was wrong with the bad ones."""

    text: bytes
    read: int
    bad: list[tuple[int, Bad]]


class Numbered(NamedTuple):
    """A good line with its number in the file, the blind index of its document, and the person's digest."""

    line: int
    row: Row
    index: bytes
    digest: bytes


class Stored(NamedTuple):
    """What the database knows about a person."""

    pk: UUID
    digest: bytes
    enrollments: dict[tuple[str, str, str], bytes]


_ID_NUMBER, _NAME, _BIRTH, _PHONE = (
    cast(EncryptedTextField, Person._meta.get_field(name)) for name in ("id_number", "name", "birth", "phone")
)


def prepare(lines: Sequence[Line]) -> Prepared:
    """Check and seal a batch of numbered lines."""
    bad: list[tuple[int, Bad]] = []
    good: list[Numbered] = []
    for number, cells in lines:
        row = read_row(cells)
        if isinstance(row, Row):
            index = crypto.blind_index(f"id:{row.id_type}", row.id_number)
            digest = crypto.blind_index("registry:person", row.person_text)
            good.append(Numbered(number, row, index, digest))
        else:
            bad += [(number, problem) for problem in row]
    known = _stored(each.index for each in good)
    wrong = _replaced(good) | _somebody_elses(good, known)
    text = "".join(
        _copy_line(each, known.get((each.row.id_type, each.index))) for each in good if each.line not in wrong
    )
    return Prepared(text.encode(), len(lines), bad + sorted(wrong.items()))


def _stored(indexes: Iterable[bytes]) -> dict[tuple[str, bytes], Stored]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.id_type, p.id_index, p.id, p.registry_digest, e.area, e.scheme,"
            " coalesce(e.valid_from::text, ''), e.registry_digest"
            " FROM accounts_person p LEFT JOIN accounts_enrollment e ON e.person_id = p.id"
            " WHERE p.id_index = ANY(%s)",
            [list(indexes)],
        )
        known: dict[tuple[str, bytes], Stored] = {}
        for id_type, index, pk, digest, area, scheme, valid_from, enrolled in cursor:
            person = known.setdefault((id_type, bytes(index)), Stored(pk, bytes(digest or b""), {}))
            if area is not None:
                person.enrollments[area, scheme, valid_from] = bytes(enrolled or b"")
    return known


def _replaced(good: Sequence[Numbered]) -> dict[int, Bad]:
    """Return the lines whose document was replaced: under it the person would come back a second time."""
    renewed = {each.index for each in good if each.row.id_type not in FOR_LIFE}
    if not renewed:
        return {}
    rows = FormerNumber.objects.filter(id_index__in=renewed).values_list("id_type", "id_index")
    former = {(id_type, bytes(index)) for id_type, index in rows}
    problem = Bad("id_number", str(_("这个证件号码已经换成新的。请用新的证件号码登记")))
    return {each.line: problem for each in good if (each.row.id_type, each.index) in former}


def _somebody_elses(good: Sequence[Numbered], known: dict[tuple[str, bytes], Stored]) -> dict[int, Bad]:
    """Return the lines that would turn a person we know into another one. Only changed lines cost a query."""
    changed: dict[UUID, list[Numbered]] = {}
    for each in good:
        stored = known.get((each.row.id_type, each.index))
        if stored is not None and stored.digest != each.digest:
            changed.setdefault(stored.pk, []).append(each)
    if not changed:
        return {}
    login = User.objects.filter(person=OuterRef("pk"))
    people = Person.objects.filter(pk__in=changed).annotate(has_login=Exists(login))
    problem = Bad(
        "id_number", str(_("这个号码已登记给另一个人(姓名不同,出生日期或手机号也不同)。请核实后更正"))
    )
    return {
        each.line: problem
        for person in people
        for each in changed[person.pk]
        if _is_another(person, each.row)
    }


def _is_another(person: Any, row: Row) -> bool:
    return is_another(
        row,
        name=person.name,
        birth=person.birth or "",
        phone=person.phone or "",
        has_login=person.has_login,
    )


def _copy_line(each: Numbered, stored: Stored | None) -> str:
    number, row, index, person_digest = each
    enrollment_digest = crypto.blind_index("registry:enrollment", row.enrollment_text)
    person_state = NEW if stored is None else SAME if stored.digest == person_digest else CHANGED
    enrolled = stored.enrollments.get((row.area, row.scheme, row.valid_from)) if stored else None
    head = (str(number), row.id_type, _bytes(index), _bytes(person_digest), _key(index), _key(person_digest))
    pk = str(stored.pk if stored else uuid4())
    person = (person_state, pk, *(_NOTHING if person_state == SAME else _sealed_person(row, pk)))
    enrollment = (
        _bytes(enrollment_digest),
        SAME if enrolled == enrollment_digest else NEW,
        row.area,
        row.scheme,
        row.personal_account,
        row.status,
        row.valid_from or _NULL,
        row.valid_to or _NULL,
        _bytes(household_index(row.area, row.household_no)) if row.household_no else _NULL,
        row.relation_to_head,
        row.employer.replace("\\", "\\\\"),
    )
    return "\t".join((*head, *person, *enrollment)) + "\n"


_NULL = "\\N"
_NOTHING = (_NULL,) * 5


def _sealed_person(row: Row, pk: str) -> tuple[str, ...]:
    return (
        _bytes(_ID_NUMBER.seal(row.id_number, pk)),
        _bytes(_NAME.seal(row.name, pk)),
        _bytes(_BIRTH.seal(row.birth, pk)) if row.birth else _NULL,
        _bytes(_PHONE.seal(row.phone, pk)) if row.phone else _NULL,
        _bytes(crypto.blind_index("phone", row.phone)) if row.phone else _NULL,
    )


def _key(digest: bytes) -> str:
    """Return the first 64 bits of a digest as a bigint: enough to tell the lines of one file apart."""
    return str(int.from_bytes(digest[:8], "big", signed=True))


def _bytes(value: bytes) -> str:
    r"""Return bytea for COPY's text format, where a backslash is doubled."""
    return "\\\\x" + value.hex()
