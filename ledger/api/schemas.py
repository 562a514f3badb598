"""What providers send: strict JSON, decimal strings for money, times with an offset, no unknown field."""

import json
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Schema
from ninja.parser import Parser
from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    WithJsonSchema,
)

from accounts.models import IdType
from gongji import money, policy
from ledger.api.problems import Problem

AHEAD = timedelta(minutes=5)
"""How far a counter's clock may run before ours."""
OLDEST = date(2000, 1, 1)

_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,6})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class StrictParser(Parser):
    """JSON without duplicate keys, NaN, NUL or half characters; anything else is 422."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        try:
            text = request.body.decode()
            found = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse)
            if "\\u" in text and b"\\u0000" in json.dumps(found, ensure_ascii=False).encode():
                raise ValueError("a NUL character")
        except (ValueError, RecursionError) as wrong:
            raise Problem(
                "invalid", errors=[{"loc": ["body"], "msg": f"not usable JSON: {wrong}"}]
            ) from wrong
        return found  # type: ignore[no-any-return]


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key comes twice")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _amount(value: object) -> int:
    fen = money.fen(value)  # type: ignore[arg-type]
    if fen == 0:
        raise ValueError("an amount is more than 0")
    return fen


def _time(value: object) -> datetime:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise ValueError("a time is RFC 3339 with an offset, such as 2026-11-21T10:30:00+08:00")
    at = datetime.fromisoformat(value.upper())
    if at > timezone.now() + AHEAD or at.date() < OLDEST:
        raise ValueError("the time lies in the future or before 2000")
    # RFC 3339 knows offsets up to 23:59, PostgreSQL only up to 15:59.
    return at.astimezone(UTC)


def _day(value: object) -> date:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError("a date is YYYY-MM-DD")
    return date.fromisoformat(value)


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("no control characters")
    return value


_MONEY_SCHEMA = {"type": "string", "pattern": r"^(0|[1-9][0-9]{0,7})(\.[0-9]{1,2})?$", "examples": ["128.40"]}
Fen = Annotated[int, BeforeValidator(_amount), WithJsonSchema(_MONEY_SCHEMA)]
Moment = Annotated[
    datetime,
    BeforeValidator(_time),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-11-21T10:30:00+08:00"]}),
]
Day = Annotated[
    date,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-11-01"]}),
]
Serial = Annotated[str, StringConstraints(strict=True, pattern=r"^[\x21-\x7e]{1,64}$")]
Words = Annotated[
    str, StringConstraints(strict=True, min_length=1, max_length=200), AfterValidator(_printable)
]


class Strict(Schema):
    model_config = ConfigDict(extra="forbid")


class Beneficiary(Strict):
    """参保人: the person at the counter, exactly as on the document shown."""

    id_type: IdType = Field(description="证件类型,01 为居民身份证", examples=["01"])
    id_number: Annotated[
        str, StringConstraints(strict=True, min_length=1, max_length=40), AfterValidator(_printable)
    ]
    name: Annotated[
        str, StringConstraints(strict=True, min_length=1, max_length=50), AfterValidator(_printable)
    ]


class SettlementIn(Strict):
    """一笔结算。amount 是统筹基金支付之后个人负担的部分。"""

    provider_serial: Serial = Field(description="机构流水号,永远不能重复", examples=["YD20261121-0001"])
    beneficiary: Beneficiary
    amount: Fen
    category: policy.Category = Field(description="费用类别", examples=["outpatient"])
    occurred_at: Moment
    away: StrictBool = Field(False, description="是否异地就医")


class ReversalIn(Strict):
    """退费。amount 为 null 时退还全部余下的金额。"""

    provider_serial: Serial
    amount: Fen | None = None
    reason: Words = Field(examples=["退药"])


class SearchIn(Strict):
    """本机构为某位参保人做的结算和退费,新的在前。"""

    beneficiary: Beneficiary
    from_: Day = Field(alias="from")
    to: Day
    cursor: Annotated[str, StringConstraints(strict=True, max_length=100)] | None = None


class Part(Schema):
    source: str = Field(examples=["mutual_aid"])
    amount: str = Field(examples=["28.40"])
    authorizer: str | None = Field(examples=["李*明"])
    order: int


class BalanceAfter(Schema):
    own: str | None


class SettlementOut(Schema):
    """own + mutual_aid + cash = amount"""

    id: str | None
    provider_serial: str
    amount: str
    own: str
    mutual_aid: str
    cash: str
    parts: list[Part]
    balance_after: BalanceAfter
    settled_at: str | None


class SettlementWithReversals(SettlementOut):
    reversed: str = Field(description="已退回的金额")


class ReversalOut(Schema):
    id: str
    settlement: str
    provider_serial: str
    amount: str
    own: str
    mutual_aid: str
    cash: str
    parts: list[Part]
    balance_after: BalanceAfter
    reversed_at: str


class Found(Schema):
    id: str
    kind: str = Field(description="settlement 或 reversal")
    provider_serial: str
    settlement: str | None = Field(description="退费所对的原结算")
    amount: str
    own: str
    mutual_aid: str
    cash: str
    category: str
    occurred_at: str
    posted_at: str


class SearchOut(Schema):
    items: list[Found]
    next_cursor: str | None


class DayTotals(Schema):
    count: int
    amount: str
    own: str
    mutual_aid: str
    cash: str


class DayOut(Schema):
    """一个营业日(北京时间,按入账时间)的合计。"""

    date: str
    settlements: DayTotals
    reversals: DayTotals
    payable: str = Field(description="应付机构的净额")


class ProblemOut(Schema):
    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[dict[str, Any]] | None = None
    first_id: str | None = None
