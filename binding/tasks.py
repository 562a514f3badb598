"""Background work: an id in, one service call. The services look whether there is still something to do."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils import timezone

from binding.proofs import tasks as _proofs  # noqa: F401  its handlers are found through this module
from binding.services import life, recheck, revalidation, signatures, system, wishes
from gongji.outbox import handler, periodic


@handler("precheck", outside=True)
def precheck(ref: str, attempt: int) -> None:
    """Right after a submission: ask the registers, keep the answers."""
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


# ------------------------------------------------------------- promises
@periodic("draw_rechecks", every="daily 01:30")
def draw_rechecks(day: str) -> None:
    """Draw from what the machine opened yesterday what people look at."""
    recheck.draw_for(date.fromisoformat(day) - timedelta(days=1))


@periodic("forget_signatures", every="daily 03:45")
def forget_signatures(day: str) -> None:
    """Delete pictures of signatures whose time is over; who signed what is kept."""
    signatures.forget_old_pictures()


# ------------------------------------------------------------- the life of a binding
@periodic("revalidate", every="daily 02:10")
def revalidate(period: str) -> None:
    """Find what the registry no longer bears out; jobs of their own settle it."""
    revalidation.revalidate()


@handler("registry_imported")
def registry_imported(ref: str) -> None:
    """The registry has changed people or enrolments."""
    revalidation.revalidate()


@handler(revalidation.SETTLE, outside=True)
def settle_doubts(ref: str, attempt: int) -> None:
    """Settle a share of what was found, each in a transaction of its own."""
    revalidation.settle_chunk()


@periodic("expire_bindings", every=timedelta(minutes=10))
def expire_bindings(period: str) -> None:
    """Post one job for each binding whose time is over."""
    life.post_expiries(now=timezone.now())


@handler(life.EXPIRE)
def expire_binding(ref: str) -> None:
    """The time of a binding is over."""
    life.expire(binding=UUID(ref))


@periodic("remind_expiring", every="daily 09:05")
def remind_expiring(period: str) -> None:
    """Post one job for each binding whose end comes near."""
    life.post_reminders(now=timezone.now())


@periodic("tell_opened_daily", every="daily 08:40")
def tell_opened_daily(period: str) -> None:
    """Rules that were announced may have come into force today."""
    wishes.tell_opened()


@handler(wishes.TELL)
def tell_opened(ref: str) -> None:
    """Rules were published: somebody may have waited for that."""
    wishes.tell_opened()


@handler(life.REMIND)
def remind_of_expiry(ref: str) -> None:
    """The end of a binding comes near."""
    life.remind_of_expiry(binding=UUID(ref))


def _promise(ref: str) -> tuple[str, datetime]:
    application_id, due = ref.split("@")
    return application_id, datetime.fromisoformat(due)
