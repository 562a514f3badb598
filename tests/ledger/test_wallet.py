"""医保钱包: sent, taken or given back, once; by the hours, amounts and counts of the giver's area."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts import wording
from accounts.models import EnrollmentStatus, Message
from gongji import outbox, policy
from gongji.errors import Refused
from gongji.models import OutboxJob
from gongji.policy import Wallet
from gongji.templatetags.gongji import mask_name
from ledger import rules, services
from ledger.models import LedgerAccount, Transaction, WalletTransfer
from ledger.services import wallet
from ledger.wallet_notices import OF_WALLETS
from tests.factories import insure, make_account, make_holder, make_provider, settlement
from tests.ledger.conftest import data
from tests.ledger.wallets import (
    Family,
    at,
    daytime,
    ended_long_ago,
    make_relative,
    wallet_between,
)

pytestmark = pytest.mark.django_db

NIGHTLY = Wallet(
    open=True, daily_transfers=3, max_transfer=2000_00, closed_from=time(22), closed_until=time(6)
)


@pytest.fixture
def family():
    with daytime():
        yield Family()


def messages(person) -> list[str]:
    return list(
        Message.objects.filter(person=person).order_by("created_at", "id").values_list("template", flat=True)
    )


# ------------------------------------------------------------- hours
@pytest.mark.parametrize(
    ("clock", "open_"),
    [((5, 59), False), ((6, 0), True), ((12, 0), True), ((21, 59), True), ((22, 0), False), ((0, 30), False)],
)
def test_transfers_rest_from_ten_in_the_evening_to_six_in_the_morning(clock, open_):
    assert rules.transfers_open(NIGHTLY, at(*clock)) is open_


def test_hours_within_one_day_and_no_hours_at_all_work_too():
    lunch = Wallet(True, 3, 1, time(12), time(13))
    assert [rules.transfers_open(lunch, at(hour)) for hour in (11, 12, 13)] == [True, False, True]
    never = Wallet(True, 3, 1, time(0), time(0))
    assert all(rules.transfers_open(never, at(hour)) for hour in range(24))


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)))
def test_money_comes_back_at_the_next_end_of_the_closed_hours(sent):
    back = rules.returns_at(NIGHTLY, sent)
    local = back.astimezone(rules.BUREAU_TIME)
    assert sent < back <= sent + timedelta(days=1) and (local.hour, local.minute) == (6, 0)


# ------------------------------------------------------------- send
def test_sent_money_leaves_the_account_and_waits(family):
    transfer = family.send(200_00)
    assert family.has() == {"own": 4800_00, "on_the_way": 200_00, "wallet": 0}
    assert (transfer.state, transfer.returns_at) == ("sent", at(6, days=2))
    assert messages(family.relative.person) == ["wallet.sent"]
    job = OutboxJob.objects.get(kind="ledger.wallet_return")
    assert (job.ref, job.next_at) == (str(transfer.pk), transfer.returns_at)


def test_the_same_transfer_sent_again_is_once(family):
    values = {"mandate": family.mandate, "actor": family.giver, "amount": 5_00, "transfer_id": uuid4()}
    assert wallet.send(**values) == wallet.send(**values)
    assert family.has()["on_the_way"] == 5_00


def refusal(family, amount=100_00, mandate=None) -> Refused:
    with pytest.raises(Refused) as refused:
        family.send(amount, mandate)
    return refused.value


@pytest.mark.parametrize("hour", [22, 23, 0, 5])
def test_at_night_nothing_is_sent(hour):
    family = Family()
    with time_machine.travel(at(hour), tick=False):
        refused = refusal(family)
    assert refused.code == "wallet_closed"
    assert str(refused.message) == "22:00 到第二天 06:00 不能转钱。"
    assert family.has()["own"] == 5000_00


def test_two_thousand_at_once_is_the_most(family):
    assert refusal(family, 2000_01).code == "amount_too_large"
    family.send(2000_00)


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_and_less_is_not_sent(family, amount):
    assert refusal(family, amount).code == "amount_too_small"


def test_three_a_day_however_many_relatives_and_whatever_became_of_them(family):
    other = wallet_between(family.giver, make_relative("李小红"))
    wallet.take_back(transfer=family.send(1_00), actor=family.giver)
    family.send(1_00)
    family.send(1_00, other)
    assert wallet.sends_left(family.giver.person, now=timezone.now()) == 0
    assert refusal(family).code == refusal(family, mandate=other).code == "daily_limit"
    with time_machine.travel(at(6, days=2), tick=False):
        family.send(1_00)


def test_the_books_have_the_day_and_the_number_of_each_transfer(family):
    family.send(1_00)
    family.send(1_00)
    day = rules.business_day(timezone.now())
    serials = (
        Transaction.objects.filter(kind="wallet_send").order_by("serial").values_list("serial", flat=True)
    )
    assert list(serials) == [f"wallet_send:{day}:1", f"wallet_send:{day}:2"]


def test_more_than_there_is_is_refused_with_the_most_there_is(family):
    make_account(family.giver.person)
    family.send(2000_00)
    family.send(2000_00)
    refused = refusal(family, 1000_01)
    assert refused.code == "insufficient_balance" and "您现在最多能转 1000.00 元" in str(refused.next_step)


def test_what_the_area_wants_to_stay_stays():
    with daytime():
        family = Family(150_00, area="990200")
        refused = refusal(family, 50_01)
        assert "账户里要留 100.00 元" in str(refused.next_step)
        family.send(50_00)


def test_an_area_without_wallets_refuses_with_its_source():
    with daytime():
        family = Family(area="440700")
        refused = refusal(family)
    assert refused.code == "wallet_not_open"
    assert str(policy.for_area("440700").cite("wallet").source) in str(refused.next_step)


def test_every_number_comes_from_the_area_file(family, monkeypatch):
    here = policy.for_area("990100")
    tight = replace(here, wallet=Wallet(True, 1, 10_00, time(9), time(10)))
    monkeypatch.setattr(wallet.rows.policy, "for_area", lambda code: tight)
    assert refusal(family, 10_01).code == "amount_too_large"
    assert family.send(10_00).returns_at == at(10, days=2)
    assert refusal(family, 1_00).code == "daily_limit"


def test_a_paused_wallet_and_a_giver_without_insurance_send_nothing(family):
    services.pause_mandate(binding_id=family.mandate.binding_id)
    assert refusal(family).code == "wallet_paused"
    services.resume_mandate(binding_id=family.mandate.binding_id)
    family.giver.person.enrollments.update(status=EnrollmentStatus.SUSPENDED)
    assert refusal(family).code == "giver_not_insured"


def test_only_the_giver_sends_only_the_relative_takes(family):
    transfer = family.send()
    stranger = make_relative("赵敏")
    with pytest.raises(PermissionDenied):
        wallet.send(mandate=family.mandate, actor=family.relative, amount=1, transfer_id=uuid4())
    for verb in (wallet.take, wallet.decline, wallet.take_back):
        with pytest.raises(PermissionDenied):
            verb(transfer=transfer, actor=stranger)
    with pytest.raises(PermissionDenied):
        wallet.take(transfer=transfer, actor=family.giver)
    with pytest.raises(PermissionDenied):
        wallet.take_back(transfer=transfer, actor=family.relative)
    other = wallet_between(stranger, family.relative)
    with pytest.raises(PermissionDenied):
        wallet.send(mandate=other, actor=stranger, amount=1_00, transfer_id=transfer.pk)


# ------------------------------------------------------------- take and give back
def test_taken_money_is_in_the_wallet_once(family):
    transfer = family.send()
    assert family.take(transfer).state == family.take(transfer).state == "taken"
    assert family.has() == {"own": 4800_00, "on_the_way": 0, "wallet": 200_00}
    assert messages(family.giver.person) == ["wallet.taken"]
    with pytest.raises(Refused, match="transfer_taken"):
        wallet.take_back(transfer=transfer, actor=family.giver)
    with pytest.raises(Refused, match="transfer_taken"):
        wallet.decline(transfer=transfer, actor=family.relative)


@pytest.mark.parametrize(
    ("verb", "who", "why"), [("take_back", "giver", "taken_back"), ("decline", "relative", "declined")]
)
def test_money_that_was_not_taken_goes_back_once(family, verb, who, why):
    transfer = family.send()
    for _ in range(2):
        back = getattr(wallet, verb)(transfer=transfer, actor=getattr(family, who))
    assert (back.state, back.why) == ("back", why)
    assert family.has() == {"own": 5000_00, "on_the_way": 0, "wallet": 0}
    with pytest.raises(Refused, match="transfer_returned"):
        family.take(transfer)


def test_what_nobody_took_goes_back_at_six(family):
    transfer = family.send()
    wallet.return_late(transfer.pk)
    assert family.has()["on_the_way"] == 200_00
    with time_machine.travel(at(6, days=2), tick=False):
        wallet.return_late(transfer.pk)
        wallet.return_late(transfer.pk)
    assert family.has() == {"own": 5000_00, "on_the_way": 0, "wallet": 0}
    assert messages(family.giver.person) == ["wallet.returned"]
    assert messages(family.relative.person) == ["wallet.sent", "wallet.not_taken"]


def test_late_is_not_too_late_while_the_money_has_not_gone_back(family):
    transfer = family.send()
    with time_machine.travel(at(6, 1, days=2), tick=False):
        assert family.take(transfer).state == "taken"
        wallet.return_late(transfer.pk)
    assert family.has()["wallet"] == 200_00


def test_a_lost_job_is_found_again_by_the_sweep(family):
    transfer = family.send()
    OutboxJob.objects.all().delete()
    assert wallet.post_what_is_left(now=timezone.now()) == 0
    with time_machine.travel(at(6, 10, days=2), tick=False):
        assert wallet.post_what_is_left(now=timezone.now()) == 1
        assert wallet.post_what_is_left(now=timezone.now()) == 0
    assert OutboxJob.objects.get(kind="ledger.wallet_return").ref == str(transfer.pk)


def test_the_job_posted_with_a_transfer_gives_it_back_when_its_time_has_come(family):
    family.send(200_00)
    job = OutboxJob.objects.get(kind="ledger.wallet_return")
    assert not outbox.run(job.pk)
    with time_machine.travel(at(6, days=2), tick=False):
        assert outbox.run(job.pk)
    assert family.has()["own"] == 5000_00


def test_the_database_keeps_either_end_and_only_one(family):
    transfer = family.send()
    taken = family.take(transfer)
    values = {"serial": f"wallet_end:{transfer.pk}", "person": family.relative.person, "amount": 200_00}
    again = services.move(
        kind=Transaction.Kind.WALLET_BACK, source=transfer.transit, target=family.account, **values
    )
    assert (again.new, again.id) == (False, taken.ending_id)


@pytest.mark.owner
@pytest.mark.owner
@pytest.mark.parametrize(
    "broken",
    [{"amount": 0}, {"state": "taken"}, {"why": "late"}, {"state": "back", "ended_at": timezone.now()}],
)
def test_a_transfer_cannot_be_half_ended(family, broken):
    transfer = family.send()
    with pytest.raises(IntegrityError), transaction.atomic():
        WalletTransfer.objects.filter(pk=transfer.pk).update(**broken)


# ------------------------------------------------------------- spending
def test_the_wallet_pays_before_other_shared_money_far_from_home(family):
    clinic = make_provider(area="360100")
    son = make_holder("王小刚", 100_00, area="360100")
    services.open_mandate(
        binding_id=uuid4(), authorizer=son, beneficiary=family.relative.person, kind="mutual_aid",
        valid_from=timezone.now() - timedelta(days=9), monthly_cap=None,
    )  # fmt: skip
    family.take(family.send(50_00))
    said = data(services.settle(settlement=settlement(clinic, family.relative.person, 80_00)))
    assert [(part["source"], part["amount"]) for part in said["parts"]] == [
        ("wallet", "50.00"),
        ("mutual_aid", "30.00"),
    ]
    assert family.has()["wallet"] == 0


def test_what_is_not_taken_yet_pays_for_nothing(family):
    family.send(50_00)
    clinic = make_provider(area="360100")
    said = data(services.settle(settlement=settlement(clinic, family.relative.person, 80_00)))
    assert said["cash"] == "80.00"


def test_the_balance_page_knows_the_wallet_and_whose_it_is(family):
    family.take(family.send(50_00))
    (source,) = services.available_to(family.relative.person)
    assert (source.kind, source.usable, source.authorizer) == ("wallet", 50_00, family.giver.person)


# ------------------------------------------------------------- the end of the relation
def end(family) -> None:
    services.end_mandate(binding_id=family.mandate.binding_id, at=timezone.now())
    family.mandate.refresh_from_db()


def test_the_unused_part_goes_home_when_the_end_can_no_longer_be_undone(family):
    family.take(family.send(200_00))
    family.send(30_00)
    end(family)
    job = OutboxJob.objects.get(kind="ledger.wallet_close")
    assert job.next_at == family.mandate.valid_until + wallet.closing.AFTER_END
    with time_machine.travel(job.next_at - timedelta(seconds=1), tick=False):
        wallet.close(job.ref)
        assert family.has() == {"own": 4770_00, "on_the_way": 30_00, "wallet": 200_00}
    with time_machine.travel(job.next_at, tick=False):
        wallet.close(job.ref)
        wallet.close(job.ref)
    assert family.has() == {"own": 5000_00, "on_the_way": 0, "wallet": 0}
    home = Message.objects.get(template="wallet.emptied")
    assert home.person == family.giver.person and "没用完的 230.00 元" in home.body


def test_an_end_that_was_undone_leaves_the_wallet_as_it_is(family):
    family.take(family.send(200_00))
    end(family)
    services.revive_mandate(binding_id=family.mandate.binding_id)
    with time_machine.travel(at(10, days=3), tick=False):
        wallet.close(family.mandate.pk)
    assert family.has()["wallet"] == 200_00


def test_after_the_end_nothing_is_sent_or_taken(family):
    transfer = family.send(30_00)
    end(family)
    assert refusal(family).code == "wallet_ended"
    with pytest.raises(Refused, match="wallet_ended"):
        family.take(transfer)
    assert wallet.take_back(transfer=transfer, actor=family.giver).state == "back"


def test_what_a_refund_puts_into_an_ended_wallet_goes_home_too(family):
    family.take(family.send(50_00))
    clinic = make_provider(area="360100")
    paid = services.settle(settlement=settlement(clinic, family.relative.person, 50_00))
    ended_long_ago(family.mandate)
    wallet.close(family.mandate.pk)
    assert wallet.post_what_is_left(now=timezone.now()) == 0
    services.reverse(
        provider=clinic, original=paid.id, serial="R1", amount=None, reason="退药", occurred_at=timezone.now()
    )
    assert family.has() == {"own": 4950_00, "on_the_way": 0, "wallet": 50_00}
    assert wallet.post_what_is_left(now=timezone.now()) == 1
    wallet.close(OutboxJob.objects.get(kind="ledger.wallet_close").ref)
    assert family.has() == {"own": 5000_00, "on_the_way": 0, "wallet": 0}
    assert wallet.post_what_is_left(now=timezone.now()) == 0


def test_money_goes_home_although_the_giver_is_insured_elsewhere_by_then(family):
    family.take(family.send(50_00))
    insure(family.giver.person, "310000")
    ended_long_ago(family.mandate)
    wallet.close(family.mandate.pk)
    assert family.has()["own"] == 5000_00


def test_every_wallet_is_an_account_of_its_own_kept_by_the_givers_area(family):
    again = wallet_between(family.giver, family.relative)
    assert again.account_id != family.mandate.account_id
    account = LedgerAccount.objects.get(pk=again.account_id)
    assert (account.kind, account.area, account.owner) == ("wallet", "990100", family.relative.person)


# ------------------------------------------------------------- texts
@pytest.mark.parametrize("name", OF_WALLETS)
def test_every_text_fits_into_an_sms_with_the_longest_names(name):
    longest = mask_name("阿卜杜热合曼·买买提艾力")
    words = {
        "giver": longest,
        "relative": longest,
        "amount": "2000.00",
        "until": "12月31日 06:00",
        "hotline": "12393",
    }
    text = wording.render(name, words)
    assert "{" not in f"{text.title}{text.body}"
    assert not OF_WALLETS[name].sms or "请自己打开医保官网" in text.sms or "12393" in text.sms
    assert len(f"【示例省医保】{str(OF_WALLETS[name].sms).format(**words)}") <= wording.SMS_LENGTH
