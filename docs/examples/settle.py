"""A client of the provider API in thirty lines. It needs Python and nothing else.

python docs/examples/settle.py          against `make run`; the key and the person are in var/demo.json
"""

import base64
import hashlib
import hmac
import json
import secrets
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path


class Till:
    """Signs every request with the provider's key: RFC 9421, hmac-sha256."""

    def __init__(self, base_url: str, key_id: str, secret: str) -> None:
        self.base_url, self.key_id, self.secret = base_url, key_id, secret.encode()

    def call(self, method: str, path: str, body: dict | None = None, key: str = "") -> tuple[int, dict]:
        """Send one request. No answer came? Send it again under the same key: nothing is done twice."""
        url, data = f"{self.base_url}/api/v1/{path}", None if body is None else json.dumps(body).encode()
        signed = {"@method": method, "@target-uri": url}
        if data is not None:
            digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
            signed |= {
                "content-digest": f"sha-256=:{digest}:",
                "idempotency-key": key or secrets.token_hex(16),
            }
        names = " ".join(f'"{name}"' for name in signed)
        params = f'({names});created={int(time.time())};keyid="{self.key_id}";nonce="{secrets.token_hex(16)}"'
        lines = [f'"{name}": {value}' for name, value in signed.items()] + [f'"@signature-params": {params}']
        mac = base64.b64encode(hmac.digest(self.secret, "\n".join(lines).encode(), "sha256")).decode()
        headers = {name: value for name, value in signed.items() if not name.startswith("@")}
        headers |= {"Signature-Input": f"till={params}", "Signature": f"till=:{mac}:"}
        headers["Content-Type"] = "application/json"
        request = urllib.request.Request(url, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            return refused.code, json.load(refused)

    def settle(self, serial: str, name: str, id_number: str, amount: str) -> dict:
        """Settle `amount` 元, the part a person bears after the pooled fund; the answer is the split."""
        person = {"id_type": "01", "id_number": id_number, "name": name}
        wish = {"provider_serial": serial, "beneficiary": person, "amount": amount, "category": "outpatient"}
        wish["occurred_at"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        return self.call("POST", "settlements", wish, key=serial)[1]


if __name__ == "__main__":
    demo = json.loads(Path(sys.argv[1] if len(sys.argv) > 1 else "var/demo.json").read_text())
    provider = demo["providers"][0]
    person = next(citizen for citizen in demo["citizens"] if citizen["role"] == "elder")
    till = Till(demo["base_url"], provider["key_id"], provider["secret"])
    split = till.settle(f"EX{secrets.token_hex(6)}", person["name"], person["id_number"], "12.80")
    print(json.dumps(split, ensure_ascii=False, indent=2))
