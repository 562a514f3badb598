"""The shapes of the API: what providers send (no unknown field) and what they are told."""

from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import ConfigDict, Discriminator, Field, StrictBool, StringConstraints, Tag

from accounts.models import IdType
from gongji import policy
from ledger.api.scalars import Day, Fen, Moment, Name, Number, Serial, Words

MAX_ROWS = 50_000
"""Rows of a reconciliation; 2 MiB of CSV hold about as many."""
BY_DOCUMENT, BY_CODE = "by_document", "by_pay_code"


class Strict(Schema):
    model_config = ConfigDict(extra="forbid")


# ------------------------------------------------------------- who
class Document(Strict):
    """按证件找参保人:与出示的证件完全一致。"""

    id_type: IdType = Field(description="证件类型,01 为居民身份证", examples=["01"])
    id_number: Number = Field(description="证件号码", examples=["990100198001010012"])
    name: Name = Field(description="证件上的姓名", examples=["李小明"])


class ByCode(Strict):
    """按付款码找参保人:参保人在「付款码」页面出示的 18 位一次性数字,60 秒内有效。"""

    pay_code: Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9]{18}$")] = Field(
        description="扫到的 18 位数字", examples=["760123456789012345"]
    )


def _which(given: object) -> str:
    return BY_CODE if isinstance(given, dict | ByCode) and "pay_code" in dict(given) else BY_DOCUMENT


Beneficiary = Annotated[
    Annotated[Document, Tag(BY_DOCUMENT)] | Annotated[ByCode, Tag(BY_CODE)], Discriminator(_which)
]


# ------------------------------------------------------------- settlements
class SettlementIn(Strict):
    """一笔结算。amount 是统筹基金支付之后个人负担的部分。"""

    provider_serial: Serial = Field(description="机构流水号,永远不能重复", examples=["YD20261121-0001"])
    beneficiary: Beneficiary = Field(description="参保人:证件,或者付款码")
    amount: Fen = Field(description="个人负担的金额,元")
    category: policy.Category = Field(description="费用类别", examples=["outpatient"])
    occurred_at: Moment = Field(description="费用发生的时间")
    away: StrictBool = Field(False, description="是否异地就医")


class Part(Schema):
    """一个来源付的一份。"""

    source: Literal["own", "mutual_aid", "wallet", "pool"] = Field(
        description="own 本人账户,mutual_aid 家人共济,wallet 医保钱包,pool 家庭共济账户",
        examples=["mutual_aid"],
    )
    amount: str = Field(description="元", examples=["28.40"])
    authorizer: str | None = Field(description="出钱的家人,隐去一部分;本人账户为 null", examples=["李*明"])
    order: int = Field(description="扣款次序,从 1 起", examples=[1])


class BalanceAfter(Schema):
    """结算之后的余额。"""

    own: str | None = Field(description="本人账户余额,元;没有账户为 null", examples=["12.00"])


class SettlementOut(Schema):
    """分摊结果:own + mutual_aid + cash = amount。"""

    id: str | None = Field(
        description="结算 id;试算为 null", examples=["0199a5c8-1c5e-7d7e-b0c4-1f6f5a1b2c3d"]
    )
    provider_serial: str = Field(description="机构流水号", examples=["YD20261121-0001"])
    amount: str = Field(description="个人负担的金额", examples=["128.40"])
    own: str = Field(description="本人账户支付", examples=["100.00"])
    mutual_aid: str = Field(description="家人支付", examples=["28.40"])
    cash: str = Field(description="还要付的现金", examples=["0.00"])
    parts: list[Part] = Field(description="各来源,按扣款次序")
    balance_after: BalanceAfter
    settled_at: str | None = Field(
        description="入账时间;试算为 null", examples=["2026-11-21T10:30:02.123456+08:00"]
    )


class SettlementWithReversals(SettlementOut):
    reversed: str = Field(description="已退回的金额", examples=["0.00"])


# ------------------------------------------------------------- reversals
class ReversalIn(Strict):
    """退费。amount 为 null 时退还全部余下的金额。"""

    provider_serial: Serial = Field(description="退费流水号,永远不能重复", examples=["YD20261121-0001T"])
    amount: Fen | None = Field(None, description="退多少;null 为全部余下的", examples=["28.40"])
    reason: Words = Field(description="退费原因", examples=["退药"])


class ReversalOut(Schema):
    """退费结果:各来源按与扣款相反的次序退回。"""

    id: str = Field(description="退费 id")
    settlement: str = Field(description="原结算 id")
    provider_serial: str = Field(description="退费的机构流水号", examples=["YD20261121-0001T"])
    amount: str = Field(description="退回的金额", examples=["28.40"])
    own: str = Field(description="退到本人账户", examples=["0.00"])
    mutual_aid: str = Field(description="退给家人", examples=["28.40"])
    cash: str = Field(description="应退现金", examples=["0.00"])
    parts: list[Part] = Field(description="各来源,按退回次序")
    balance_after: BalanceAfter
    reversed_at: str = Field(description="入账时间", examples=["2026-11-21T16:05:00.000001+08:00"])


# ------------------------------------------------------------- search
class SearchIn(Strict):
    """本机构为某位参保人做的结算和退费,新的在前。只能按证件查。"""

    beneficiary: Document
    from_: Day = Field(alias="from", description="从哪一天(北京时间,含)", examples=["2026-11-01"])
    to: Day = Field(description="到哪一天(含)", examples=["2026-11-30"])
    cursor: Annotated[str, StringConstraints(strict=True, max_length=100)] | None = Field(
        None, description="上一页的 next_cursor;第一页为 null", examples=[None]
    )


class Found(Schema):
    """一笔结算或退费。"""

    id: str
    kind: Literal["settlement", "reversal"] = Field(description="settlement 结算,reversal 退费")
    provider_serial: str = Field(description="机构流水号", examples=["YD20261121-0001"])
    settlement: str | None = Field(description="退费所对的原结算")
    amount: str = Field(examples=["128.40"])
    own: str = Field(examples=["100.00"])
    mutual_aid: str = Field(examples=["28.40"])
    cash: str = Field(examples=["0.00"])
    category: str = Field(examples=["outpatient"])
    occurred_at: str = Field(description="费用发生的时间")
    posted_at: str = Field(description="入账时间")


class SearchOut(Schema):
    items: list[Found]
    next_cursor: str | None = Field(description="还有下一页时,用它接着查")


# ------------------------------------------------------------- a business day
class DayTotals(Schema):
    """一天里一类交易的合计。"""

    count: int = Field(examples=[1000])
    amount: str = Field(examples=["36500.00"])
    own: str = Field(examples=["20000.00"])
    mutual_aid: str = Field(examples=["15000.00"])
    cash: str = Field(examples=["1500.00"])


class DayOut(Schema):
    """一个营业日(北京时间,按入账时间)的合计。"""

    date: str = Field(examples=["2026-11-21"])
    settlements: DayTotals
    reversals: DayTotals
    payable: str = Field(description="应付机构的净额", examples=["34100.00"])


class RowIn(Strict):
    """机构账上的一笔。"""

    provider_serial: Serial = Field(description="机构流水号", examples=["YD20261121-0001"])
    kind: Literal["settlement", "reversal"] = Field(description="settlement 结算,reversal 退费")
    amount: Fen = Field(description="结算或退费的金额,元")


class RowsIn(Strict):
    """机构一天的全部结算和退费,没有就是空列表。"""

    rows: list[RowIn] = Field(max_length=MAX_ROWS)


class Side(Schema):
    """同一个流水号在一方账上的样子。"""

    kind: Literal["settlement", "reversal"]
    amount: str = Field(examples=["128.40"])


class MissingHere(Side):
    """机构有、这里当天没有的一笔。"""

    provider_serial: str
    posted_on: str | None = Field(description="这里记在了哪一天;null 为从来没有", examples=["2026-11-20"])


class MissingThere(Side):
    """这里有、机构没有报的一笔。"""

    provider_serial: str
    id: str


class Different(Schema):
    """两边都有,类型或金额不同。"""

    provider_serial: str
    id: str
    here: Side
    there: Side


class ComparedOut(Schema):
    """对账结果。"""

    matched: int = Field(description="两边一致的笔数", examples=[1040])
    missing_here: list[MissingHere]
    missing_there: list[MissingThere]
    different: list[Different]


# ------------------------------------------------------------- audit
class Outbox(Schema):
    """后台任务。"""

    backlog: int = Field(description="到时间还没有做的", examples=[0])
    oldest_seconds: float = Field(description="其中最早的已经等了几秒", examples=[0.0])


class SummaryOut(Schema):
    """账本全貌,不含任何个人信息。"""

    at: str = Field(description="取数的时刻", examples=["2026-11-21T10:30:02.123456+08:00"])
    transactions: int = Field(description="交易笔数", examples=[120000])
    entries: int = Field(description="分录条数", examples=[310000])
    sum_of_entries: str = Field(description="全部分录之和,必须为 0.00", examples=["0.00"])
    differing_accounts: int = Field(description="存的余额与分录之和不一致的账户数,必须为 0", examples=[0])
    chain_heads: str = Field(
        description="各账户链头按账户编号连起来的 SHA-256(账户、序号、链头);前后两次可以比对",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )
    outbox: Outbox


class ProblemOut(Schema):
    """RFC 9457 错误说明。程序看 code,人看 detail。"""

    type: str = Field(examples=["about:blank"])
    title: str
    status: int
    code: str = Field(description="固定的错误代码")
    detail: str = Field(description="中文说明和下一步")
    errors: list[dict[str, Any]] | None = Field(None, description="逐项的 loc 和 msg")
    first_id: str | None = Field(None, description="同一流水号的第一笔")
