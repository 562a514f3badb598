"""Who sends this, and have we answered it before: before any operation runs."""

import time
from typing import NamedTuple
from uuid import UUID

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.http.request import UnreadablePostError
from ninja.security.base import AuthBase

from gongji.crypto import blind_index
from gongji.prepared import Prepared
from ledger import services
from ledger.api import signatures
from ledger.api.problems import Problem
from ledger.models import Provider, ProviderKey

MAX_BODY = 16 * 1024
"""Bytes of an ordinary request."""
MAX_FILE = 2 * 1024 * 1024
"""Bytes of a file for reconciliation."""
JSON, CSV = "application/json", "text/csv"


class Caller(NamedTuple):
    """A provider that signed its request, and the key under which the reply is kept (None for GET)."""

    provider: Provider
    key: services.RequestKey | None


class Auditor(NamedTuple):
    """Who holds the auditor's key that signed a request."""

    holder: str


class _Signature(AuthBase):
    openapi_type = "apiKey"
    openapi_in = "header"
    openapi_name = "Signature"
    openapi_description = (
        "RFC 9421 HTTP Message Signatures, hmac-sha256, 密钥是 secret 的 UTF-8 字节。"
        "签名覆盖 @method、@target-uri、content-digest(有请求体时,RFC 9530 sha-256)、idempotency-key(POST);"
        "参数 keyid、created(相差 300 秒以内)、nonce(只用一次)。"
        "请求头:Signature-Input、Signature、Content-Digest。"
    )

    def __init__(self, *, max_body: int = MAX_BODY, media_types: tuple[str, ...] = (JSON,)) -> None:
        super().__init__()
        self.max_body, self.media_types = max_body, media_types

    def _signed_by(self, request: HttpRequest) -> tuple[ProviderKey, signatures.Message]:
        message = _message(request, self.max_body, self.media_types)
        return _verified(message), message


class ProviderSignature(_Signature):
    """The security scheme of the API: HTTP Message Signatures (RFC 9421) with hmac-sha256."""

    def __call__(self, request: HttpRequest) -> Caller:
        """Return the caller. Raises Problem: 400, 401, 403, 413, 415."""
        key, message = self._signed_by(request)
        if key.provider is None:
            raise Problem("forbidden")
        if key.provider.suspended_at is not None:
            raise Problem("provider_suspended")
        return Caller(key.provider, _reply_key(message) if request.method == "POST" else None)


class AuditorSignature(_Signature):
    """The same signature, by a key that belongs to no provider."""

    def __call__(self, request: HttpRequest) -> Auditor:
        """Return the auditor. Raises Problem: 401, 403, 413."""
        key, _message = self._signed_by(request)
        if key.provider is not None:
            raise Problem("forbidden")
        return Auditor(key.holder)


def _message(request: HttpRequest, max_body: int, media_types: tuple[str, ...]) -> signatures.Message:
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        if int(headers.get("content-length") or 0) > max_body:
            raise Problem("too_large")
        body = request.body
    except (ValueError, UnreadablePostError) as unreadable:
        raise Problem("invalid", errors=[{"loc": ["body"], "msg": "unreadable"}]) from unreadable
    except RequestDataTooBig as too_big:
        raise Problem("too_large") from too_big
    if request.method == "POST" and request.content_type not in media_types:
        raise Problem("unsupported_media_type")
    uri = f"{request.scheme}://{request.get_host()}{request.get_full_path()}"
    return signatures.Message(request.method or "", uri, headers, body)


def _verified(message: signatures.Message) -> ProviderKey:
    try:
        signature = signatures.parse(message.headers)
        key = _key(signature.key_id)
        signatures.verify(signature, message, secret=key.secret.encode(), now=int(time.time()))
    except signatures.SignatureFault as fault:
        raise Problem(fault.code, errors=[{"loc": ["signature"], "msg": str(fault)}]) from fault
    if "\x00" in signature.nonce or not services.use_nonce(
        key_id=key.pk, nonce=signature.nonce, signature=signature.mac
    ):
        raise Problem("nonce_reused")
    return key


def _key(key_id: str) -> ProviderKey:
    # Read anew with every request: a revoked key, a suspension, a closed look-up count at once.
    try:
        key = _keys.first(pk=UUID(key_id))
    except ValueError:
        key = None
    if key is None:
        raise signatures.SignatureFault("bad_signature", "the signature does not match")
    return key


_keys = Prepared(lambda pk: ProviderKey.objects.alive().select_related("provider").filter(pk=pk))


def _reply_key(message: signatures.Message) -> services.RequestKey:
    name = message.headers.get("idempotency-key", "")
    if not 1 <= len(name) <= 255 or not all("\x21" <= letter <= "\x7e" for letter in name):
        raise Problem("idempotency_key_required")
    # Keyed: a plain digest of a search would let whoever holds the table try all ID numbers.
    about = f"{message.method} {message.target_uri}\n{message.body.decode('latin-1')}"
    return services.RequestKey(name, blind_index("request", about))
