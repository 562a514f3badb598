"""The API as such: how replies are kept and sent, and what becomes of an error anywhere in it."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from ledger import services
from ledger.api import scalars, schemas
from ledger.api.authentication import Caller, ProviderSignature
from ledger.api.problems import FINAL, Problem, answer, refusal_text, tell, tell_refusal
from ledger.services import lookups

logger = logging.getLogger(__name__)

MAX_ERRORS = 2000
"""Errors told of one request; a file of garbage must not be answered with a hundred times its size."""
_TAGS = {schemas.BY_DOCUMENT, schemas.BY_CODE}


class ProviderAPI(NinjaAPI):
    """The API with the one schema that no operation returns by itself: the problem."""

    def get_openapi_schema(self, **options: Any) -> dict[str, Any]:  # type: ignore[override]
        """Return the OpenAPI document."""
        document = super().get_openapi_schema(**options)
        document["components"]["schemas"]["Problem"] = schemas.ProblemOut.model_json_schema()
        return document


api = ProviderAPI(
    title="职工医保个人账户家庭共济 · 医药机构接口",
    version="1",
    description="金额是以元为单位的十进制字符串,最多两位小数;时间是带时区的 RFC 3339。"
    "出错时返回 RFC 9457 problem+json:程序看 code,人看 detail。"
    "POST 请求带 Idempotency-Key:同一个编号再发一次,得到同一个答复,不会重复扣款。",
    auth=ProviderSignature(),
    parser=scalars.StrictParser(),
    urls_namespace="ledger-api",
    docs_url=None,
)


def caller_of(request: HttpRequest) -> Caller:
    """Return the provider that signed a request."""
    caller: Caller = request.auth  # type: ignore[attr-defined]
    return caller


# ------------------------------------------------------------- replies
def send(reply: services.Reply) -> HttpResponse:
    """Send a reply of the ledger."""
    return answer(reply.status, reply.body, replayed=reply.replayed)


def keep(caller: Caller, status: int, body: str) -> HttpResponse:
    """Send a reply that posted nothing; keep it under the caller's key, or send the one kept before."""
    if caller.key is None:
        return answer(status, body)
    try:
        return send(services.remember(provider=caller.provider, key=caller.key, status=status, body=body))
    except services.LedgerRefused as refused:
        return tell_refusal(refused)


def too_many(until: datetime) -> Problem:
    """Return the problem of a provider whose look-ups are closed for a while."""
    seconds = int((until - timezone.now()).total_seconds()) + 1
    return Problem("too_many_requests", retry_after=max(seconds, 1))


# ------------------------------------------------------------- errors
@api.exception_handler(services.LedgerRefused)
def _on_refusal(request: HttpRequest, refused: services.LedgerRefused) -> HttpResponse:
    if refused.code in {"request_in_progress", "idempotency_key_reused"}:
        return tell_refusal(refused)
    return keep(caller_of(request), refused.status, refusal_text(refused))


@api.exception_handler(Problem)
def _on_problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    caller = getattr(request, "auth", None)
    if not isinstance(caller, Caller):
        return tell(problem)
    if problem.code in {"beneficiary_not_found", "too_many_requests"}:
        return _nobody(caller, problem)
    return keep(caller, problem.status, problem.body()) if problem.code in FINAL else tell(problem)


def _nobody(caller: Caller, problem: Problem) -> HttpResponse:
    """Answer that somebody was not found, within the budget; what was answered before does not count."""
    if caller.key is None or not lookups.is_answered(provider=caller.provider, key=caller.key.key):
        if problem.code == "too_many_requests":
            return tell(problem)
        if free := services.note_miss(provider=caller.provider):
            return tell(too_many(free))
    return keep(caller, problem.status, problem.body())


@api.exception_handler(ValidationError)
def _on_invalid(request: HttpRequest, wrong: ValidationError) -> HttpResponse:
    # The input itself is not echoed: it holds names and numbers.
    errors = [{"loc": _place(error["loc"]), "msg": error["msg"]} for error in wrong.errors[:MAX_ERRORS]]
    return _on_problem(request, Problem("invalid", errors=errors))


def _place(loc: Sequence[Any]) -> list[Any]:
    """Return where in the body something is wrong, without the names that only our code knows."""
    source, _parameter, *rest = loc
    return [source, *(step for step in rest if step not in _TAGS)]


@api.exception_handler(HttpError)
def _on_unreadable(request: HttpRequest, wrong: HttpError) -> HttpResponse:
    # What our parser raises arrives wrapped.
    cause = wrong.__cause__
    return _on_problem(request, cause if isinstance(cause, Problem) else Problem("invalid"))


@api.exception_handler(OperationalError)
def _on_busy(request: HttpRequest, error: OperationalError) -> HttpResponse:
    logger.warning("provider API: %s", type(error.__cause__ or error).__name__)
    return tell(Problem("busy"))


@api.exception_handler(Exception)
def _on_error(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.error("provider API", exc_info=error)
    return tell(Problem("internal"))
