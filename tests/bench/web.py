"""The web server as in production, and a client that keeps it busy at little cost of its own."""

import os
import re
import selectors
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gongji.local.embedded import free_port
from gongji.local.service import Service

CONNECTIONS = 8
HOST = "127.0.0.1"
ROOT = Path(__file__).resolve().parents[2]
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Site:
    """A running web server."""

    port: int

    @property
    def host(self) -> str:
        """The Host header."""
        return f"{HOST}:{self.port}"

    def get(self, path: str, *headers: str) -> bytes:
        """Return a GET request as it is sent."""
        lines = [f"GET {path} HTTP/1.1", f"Host: {self.host}", "Accept-Language: zh-CN,zh;q=0.9", *headers]
        return "\r\n".join([*lines, "", ""]).encode()


@contextmanager
def site(settings: str = "gongji.settings", **variables: str) -> Iterator[Site]:
    """Serve with the configuration of production: gunicorn, 2 workers of 4 threads unless WEB_… say else."""
    port = free_port()
    environment = os.environ | {"PORT": str(port), "DJANGO_SETTINGS_MODULE": settings} | variables
    argv = [sys.executable, "-m", "gunicorn", "-c", "python:gongji.webserver"]
    log = Path(os.environ["GONGJI_VAR"]) / f"web-{port}.log"
    service = Service("web", argv, log, lambda: _listens(port), environment, cwd=ROOT)
    service.start()
    try:
        service.wait_ready(60)
        yield Site(port)
    finally:
        service.stop()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


# ------------------------------------------------------------- the client
class _Caller:
    """One kept connection with at most one request under way."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.socket = socket.create_connection((HOST, port))
        self.request, self.began, self.answer, self.whole = b"", 0.0, b"", -1

    def fileno(self) -> int:
        return self.socket.fileno()

    def send(self, request: bytes) -> None:
        self.request, self.began, self.answer, self.whole = request, time.perf_counter(), b"", -1
        self.socket.sendall(request)

    def finished(self) -> bool:
        """Take what has come; True when the answer is whole."""
        more = self.socket.recv(262_144)
        if not more:
            raise ConnectionResetError
        self.answer += more
        if self.whole < 0 and (end := self.answer.find(b"\r\n\r\n")) > 0:
            found = _LENGTH.search(self.answer, 0, end)
            if found is None:
                raise RuntimeError(f"an answer without a length: {self.answer[:300]!r}")
            self.whole = end + 4 + int(found[1])
        return 0 < self.whole <= len(self.answer)


def answers(port: int, requests: Sequence[bytes]) -> list[bytes]:
    """Send requests one after the other; return the answers as they came."""
    caller, found = _Caller(port), []
    for request in requests:
        caller.send(request)
        while not caller.finished():
            pass
        found.append(caller.answer)
    caller.socket.close()
    return found


@dataclass(frozen=True)
class Load:
    """How a number of requests went."""

    rate: float
    seconds: Sequence[float]
    """How long each took, in order of its end."""

    def p95(self) -> float:
        """95 % of the requests took no longer than so many seconds."""
        return sorted(self.seconds)[len(self.seconds) * 95 // 100]


def load(port: int, requests: Sequence[bytes], status: int, connections: int = CONNECTIONS) -> Load:
    """Send every request, `connections` at a time; RuntimeError when an answer has another status."""
    waiting, spent = iter(requests), []
    expected = b"HTTP/1.1 %d" % status
    selector = selectors.DefaultSelector()
    began = time.perf_counter()
    for _ in range(min(connections, len(requests))):
        caller = _Caller(port)
        selector.register(caller, selectors.EVENT_READ, caller)
        caller.send(next(waiting))
    while selector.get_map():
        for ready, _ in selector.select():
            caller = ready.data
            if not caller.finished():
                continue
            if not caller.answer.startswith(expected):
                raise RuntimeError(caller.answer.decode(errors="replace")[:2000])
            spent.append(time.perf_counter() - caller.began)
            if (request := next(waiting, None)) is None:
                selector.unregister(caller)
                caller.socket.close()
            elif b"\r\nConnection: close" in caller.answer[:1000]:
                # A worker that has served its number of requests ends its connections.
                selector.unregister(caller)
                caller.socket.close()
                caller = _Caller(port)
                selector.register(caller, selectors.EVENT_READ, caller)
                caller.send(request)
            else:
                caller.send(request)
    selector.close()
    return Load(len(spent) / (time.perf_counter() - began), spent)
