"""A hospital's software, as a client library that is not ours would sign for it."""

import json
import secrets
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse
from django.test import Client
from http_message_signatures import HTTPMessageSigner, HTTPSignatureKeyResolver
from http_message_signatures.algorithms import HMAC_SHA256

from accounts.models import Person
from ledger.models import Provider

HOST = "127.0.0.1"


@dataclass
class Message:
    """What the signing library wants to see of a request."""

    method: str
    url: str
    headers: dict[str, str]


@dataclass
class Signer(HTTPSignatureKeyResolver):
    """Signs and sends with one key. Every argument of `send` can be made wrong."""

    client: Client = field(default_factory=lambda: Client(SERVER_NAME=HOST), kw_only=True)
    key_id: str = field(default="", kw_only=True)
    secret: str = field(default="", kw_only=True)

    def resolve_private_key(self, key_id: str) -> bytes:
        return self.secret.encode()

    def sign(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        key: str | None = "",
        covered: tuple[str, ...] | None = None,
        headers: dict[str, str] | None = None,
        **parameters: Any,
    ) -> Message:
        """Return the signed message; `key` "" = a new Idempotency-Key, None = none."""
        message = Message(
            method, f"http://{HOST}{path}", {"Content-Type": "application/json"} | (headers or {})
        )
        wanted = ["@method", "@target-uri"]
        if body:
            wanted.append("content-digest")
        if method == "POST" and key is not None:
            message.headers["Idempotency-Key"] = key or secrets.token_hex(8)
            wanted.append("idempotency-key")
        signer = HTTPMessageSigner(signature_algorithm=HMAC_SHA256, key_resolver=self)
        given = {"created": datetime.now(UTC), "nonce": secrets.token_hex(8), "label": "sig1"} | parameters
        signer.sign(
            message,
            key_id=self.key_id,
            covered_component_ids=covered or wanted,
            body=body if "content-digest" in (covered or wanted) else None,
            **given,
        )
        return message

    def deliver(self, message: Message, body: bytes = b"") -> HttpResponse:
        """Send a message as it stands."""
        path = message.url.removeprefix(f"http://{HOST}")
        headers = {name: value for name, value in message.headers.items() if name != "Content-Type"}
        kind = message.headers["Content-Type"]
        if message.method == "GET":
            return self.client.get(path, headers=headers)
        return self.client.generic(message.method, path, body, content_type=kind, headers=headers)

    def send(self, method: str, path: str, body: Any = None, **options: Any) -> HttpResponse:
        """Sign and send; `body` may be bytes or something for JSON."""
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.deliver(self.sign(method, f"/api/v1/{path}", raw, **options), raw)


@dataclass
class Hospital(Signer):
    """A provider's software."""

    provider: Provider

    def __post_init__(self) -> None:
        key = self.provider.keys.filter(expires_at=None).get()
        self.key_id, self.secret = self.key_id or str(key.pk), self.secret or key.secret


class Auditor(Signer):
    """Whoever holds a key that belongs to no provider."""


def wish(person: Person, **values: Any) -> dict[str, Any]:
    """The body of a settlement of 36.50 元."""
    return {
        "provider_serial": uuid.uuid4().hex,
        "beneficiary": {"id_type": "01", "id_number": person.id_number, "name": person.name},
        "amount": "36.50",
        "category": "outpatient",
        "occurred_at": "2026-11-01T10:30:00+08:00",
        "away": False,
    } | values


def problem(response: HttpResponse) -> tuple[int, str]:
    """Check that this is problem+json in Chinese; return its status and code."""
    assert response["Content-Type"] == "application/problem+json"
    told = response.json()
    assert told["status"] == response.status_code
    assert any("\u4e00" <= letter <= "\u9fff" for letter in told["detail"])
    return response.status_code, told["code"]
