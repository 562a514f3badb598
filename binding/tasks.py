"""Background work: an id in, one service call. The services look whether there is still something to do."""

from datetime import datetime

from django.utils import timezone

from binding.proofs import tasks as _proofs  # noqa: F401  its handlers are found through this module
from binding.services import system
from gongji.outbox import handler, periodic


@handler("precheck")
def precheck(ref: str) -> None:
    """Right after a submission: ask the registry, keep the answers."""
    system.precheck(ref)


@handler("enqueue")
def enqueue(ref: str) -> None:
    """After the undo time: accept, turn down or queue."""
    system.enqueue(ref)


@handler("remind")
def remind(ref: str) -> None:
    """Half of a promised time is over; `ref` is id@promised time."""
    system.remind(*_promise(ref))


@handler("escalate")
def escalate(ref: str) -> None:
    """Four fifths of a promised time are over."""
    system.escalate_late(*_promise(ref))


@handler("apologise")
def apologise(ref: str) -> None:
    """A promised time has come."""
    system.apologise(*_promise(ref))


@handler("lapse")
def lapse(ref: str) -> None:
    """A deadline of the citizens' side is over."""
    system.lapse(ref)


@periodic("lapse_overdue", every="daily 01:10")
def lapse_overdue(period: str) -> None:
    """Post one job for each application whose deadline is over."""
    system.post_lapses(timezone.now())


def _promise(ref: str) -> tuple[str, datetime]:
    application_id, due = ref.split("@")
    return application_id, datetime.fromisoformat(due)
