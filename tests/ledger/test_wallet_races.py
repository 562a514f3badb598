"""Two at once: a transfer ends once, a day has three transfers, nothing is sent into an ended wallet."""

from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from gongji.errors import Refused
from ledger import services
from ledger.models import Transaction, WalletTransfer
from ledger.services import wallet
from tests.ledger.test_concurrency import books_are_right
from tests.ledger.wallets import (
    Family,
    at,
    daytime,
    ended_long_ago,
    make_relative,
    on_the_way,
    wallet_between,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def family():
    with daytime():
        yield Family()


def is_kept(family) -> bool:
    """No fen is lost, and what is on the way is what waits."""
    books_are_right()
    return sum(family.has().values()) == 5000_00 and on_the_way() == WalletTransfer.objects.waiting().sum()


def test_accepting_and_returning_at_six_end_in_one_of_the_two(family, in_threads):
    transfers = [family.send(10_00) for _ in range(3)]
    with time_machine.travel(at(6, days=2), tick=False):
        for transfer in transfers:
            taken, late = in_threads(
                lambda transfer=transfer: family.take(transfer),
                lambda transfer=transfer: wallet.return_late(transfer.pk),
            )
            transfer.refresh_from_db()
            assert late is None
            refused = isinstance(taken, Refused) and taken.code == "transfer_returned"
            assert transfer.state == ("back" if refused else "taken")
    assert is_kept(family) and family.has()["on_the_way"] == 0


def test_all_ways_a_transfer_can_end_at_once_are_one_end(family, in_threads):
    transfer = family.send(10_00)
    ended_long_ago(family.mandate)
    in_threads(
        lambda: family.take(transfer),
        lambda: wallet.take_back(transfer=transfer, actor=family.giver),
        lambda: wallet.decline(transfer=transfer, actor=family.relative),
        lambda: wallet.close(family.mandate.pk),
    )
    wallet.close(family.mandate.pk)
    assert Transaction.objects.filter(kind__in=["wallet_take", "wallet_back"]).count() == 1
    assert is_kept(family) and family.has()["own"] == 5000_00


def test_of_four_sends_at_once_three_go_out(family, in_threads):
    mandates = [family.mandate] + [wallet_between(family.giver, make_relative(f"李小{n}")) for n in "一二三"]
    results = in_threads(*[lambda mandate=mandate: family.send(10_00, mandate) for mandate in mandates])
    refused = [result for result in results if isinstance(result, Refused)]
    assert [result.code for result in refused] == ["daily_limit"]
    assert WalletTransfer.objects.count() == 3
    assert is_kept(family) and family.has()["on_the_way"] == 30_00


def test_the_same_button_pressed_twice_at_once_sends_once(family, in_threads):
    values = {"mandate": family.mandate, "actor": family.giver, "amount": 10_00, "transfer_id": uuid4()}
    one, two = in_threads(*[lambda: wallet.send(**values)] * 2)
    assert one == two and WalletTransfer.objects.count() == 1
    assert is_kept(family)


def test_an_end_and_a_send_at_once_leave_nothing_behind(family, in_threads):
    binding = family.mandate.binding_id
    in_threads(
        lambda: family.send(10_00),
        lambda: services.end_mandate(binding_id=binding, at=timezone.now()),
        lambda: family.send(20_00),
    )
    family.mandate.refresh_from_db()
    assert not WalletTransfer.objects.filter(sending__posted_at__gt=family.mandate.valid_until).exists()
    assert is_kept(family)
    with time_machine.travel(at(12), tick=False):
        wallet.close(family.mandate.pk)
    assert family.has() == {"own": 5000_00, "on_the_way": 0, "wallet": 0}
