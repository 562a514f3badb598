"""One-time codes by SMS: asking for one, checking one, sending one."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from hmac import compare_digest
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts import rules, wording
from accounts.gateways import NotSent, Sms, sms_gateway
from accounts.models import OneTimeCode
from gongji import outbox
from gongji.crypto import blind_index
from gongji.errors import Refused

SEND = "send_code"
LOGIN = "login"


class TooSoon(Refused):
    """Too many tries; `at` is when the next one is allowed. Pages answer 429 with Retry-After."""

    status = 429

    def __init__(self, at: datetime, message: str, next_step: str = "") -> None:
        super().__init__("too_many_requests", message, next_step)
        self.at = at

    @property
    def seconds(self) -> int:
        """Whole seconds to wait, at least one."""
        return max(1, int((self.at - timezone.now()).total_seconds()) + 1)


class WrongCode(Exception):
    """The code does not open anything; `left` tries remain, 0 when a new code is needed."""

    def __init__(self, left: int) -> None:
        super().__init__(left)
        self.left = left


# ------------------------------------------------------------- asking
def request_code(*, phone: str, purpose: str, session_hash: str, ip: str) -> OneTimeCode:
    """Make a code for a phone, a purpose and a browser session, and the job that sends it.

    The same for every phone, whether anybody logs in with it or not. Raises TooSoon beyond 60 s / 5 per
    hour / 10 per day a phone, and beyond the budgets of an address and of the whole portal. Counts live in
    PostgreSQL under advisory locks, so they hold across processes and outlive a restart of Redis.
    """
    phone_index = blind_index("phone", phone)
    code = f"{secrets.randbelow(1_000_000):06}"
    with transaction.atomic():
        now = _within_limits(phone_index, ip)
        row = OneTimeCode(
            phone=phone,
            phone_index=phone_index,
            purpose=purpose,
            session_hash=session_hash,
            code=code,
            ip=ip,
            created_at=now,
            expires_at=now + rules.CODE_LIFE,
        )
        row.code_hash = _hash(row.pk, code)
        row.save(force_insert=True)
        outbox.post(SEND, row.pk)
    return row


def _within_limits(phone_index: bytes, ip: str) -> datetime:
    """Return the time of this request once it is within every limit, holding the locks that keep it so."""
    codes = OneTimeCode.objects.order_by("-created_at")
    # Always in this order: phone, address, all. Otherwise two requests could wait for each other.
    budgets: list[tuple[str, QuerySet[OneTimeCode], Iterable[rules.Limit]]] = [
        (f"phone:{phone_index.hex()}", codes.filter(phone_index=phone_index), rules.CODES_PER_PHONE),
        (f"address:{ip}", codes.filter(ip=ip), rules.CODES_PER_ADDRESS),
        ("all", codes, rules.CODES_IN_ALL),
    ]
    for key, issued, limits in budgets:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"accounts.code:{key}"])
        # Read the clock inside the lock: whoever waited for it must see the code of who went first as past.
        now = timezone.now()
        times = issued.values_list("created_at", flat=True)[: max(limit.times for limit in limits)]
        if free := rules.free_at(list(times), limits, now):
            raise TooSoon(free, _too_soon_text(free, now))
    return now


def _too_soon_text(free: datetime, now: datetime) -> str:
    seconds = int((free - now).total_seconds()) + 1
    if seconds <= 60:
        return _("验证码刚发过,请等 {seconds} 秒再要一次。").format(seconds=seconds)
    moment = timezone.localtime(free)
    return _("这个号码要验证码的次数太多了。{time} 以后再试,或打{hotline}。").format(
        time=f"{moment:%H:%M}"
        if moment.date() == timezone.localdate()
        else _("明天 {time}").format(time=f"{moment:%H:%M}"),
        hotline=settings.HOTLINE,
    )


def _hash(code_id: UUID, code: str) -> str:
    return blind_index(f"code:{code_id}", code).hex()


# ------------------------------------------------------------- checking
def use_code(*, code_id: UUID, purpose: str, session_hash: str, code: str) -> str:
    """Use a code once; return the phone it proves. Raises WrongCode.

    A code of another purpose or another browser session, an expired, used or worn-out one are all the
    same: no tries left. A wrong try is counted even when the caller's page fails afterwards.
    """
    now = timezone.now()
    with transaction.atomic():
        row = (
            OneTimeCode.objects.select_for_update()
            .filter(pk=code_id, purpose=purpose, session_hash=session_hash, used_at=None, expires_at__gt=now)
            .first()
        )
        if row is None or row.tries >= rules.CODE_TRIES:
            raise WrongCode(0)
        row.tries += 1
        right = compare_digest(row.code_hash, _hash(row.pk, code))
        row.used_at = now if right else None
        row.save(update_fields=["tries", "used_at"])
    if right:
        phone: str = row.phone
        return phone
    raise WrongCode(rules.CODE_TRIES - row.tries)


# ------------------------------------------------------------- sending
def send_code(*, code_id: UUID) -> None:
    """Hand a code to the gateway, at most once; raises NotSent when it certainly was not taken.

    A code whose sending was begun by a process that died is not sent again: the gateway may have it, and
    the person can ask for another.
    """
    now = timezone.now()
    with transaction.atomic():
        row = (
            OneTimeCode.objects.select_for_update()
            .filter(pk=code_id, sending_at=None, code__isnull=False)
            .first()
        )
        if row is None or _is_overtaken(row, now):
            return
        row.sending_at = now
        row.save(update_fields=["sending_at"])
    sms = Sms(row.phone, f"code_{row.purpose}", code_text(row.code), str(row.pk), row.code)
    try:
        sms_gateway().send(sms)
    except NotSent:
        OneTimeCode.objects.filter(pk=row.pk).update(sending_at=None)
        raise
    OneTimeCode.objects.filter(pk=row.pk).update(sent_at=timezone.now(), code=None)


def _is_overtaken(row: OneTimeCode, now: datetime) -> bool:
    """Whether the code expired or a newer one was asked for meanwhile: an old one would only confuse."""
    newer = OneTimeCode.objects.filter(
        phone_index=row.phone_index, purpose=row.purpose, created_at__gt=row.created_at
    )
    return row.expires_at <= now or newer.exists()


def code_text(code: str) -> str:
    """Return the SMS of a code."""
    text = pgettext(
        "sms", "验证码{code},15分钟内有效,用于登录家庭共济。工作人员不会向您要验证码,请不要告诉任何人。"
    )
    return wording.signed(text.format(code=code))


def forget_old_codes() -> int:
    """Delete codes that no limit counts any more, and the plain text of those that were never sent."""
    now = timezone.now()
    OneTimeCode.objects.filter(expires_at__lte=now, code__isnull=False).update(code=None)
    longest = max(limit.window for limit in (*rules.CODES_PER_PHONE, *rules.CODES_PER_ADDRESS))
    return OneTimeCode.objects.filter(created_at__lt=now - 2 * longest).delete()[0]


def phone_of(*, code_id: UUID) -> str | None:
    """Return the phone a code was sent to, for the page that asks for it; None when it is forgotten."""
    row = OneTimeCode.objects.filter(pk=code_id).only("phone").first()
    return row.phone if row else None


def proved_phone(*, code_id: UUID) -> str | None:
    """Return the phone a used code proved, for as long after its use as a code lives."""
    since = timezone.now() - rules.CODE_LIFE
    row = OneTimeCode.objects.filter(pk=code_id, used_at__gt=since).only("phone").first()
    return row.phone if row else None
