"""Wallets for tests: a giver at home, a relative in another province, and a clock that stands at ten."""

from datetime import datetime, timedelta
from uuid import uuid4

import time_machine
from django.db.models import Sum
from django.utils import timezone

from accounts.models import User
from ledger.models import Entry, LedgerAccount, Mandate, WalletTransfer
from ledger.rules import BUREAU_TIME
from ledger.services import wallet
from tests.factories import PAST, insure, make_citizen, make_login, make_mandate, make_person
from tests.factories import make_account as account_with

ELSEWHERE = "360100"
TODAY = datetime.now(BUREAU_TIME).replace(second=0, microsecond=0)
"""The day on which the tests began; the clock of the tests runs ahead of it."""


def at(hour: int, minute: int = 0, *, days: int = 1) -> datetime:
    """An hour of a day to come, Beijing time: later than the database's clock, so its postings lie behind."""
    return TODAY.replace(hour=hour, minute=minute) + timedelta(days=days)


def daytime():
    """Let it be ten in the morning."""
    return time_machine.travel(at(10))


class Family:
    """李明 (虹川市) and his mother 王芳 in another province, with a wallet between them."""

    def __init__(self, balance: int = 5000_00, *, area: str = "990100") -> None:
        self.giver = make_citizen("李明", area=area)
        self.relative = make_relative("王芳")
        self.account = account_with(self.giver.person, balance, area=area)
        self.mandate = wallet_between(self.giver, self.relative)

    def send(self, amount: int = 200_00, mandate: Mandate | None = None) -> WalletTransfer:
        return wallet.send(
            mandate=mandate or self.mandate, actor=self.giver, amount=amount, transfer_id=uuid4()
        )

    def take(self, transfer: WalletTransfer) -> WalletTransfer:
        return wallet.take(transfer=transfer, actor=self.relative)

    def has(self) -> dict[str, int]:
        """What the giver has, what is on the way, what is in the wallet."""
        return {
            "own": balance(self.account),
            "on_the_way": on_the_way(),
            "wallet": balance(self.mandate.account),
        }


def make_relative(name: str = "王芳", area: str = ELSEWHERE) -> User:
    person = make_person(name)
    insure(person, area, scheme="390")
    return make_login(person)


def wallet_between(giver: User, relative: User) -> Mandate:
    return make_mandate(giver.person, relative.person, kind="wallet", valid_from=PAST)


def balance(account: LedgerAccount) -> int:
    return LedgerAccount.objects.get(pk=account.pk).balance


def on_the_way() -> int:
    """All that lies on transit accounts."""
    entries = Entry.objects.filter(account__kind="transit")
    return entries.aggregate(sum=Sum("amount"))["sum"] or 0


def ended_long_ago(mandate: Mandate) -> None:
    """The end of a wallet stands: nobody can take it back any more."""
    Mandate.objects.filter(pk=mandate.pk).update(valid_until=timezone.now() - wallet.closing.AFTER_END)
