"""A wallet across two provinces: one transfer taken and partly spent, one that came back, one that waits."""

from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import User
from binding.demo import clock
from binding.demo.casework import Casework, Wish, working_hour
from binding.models import Kind
from gongji.policy import Relation, Wallet
from ledger import services as ledger
from ledger.models import Mandate, Provider, WalletTransfer, new_id
from ledger.rules import transfers_open
from ledger.services import wallet


def play_wallet(work: Casework, giver: User, relative: User, clinic: Provider) -> None:
    """Open the wallet, then let yesterday and today happen."""
    assert relative.person is not None
    application = work.approved(
        Wish(giver, relative.person, Relation.PARENT, kind=Kind.WALLET), working_hour(20)
    )
    mandate = Mandate.objects.get(binding_id=application.bindings.get().pk)
    morning = _last_morning(mandate)
    day_before = morning - timedelta(days=1)
    taken = _send(mandate, giver, 500_00, day_before + timedelta(hours=4))
    with clock.at(day_before + timedelta(hours=5)):
        wallet.take(transfer=taken, actor=relative)
        _see_a_doctor(relative, clinic)
    late = _send(mandate, giver, 300_00, day_before + timedelta(hours=9))
    with clock.at(morning):
        wallet.return_late(late.pk)
    _send(mandate, giver, 200_00, _lately(mandate, morning))


def _send(mandate: Mandate, giver: User, amount: int, at: datetime) -> WalletTransfer:
    with clock.at(at):
        return wallet.send(mandate=mandate, actor=giver, amount=amount, transfer_id=new_id())


def _see_a_doctor(relative: User, clinic: Provider) -> None:
    assert relative.person is not None
    visit = ledger.Settlement(
        provider=clinic, beneficiary=relative.person, serial="DEMO-WALLET-1", amount=86_40,
        category="outpatient", occurred_at=timezone.now(),
    )  # fmt: skip
    ledger.settle(settlement=visit)


def _last_morning(mandate: Mandate) -> datetime:
    """The last end of the closed hours: what was not taken the day before went back then."""
    opens = _rules(mandate).closed_until
    now = timezone.localtime()
    morning = now.replace(hour=opens.hour, minute=opens.minute, second=0, microsecond=0)
    return morning if morning <= now else morning - timedelta(days=1)


def _lately(mandate: Mandate, morning: datetime) -> datetime:
    """Half an hour ago, or at the last moment at which something could be sent: it still waits."""
    now = timezone.localtime()
    if transfers_open(_rules(mandate), now):
        return max(now - timedelta(minutes=30), morning)
    return morning + timedelta(hours=15)


def _rules(mandate: Mandate) -> Wallet:
    assert mandate.account is not None
    return wallet.wallet_rules(mandate.account.area).wallet
