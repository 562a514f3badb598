"""The way to other identity services: OpenID Connect by code with PKCE, state and nonce (Authlib)."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.django_client import OAuth
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from joserfc.errors import JoseError

from accounts.services.identity.oidc import Known
from gongji.breaker import Breaker, Resting
from gongji.oidc import Provider

TIMEOUT = 5.0
"""Seconds for each question to a service."""
LEEWAY = 60
"""Seconds two clocks may differ."""
_SIGNATURES = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"})


class Away(Exception):
    """The service does not answer, or not as such a service does."""


class NotProved(Exception):
    """The answer proves nothing: another state, nonce or signature, an expired token, a refusal."""


def provider(code: str) -> Provider | None:
    """Return the configured service with this code."""
    return next((each for each in settings.OIDC_PROVIDERS if each.code == code), None)


@cache
def _client(service: Provider) -> Any:
    """Return Authlib's client of a service; it remembers what the service says of itself."""
    return OAuth().register(
        service.code,
        overwrite=True,
        server_metadata_url=f"{service.issuer.rstrip('/')}/.well-known/openid-configuration",
        client_id=service.client_id,
        client_secret=service.client_secret,
        client_kwargs={
            "scope": service.scope,
            "code_challenge_method": "S256",
            "default_timeout": TIMEOUT,
        },
    )


@cache
def _breaker(service: Provider) -> Breaker:
    return Breaker()


@contextmanager
def _asking(service: Provider) -> Iterator[Any]:
    """Yield the client; whatever goes wrong below becomes Away or NotProved."""
    try:
        with _breaker(service).watching(requests.RequestException):
            client = _client(service)
            _require_itself(client, service)
            yield client
    except (requests.RequestException, Resting) as error:
        raise Away(type(error).__name__) from error
    except (AuthlibBaseError, JoseError) as error:
        raise NotProved(type(error).__name__) from error


def _require_itself(client: Any, service: Provider) -> None:
    """Believe a service's description only when it names the issuer we know, and real signatures."""
    try:
        said = client.load_server_metadata()
    except ValueError as error:
        raise Away("no description") from error
    if said.get("issuer") != service.issuer:
        client.server_metadata.clear()
        raise Away("another issuer")
    offered = said.get("id_token_signing_alg_values_supported", ["RS256"])
    client.server_metadata["id_token_signing_alg_values_supported"] = sorted(_SIGNATURES & set(offered))


def leave(request: HttpRequest, service: Provider, back: str) -> HttpResponse:
    """Send the browser to a service. Raises Away."""
    with _asking(service) as client:
        answer: HttpResponse = client.authorize_redirect(request, back)
        return answer


def come_back(request: HttpRequest, service: Provider) -> Known:
    """Return what the service says of who comes back from it. Raises Away, NotProved."""
    with _asking(service) as client:
        token = client.authorize_access_token(
            request, claims_options={"iss": {"essential": True, "value": service.issuer}}, leeway=LEEWAY
        )
        claims = token.get("userinfo")
        if claims is None:
            raise NotProved("no id_token")
        if not claims.get(service.claims["number"]) and client.server_metadata.get("userinfo_endpoint"):
            claims = _more_claims(client, token, claims)
    return _known(service, claims)


def _more_claims(client: Any, token: Any, claims: Any) -> Any:
    """Ask for what the signed token left out; the answer must be about the same subject."""
    more = client.userinfo(token=token)
    if more.get("sub") != claims["sub"]:
        raise NotProved("another subject")
    return {**more, **claims}


def _known(service: Provider, claims: Any) -> Known:
    said = {ours: claims.get(theirs) for ours, theirs in service.claims.items()}
    text = {ours: value if isinstance(value, str) else "" for ours, value in said.items()}
    id_type = service.id_types.get(text["type"], text["type"]) or "01"
    return Known(text["name"], id_type, text["number"], text["phone"])
