"""HTTP Message Signatures (RFC 9421) with hmac-sha256 and Content-Digest (RFC 9530): the verifying side.

Only what the contract asks for is understood; everything else is refused, never skipped: component
parameters, unknown derived components, other algorithms.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass

MAX_SKEW = 300
"""Seconds that `created` may lie off, either way."""
MAX_NONCE = 255

_KEY = r"[a-z*][a-z0-9_.*-]*"
_STRING = r'"(?:[^"\\\x00-\x1f\x7f-\uffff]|\\["\\])*"'
_PARAMETER = rf";[ ]*({_KEY})=({_STRING}|-?[0-9]{{1,15}})"
_MEMBER = re.compile(rf"({_KEY})=(\((?:[ ]*{_STRING})*[ ]*\)(?:{_PARAMETER})*)")
_BYTES = re.compile(rf"({_KEY})=:([A-Za-z0-9+/]+={{0,2}}):")
_NEXT = re.compile(r"[ \t]*,[ \t]*")


class SignatureFault(Exception):
    """The request is not signed as it should be; `code` is bad_signature or stale_signature."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


@dataclass(frozen=True, slots=True)
class Message:
    """What a signature can cover: the request as it was sent, header names in lower case."""

    method: str
    target_uri: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Signature:
    """One label of Signature-Input with its Signature, parsed and not yet verified."""

    covered: tuple[str, ...]
    line: str
    """The parameters as sent: the last line of what is signed."""
    mac: bytes
    key_id: str
    nonce: str
    created: int
    expires: int | None
    algorithm: str | None


def parse(headers: Mapping[str, str]) -> Signature:
    """Return the request's signature, the first label when there are several. Raises SignatureFault."""
    inputs = _dictionary(_MEMBER, headers.get("signature-input", ""))
    macs = _dictionary(_BYTES, headers.get("signature", ""))
    label = next((label for label in inputs if label in macs), None)
    if label is None:
        raise SignatureFault("bad_signature", "Signature-Input or Signature is missing or malformed")
    line = inputs[label]
    inner, _, tail = line.partition(")")
    parameters = {name: _plain(value) for name, value in re.findall(_PARAMETER, tail)}
    return Signature(
        covered=tuple(_unquoted(item) for item in re.findall(_STRING, inner)),
        line=line,
        mac=_decoded(macs[label]),
        key_id=_text(parameters, "keyid"),
        nonce=_text(parameters, "nonce"),
        created=_number(parameters, "created"),
        expires=_number(parameters, "expires") if "expires" in parameters else None,
        algorithm=_text(parameters, "alg") if "alg" in parameters else None,
    )


def verify(signature: Signature, message: Message, *, secret: bytes, now: int) -> None:
    """Return when `secret` signed all of the message that must be signed, lately. Raises SignatureFault."""
    if signature.algorithm not in {None, "hmac-sha256"}:
        raise SignatureFault("bad_signature", "alg must be hmac-sha256")
    if missing := _required(message) - set(signature.covered):
        raise SignatureFault("bad_signature", f"not covered: {' '.join(sorted(missing))}")
    if len(set(signature.covered)) != len(signature.covered):
        raise SignatureFault("bad_signature", "a component is covered twice")
    mac = hmac.digest(secret, signature_base(signature, message), "sha256")
    if not hmac.compare_digest(mac, signature.mac):
        raise SignatureFault("bad_signature", "the signature does not match")
    _check_digest(message)
    if abs(now - signature.created) > MAX_SKEW or (signature.expires is not None and signature.expires < now):
        raise SignatureFault("stale_signature", "created is more than 300 seconds off")


def signature_base(signature: Signature, message: Message) -> bytes:
    """Return the bytes that are signed (RFC 9421 §2.5). Raises SignatureFault for a component we lack."""
    lines = [f'"{name}": {_component(name, message)}' for name in signature.covered]
    return "\n".join([*lines, f'"@signature-params": {signature.line}']).encode()


def _required(message: Message) -> set[str]:
    required = {"@method", "@target-uri"}
    if message.body:
        required.add("content-digest")
    if message.method == "POST" and "idempotency-key" in message.headers:
        required.add("idempotency-key")
    return required


def _component(name: str, message: Message) -> str:
    if name == "@method":
        return message.method
    if name == "@target-uri":
        return message.target_uri
    scheme, _, rest = message.target_uri.partition("://")
    authority, slash, path_and_query = rest.partition("/")
    path, _, query = (slash + path_and_query).partition("?")
    derived = {"@scheme": scheme, "@authority": authority, "@path": path, "@query": f"?{query}"}
    value = derived.get(name, message.headers.get(name) if not name.startswith("@") else None)
    if value is None:
        raise SignatureFault("bad_signature", f"cannot tell the value of {name}")
    return value.strip()


def _check_digest(message: Message) -> None:
    if not message.body and "content-digest" not in message.headers:
        return
    digests = _dictionary(_BYTES, message.headers.get("content-digest", ""))
    sent = _decoded(digests.get("sha-256", ""))
    if not hmac.compare_digest(sent, hashlib.sha256(message.body).digest()):
        raise SignatureFault("bad_signature", "Content-Digest does not match the body")


# ------------------------------------------------------------- Structured Fields (RFC 8941), as far as needed
def _dictionary(member: re.Pattern[str], text: str) -> dict[str, str]:
    """Return the members of a dictionary header; nothing at all when any of it is malformed."""
    found: dict[str, str] = {}
    position = 0
    text = text.strip()
    while match := member.match(text, position):
        found[match[1]] = match[2]
        if match.end() == len(text):
            return found
        separator = _NEXT.match(text, match.end())
        if separator is None or len(found) > 4:
            break
        position = separator.end()
    return {}


def _plain(value: str) -> str | int:
    return _unquoted(value) if value.startswith('"') else int(value)


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1])


def _text(parameters: Mapping[str, str | int], name: str) -> str:
    value = parameters.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_NONCE:
        raise SignatureFault("bad_signature", f"the parameter {name} is missing")
    return value


def _number(parameters: Mapping[str, str | int], name: str) -> int:
    value = parameters.get(name)
    if not isinstance(value, int):
        raise SignatureFault("bad_signature", f"the parameter {name} is missing")
    return value


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
