"""Comparing a photograph of oneself with the one on a document. Staff decide; a machine may only advise."""

from functools import cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import IdentityCheck
from gongji.breaker import Breaker

Machine = IdentityCheck.Machine


class Unavailable(Exception):
    """The service did not answer in time, or not with an answer."""


class LivenessService(Protocol):
    """What an adapter implements. `compare` returns within `timeout` seconds."""

    asks: bool
    """Whether there is a machine to ask at all."""
    timeout: float

    def compare(self, *, document: bytes, face: bytes) -> IdentityCheck.Machine:
        """Say whether both JPEG pictures show one living person. Raises Unavailable."""


class StaffCompare:
    """The shipped one: nobody but staff looks."""

    asks = False
    timeout = 0.0

    def compare(self, *, document: bytes, face: bytes) -> IdentityCheck.Machine:
        """No machine was asked."""
        return Machine.NOT_ASKED


@cache
def service() -> LivenessService:
    """Return this process's service, as named by settings.LIVENESS_SERVICE."""
    found: LivenessService = import_string(settings.LIVENESS_SERVICE)()
    return found


@cache
def breaker() -> Breaker:
    """Return what leaves a failing service alone."""
    return Breaker()
