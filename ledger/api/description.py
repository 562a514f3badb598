"""What the OpenAPI document says of every operation beyond its shapes: errors, headers, a file as CSV."""

from collections import defaultdict
from typing import Any

from ledger.api.problems import DETAILS, SOON
from ledger.services.refusals import WORDS

_SIGNED = ("bad_signature", "stale_signature", "nonce_reused", "forbidden", "internal", "busy")
_KEYED = (
    "idempotency_key_required", "idempotency_key_reused", "request_in_progress", "too_large",
    "unsupported_media_type", "invalid",
)  # fmt: skip
_PERSON = ("beneficiary_not_found", "too_many_requests")
_MORE: dict[str, dict[str, Any]] = {
    "invalid": {"errors": [{"loc": ["body", "amount"], "msg": "an amount is a decimal string of yuan"}]},
    "duplicate_provider_serial": {"first_id": "0199a5c8-1c5e-7d7e-b0c4-1f6f5a1b2c3d"},
}
_WAITS = {"too_many_requests", "request_in_progress", "busy"}
_KEY_HEADER = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "description": "这个请求自己的编号。同一个编号再发一次,得到同一个答复;换了内容就是 422。",
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
    "example": "YD20261121-0001",
}
_HEADERS = {
    "Idempotency-Replayed": {
        "description": "true 表示这是存下来的答复",
        "schema": {"type": "string", "enum": ["true"]},
    }
}


def posts(ok: int, *codes: str, finds_a_person: bool = False) -> dict[str, Any]:
    """Return what the document adds to a POST that a provider signs; `codes` are its own errors."""
    all_codes = (*_SIGNED, "provider_suspended", *_KEYED, *(_PERSON if finds_a_person else ()), *codes)
    return {
        "parameters": [_KEY_HEADER],
        "responses": {ok: {"description": "成功", "headers": _HEADERS}, **_problems(all_codes)},
    }


def gets(*codes: str, by_provider: bool = True) -> dict[str, Any]:
    """Return what the document adds to a GET."""
    all_codes = (*_SIGNED, *(("provider_suspended",) if by_provider else ()), *codes)
    return {"responses": {200: {"description": "成功"}, **_problems(all_codes)}}


_CSV = {
    "type": "string",
    "description": "UTF-8,首行是列名,每行一笔",
    "pattern": r"^provider_serial,kind,amount\n"
    r"([!#-+\--~]{1,64},(settlement|reversal),([1-9][0-9]{0,7}(\.[0-9]{1,2})?|0\.([1-9][0-9]?|0[1-9]))\n)*$",
}


def as_csv(example: str) -> dict[str, Any]:
    """Return the part of a request body that may also be sent as a reconciliation file."""
    return {"requestBody": {"content": {"text/csv": {"schema": _CSV, "example": example}}}}


def _problems(codes: tuple[str, ...]) -> dict[int, Any]:
    by_status: dict[int, list[str]] = defaultdict(list)
    for code in codes:
        by_status[_status(code)].append(code)
    return {status: _response(found) for status, found in sorted(by_status.items())}


def _status(code: str) -> int:
    return DETAILS[code][0] if code in DETAILS else WORDS[code].status


def _response(codes: list[str]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "description": " · ".join(f"`{code}` {detail(code)}" for code in codes),
        "content": {
            "application/problem+json": {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {code: {"summary": code, "value": _example(code)} for code in codes},
            }
        },
    }
    if waits := _WAITS & set(codes):
        told["headers"] = {
            "Retry-After": {
                "description": f"{'、'.join(sorted(waits))} 时,过几秒再发",
                "schema": {"type": "integer", "minimum": 1},
                "example": SOON,
            }
        }
    return told


def detail(code: str) -> str:
    """Return the Chinese sentence of a problem or a refusal."""
    return str(DETAILS[code][1]) if code in DETAILS else f"{WORDS[code].message}{WORDS[code].next_step}"


def _example(code: str) -> dict[str, Any]:
    head = {"type": "about:blank", "title": "", "status": _status(code), "code": code, "detail": detail(code)}
    return head | _MORE.get(code, {})
