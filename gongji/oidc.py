"""The identity services of OIDC_PROVIDERS: read and checked when the portal starts. Pure."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

CLAIMS = {"name": "name", "number": "id_number", "type": "id_type", "phone": "phone_number"}
"""What we need of a citizen, and how a service calls it when its entry does not say otherwise."""
_CODE = re.compile(r"[a-z][a-z0-9-]{1,19}", re.ASCII)
_NEEDED = ("code", "name", "issuer", "client_id", "client_secret")
_KNOWN = {*_NEEDED, "scope", "claims", "id_types"}


@dataclass(frozen=True)
class Provider:
    """One identity service: 国家政务服务平台, a province's, the e-credential."""

    code: str
    name: str
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = "openid profile phone"
    claims: Mapping[str, str] = field(default_factory=lambda: CLAIMS, hash=False)
    id_types: Mapping[str, str] = field(default_factory=dict, hash=False)
    """The service's codes of documents → ours (accounts.IdType); any other is taken as it is."""


def read(text: str, *, plain_http: bool) -> tuple[tuple[Provider, ...], list[str]]:
    """Return the services of a JSON list, and in words what is wrong with it. `plain_http` lets http be."""
    try:
        entries = json.loads(text)
    except ValueError:
        entries = None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        return (), ["OIDC_PROVIDERS is not a JSON list of objects"]
    problems = [problem for entry in entries for problem in _problems(entry, plain_http)]
    codes = [entry.get("code") for entry in entries]
    if len(set(map(str, codes))) < len(codes):
        problems.append("OIDC_PROVIDERS: two entries have the same code")
    if problems:
        return (), problems
    return tuple(Provider(**{**entry, "claims": CLAIMS | entry.get("claims", {})}) for entry in entries), []


def _problems(entry: Mapping[str, Any], plain_http: bool) -> Iterator[str]:
    name = f"OIDC_PROVIDERS {entry.get('code', '?')}"
    for key in _NEEDED:
        if not isinstance(entry.get(key), str) or not entry[key]:
            yield f"{name}: {key} is missing"
    for key in sorted(entry.keys() - _KNOWN):
        yield f"{name}: unknown key {key}"
    if not _CODE.fullmatch(str(entry.get("code", ""))):
        yield f"{name}: code is 2-20 small letters, digits or hyphens"
    issuer = urlsplit(str(entry.get("issuer", "")))
    if issuer.scheme not in ({"https", "http"} if plain_http else {"https"}) or not issuer.netloc:
        yield f"{name}: issuer is an https address"
    for key in ("claims", "id_types"):
        if not isinstance(entry.get(key, {}), dict):
            yield f"{name}: {key} is an object"
    if isinstance(claims := entry.get("claims", {}), dict) and (unknown := claims.keys() - CLAIMS.keys()):
        yield f"{name}: claims knows {', '.join(CLAIMS)}, not {', '.join(sorted(unknown))}"
