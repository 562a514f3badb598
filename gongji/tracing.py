"""Which request or job the present line of work belongs to: read by log lines and the audit trail."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The request's id, or `job-<id>` inside background work."""
source_ip: ContextVar[str] = ContextVar("source_ip", default="")
session_key: ContextVar[str] = ContextVar("session_key", default="")
"""The browser session; never stored or logged as it is, the audit trail keeps a keyed hash."""


@contextmanager
def scope(*, name: str, ip: str = "", session: str = "") -> Iterator[None]:
    """Say for the length of a block what is being worked on, for whom."""
    tokens = request_id.set(name), source_ip.set(ip), session_key.set(session)
    try:
        yield
    finally:
        for variable, token in zip((request_id, source_ip, session_key), tokens, strict=True):
            variable.reset(token)
