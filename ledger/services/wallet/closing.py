"""When a relation is over: what was not used goes home, and so does what comes back later."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from gongji import audit, outbox
from gongji.templatetags.gongji import mask_name
from ledger import rules
from ledger.models import Mandate, Transaction, WalletTransfer
from ledger.services.posting import move
from ledger.services.wallet import rows
from ledger.services.wallet.ending import RETURN, give_back

CLOSE = "ledger.wallet_close"
AFTER_END = timedelta(minutes=settings.UNDO_MINUTES + 1)
"""Until then an end can be undone; the minute is for clocks that differ."""
OVERDUE = timedelta(minutes=10)
CHUNK = 1000


def post_close(mandate: Mandate) -> None:
    """Have a wallet emptied once the end of its mandate stands; in the caller's transaction."""
    assert mandate.valid_until is not None
    outbox.post(CLOSE, mandate.pk, run_at=mandate.valid_until + AFTER_END)


@transaction.atomic
def close(mandate_id: int | str) -> None:
    """Send everything not used home to the giver, if the mandate has ended for good; safe to repeat."""
    waiting = WalletTransfer.objects.waiting().filter(mandate_id=mandate_id).order_by("pk")
    pending = list(waiting.select_related("transit", "mandate__beneficiary").select_for_update(of=("self",)))
    mandate = rows.held(int(mandate_id))
    if mandate.valid_until is None or mandate.valid_until > timezone.now() - AFTER_END:
        return
    amount = _send_rest_home(mandate)
    for row in pending:
        give_back(row, WalletTransfer.Why.ENDED)
        rows.record(row, "returned", None)
        amount += row.amount
    if amount:
        rows.tell_emptied(mandate, amount)


def _send_rest_home(mandate: Mandate) -> int:
    """Empty the wallet and return how much there was. The serial is the account's own next number."""
    wallet = mandate.account
    assert wallet is not None and wallet.balance is not None
    if wallet.balance == 0:
        return 0
    move(
        kind=Transaction.Kind.WALLET_BACK, serial=f"wallet_rest:{mandate.pk}:{wallet.seq}",
        person=mandate.beneficiary, source=wallet, target=rows.home_of(mandate), amount=wallet.balance,
        reason=mask_name(mandate.beneficiary.name),
    )  # fmt: skip
    audit.record(action="wallet.emptied", actor=None, obj=mandate, area=wallet.area)
    return wallet.balance


@transaction.atomic
def post_what_is_left(*, now: datetime) -> int:
    """Post jobs for ended wallets with money on them (a reversal), and for late transfers whose job is lost.

    Returns how many were posted, CHUNK of each kind at most. One state of a wallet is one job a day.
    """
    day = rules.business_day(now)
    ended = Mandate.objects.filter(
        kind=Mandate.Kind.WALLET, valid_until__lte=now - AFTER_END, account__balance__gt=0
    )
    late = WalletTransfer.objects.waiting().filter(returns_at__lte=now - OVERDUE)
    jobs = [
        outbox.post(CLOSE, pk, dedup=f"{CLOSE}:{pk}:{seq}:{day}")
        for pk, seq in ended.order_by("pk").values_list("pk", "account__seq")[:CHUNK]
    ] + [
        outbox.post(RETURN, pk, dedup=f"{RETURN}:{pk}:{day}")
        for pk in late.order_by("returns_at").values_list("pk", flat=True)[:CHUNK]
    ]
    return sum(job is not None for job in jobs)
