"""One line of a file of marriages or of births: read, normalised, checked. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from accounts.models import IdType
from accounts.registry.rows import ID_REASONS
from accounts.rules import check_id, normalise_id
from gongji.csvfiles import Bad

MARRIAGES = (
    "certificate", "one_id_type", "one_id_number", "other_id_type", "other_id_number", "since", "until",
)  # fmt: skip
BIRTHS = (
    "certificate", "child_id_type", "child_id_number", "mother_id_type", "mother_id_number",
    "father_id_type", "father_id_number",
)  # fmt: skip
LONGEST_CERTIFICATE = 40


class Document(NamedTuple):
    """Somebody, as a record names them; two empty texts for nobody."""

    id_type: str
    number: str

    @classmethod
    def read(cls, id_type: str, number: str) -> "Document":
        """Return the document as it is stored; a number without a type is a resident's."""
        number = normalise_id(id_type or IdType.RESIDENT, number)
        return cls(id_type or IdType.RESIDENT, number) if number else cls("", "")


class MarriageRow(NamedTuple):
    """A good line of a file of marriages; None for a day the registry does not say."""

    certificate: str
    one: Document
    other: Document
    since: date | None
    until: date | None


class BirthRow(NamedTuple):
    """A good line of a file of births; a newborn may have no number, and one parent be unknown."""

    certificate: str
    child: Document
    mother: Document
    father: Document


Row = MarriageRow | BirthRow


def read_marriage(cells: Sequence[str]) -> MarriageRow | list[Bad]:
    """Return the line as a row, or everything that is wrong with it."""
    if bad := _unreadable(cells, MARRIAGES):
        return bad
    number, one_type, one, other_type, other, *days = (cell.strip() for cell in cells)
    pair = Document.read(one_type, one), Document.read(other_type, other)
    bad = [
        *_certificate(number),
        *_person("one", pair[0], needed=True),
        *_person("other", pair[1], needed=True),
        *(
            problem
            for name, text in zip(("since", "until"), days, strict=True)
            for problem in _day(name, text)
        ),
    ]
    if not bad and pair[0] == pair[1]:
        bad = [_bad("other_id_number", _("和前一位是同一个号码"))]
    if not bad and all(days) and days[1] < days[0]:
        bad = [_bad("until", _("比登记日期还早"))]
    return bad or MarriageRow(
        _normal(number), *pair, *(date.fromisoformat(day) if day else None for day in days)
    )


def read_birth(cells: Sequence[str]) -> BirthRow | list[Bad]:
    """Return the line as a row, or everything that is wrong with it."""
    if bad := _unreadable(cells, BIRTHS):
        return bad
    number, *documents = (cell.strip() for cell in cells)
    child, mother, father = (Document.read(*documents[place : place + 2]) for place in (0, 2, 4))
    bad = [
        *_certificate(number),
        *_person("child", child),
        *_person("mother", mother),
        *_person("father", father),
    ]
    named = [who for who in (child, mother, father) if who.number]
    if not bad and len(set(named)) < len(named):
        bad = [_bad("", _("孩子和父母里有两位是同一个号码"))]
    if not bad and not (mother.number or father.number):
        bad = [_bad("mother_id_number", _("父亲、母亲至少要有一位的号码"))]
    return bad or BirthRow(_normal(number), child, mother, father)


# ------------------------------------------------------------- checks
def _bad(column: str, reason: object) -> Bad:
    return Bad(column, str(reason))


def _unreadable(cells: Sequence[str], columns: Sequence[str]) -> list[Bad]:
    if len(cells) != len(columns) or not "".join(cells).isprintable():
        return [_bad("", _("列数不对,或有看不见的字符"))]
    return []


def _normal(certificate: str) -> str:
    """A certificate's number without blanks and in capitals, as a birth certificate is as a document."""
    return normalise_id(IdType.BIRTH_CERTIFICATE, certificate)


def _certificate(number: str) -> Iterator[Bad]:
    if not _normal(number) or len(number) > LONGEST_CERTIFICATE:
        yield _bad("certificate", _("证号没有填,或太长"))


def _person(who: str, document: Document, *, needed: bool = False) -> Iterator[Bad]:
    if not document.number:
        if needed:
            yield _bad(f"{who}_id_number", _("号码没有填"))
        return
    problem = check_id(document.id_type, document.number)
    if problem is not None:
        yield _bad(f"{who}_id_number", ID_REASONS[problem])


def _day(column: str, text: str) -> Iterator[Bad]:
    try:
        wrong = bool(text) and date.fromisoformat(text).isoformat() != text
    except ValueError:
        wrong = True
    if wrong:
        yield _bad(column, _("不是日期,请写成 2026-11-21 这样"))
