"""A real HTTP server that plays a register, and rows of the tables."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

from accounts.models import BirthRecord, MarriageRecord, Person
from gongji.crypto import blind_index

Reply = Callable[[list[dict[str, str]]], tuple[int, bytes]]


class PlayedRegister:
    """What the server was asked, and what it answers: set `reply`; `hold` keeps it silent until it is set."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.reply: Reply = lambda people: answer({"known": False} for _person in people)
        self.hold: Event | None = None
        self.drip: bytes | None = None
        self.url = ""


def answer(people: Any, status: int = 200) -> tuple[int, bytes]:
    """The answer about several people, as a register sends it."""
    return status, json.dumps({"people": list(people)}).encode()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever asked is gone: that is what some tests want."""


@contextmanager
def played_register() -> Iterator[PlayedRegister]:
    """Run a register on a free port until the test is over."""
    played = PlayedRegister()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            played.requests.append(
                {"path": self.path, "headers": dict(self.headers), "body": json.loads(body)}
            )
            if played.hold is not None:
                played.hold.wait(20)
            status, sent = played.reply(json.loads(body)["people"])
            self.send_response(status)
            if status in (301, 302, 307, 308):
                self.send_header("Location", played.url + "/elsewhere")
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *args: object) -> None:
            pass

    server = _Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=[0.02], daemon=True)
    thread.start()
    played.url = f"http://127.0.0.1:{server.server_port}/kinship"
    try:
        yield played
    finally:
        if played.hold is not None:
            played.hold.set()
        server.shutdown()
        server.server_close()
        thread.join()


# ------------------------------------------------------------- rows
def married(
    one: Person, other: Person, *, since: str | None = "2015-05-20", until: str | None = None
) -> None:
    """A marriage in the table."""
    MarriageRecord.objects.create(
        certificate_index=blind_index("certificate", f"{one.pk}{other.pk}{since}"),
        one_index=bytes(one.id_index),
        other_index=bytes(other.id_index),
        since=since,
        until=until,
        digest=bytes(32),
    )


def born(child: Person, *, mother: Person | None = None, father: Person | None = None) -> None:
    """A birth in the table."""
    BirthRecord.objects.create(
        certificate_index=blind_index("certificate", str(child.pk)),
        child_index=bytes(child.id_index),
        mother_index=bytes(mother.id_index) if mother else None,
        father_index=bytes(father.id_index) if father else None,
        digest=bytes(32),
    )
