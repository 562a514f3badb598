"""Any story of a wallet keeps every fen: sent, taken, spent, refunded, ended, revived, day after day."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongji.errors import Refused
from ledger import services
from ledger.models import LedgerAccount, Mandate, Transaction, WalletTransfer
from ledger.services import wallet
from tests.factories import make_provider, settlement
from tests.ledger.wallets import Family, at, balance, ended_long_ago, on_the_way

pytestmark = pytest.mark.django_db

AMOUNT = st.integers(1, 60_00)
STEP = st.one_of(
    st.tuples(st.sampled_from(["send", "spend", "refund"]), AMOUNT),
    st.tuples(
        st.sampled_from(
            ["take", "decline", "take_back", "end", "revive", "stands", "morning", "evening", "sweep"]
        ),
        st.integers(0, 3),
    ),
)


class Story:
    """A family, a clinic far away, and a clock that only goes on."""

    def __init__(self) -> None:
        self.now, self.family = at(10), Family(300_00)
        self.clinic = make_provider(area="360100")
        self.spent = 0
        self.settled: list[tuple[str, int]] = []

    def tell(self, steps) -> None:
        for verb, number in steps:
            with time_machine.travel(self.now, tick=False), transaction.atomic():
                getattr(self, verb)(number)
            self.nothing_is_lost()

    # ----------------------------------------------------------- what people do
    def send(self, amount: int) -> None:
        self.try_(lambda: self.family.send(amount))

    def take(self, number: int) -> None:
        self.with_transfer(number, lambda row: self.family.take(row))

    def decline(self, number: int) -> None:
        self.with_transfer(number, lambda row: wallet.decline(transfer=row, actor=self.family.relative))

    def take_back(self, number: int) -> None:
        self.with_transfer(number, lambda row: wallet.take_back(transfer=row, actor=self.family.giver))

    def spend(self, amount: int) -> None:
        wish = settlement(self.clinic, self.family.relative.person, amount)
        paid = Transaction.objects.get(pk=services.settle(settlement=wish).id)
        self.spent += paid.shared
        self.settled.append((paid.pk, amount))

    def refund(self, amount: int) -> None:
        if self.settled:
            original, total = self.settled.pop()
            back = services.reverse(
                provider=self.clinic, original=original, serial=uuid4().hex, amount=min(amount, total),
                reason="退药", occurred_at=timezone.now(),
            )  # fmt: skip
            self.spent -= Transaction.objects.get(pk=back.id).shared

    # ----------------------------------------------------------- the relation and the clock
    def end(self, _number: int) -> None:
        services.end_mandate(binding_id=self.family.mandate.binding_id, at=timezone.now())

    def revive(self, _number: int) -> None:
        services.revive_mandate(binding_id=self.family.mandate.binding_id)

    def stands(self, _number: int) -> None:
        """The end can no longer be undone, and its job runs."""
        if Mandate.objects.get(pk=self.family.mandate.pk).valid_until is not None:
            ended_long_ago(self.family.mandate)
        wallet.close(self.family.mandate.pk)

    def morning(self, _number: int) -> None:
        """It becomes six; what nobody took goes back."""
        self.now = self.now.replace(hour=6, minute=0) + timedelta(days=1)
        with time_machine.travel(self.now, tick=False):
            for row in WalletTransfer.objects.waiting():
                wallet.return_late(row.pk)
        self.now += timedelta(hours=4)

    def evening(self, _number: int) -> None:
        self.now = self.now.replace(hour=23)

    def sweep(self, _number: int) -> None:
        """The job that looks for money in ended wallets."""
        if wallet.post_what_is_left(now=timezone.now()):
            wallet.close(self.family.mandate.pk)

    # ----------------------------------------------------------- what must hold
    def with_transfer(self, number: int, verb) -> None:
        rows = list(WalletTransfer.objects.order_by("id"))
        if rows:
            self.try_(lambda: verb(rows[number % len(rows)]))

    @staticmethod
    def try_(verb) -> None:
        try:
            with transaction.atomic():
                verb()
        except Refused:
            pass

    def nothing_is_lost(self) -> None:
        has = self.family.has()
        assert sum(has.values()) + self.spent == 300_00
        assert has["on_the_way"] == WalletTransfer.objects.waiting().sum()
        assert has["wallet"] >= 0 <= has["own"]

    def comes_to_its_end(self) -> None:
        """The relation ends for good: nothing waits, the wallet is empty, the rest is the giver's again."""
        self.tell([("end", 0), ("stands", 0)])
        assert on_the_way() == 0 and not WalletTransfer.objects.waiting().exists()
        wallets = LedgerAccount.objects.filter(kind="wallet")
        assert all(balance(account) == 0 for account in wallets)
        assert balance(self.family.account) == 300_00 - self.spent


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, max_size=14))
def test_whatever_happens_no_fen_is_lost_and_none_is_stuck(steps):
    with transaction.atomic():
        story = Story()
        story.tell(steps)
        story.comes_to_its_end()
        assert services.verify().finding is None
        transaction.set_rollback(True)
