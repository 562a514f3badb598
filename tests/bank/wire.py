"""Requests of a till and of a citizen's browser, over a wire that may lose the reply."""

import base64
import hashlib
import hmac
import http.client
import json
import secrets
import time
from dataclasses import dataclass
from typing import Any

TIMEOUT = 8.0
"""Seconds until a client gives a reply up for lost; the patience of a person at a counter."""


class Lost(Exception):
    """No reply, or half of one: what the server did is unknown."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, byte for byte."""

    status: int
    body: bytes
    replayed: bool = False
    location: str = ""

    @property
    def data(self) -> dict[str, Any]:
        """The JSON object in the body; empty when it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def code(self) -> str:
        return str(self.data.get("code", ""))

    @property
    def final(self) -> bool:
        """Whether asking again could not bring another answer."""
        return self.status < 500 and self.code != "request_in_progress"


def exchange(
    port: int, method: str, path: str, headers: dict[str, str], body: bytes = b"", timeout: float = TIMEOUT
) -> Answer:
    """Send one request on a connection of its own. Raises Lost."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, path, body or None, headers | {"Connection": "close"})
        reply = connection.getresponse()
        replayed = reply.getheader("Idempotency-Replayed") == "true"
        return Answer(reply.status, reply.read(), replayed, reply.getheader("Location") or "")
    except (OSError, http.client.HTTPException) as error:
        raise Lost(type(error).__name__) from error
    finally:
        connection.close()


@dataclass(frozen=True, slots=True)
class Till:
    """A provider's key, and where its requests go."""

    port: int
    provider: int
    key_id: str
    secret: str

    def send(self, method: str, path: str, body: bytes = b"", key: str = "") -> Answer:
        """Sign with a fresh nonce (RFC 9421) and send. Raises Lost."""
        return exchange(self.port, method, path, self._headers(method, path, body, key), body)

    def _headers(self, method: str, path: str, body: bytes, key: str) -> dict[str, str]:
        covered = [("@method", method), ("@target-uri", f"http://127.0.0.1:{self.port}{path}")]
        headers = {}
        if method == "POST":
            digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
            headers = {
                "Content-Type": "application/json",
                "Content-Digest": f"sha-256=:{digest}:",
                "Idempotency-Key": key,
            }
            covered += [("content-digest", headers["Content-Digest"]), ("idempotency-key", key)]
        names = " ".join(f'"{name}"' for name, _ in covered)
        nonce = secrets.token_hex(16)
        line = f'({names});created={int(time.time())};keyid="{self.key_id}";nonce="{nonce}"'
        base = "\n".join([*(f'"{name}": {value}' for name, value in covered), f'"@signature-params": {line}'])
        mac = base64.b64encode(hmac.digest(self.secret.encode(), base.encode(), "sha256")).decode()
        return headers | {"Signature-Input": f"till={line}", "Signature": f"till=:{mac}:"}


CSRF = "b" * 32
BROWSER_TIMEOUT = 20.0
"""Longer than any pause of the run: a button that was given up for lost could else work much later."""


def press(port: int, session: str, path: str) -> Answer:
    """Press a button of a citizen's page: an empty form with its CSRF token. Raises Lost."""
    headers = {
        "Cookie": f"sessionid={session}; csrftoken={CSRF}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    return exchange(port, "POST", path, headers, f"csrfmiddlewaretoken={CSRF}".encode(), BROWSER_TIMEOUT)
