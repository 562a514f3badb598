"""What a worker process does to a batch of lines: check, compare with what is stored, seal what is new.

A line that says what the database already knows costs three digests and no sealing: the monthly file of
a whole province is mostly such lines.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, cast
from uuid import UUID, uuid4

from django.db import connection

from accounts.models import Person
from accounts.registry.rows import Row, read_row
from accounts.services import household_index
from gongji import crypto
from gongji.csvfiles import Bad, Line
from gongji.fields import EncryptedTextField

NEW, CHANGED, SAME = "n", "c", "s"


class Prepared(NamedTuple):
    """A batch ready for COPY: its text, how many lines were read, and what was wrong with the bad ones."""

    text: bytes
    read: int
    bad: list[tuple[int, Bad]]


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
    good: list[tuple[int, Row, bytes]] = []
    for number, cells in lines:
        row = read_row(cells)
        if isinstance(row, Row):
            good.append((number, row, crypto.blind_index(f"id:{row.id_type}", row.id_number)))
        else:
            bad += [(number, problem) for problem in row]
    known = _stored(index for _number, _row, index in good)
    text = "".join(
        _copy_line(number, row, index, known.get((row.id_type, index))) for number, row, index in good
    )
    return Prepared(text.encode(), len(lines), bad)


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


def _copy_line(number: int, row: Row, index: bytes, stored: Stored | None) -> str:
    person_digest = crypto.blind_index("registry:person", row.person_text)
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
