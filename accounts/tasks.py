"""Jobs of this floor. Sending is an effect outside the database: see gongji.outbox."""

from datetime import timedelta
from uuid import UUID

from accounts import services
from accounts.services import codes, delivery, newborns, sessions
from accounts.services.identity import documents
from gongji.outbox import handler, periodic


@handler(services.DELIVER, queue="notify", outside=True)
def deliver_message(ref: str, attempt: int) -> None:
    """Send the SMS of a portal message."""
    delivery.deliver_message(message_id=UUID(ref), attempt=attempt)


@handler(codes.SEND, queue="codes", outside=True)
def send_code(ref: str, attempt: int) -> None:
    """Send a one-time code."""
    codes.send_code(code_id=UUID(ref))


@handler(documents.SANITIZE, queue="evidence")
def sanitize_identity(ref: str) -> None:
    """Turn the photographs of a document into safe pictures."""
    documents.sanitize(check_id=UUID(ref))


@handler(documents.COMPARE, queue="evidence", outside=True)
def compare_faces(ref: str, attempt: int) -> None:
    """Ask a machine about two pictures, where there is one."""
    documents.compare(check_id=UUID(ref))


@periodic("accounts.forget", timedelta(minutes=15))
def forget(period: str) -> None:
    """Forget old codes and ended sessions."""
    codes.forget_old_codes()
    sessions.forget_ended()


@periodic("accounts.newborns", "daily 03:20")
def join_newborns(day: str) -> None:
    """Join newborns with the registry's row of their number, where both registers know it."""
    newborns.meet_registry()
