"""How much may be sent, and when: pure rules, no query, no clock, no settings."""

from dataclasses import dataclass
from datetime import datetime

from binding.states import UNDECIDED, State

MAX_DOCUMENTS = 6
"""Documents of one application (security.md §5)."""
MAX_UNSUBMITTED_BYTES = 40 * 1024 * 1024
"""What one login may keep with us before it submits anything: the storage is no free disk."""


@dataclass(frozen=True, slots=True)
class Current:
    """The document of one kind that an application has now."""

    sent_at: datetime
    wanted_again: bool
    """A reviewer asked for it again, or it could not be opened."""


def may_send(
    state: State, current: Current | None, *, returned_at: datetime | None, rechecked: bool = False
) -> bool:
    """Say whether a document may be added or replaced; `rechecked`: a later check asks for this very kind.

    A draft is open. A returned application takes what is missing and what was asked for, and lets people
    change their mind about what they sent since. While others wait, only an unreadable one is replaced.
    """
    if state == State.DRAFT or rechecked:
        return True
    if state == State.RETURNED:
        since_return = current is not None and returned_at is not None and current.sent_at >= returned_at
        return current is None or current.wanted_again or since_return
    return state in UNDECIDED and current is not None and current.wanted_again
