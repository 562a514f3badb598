"""Who is behind a login, how surely, and the ways to be known better."""

from accounts.services.identity.levels import has_level, next_ways, verified_at_window
from accounts.services.identity.registry import (
    PRIVACY,
    PRIVACY_VERSION,
    Failure,
    Outcome,
    login_for,
    refuse_after_failures,
    verify_identity,
)

__all__ = [
    "PRIVACY",
    "PRIVACY_VERSION",
    "Failure",
    "Outcome",
    "has_level",
    "login_for",
    "next_ways",
    "refuse_after_failures",
    "verified_at_window",
    "verify_identity",
]
