"""Errors as RFC 9457 problem details: a stable code for programs, Chinese for people."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ledger.services import LedgerRefused

DETAILS: Mapping[str, tuple[int, str | Promise]] = {
    "bad_signature": (401, _("签名不对。请核对密钥、被签名的内容和 Content-Digest。")),
    "stale_signature": (401, _("签名时间与服务器相差超过 300 秒。请校准时钟后重新签名。")),
    "nonce_reused": (401, _("这个 nonce 已经用过。请换一个 nonce 重新签名。")),
    "provider_suspended": (403, _("贵机构的结算已停用。请联系参保地经办机构。")),
    "forbidden": (403, _("这把密钥不能用于这个接口。结算用机构密钥,审计用审计密钥。")),
    "not_found": (404, _("没有找到。请核对地址和 id。")),
    "beneficiary_not_found": (
        404,
        _("没有找到这位参保人。请核对证件类型、证件号码和姓名;用付款码的,请参保人换一个新码。"),
    ),
    "idempotency_key_required": (
        400,
        _("缺少 Idempotency-Key。请给每个请求一个自己的编号,1 到 255 个可见字符。"),
    ),
    "method_not_allowed": (405, _("这个地址不支持这种请求方法。")),
    "too_large": (413, _("请求太大。请分成几次发送。")),
    "unsupported_media_type": (415, _("请用 application/json 发送;对账还可以用 text/csv。")),
    "too_many_requests": (
        429,
        _("短时间内查无此人的次数太多,暂时不能按姓名和证件号码查人。请按 Retry-After 等候,或改用付款码。"),
    ),
    "invalid": (422, _("有的内容不符合要求,请按 errors 逐项修改。")),
    "busy": (503, _("现在忙,这一笔没有处理。请稍后用同一个 Idempotency-Key 再发一次。")),
    "internal": (500, _("服务器出错了,这一笔可能没有处理。请用同一个 Idempotency-Key 再发一次。")),
}
SOON = 2
"""Seconds after which what is busy or in progress may be tried again."""
FINAL = {"beneficiary_not_found", "invalid"}
"""Codes of this table that are kept under the idempotency key: sending the same again cannot help."""


class Problem(Exception):
    """A request that is answered with an error; raised anywhere in the API."""

    def __init__(
        self, code: str, *, errors: Sequence[Mapping[str, Any]] = (), retry_after: int | None = None
    ) -> None:
        super().__init__(code)
        self.code = code
        self.errors = errors
        self.retry_after = SOON if code == "busy" else retry_after

    @property
    def status(self) -> int:
        return DETAILS[self.code][0]

    def body(self) -> str:
        """Return the JSON text."""
        more = {"errors": list(self.errors)} if self.errors else {}
        return problem_text(self.status, self.code, str(DETAILS[self.code][1]), **more)


def tell(problem: Problem) -> HttpResponse:
    """Return the response of a problem."""
    return answer(problem.status, problem.body(), retry_after=problem.retry_after)


def tell_refusal(refused: LedgerRefused) -> HttpResponse:
    """Return the response of a refusal that is not kept under the key: the request may be tried again."""
    waits = refused.code == "request_in_progress"
    return answer(refused.status, refusal_text(refused), retry_after=SOON if waits else None)


def refusal_text(refused: LedgerRefused) -> str:
    """Return the problem that tells a provider why the ledger did nothing."""
    more = {"first_id": str(refused.first_id)} if refused.first_id else {}
    return problem_text(refused.status, refused.code, f"{refused.message}{refused.next_step}", **more)


def problem_text(status: int, code: str, detail: str, **more: Any) -> str:
    """Return a problem document as text; `more` are its extension members."""
    document = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    return json.dumps(document | {"code": code, "detail": detail} | more, ensure_ascii=False)


def answer(status: int, body: str, *, replayed: bool = False, retry_after: int | None = None) -> HttpResponse:
    """Return a JSON response; problems carry their own media type, nothing may be cached."""
    kind = "application/problem+json" if status >= 400 else "application/json"
    response = HttpResponse(body, status=status, content_type=kind)
    response["Cache-Control"] = "no-store"
    if replayed:
        response["Idempotency-Replayed"] = "true"
    if status == 401:
        response["WWW-Authenticate"] = "Signature"
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response
