"""The one refusal that every floor shares. Permission, form and absence have Django's own exceptions."""

from django.utils.functional import Promise


class Refused(Exception):
    """Not now: the request is well formed and allowed, but the state of things says no.

    `code` is stable and for programs, `message` and `next_step` are (lazy) Chinese for people:
    what happened instead, then what to do. Pages answer 409; the provider API maps `code`.
    """

    status = 409

    def __init__(self, code: str, message: str | Promise, next_step: str | Promise = "") -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.next_step = next_step
