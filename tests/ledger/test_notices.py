"""Givers learn of uses, caps and balances that run out: each once, no more than the relative allows."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection, connections, transaction
from django.utils import timezone

from accounts import wording
from accounts.models import Message
from gongji import outbox
from ledger import services
from ledger.models import Mandate, NoticeMark
from ledger.notices import OF_LIMITS, OF_USES
from ledger.services.use_notices import LOW
from tests.factories import (
    insure,
    login_citizen,
    make_holder,
    make_mandate,
    make_person,
    make_provider,
    settlement,
)
from tests.roles import as_owner

pytestmark = pytest.mark.django_db


class Family:
    """李明 gives to his mother 赵小梅; a pharmacy."""

    def __init__(self, balance: int = 500_00, *, cap: int | None = None, privacy: int = 1) -> None:
        self.giver, self.mother = make_holder("李明", balance), make_person("赵小梅")
        insure(self.mother, scheme="390")
        self.mandate = make_mandate(self.giver, self.mother, cap=cap, privacy=privacy)
        self.pharmacy = make_provider("康民药房")

    def wants(self, *, each_use: bool = True, limits: bool = True) -> "Family":
        services.choose_notices(person=self.giver, each_use=each_use, limits=limits)
        return self

    def use(self, amount: int, **values) -> str:
        values = {"category": "drug"} | values
        asked = settlement(self.pharmacy, self.mother, amount, **values)
        return services.settle(settlement=asked).id

    def give_back(self, original: str, amount: int) -> None:
        services.reverse(
            provider=self.pharmacy, original=original, serial=f"R{amount}", amount=amount, reason="退药",
            occurred_at=timezone.now(),
        )  # fmt: skip


def tell() -> int:
    """Walk the last hour."""
    with transaction.atomic():
        return services.tell_uses_between(
            since=timezone.now() - timedelta(hours=1), until=timezone.now() + timedelta(seconds=1)
        )


def told(person, template: str = "") -> list[Message]:
    return [
        message
        for message in Message.objects.filter(person=person).order_by("created_at")
        if message.template.startswith(template)
    ]


# ------------------------------------------------------------- each use
def test_a_giver_who_did_not_ask_is_not_told_of_uses():
    family = Family()
    family.use(30_00)
    assert tell() == 0 and told(family.giver) == []


def test_a_giver_who_asked_is_told_once_of_each_use():
    family = Family().wants()
    family.use(30_00)
    family.use(20_00)
    assert (tell(), tell()) == (2, 0)
    first, second = told(family.giver, "ledger.used")
    assert first.title == "赵*梅用了您 30.00 元" and "还剩 470.00 元" in first.body
    assert second.title == "赵*梅用了您 20.00 元" and "还剩 450.00 元" in second.body
    assert told(family.mother) == []


@pytest.mark.parametrize(
    ("level", "reads", "never"),
    [
        (0, "家庭共济", ["生育", "看病", "康民药房", ":"]),
        (1, "看病", ["生育", "康民药房", ":"]),
        (2, "生育,康民药房", []),
    ],
)
def test_a_giver_reads_no_more_than_the_relative_allows(level, reads, never):
    family = Family(privacy=level).wants()
    family.use(30_00, category="maternity")
    tell()
    message = told(family.giver)[0]
    assert f"({reads})" in message.body
    assert not [word for word in never if word in message.body]
    for word in ("生育", "看病", "康民药房"):
        assert word not in message.sms_text + message.title


def test_money_that_comes_back_is_told_too():
    family = Family().wants()
    family.give_back(family.use(30_00), 10_00)
    tell()
    back = told(family.giver, "ledger.given_back")[0]
    assert back.title == "退回您 10.00 元" and "现在有 480.00 元" in back.body and "退费:买药" in back.body


def test_ones_own_use_is_no_news():
    family = Family().wants()
    services.settle(settlement=settlement(family.pharmacy, family.giver, 30_00))
    assert tell() == 0


def test_each_giver_is_told_of_their_own_part_only():
    family = Family(20_00).wants()
    aunt = make_holder("王芳", 500_00)
    make_mandate(aunt, family.mother)
    services.choose_notices(person=aunt, each_use=True, limits=False)
    family.use(510_00)
    tell()
    assert told(aunt, "ledger.used")[0].title == "赵*梅用了您 500.00 元"
    assert told(family.giver, "ledger.used")[0].title == "赵*梅用了您 10.00 元"


# ------------------------------------------------------------- caps
def test_both_sides_learn_of_a_cap_that_was_used_up_once_a_month():
    family = Family(cap=50_00)
    family.use(30_00)
    assert tell() == 0
    back = family.use(40_00)
    assert (tell(), tell()) == (2, 0)
    giver, mother = told(family.giver)[0], told(family.mother)[0]
    assert giver.title == "赵*梅这个月的额度用完了" and "50.00 元" in giver.body
    assert mother.title == "李*给您的额度这个月用完了" and "看病报销照常" in mother.body
    family.give_back(back, 30_00)
    family.use(30_00)
    assert tell() == 0


def test_a_cap_is_told_again_in_the_next_month():
    family = Family(cap=50_00)
    following = (timezone.localdate().replace(day=1) + timedelta(days=45)).replace(day=5)
    family.use(50_00)
    tell()
    moment = datetime(following.year, following.month, 5, 4, tzinfo=UTC)
    with as_owner():
        services.import_settlement(
            settlement=settlement(family.pharmacy, family.mother, 50_00, occurred_at=moment), posted_at=moment
        )
    with transaction.atomic(), time_machine.travel(moment):
        # The walk finds postings by the time in their ids, and this one's id is of today.
        assert (
            services.tell_uses_between(since=timezone.now() - timedelta(days=60), until=timezone.now()) == 2
        )


@pytest.mark.parametrize("cap", [None, 200_00])
def test_a_cap_that_is_not_reached_is_no_news(cap):
    family = Family(cap=cap)
    family.use(30_00)
    assert tell() == 0


def test_both_sides_learn_of_an_authorized_total_that_was_used_up():
    family = Family()
    with as_owner():
        Mandate.objects.update(authorized=50_00)
    family.use(30_00)
    assert tell() == 0
    family.use(30_00)
    assert (tell(), tell()) == (2, 0)
    assert told(family.giver)[0].title == "您授权给赵*梅的额度用完了"
    assert told(family.mother)[0].title == "李*授权给您的额度用完了"


# ------------------------------------------------------------- balances
def test_a_giver_learns_that_the_balance_is_low_and_then_that_it_is_out_once_each():
    family = Family(100_00)
    family.use(100_00 - LOW)
    assert tell() == 0
    family.use(1)
    assert (tell(), tell()) == (1, 0)
    low = told(family.giver, "ledger.balance_low")[0]
    assert low.title == "您的个人账户快用完了" and "还剩 9.99 元" in low.body
    family.use(500_00)
    assert (tell(), tell()) == (1, 0)
    assert "还剩 0.00 元" in told(family.giver, "ledger.balance_out")[0].body
    assert told(family.mother) == []


def test_somebody_who_gives_nobody_anything_is_not_told_of_the_balance():
    family = Family(20_00)
    services.end_mandate(binding_id=family.mandate.binding_id, at=timezone.now())
    services.settle(settlement=settlement(family.pharmacy, family.giver, 20_00))
    assert tell() == 0


def test_limits_can_be_switched_off():
    family = Family(50_00, cap=50_00).wants(each_use=False, limits=False)
    services.choose_notices(person=family.mother, each_use=False, limits=False)
    family.use(60_00)
    assert tell() == 0


def test_what_must_stay_on_the_account_is_not_for_the_family():
    giver = make_holder("林海", 2_010_00, area="350100")
    relative = make_holder("林芳", 0, area="350100")
    make_mandate(giver, relative)
    services.settle(settlement=settlement(make_provider(area="350100"), relative, 10_00))
    tell()
    assert [message.template for message in told(giver)] == ["ledger.balance_out"]


# ------------------------------------------------------------- the walk
def test_the_past_is_not_told():
    Family(cap=10_00).wants().use(30_00)
    assert services.tell_new_uses() == 0
    assert NoticeMark.objects.get().told_until <= timezone.now()


def test_history_that_is_imported_is_not_told():
    family = Family().wants()
    moment = timezone.now() - timedelta(days=3)
    with as_owner():
        Mandate.objects.update(valid_from=moment - timedelta(days=1))
        services.import_settlement(
            settlement=settlement(family.pharmacy, family.mother, 5_00, occurred_at=moment), posted_at=moment
        )
    assert tell() == 0


def test_settlement_asks_nothing_of_notices(django_assert_num_queries):
    family = Family().wants()
    asked = settlement(family.pharmacy, family.mother, 30_00)
    with django_assert_num_queries(1):
        services.settle(settlement=asked)


def test_a_quiet_minute_costs_few_queries(django_assert_max_num_queries):
    with transaction.atomic(), django_assert_max_num_queries(4):
        services.tell_uses_between(since=timezone.now() - timedelta(minutes=1), until=timezone.now())


def test_the_job_is_rung_each_minute_and_tells(django_db_blocker):
    assert outbox.handlers()["ledger.tell_uses"].queue == "notify"


def until_told(expected: int) -> int:
    """Walk until so much was told: transactions of other databases on this server may be older than ours."""
    count, patience = 0, time.monotonic() + 60
    while count < expected and time.monotonic() < patience:
        count += services.tell_new_uses()
    return count


def begin() -> None:
    """Set the mark behind everything posted so far."""
    services.tell_new_uses()
    patience = time.monotonic() + 60
    before = timezone.now()
    while NoticeMark.objects.get().told_until < before and time.monotonic() < patience:
        services.tell_new_uses()


@pytest.mark.django_db(transaction=True)
def test_what_was_posted_since_the_last_walk_is_told_once():
    family = Family().wants()
    begin()
    family.use(30_00)
    assert until_told(1) == 1
    family.use(20_00)
    assert until_told(1) == 1
    assert [message.title[-7:] for message in told(family.giver)] == ["30.00 元", "20.00 元"]


@pytest.mark.django_db(transaction=True)
def test_a_posting_that_is_committed_late_is_told_all_the_same():
    """One posts and is slow to commit; another posts later, commits, and the walk comes by in between."""
    family = Family().wants()
    other = make_person("赵二")
    make_mandate(family.giver, other)
    aunt = make_holder("王芳", 500_00)
    make_mandate(aunt, other)
    services.choose_notices(person=aunt, each_use=True, limits=False)
    uncle = make_person("赵三")
    make_mandate(aunt, uncle)
    begin()
    posted, commit = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                family.use(30_00)
                posted.set()
                commit.wait(60)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    try:
        assert posted.wait(60)
        services.settle(settlement=settlement(family.pharmacy, uncle, 7_00))
        for _ in range(3):
            services.tell_new_uses()
        assert told(family.giver) == []
    finally:
        commit.set()
        thread.join()
    assert until_told(2) + len(told(aunt)) >= 2
    assert [message.title for message in told(family.giver)] == ["赵*梅用了您 30.00 元"]
    assert len(told(aunt, "ledger.used")) == 1
    connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_numbers_that_begin_again_do_not_stop_the_walk():
    family = Family().wants()
    begin()
    NoticeMark.objects.update(waiting_until=timezone.now(), waiting_xid=2**60)
    family.use(30_00)
    assert until_told(1) == 1


@pytest.mark.django_db(transaction=True)
def test_a_flood_is_told_in_parts(monkeypatch):
    family = Family().wants()
    begin()
    for _ in range(5):
        family.use(1_00)
    monkeypatch.setattr("ledger.services.use_notices.AT_ONCE", 2)
    assert until_told(5) == 5
    assert len(told(family.giver, "ledger.used")) == 5


@pytest.mark.django_db(transaction=True)
def test_two_walks_at_once_tell_once(in_threads):
    family = Family().wants()
    begin()
    family.use(30_00)
    in_threads(*[services.tell_new_uses] * 3)
    until_told(1) if not told(family.giver) else None
    assert len(told(family.giver)) == 1


# ------------------------------------------------------------- words
WORST = {
    "relative": "阿*力", "giver": "阿*力", "amount": "99999.99", "left": "99999.99", "date": "12月31日",
    "when": "12月31日 23:59", "account": "家庭共济账户", "hotline": "12393", "what": "普通门诊,示例医院",
}  # fmt: skip


@pytest.mark.parametrize("name", OF_USES | OF_LIMITS)
def test_an_sms_fits_and_has_no_address(name, settings):
    settings.SMS_SIGNATURE = "示例省医保"
    text = wording.render(name, WORST)
    assert "您有一条新消息" not in text.sms and len(text.sms) <= wording.SMS_LENGTH
    assert not wording.has_address(text.sms + text.body)
    assert len(text.title) <= 60


# ------------------------------------------------------------- the page
def test_the_switches_are_kept(client):
    person = make_holder("李明")
    login_citizen(client, person)
    page = client.get("/ledger/notices/").content.decode()
    assert "家人每用一次" in page
    choice = services.notice_choice(person)
    assert (choice.each_use, choice.limits) == (False, True)
    assert client.post("/ledger/notices/", {"each_use": "on"}).status_code == 302
    choice = services.notice_choice(person)
    assert (choice.each_use, choice.limits) == (True, False)
    client.post("/ledger/notices/", {"limits": "on"})
    choice = services.notice_choice(person)
    assert (choice.each_use, choice.limits) == (False, True)


def test_both_can_be_switched_off_on_the_page(client):
    person = make_holder("李明")
    login_citizen(client, person)
    assert client.post("/ledger/notices/", {}).status_code == 302
    choice = services.notice_choice(person)
    assert (choice.each_use, choice.limits) == (False, False)


def test_the_account_page_leads_to_the_switches_and_the_balance_stays_plain(client):
    login_citizen(client, make_holder("李明"))
    assert 'href="/ledger/notices/"' in client.get("/accounts/security/").content.decode()
    assert 'href="/ledger/notices/"' not in client.get("/ledger/").content.decode()
