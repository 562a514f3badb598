"""Which request or job the present line of work belongs to: read by log lines and the audit trail."""

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The request's id, or `job-<id>` inside background work."""
source_ip: ContextVar[str] = ContextVar("source_ip", default="")
session_key: ContextVar[str] = ContextVar("session_key", default="")
"""The browser session; never stored or logged as it is, the audit trail keeps a keyed hash."""
