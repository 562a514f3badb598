"""One line of the registry's CSV (contract § 4): read, normalised, checked. Pure."""

import re
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from accounts.models import EnrollmentStatus, IdType, Scheme
from accounts.rules import IdProblem, birth_inside, check_id, normalise_id, normalise_phone, same_name
from gongji.csvfiles import Bad

COLUMNS = (
    "id_type",
    "id_number",
    "name",
    "birth_date",
    "phone",
    "area",
    "scheme",
    "personal_account",
    "status",
    "valid_from",
    "valid_to",
    "household_no",
    "relation_to_head",
    "employer",
)
_LONGEST = {"name": 50, "household_no": 40, "employer": 200}
_ID_TYPES = frozenset(IdType.values)
_SCHEMES = frozenset(Scheme.values)
_STATUSES = frozenset(EnrollmentStatus.values)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_AREA = re.compile(r"[1-9]\d{5}", re.ASCII)
_CODE = re.compile(r"\d{2}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

ID_REASONS = {
    IdProblem.LENGTH: _("身份证号不是 18 位"),
    IdProblem.CHARACTERS: _("身份证号里有数字和 X 以外的字"),
    IdProblem.DATE: _("身份证号里的出生日期不是一个日期"),
    IdProblem.CHECK_DIGIT: _("身份证号的最后一位对不上"),
    IdProblem.FORM: _("号码和证件类型的样子对不上"),
    IdProblem.TYPE: _("没有这种证件类型"),
}


class Row(NamedTuple):
    """A good line. Days are ISO texts, "" where the registry says nothing."""

    id_type: str
    id_number: str
    name: str
    birth: str
    phone: str
    area: str
    scheme: str
    personal_account: str
    status: str
    valid_from: str
    valid_to: str
    household_no: str
    relation_to_head: str
    employer: str

    @property
    def person_text(self) -> str:
        """Everything the registry says about the person."""
        return "\x1f".join(self[:5])

    @property
    def enrollment_text(self) -> str:
        """Everything the registry says about the enrolment."""
        return "\x1f".join(self[5:])


def read_row(cells: Sequence[str]) -> Row | list[Bad]:
    """Return the line as a Row, or everything that is wrong with it."""
    if len(cells) != len(COLUMNS):
        return [
            Bad(
                "",
                _("这一行有 {count} 列,应该是 {expected} 列").format(count=len(cells), expected=len(COLUMNS)),
            )
        ]
    if _UNPRINTABLE.search("".join(cells)):
        return [
            Bad(column, str(_("有看不见的字符,或不是 UTF-8")))
            for column, cell in zip(COLUMNS, cells, strict=True)
            if _UNPRINTABLE.search(cell)
        ]
    row = _normalised(cells)
    bad = _problems(row, cells)
    return bad or row


def is_another(row: Row, *, name: str, birth: str, phone: str, has_login: bool) -> bool:
    """Whether a line is about somebody else than the person who has this number with us.

    A new name alone is a change of name. With another date of birth, or another phone for somebody who logs
    in here, it is another human: passports of two countries may bear one number, and some residents' did.
    """
    if same_name(row.name, name):
        return False
    other_birth = bool(row.birth and birth) and row.birth != birth
    other_phone = bool(row.phone and phone) and row.phone != phone
    return other_birth or (has_login and other_phone)


def _normalised(cells: Sequence[str]) -> Row:
    id_type, raw_number, *rest = (cell.strip() for cell in cells)
    number = normalise_id(id_type, raw_number)
    name, birth, phone, *enrollment = rest
    if not birth:
        birth = str(birth_inside(id_type, number) or "")
    return Row(id_type, number, name, birth, normalise_phone(phone) or "", *enrollment)


def _problems(row: Row, cells: Sequence[str]) -> list[Bad]:
    return [
        Bad(column, str(reason)) for column, reason in (*_person(row, cells[4]), *_enrollment(row)) if reason
    ]


def _person(row: Row, typed_phone: str) -> list[tuple[str, object]]:
    id_problem = check_id(row.id_type, row.id_number) if row.id_type in _ID_TYPES else IdProblem.TYPE
    inside = str(birth_inside(row.id_type, row.id_number) or row.birth)
    return [
        ("id_type", ID_REASONS[IdProblem.TYPE] if id_problem is IdProblem.TYPE else None),
        ("id_number", ID_REASONS[id_problem] if id_problem and id_problem is not IdProblem.TYPE else None),
        ("name", _too_long(row, "name") or (None if len(row.name) > 1 else _("姓名没有填,或只有一个字"))),
        (
            "birth_date",
            _day(row.birth)
            or (None if id_problem or row.birth == inside else _("和身份证号里的出生日期不一样")),
        ),
        ("phone", _("不是 11 位手机号") if typed_phone.strip() and not row.phone else None),
    ]


def _enrollment(row: Row) -> list[tuple[str, object]]:
    account = row.personal_account
    return [
        ("area", None if _AREA.fullmatch(row.area) else _("不是 6 位地区代码")),
        ("scheme", None if row.scheme in _SCHEMES else _("只能是 310(职工)或 390(居民)")),
        ("personal_account", _account_problem(account, row.scheme)),
        ("status", None if row.status in _STATUSES else _("没有这种参保状态")),
        ("valid_from", _day(row.valid_from)),
        (
            "valid_to",
            _day(row.valid_to)
            or (_("比参保起还早") if row.valid_to and row.valid_to < row.valid_from else None),
        ),
        ("household_no", _too_long(row, "household_no")),
        (
            "relation_to_head",
            None if not row.relation_to_head or _CODE.fullmatch(row.relation_to_head) else _("不是两位代码"),
        ),
        ("employer", _too_long(row, "employer")),
    ]


def _account_problem(account: str, scheme: str) -> object:
    if account not in ("0", "1"):
        return _("只能是 0 或 1")
    return _("居民医保没有个人账户") if account == "1" and scheme == Scheme.RESIDENT else None


def _too_long(row: Row, column: str) -> object:
    most = _LONGEST[column]
    return _("最多 {count} 个字").format(count=most) if len(getattr(row, column)) > most else None


def _day(text: str) -> object:
    if not text:
        return None
    try:
        date.fromisoformat(text)
    except ValueError:
        return _("不是日期,请写成 2026-11-21 这样")
    return None if _DAY.fullmatch(text) else _("不是日期,请写成 2026-11-21 这样")
