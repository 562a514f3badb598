"""One-time pay codes: 18 digits that stand for a patient at the counter, for a minute and one settlement.

Only a keyed hash is stored. A code is burnt in the transaction of the settlement that it pays for: a quote,
a refusal or a crash leaves it whole, and the same request again finds the stored reply.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Person, User
from accounts.rules import Limit, free_at
from accounts.services import notify
from accounts.services.codes import TooSoon
from gongji import audit
from gongji.crypto import blind_index, blind_indexes
from gongji.templatetags.gongji import mask_name
from ledger.models import Mandate, PayCode
from ledger.models.paycodes import PayCodeQuerySet
from ledger.services.posting import Reply, RequestKey, Settlement, settle

LIFE = timedelta(seconds=60)
DIGITS = 18
HEAD = "76"
"""No identity number and no bank's or wallet's pay code begins so: a till can tell them apart."""
SHOWN = (Limit(30, timedelta(minutes=10)), Limit(300, timedelta(days=1)))
KEEP = timedelta(days=2)


class UnknownCode(Exception):
    """The code is wrong, too old or used. Which of these is not said."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A code on a screen."""

    code: str
    person: Person
    expires_at: datetime


# ------------------------------------------------------------- showing
def show_own_code(*, person: Person) -> Shown:
    """Make a code for oneself. Raises TooSoon."""
    return _show(person, shown_by=person, mandate=None)


@transaction.atomic
def show_relatives_code(*, user: User, mandate: Mandate) -> Shown:
    """Make a code for the relative who let one show theirs; the relative is told, once a day. Raises TooSoon.

    The code spends the relative's own money and what others share with them, never the viewer's.
    """
    shown = _show(mandate.authorizer, shown_by=mandate.beneficiary, mandate=mandate)
    audit.record(action="person.code_shown", actor=user, obj=mandate.authorizer, purpose="paycode")
    notify(
        person=mandate.authorizer,
        template="paycode.shown_for_you",
        params={"relative": mask_name(mandate.beneficiary.name), "hotline": settings.HOTLINE},
        about=str(mandate.binding_id),
        sms=False,
        dedup=f"paycode:{mandate.pk}:{timezone.localdate()}",
    )
    return shown


def relatives_of(person: Person) -> QuerySet[Mandate]:
    """Return the `view` mandates in force under which this person may show a relative's code."""
    mandates: QuerySet[Mandate] = (
        Mandate.objects.live(timezone.now())
        .filter(beneficiary=person, kind=Mandate.Kind.VIEW, paused_at=None)
        .select_related("authorizer", "beneficiary")
    )
    return mandates.order_by("rank", "pk")


def relative_by_binding(*, person: Person, binding_id: UUID) -> Mandate | None:
    """Return the mandate of one binding, None when it gives this person no right to show a code."""
    return relatives_of(person).filter(binding_id=binding_id).first()


@transaction.atomic
def _show(person: Person, *, shown_by: Person, mandate: Mandate | None) -> Shown:
    now = _within_limits(shown_by)
    code = HEAD + f"{secrets.randbelow(10 ** (DIGITS - len(HEAD))):0{DIGITS - len(HEAD)}}"
    PayCode.objects.create(
        code_index=blind_index("paycode", code),
        person=person,
        shown_by=shown_by,
        mandate=mandate,
        created_at=now,
        expires_at=now + LIFE,
    )
    return Shown(code, person, now + LIFE)


def _within_limits(shown_by: Person) -> datetime:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"ledger.paycode:{shown_by.pk}"]
        )
    # Read the clock inside the lock: whoever waited must see the code of who went first as past.
    now = timezone.now()
    shown = (
        PayCode.objects.filter(shown_by=shown_by).order_by("-created_at").values_list("created_at", flat=True)
    )
    if free := free_at(list(shown[: max(limit.times for limit in SHOWN)]), SHOWN, now):
        raise TooSoon(free, _("付款码换得太多了。请稍后再试,或者出示身份证、社保卡。"))
    return now


# ------------------------------------------------------------- paying
def person_of(code: str) -> Person:
    """Return the patient a code stands for, for a quote: the code stays whole. Raises UnknownCode."""
    return _alive(PayCode.objects.select_related("person"), code).person


@transaction.atomic
def settle_by_code(*, code: str, ask: Callable[[Person], Settlement], key: RequestKey | None) -> Reply:
    """Settle for the patient a code stands for and burn the code, both or neither. Raises UnknownCode.

    Whoever comes second with the same code waits for the first and then finds it used. A refusal
    (LedgerRefused, see `settle`) leaves the code whole.
    """
    row = _alive(PayCode.objects.select_for_update(of=("self",)).select_related("person"), code)
    reply = settle(settlement=ask(row.person), key=key)
    if reply.id is not None:
        row.used_at = timezone.now()
        row.save(update_fields=["used_at"])
    return reply


def _alive(codes: PayCodeQuerySet, code: str) -> PayCode:
    # The conditions stand on the row itself: PostgreSQL looks at them again after waiting for its lock.
    row = codes.alive(timezone.now()).filter(code_index__in=blind_indexes("paycode", code)).first()
    if row is None:
        raise UnknownCode
    return row


def forget_codes() -> int:
    """Delete codes that no limit counts any more; returns how many."""
    return PayCode.objects.filter(created_at__lt=timezone.now() - KEEP).delete()[0]
