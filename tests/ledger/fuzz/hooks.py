"""What schemathesis (`st run`) needs to know of our API: how to sign, who there is, what 422 may mean.

It runs in a process of its own and gets the keys and the person as JSON in FUZZ_KNOWN.
"""

import json
import os
from datetime import UTC, datetime
from random import Random
from typing import Any

import requests
import schemathesis
from http_message_signatures import HTTPMessageSigner, HTTPSignatureKeyResolver
from http_message_signatures.algorithms import HMAC_SHA256
from schemathesis import Case, CheckContext, GenerationMode, HookContext, Response
from schemathesis.core.parameters import ParameterLocation

KNOWN = json.loads(os.environ["FUZZ_KNOWN"])
_luck = Random(1)


class Signed(requests.auth.AuthBase, HTTPSignatureKeyResolver):
    """Signs whatever is about to be sent, with a library that is not ours."""

    def resolve_private_key(self, key_id: str) -> bytes:
        return KNOWN["keys"][key_id].encode()

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        covered = ["@method", "@target-uri"]
        request.headers.pop("Content-Digest", None)
        body = request.body.encode() if isinstance(request.body, str) else request.body
        if body:
            covered.append("content-digest")
        if request.method == "POST" and "Idempotency-Key" in request.headers:
            covered.append("idempotency-key")
        HTTPMessageSigner(signature_algorithm=HMAC_SHA256, key_resolver=self).sign(
            request,
            key_id=KNOWN["auditor" if "/audit/" in str(request.url) else "provider"],
            created=datetime.now(UTC),
            nonce=os.urandom(12).hex(),
            covered_component_ids=covered,
            body=body or None,
        )
        return request


schemathesis.auth.set_from_requests(Signed())


def _is_valid(case: Case) -> bool:
    return case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE


@schemathesis.hook
def before_call(context: HookContext, case: Case, kwargs: dict[str, Any]) -> None:
    """Let valid requests be new, now, about somebody who exists: they shall get past the first look-up."""
    headers_are_the_point = case.meta is not None and case.meta.is_negative_at(ParameterLocation.HEADER)
    if case.headers and "Idempotency-Key" in case.headers and not headers_are_the_point:
        case.headers["Idempotency-Key"] = os.urandom(8).hex()
    if not _is_valid(case):
        return
    if isinstance(case.body, dict):
        if "provider_serial" in case.body and _luck.random() < 0.8:
            case.body["provider_serial"] = os.urandom(8).hex()
        if "beneficiary" in case.body:
            case.body["beneficiary"] = KNOWN["person"]
        if "occurred_at" in case.body:
            case.body["occurred_at"] = datetime.now(UTC).isoformat(timespec="seconds")
        if "cursor" in case.body:
            case.body["cursor"] = None
    if "id" in (case.path_parameters or {}) and _luck.random() < 0.8:
        case.path_parameters["id"] = KNOWN["settlement"]


@schemathesis.check
def valid_data_is_never_called_invalid(ctx: CheckContext, response: Response, case: Case) -> None:
    """422 of a valid request has a reason of its own: the ledger's, not the parser's."""
    if response.status_code == 422 and _is_valid(case):
        assert response.json()["code"] != "invalid", response.text


@schemathesis.check
def problems_speak_chinese(ctx: CheckContext, response: Response, case: Case) -> None:
    """Every error has a stable code and a sentence for people, and echoes nothing."""
    if response.status_code >= 400:
        told = response.json()
        assert any("\u4e00" <= letter <= "\u9fff" for letter in told["detail"]), response.text
        assert told["status"] == response.status_code
        assert KNOWN["person"]["id_number"] not in response.text
