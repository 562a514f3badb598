"""Sending the SMS of a portal message: queued → sending → sent or failed."""

import logging
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.gateways import NotSent, Sms, Unknown, sms_gateway
from accounts.models import Message
from accounts.services import contact_phone
from gongji import outbox

logger = logging.getLogger(__name__)

State = Message.Sms
MAX_SENDS = 2
"""A message whose fate is unknown is sent once more and no further: a double is better than silence, once."""


def deliver_message(*, message_id: UUID, attempt: int) -> None:
    """Send a message's SMS. Raises NotSent when the gateway is away, so that the job is tried again later."""
    claimed = _claim(message_id)
    if claimed is None:
        return
    message, phone = claimed
    try:
        sms_gateway().send(Sms(phone, message.template, message.sms_text, str(message.pk)))
    except NotSent:
        last = attempt >= outbox.MAX_ATTEMPTS
        _mark(message, State.FAILED if last else State.QUEUED, sms_attempts=F("sms_attempts") - 1)
        raise
    except Unknown:
        # Stays `sending`: the next attempt asks the gateway before it repeats anything.
        raise
    _mark(message, State.SENT, sent_at=timezone.now())


def _claim(message_id: UUID) -> tuple[Message, str] | None:
    """Mark a message as being sent and commit; None when there is nothing (more) to send."""
    with transaction.atomic():
        message = Message.objects.select_for_update().filter(pk=message_id).first()
        if message is None or message.sms not in (State.QUEUED, State.SENDING):
            return None
        phone = message.sms_phone or contact_phone(message.person)
        if message.sms == State.SENDING and sms_gateway().was_sent(str(message.pk)):
            _mark(message, State.SENT, sent_at=timezone.now())
            return None
        if phone is None or message.sms_attempts >= MAX_SENDS:
            _mark(message, State.FAILED)
            return None
        if message.sms == State.SENDING:
            logger.warning("message %s may reach its phone twice", message.pk)
        _mark(message, State.SENDING, sms_attempts=F("sms_attempts") + 1)
    return message, phone


def _mark(message: Message, state: Message.Sms, **values: object) -> None:
    Message.objects.filter(pk=message.pk).update(sms=state, **values)
