"""A real OpenID Connect server in a thread, over real HTTP; the PKCE check its package lacks is added."""

import base64
import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import oidc_provider_mock
import requests
from werkzeug.serving import make_server

Application = Callable[[dict[str, Any], Any], Any]


class Pkce:
    """Refuses a token to who does not know the verifier of the challenge that began the login."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.challenges: set[str] = set()
        self.verified = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if environ["PATH_INFO"].endswith("/authorize"):
            asked = parse_qs(environ["QUERY_STRING"])
            if asked.get("code_challenge_method") == ["S256"]:
                self.challenges |= set(asked["code_challenge"])
        if environ["PATH_INFO"].endswith("/token") and not self._knows(environ):
            start_response("400 BAD REQUEST", [("Content-Type", "application/json")])
            return [b'{"error": "invalid_grant"}']
        return self.application(environ, start_response)

    def _knows(self, environ: dict[str, Any]) -> bool:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        verifier = parse_qs(body.decode()).get("code_verifier", [""])[0]
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        known = challenge in self.challenges
        self.verified += known
        return known


class IdentityService:
    """The running server: whom it knows, and how somebody logs in there."""

    def __init__(self, port: int, pkce: Pkce) -> None:
        self.issuer, self.pkce = f"http://localhost:{port}", pkce

    def knows(self, subject: str, **claims: str) -> None:
        """Let the service say this of somebody."""
        requests.put(f"{self.issuer}/users/{subject}", json=claims, timeout=5).raise_for_status()

    def log_in(self, asked: str, subject: str = "li", **tampered: str) -> str:
        """Log in at the address the portal sent the browser to; return the path it is sent back to."""
        address = changed(asked, **tampered)
        answer = requests.post(address, data={"sub": subject}, allow_redirects=False, timeout=5)
        assert answer.status_code == 302, answer.text
        return path_of(answer.headers["Location"])


def path_of(address: str) -> str:
    """Return path and query of an address."""
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"


def changed(address: str, **values: str) -> str:
    """Return an address with other values in its query."""
    parts = urlsplit(address)
    query = {name: found[0] for name, found in parse_qs(parts.query).items()} | values
    return urlunsplit(parts._replace(query=urlencode(query)))


@contextmanager
def identity_service(**options: Any) -> Iterator[IdentityService]:
    """Run a service until the block ends."""
    pkce = Pkce(oidc_provider_mock.app(**options))
    server = make_server("localhost", 0, pkce, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield IdentityService(server.server_port, pkce)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


EXPIRED = timedelta(hours=-1)
