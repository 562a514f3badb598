"""The operations of the provider API. Each gets what a signed caller may get and calls one service."""

import json
import logging
from datetime import date
from typing import Any
from uuid import UUID

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from accounts.models import Person
from accounts.services import find_person
from gongji.money import yuan
from ledger import services
from ledger.api import schemas
from ledger.api.authentication import Caller, ProviderSignature
from ledger.api.problems import FINAL, Problem, answer, refusal_text
from ledger.models import Provider, Transaction
from ledger.services import lookups

logger = logging.getLogger(__name__)

Refusals = {frozenset({400, 401, 403, 404, 409, 413, 415, 422, 503}): schemas.ProblemOut}

api = NinjaAPI(
    title="职工医保个人账户家庭共济 · 医药机构接口",
    version="1",
    description="金额是以元为单位的十进制字符串;时间是带时区的 RFC 3339;出错时返回 problem+json。",
    auth=ProviderSignature(),
    parser=schemas.StrictParser(),
    urls_namespace="ledger-api",
)


# ------------------------------------------------------------- operations
@api.post("/quotes", response={200: schemas.SettlementOut, **Refusals}, summary="试算,不入账")
def quote(request: HttpRequest, wish: schemas.SettlementIn) -> HttpResponse:
    """现在结算会怎样分摊;不写任何账。"""
    caller = _caller(request)
    return _keep(caller, services.quote(settlement=_settlement(caller.provider, wish)))


@api.post("/settlements", response={201: schemas.SettlementOut, **Refusals}, summary="结算")
def settle(request: HttpRequest, wish: schemas.SettlementIn) -> HttpResponse:
    """先用参保人自己的个人账户,再用家人的,余下是现金。从不因为余额不足而拒绝。"""
    caller = _caller(request)
    reply = services.settle(settlement=_settlement(caller.provider, wish), key=caller.key)
    return _send(reply)


@api.post("/settlements/search", response={200: schemas.SearchOut, **Refusals}, summary="查某位参保人的记录")
def search(request: HttpRequest, wish: schemas.SearchIn) -> HttpResponse:
    """只查得到本机构自己的结算和退费,新的在前。"""
    caller = _caller(request)
    try:
        rows, following = lookups.search(
            provider=caller.provider,
            beneficiary=_person(wish.beneficiary),
            since=wish.from_,
            until=wish.to,
            cursor=wish.cursor,
        )
    except ValueError as wrong:
        raise Problem(
            "invalid", errors=[{"loc": ["body", "cursor"], "msg": "not a cursor of ours"}]
        ) from wrong
    body = {"items": [_found(row) for row in rows], "next_cursor": following}
    return _keep(caller, services.Reply(200, json.dumps(body, ensure_ascii=False), False, None))


@api.get(
    "/settlements/{settlement}",
    response={200: schemas.SettlementWithReversals, **Refusals},
    summary="查一笔结算",
)
def settlement(request: HttpRequest, settlement: str) -> HttpResponse:
    """结算时的答复,加上已退回的金额。"""
    found = lookups.find_settlement(provider=_caller(request).provider, settlement=_id(settlement))
    if found is None:
        raise Problem("not_found")
    return answer(200, json.dumps(lookups.settlement_reply(found), ensure_ascii=False))


@api.post(
    "/settlements/{settlement}/reversals", response={201: schemas.ReversalOut, **Refusals}, summary="退费"
)
def reverse(request: HttpRequest, settlement: str, wish: schemas.ReversalIn) -> HttpResponse:
    """全部或部分退回;最后用到的来源先退,现金最先。"""
    caller = _caller(request)
    reply = services.reverse(
        provider=caller.provider,
        original=_id(settlement),
        serial=wish.provider_serial,
        amount=wish.amount,
        reason=wish.reason,
        occurred_at=timezone.now(),
        key=caller.key,
    )
    return _send(reply)


@api.get("/reconciliations/{day}", response={200: schemas.DayOut, **Refusals}, summary="一个营业日的合计")
def business_day(request: HttpRequest, day: str) -> HttpResponse:
    """按北京时间的入账日期合计。"""
    try:
        wanted = date.fromisoformat(day)
    except ValueError:
        raise Problem("not_found") from None
    totals = lookups.day_totals(provider=_caller(request).provider, day=wanted)
    settled, reversed_ = totals[Transaction.Kind.SETTLEMENT], totals[Transaction.Kind.REVERSAL]
    payable = settled.own + settled.shared - reversed_.own - reversed_.shared
    body = {
        "date": wanted.isoformat(),
        "settlements": _totals(settled),
        "reversals": _totals(reversed_),
        "payable": yuan(payable),
    }
    return answer(200, json.dumps(body))


# ------------------------------------------------------------- errors
@api.exception_handler(services.LedgerRefused)
def _on_refusal(request: HttpRequest, refused: services.LedgerRefused) -> HttpResponse:
    text = refusal_text(refused)
    if refused.code in {"request_in_progress", "idempotency_key_reused"}:
        return answer(refused.status, text)
    return _keep(_caller(request), services.Reply(refused.status, text, False, None))


@api.exception_handler(Problem)
def _on_problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    caller = getattr(request, "auth", None)
    if caller is not None and problem.code in FINAL:
        return _keep(caller, services.Reply(problem.status, problem.body(), False, None))
    return answer(problem.status, problem.body())


@api.exception_handler(ValidationError)
def _on_invalid(request: HttpRequest, wrong: ValidationError) -> HttpResponse:
    # The input itself is not echoed: it holds names and numbers.
    errors = [{"loc": list(error["loc"]), "msg": error["msg"]} for error in wrong.errors]
    return _on_problem(request, Problem("invalid", errors=errors))


@api.exception_handler(HttpError)
def _on_unreadable(request: HttpRequest, wrong: HttpError) -> HttpResponse:
    # What our parser raises arrives wrapped.
    cause = wrong.__cause__
    return _on_problem(request, cause if isinstance(cause, Problem) else Problem("invalid"))


@api.exception_handler(OperationalError)
def _on_busy(request: HttpRequest, error: OperationalError) -> HttpResponse:
    logger.warning("provider API: %s", type(error.__cause__ or error).__name__)
    problem = Problem("busy")
    return answer(problem.status, problem.body())


@api.exception_handler(Exception)
def _on_error(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.error("provider API", exc_info=error)
    problem = Problem("internal")
    return answer(problem.status, problem.body())


# ------------------------------------------------------------- parts
def _caller(request: HttpRequest) -> Caller:
    caller: Caller = request.auth  # type: ignore[attr-defined]
    return caller


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Problem("not_found") from None


def _person(given: schemas.Beneficiary) -> Person:
    person = find_person(id_type=given.id_type, id_number=given.id_number, name=given.name)
    if person is None:
        raise Problem("beneficiary_not_found")
    return person


def _settlement(provider: Provider, wish: schemas.SettlementIn) -> services.Settlement:
    return services.Settlement(
        provider=provider,
        beneficiary=_person(wish.beneficiary),
        serial=wish.provider_serial,
        amount=wish.amount,
        category=wish.category,
        occurred_at=wish.occurred_at,
        away=wish.away,
    )


def _send(reply: services.Reply) -> HttpResponse:
    return answer(reply.status, reply.body, replayed=reply.replayed)


def _keep(caller: Caller, reply: services.Reply) -> HttpResponse:
    """Send a reply that posted nothing; keep it under the caller's key, or send the one kept before."""
    if caller.key is not None:
        try:
            reply = services.remember(
                provider=caller.provider, key=caller.key, status=reply.status, body=reply.body
            )
        except services.LedgerRefused as refused:
            return answer(refused.status, refusal_text(refused))
    return _send(reply)


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
