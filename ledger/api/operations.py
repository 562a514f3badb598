"""The operations of the provider API. Each gets what a signed caller may get and calls one service."""

import datetime
import json
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Path
from pydantic import WithJsonSchema

from accounts.models import Person
from gongji.money import yuan
from ledger import services
from ledger.api import beneficiaries, schemas
from ledger.api.authentication import CSV, JSON, MAX_FILE, AuditorSignature, ProviderSignature
from ledger.api.base import api, caller_of, keep, send
from ledger.api.description import as_csv, gets, posts
from ledger.api.problems import Problem, answer
from ledger.api.scalars import day as read_day
from ledger.models import Provider, Transaction
from ledger.services import lookups, reconciliation

Kind = Transaction.Kind
# An address that cannot be one of ours is absent (404), like any other that is not there.
Id = Annotated[str, WithJsonSchema({"type": "string", "format": "uuid", "description": "结算 id"})]
BusinessDay = Annotated[
    str, WithJsonSchema({"type": "string", "format": "date", "description": "营业日(北京时间)"})
]
FILE = "provider_serial,kind,amount\nYD20261121-0001,settlement,128.40\nYD20261121-0001T,reversal,28.40\n"


# ------------------------------------------------------------- settling
@api.post(
    "/quotes",
    response=schemas.SettlementOut,
    operation_id="quote",
    summary="试算,不入账",
    openapi_extra=posts(200, "category_not_allowed", "outside_area", finds_a_person=True),
)
def quote(request: HttpRequest, wish: schemas.SettlementIn) -> HttpResponse:
    """现在结算会怎样分摊;不写任何账,也不用掉付款码。"""
    caller = caller_of(request)
    person = beneficiaries.find(caller, wish.beneficiary)
    reply = services.quote(settlement=_settlement(caller.provider, wish, person))
    return keep(caller, reply.status, reply.body)


@api.post(
    "/settlements",
    response={201: schemas.SettlementOut},
    operation_id="settle",
    summary="结算",
    openapi_extra=posts(
        201, "duplicate_provider_serial", "category_not_allowed", "outside_area", finds_a_person=True
    ),
)
def settle(request: HttpRequest, wish: schemas.SettlementIn) -> HttpResponse:
    """先用参保人自己的个人账户,再用家人的,余下是现金。从不因为余额不足而拒绝。付款码入账即失效。"""
    caller = caller_of(request)
    ask = partial(_settlement, caller.provider, wish)
    return send(beneficiaries.settle(caller, wish.beneficiary, ask))


@api.post(
    "/settlements/search",
    response=schemas.SearchOut,
    operation_id="search",
    summary="查某位参保人的记录",
    openapi_extra=posts(200, finds_a_person=True),
)
def search(request: HttpRequest, wish: schemas.SearchIn) -> HttpResponse:
    """只查得到本机构自己的结算和退费,新的在前,每页 50 笔。"""
    caller = caller_of(request)
    try:
        rows, following = lookups.search(
            provider=caller.provider,
            beneficiary=beneficiaries.find(caller, wish.beneficiary),
            since=wish.from_,
            until=wish.to,
            cursor=wish.cursor,
        )
    except ValueError as wrong:
        raise Problem(
            "invalid", errors=[{"loc": ["body", "cursor"], "msg": "not a cursor of ours"}]
        ) from wrong
    return keep(caller, 200, _text({"items": [_found(row) for row in rows], "next_cursor": following}))


@api.get(
    "/settlements/{id}",
    response=schemas.SettlementWithReversals,
    operation_id="settlement",
    summary="查一笔结算",
    openapi_extra=gets("not_found"),
)
def settlement(request: HttpRequest, id: Path[Id]) -> HttpResponse:
    """结算时的答复,加上已退回的金额。"""
    found = lookups.find_settlement(provider=caller_of(request).provider, settlement=_id(id))
    if found is None:
        raise Problem("not_found")
    return answer(200, _text(lookups.settlement_reply(found)))


@api.post(
    "/settlements/{id}/reversals",
    response={201: schemas.ReversalOut},
    operation_id="reverse",
    summary="退费",
    openapi_extra=posts(
        201,
        "not_found",
        "duplicate_provider_serial",
        "already_reversed",
        "not_a_settlement",
        "reversal_exceeds_original",
    ),
)
def reverse(request: HttpRequest, id: Path[Id], wish: schemas.ReversalIn) -> HttpResponse:
    """全部或部分退回;最后用到的来源先退,现金最先。"""
    caller = caller_of(request)
    reply = services.reverse(
        provider=caller.provider,
        original=_id(id),
        serial=wish.provider_serial,
        amount=wish.amount,
        reason=wish.reason,
        occurred_at=timezone.now(),
        key=caller.key,
    )
    return send(reply)


# ------------------------------------------------------------- reconciling
@api.get(
    "/reconciliations/{date}",
    response=schemas.DayOut,
    operation_id="business_day",
    summary="一个营业日的合计",
    openapi_extra=gets("not_found"),
)
def business_day(request: HttpRequest, date: Path[BusinessDay]) -> HttpResponse:
    """按北京时间的入账日期合计。"""
    wanted = _day(date)
    totals = lookups.day_totals(provider=caller_of(request).provider, day=wanted)
    settled, reversed_ = totals[Kind.SETTLEMENT], totals[Kind.REVERSAL]
    payable = settled.own + settled.shared - reversed_.own - reversed_.shared
    body = {
        "date": wanted.isoformat(),
        "settlements": _totals(settled),
        "reversals": _totals(reversed_),
        "payable": yuan(payable),
    }
    return answer(200, _text(body))


@api.post(
    "/reconciliations/{date}",
    response=schemas.ComparedOut,
    operation_id="reconcile",
    summary="逐笔对账",
    auth=ProviderSignature(max_body=MAX_FILE, media_types=(JSON, CSV)),
    openapi_extra=posts(200, "not_found") | as_csv(FILE),
)
def reconcile(request: HttpRequest, date: Path[BusinessDay], file: schemas.RowsIn) -> HttpResponse:
    """机构把一天的全部结算和退费发来(JSON 或 CSV,至多 2 MiB),得到逐笔比对的结果。"""
    caller = caller_of(request)
    rows = [reconciliation.Row(row.provider_serial, row.kind, row.amount) for row in file.rows]
    found = reconciliation.reconcile(provider=caller.provider, day=_day(date), rows=rows)
    return keep(caller, 200, _text(_compared(found)))


# ------------------------------------------------------------- auditing
@api.get(
    "/audit/summary",
    response=schemas.SummaryOut,
    operation_id="audit_summary",
    summary="账本全貌(审计密钥)",
    auth=AuditorSignature(),
    openapi_extra=gets(by_provider=False),
)
def audit_summary(request: HttpRequest) -> HttpResponse:
    """笔数、分录之和、对不上的账户、链头摘要、后台积压。不含个人信息。"""
    found = services.summary()
    body = {
        "at": lookups.local_time(found.at),
        "transactions": found.transactions,
        "entries": found.entries,
        "sum_of_entries": yuan(found.sum_of_entries),
        "differing_accounts": found.differing_accounts,
        "chain_heads": found.chain_heads,
        "outbox": {"backlog": found.outbox_backlog, "oldest_seconds": round(found.outbox_age, 3)},
    }
    return answer(200, _text(body))


# ------------------------------------------------------------- parts
def _text(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Problem("not_found") from None


def _day(text: str) -> datetime.date:
    try:
        return read_day(text)
    except ValueError:
        raise Problem("not_found") from None


def _settlement(provider: Provider, wish: schemas.SettlementIn, person: Person) -> services.Settlement:
    return services.Settlement(
        provider=provider,
        beneficiary=person,
        serial=wish.provider_serial,
        amount=wish.amount,
        category=wish.category,
        occurred_at=wish.occurred_at,
        away=wish.away,
    )


def _side(row: reconciliation.Row) -> dict[str, Any]:
    return {"kind": row.kind, "amount": yuan(row.amount)}


def _compared(found: reconciliation.Compared) -> dict[str, Any]:
    return {
        "matched": found.matched,
        "missing_here": [
            {"provider_serial": row.serial, **_side(row), "posted_on": on.isoformat() if on else None}
            for row, on in found.missing_here
        ],
        "missing_there": [
            {"provider_serial": ours.row.serial, **_side(ours.row), "id": str(ours.id)}
            for ours in found.missing_there
        ],
        "different": [
            {
                "provider_serial": row.serial,
                "id": str(ours.id),
                "here": _side(ours.row),
                "there": _side(row),
            }
            for ours, row in found.different
        ],
    }


def _totals(total: lookups.DayTotal) -> dict[str, Any]:
    return {
        "count": total.count,
        "amount": yuan(total.total),
        "own": yuan(total.own),
        "mutual_aid": yuan(total.shared),
        "cash": yuan(total.cash),
    }


def _found(row: Transaction) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "kind": row.kind,
        "provider_serial": row.serial,
        "settlement": str(row.reverses_id) if row.reverses_id else None,
        "amount": yuan(row.total),
        "own": yuan(row.own),
        "mutual_aid": yuan(row.shared),
        "cash": yuan(row.cash),
        "category": row.category,
        "occurred_at": lookups.local_time(row.event_at),
        "posted_at": lookups.local_time(row.posted_at),
    }
