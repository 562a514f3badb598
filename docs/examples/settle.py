"""A pharmacy settles against the shared account: requests signed by a library for RFC 9421.

pip install http-message-signatures
python docs/examples/settle.py          against `make run`; the key and the person are in var/demo.json
"""

import json
import secrets
import sys
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

from http_message_signatures import HTTPMessageSigner, HTTPSignatureKeyResolver
from http_message_signatures.algorithms import HMAC_SHA256


class Till(HTTPSignatureKeyResolver):
    """Signs every request with the provider's key."""

    def __init__(self, base_url: str, key_id: str, secret: str) -> None:
        self.base_url, self.key_id, self.secret = base_url, key_id, secret

    def resolve_private_key(self, key_id: str) -> bytes:
        return self.secret.encode()

    def post(self, call: str, wish: dict) -> dict:
        """Send one call. The same Idempotency-Key again gets the stored answer; nothing is done twice."""
        body, url = json.dumps(wish).encode(), f"{self.base_url}/api/v1/{call}"
        headers = {"Content-Type": "application/json", "Idempotency-Key": secrets.token_hex(16)}
        message = SimpleNamespace(method="POST", url=url, headers=headers)
        HTTPMessageSigner(signature_algorithm=HMAC_SHA256, key_resolver=self).sign(
            message,
            key_id=self.key_id,
            created=datetime.now(UTC),
            nonce=secrets.token_hex(16),
            covered_component_ids=("@method", "@target-uri", "content-digest", "idempotency-key"),
            body=body,
        )
        with urllib.request.urlopen(
            urllib.request.Request(url, body, message.headers, method="POST")
        ) as answer:
            return json.load(answer)

    def settle(self, serial: str, name: str, id_number: str, amount: str) -> dict:
        """Settle `amount` 元, the part a person bears after the pooled fund; the answer is the split."""
        wish = {
            "provider_serial": serial,
            "beneficiary": {"id_type": "01", "id_number": id_number, "name": name},
            "amount": amount,
            "category": "outpatient",
            "occurred_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "away": False,
        }
        return self.post("settlements", wish)


if __name__ == "__main__":
    demo = json.loads(Path(sys.argv[1] if len(sys.argv) > 1 else "var/demo.json").read_text())
    provider = demo["providers"][0]
    person = next(citizen for citizen in demo["citizens"] if citizen["role"] == "elder")
    till = Till(demo["base_url"], provider["key_id"], provider["secret"])
    split = till.settle(f"EX{secrets.token_hex(6)}", person["name"], person["id_number"], "12.80")
    print(json.dumps(split, ensure_ascii=False, indent=2))
