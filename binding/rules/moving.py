"""One line of the file of bindings that a bureau brings along (contract §4): read and checked. Pure."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from accounts.rules import IdProblem, check_id, normalise_id
from binding.states import Kind
from gongji import money
from gongji.csvfiles import Bad
from gongji.policy import Relation

COLUMNS = (
    "authorizer_id_type",
    "authorizer_id_number",
    "beneficiary_id_type",
    "beneficiary_id_number",
    "relation",
    "kind",
    "since",
    "cap",
)
_RELATIONS = frozenset(relation.value for relation in Relation)
_KINDS = frozenset(Kind.values)
EARLIEST = date(1994, 1, 1)
"""Personal accounts began with the trials of 1994; what is older is a slip of whoever wrote the file."""

Document = tuple[str, str]
"""Type and normalised number of an identity document."""


class Row(NamedTuple):
    """A good line; `cap` in 分, None = no cap."""

    line: int
    authorizer: Document
    beneficiary: Document
    relation: Relation
    kind: str
    since: date
    cap: int | None


def read_row(line: int, cells: Sequence[str], today: date) -> Row | list[Bad]:
    """Return a line of the file, or everything that is wrong with it."""
    if len(cells) != len(COLUMNS) or not "".join(cells).isprintable():
        return [Bad("", str(_("列数不对,或有看不见的字符")))]
    giver_type, giver, other_type, other, relation, kind, since, cap = (cell.strip() for cell in cells)
    documents = (giver_type, normalise_id(giver_type, giver)), (other_type, normalise_id(other_type, other))
    began, fen = _day(since), _fen(cap)
    problems = [
        *_document_problems("authorizer", documents[0]),
        *_document_problems("beneficiary", documents[1]),
        ("beneficiary_id_number", _("和出钱的人是同一个人") if documents[0] == documents[1] else None),
        ("relation", None if relation in _RELATIONS else _("没有这种关系,可以写:") + "、".join(Relation)),
        ("kind", None if kind in _KINDS else _("种类是 mutual_aid、view 或 wallet")),
        ("since", _day_problem(began, today)),
        ("cap", _("上限是大于 0 的元,最多两位小数;没有上限就空着") if fen == 0 else None),
        ("cap", _("只有家庭共济才有上限,这里要空着") if fen and kind != Kind.MUTUAL_AID else None),
    ]
    bad = [Bad(column, str(reason)) for column, reason in problems if reason]
    if bad or began is None:
        return bad
    return Row(line, *documents, Relation(relation), kind, began, fen)


def _document_problems(end: str, document: Document) -> list[tuple[str, object]]:
    problem = check_id(*document)
    if problem is IdProblem.TYPE:
        return [(f"{end}_id_type", _("没有这种证件类型"))]
    return [(f"{end}_id_number", _("号码和证件类型的样子对不上"))] if problem else []


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text else None


def _day_problem(day: date | None, today: date) -> object:
    if day is None:
        return _("日期要写成 2024-05-01 的样子,并且真有这一天")
    if day < EARLIEST:
        return _("这一天太早,那时还没有个人账户")
    return _("这一天还没有到") if day > today else None


def _fen(text: str) -> int | None:
    """Return 分, None for an empty cell, 0 for what is no amount."""
    try:
        return money.fen(text) if text else None
    except ValueError:
        return 0
