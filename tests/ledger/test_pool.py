"""The household pool: money goes in, the family uses it, what is left goes back, and no 分 is lost."""

from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Message, User
from gongji import policy
from gongji.errors import Refused
from gongji.models import OutboxJob
from gongji.policy import PoolLeave
from ledger import rules, services, tasks
from ledger.models import LedgerAccount, Mandate, Transaction
from tests.factories import make_holder, make_login, make_mandate, make_person, settlement
from tests.ledger.conftest import data

pytestmark = pytest.mark.django_db
POOLED = "990300"


class Family:
    """林海 created the pool; 苏梅 and 林小溪 are in it."""

    def __init__(self, head: int = 9_000_00, wife: int = 5_000_00, child: int = 0) -> None:
        self.head = make_holder("林海", head, area=POOLED)
        self.wife = make_holder("苏梅", wife, area=POOLED)
        self.child = make_holder("林小溪", child, area=POOLED)
        self.of_wife = make_mandate(self.head, self.wife, kind="pool")
        self.of_child = make_mandate(self.head, self.child, kind="pool")
        self.account = LedgerAccount.objects.get(kind="pool")

    def put_in(self, person, amount, number=1):
        user = User.objects.filter(person=person).first() or make_login(person)
        return services.transfer_in(actor=user, amount=amount, number=number)

    def leave(self, mandate):
        services.end_mandate(binding_id=mandate.binding_id, at=timezone.now())

    def wind_up(self):
        with time_machine.travel(timezone.now() + timedelta(minutes=11)):
            return services.wind_up(pool=self.account.pk)

    @property
    def balance(self):
        return LedgerAccount.objects.get(pk=self.account.pk).balance

    def all_money(self):
        people = (self.head, self.wife, self.child)
        return self.balance + sum(services.personal_balance(person) for person in people)


@pytest.fixture
def family(db):
    return Family()


def refused(code, function, *args, **values):
    with pytest.raises(Refused) as why:
        function(*args, **values)
    assert why.value.code == code
    return f"{why.value.message}{why.value.next_step}"


# ------------------------------------------------------------- being in it
def test_the_first_member_opens_the_pool_and_its_creator_is_in_it(family):
    pool = services.pool_of(family.head)
    assert pool.is_creator and not pool.alone
    assert [(member.person, member.creator) for member in pool.members] == [
        (family.head, True), (family.wife, False), (family.child, False),
    ]  # fmt: skip
    assert LedgerAccount.objects.filter(kind="pool").count() == 1


def test_nobody_is_in_two_pools(family):
    neighbour = make_holder("赵强", area=POOLED)
    make_mandate(neighbour, make_holder("赵小强", area=POOLED), kind="pool")
    assert services.other_pool_of(family.wife, than_of=neighbour).authorizer == family.head
    assert services.other_pool_of(family.wife, than_of=family.head) is None
    assert services.other_pool_of(family.head) is None


def test_money_of_the_pool_is_used_after_ones_own(family, pharmacy):
    family.put_in(family.wife, 1_000_00)
    told = data(services.settle(settlement=settlement(pharmacy, family.child, 120_00)))
    assert [(part["source"], part["amount"], part["authorizer"]) for part in told["parts"]] == [
        ("pool", "120.00", None)
    ]
    assert family.balance == 880_00
    told = data(services.settle(settlement=settlement(pharmacy, family.wife, 4_880_00 + 10_00)))
    assert [(part["source"], part["amount"]) for part in told["parts"]] == [
        ("own", "4000.00"), ("pool", "880.00"),
    ]  # fmt: skip
    assert told["cash"] == "10.00"


def test_the_creators_own_account_is_not_used_by_members(family, pharmacy):
    told = data(services.settle(settlement=settlement(pharmacy, family.child, 50_00)))
    assert (told["cash"], services.personal_balance(family.head)) == ("50.00", 9_000_00)


def test_what_is_available_names_the_pool(family):
    family.put_in(family.wife, 300_00)
    (source,) = services.available_to(family.child)
    assert (source.kind, source.usable, source.authorizer) == ("pool", 300_00, family.head)


# ------------------------------------------------------------- 划拨
def test_only_what_is_above_two_thousand_can_be_moved(family):
    terms = services.transfer_now(services.pool_of(family.wife))
    assert (terms.balance, terms.keep, terms.movable, terms.reason) == (5_000_00, 2_000_00, 3_000_00, "")
    words = refused("too_much", family.put_in, family.wife, 3_000_01)
    assert "3000.00" in words and "2000.00" in words
    family.put_in(family.wife, 3_000_00)
    assert (services.personal_balance(family.wife), family.balance) == (2_000_00, 3_000_00)


def test_who_has_less_than_must_stay_can_move_nothing(family):
    terms = services.transfer_now(services.pool_of(family.child))
    assert (terms.movable, terms.reason) == (0, "nothing_above")
    refused("too_much", family.put_in, family.child, 1)


def test_once_a_calendar_month_for_each_person(family):
    family.put_in(family.wife, 100_00)
    words = refused("too_often", family.put_in, family.wife, 100_00, 2)
    assert "每月最多 1 次" in words
    family.put_in(family.head, 100_00)
    next_month = (timezone.localtime().replace(day=1, hour=12) + timedelta(days=32)).replace(day=1)
    with time_machine.travel(next_month):
        family.put_in(family.wife, 100_00)
    assert family.balance == 300_00


def test_pressed_twice_it_is_moved_once(family):
    first = family.put_in(family.wife, 100_00)
    again = family.put_in(family.wife, 100_00)
    assert (first.new, again.new, first.id) == (True, False, again.id)
    assert family.balance == 100_00


def test_another_amount_from_an_old_page_is_refused(family):
    family.put_in(family.wife, 100_00)
    refused("too_often", family.put_in, family.wife, 200_00)
    assert family.balance == 100_00


def test_an_area_without_a_limit_numbers_the_transfers(family, monkeypatch):
    _let_the_area_say(monkeypatch, pool_transfers_per_month=None)
    for number in (1, 2, 3):
        family.put_in(family.wife, 100_00, number)
    refused("page_too_old", family.put_in, family.wife, 50_00, 3)
    assert family.balance == 300_00
    assert services.transfer_now(services.pool_of(family.wife)).number == 4


@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_once_move_once(in_threads):
    family = Family()
    user = make_login(family.wife)

    def put_in(amount):
        return services.transfer_in(actor=user, amount=amount, number=1)

    results = in_threads(*(lambda fen=fen: put_in(fen) for fen in (100_00, 200_00, 300_00)))
    assert sum(isinstance(result, Refused) for result in results) == 2
    assert family.balance in (100_00, 200_00, 300_00)
    assert family.all_money() == 14_000_00


def test_who_is_paused_or_alone_or_in_no_pool_moves_nothing(family):
    services.pause_mandate(binding_id=family.of_wife.binding_id)
    refused("pool_paused", family.put_in, family.wife, 100_00)
    family.leave(family.of_wife)
    family.leave(family.of_child)
    refused("pool_alone", family.put_in, family.head, 100_00)
    refused("no_pool", family.put_in, family.wife, 100_00)
    refused("no_pool", services.transfer_in, actor=make_login(make_person()), amount=1, number=1)


def test_the_creator_hears_of_money_that_comes_in(family):
    family.put_in(family.wife, 100_00)
    family.put_in(family.head, 100_00)
    assert [message.title for message in Message.objects.filter(person=family.head)] == [
        "苏*划进来 100.00 元"
    ]


# ------------------------------------------------------------- leaving, and the end
def test_who_leaves_loses_the_use_at_once_and_the_money_stays(family, pharmacy):
    family.put_in(family.wife, 500_00)
    family.leave(family.of_wife)
    told = data(services.settle(settlement=settlement(pharmacy, family.wife, 4_500_00 + 20_00)))
    assert told["cash"] == "20.00"
    assert family.wind_up() == 0
    assert family.balance == 500_00
    assert [member.left for member in services.pool_of(family.head).members] == [False, True, False]


def test_leaving_has_the_pool_looked_at_when_it_cannot_be_undone_any_more(family):
    family.leave(family.of_wife)
    job = OutboxJob.objects.get(kind="pool_left")
    assert job.ref == str(family.account.pk)
    assert job.next_at > timezone.now() + timedelta(minutes=9)


def test_where_the_area_says_so_who_leaves_takes_their_part(family, pharmacy, monkeypatch):
    _let_the_area_say(monkeypatch, pool_leave=PoolLeave.SHARE)
    family.put_in(family.wife, 300_00)
    family.put_in(family.head, 100_00)
    services.settle(settlement=settlement(pharmacy, family.child, 200_00))
    family.leave(family.of_wife)
    assert family.wind_up() == 150_00
    assert services.personal_balance(family.wife) == 4_700_00 + 150_00
    assert (family.balance, family.wind_up()) == (50_00, 0)
    family.leave(family.of_child)
    assert family.wind_up() == 50_00
    assert services.personal_balance(family.head) == 8_900_00 + 50_00


def test_when_the_last_member_is_gone_the_rest_goes_back_in_proportion(family, pharmacy):
    family.put_in(family.wife, 200_00)
    family.put_in(family.head, 100_00)
    services.settle(settlement=settlement(pharmacy, family.child, 100_00))
    family.leave(family.of_wife)
    family.leave(family.of_child)
    assert family.wind_up() == 200_00
    assert services.personal_balance(family.wife) == 4_800_00 + 133_33
    assert services.personal_balance(family.head) == 8_900_00 + 66_67
    assert family.all_money() == 14_000_00 - 100_00
    with time_machine.travel(timezone.now() + timedelta(minutes=12)):
        assert services.pool_of(family.head) is None
    assert family.wind_up() == 0
    assert "133.33" in Message.objects.get(person=family.wife, template="ledger.pool_out").body


def test_while_the_end_can_be_undone_nothing_goes_back(family):
    family.put_in(family.wife, 200_00)
    family.leave(family.of_wife)
    family.leave(family.of_child)
    assert services.wind_up(pool=family.account.pk) == 0
    services.revive_mandate(binding_id=family.of_wife.binding_id)
    assert family.wind_up() == 0
    assert family.balance == 200_00


def test_a_refund_after_the_end_goes_to_those_who_put_money_in(family, pharmacy):
    family.put_in(family.wife, 200_00)
    reply = services.settle(settlement=settlement(pharmacy, family.child, 50_00))
    family.leave(family.of_wife)
    family.leave(family.of_child)
    family.wind_up()
    _give_back(pharmacy, reply.id)
    assert services.pools_to_wind_up() == [family.account.pk]
    assert family.wind_up() == 50_00
    assert services.personal_balance(family.wife) == 5_000_00
    assert services.pools_to_wind_up() == []


def test_a_pool_opened_again_begins_anew(family):
    family.put_in(family.wife, 200_00)
    family.leave(family.of_wife)
    family.leave(family.of_child)
    family.wind_up()
    later = timezone.now() + timedelta(minutes=20)
    with time_machine.travel(later):
        make_mandate(family.head, family.child, kind="pool", valid_from=later)
        pool = services.pool_of(family.head)
    assert [(member.person, member.put_in) for member in pool.members] == [
        (family.head, 0),
        (family.child, 0),
    ]
    assert LedgerAccount.objects.filter(kind="pool").count() == 1


def test_the_books_of_a_pool_verify(family, pharmacy):
    family.put_in(family.wife, 200_00)
    services.settle(settlement=settlement(pharmacy, family.child, 50_00))
    family.leave(family.of_wife)
    family.leave(family.of_child)
    family.wind_up()
    assert services.verify().finding is None
    kinds = set(Transaction.objects.values_list("kind", flat=True))
    assert {"pool_in", "pool_out", "settlement"} <= kinds


def test_the_creators_place_is_kept_by_the_database(family):
    assert Mandate.objects.filter(kind="pool", valid_until=None, beneficiary=family.head).count() == 1


# ------------------------------------------------------------- dividing
money = st.integers(0, 10**12)


@given(money, st.dictionaries(st.integers(), money, max_size=9))
def test_every_fen_is_given_out_and_none_is_made(amount, put_in):
    parts = rules.shares(amount, put_in)
    assert sum(parts.values()) == (amount if sum(put_in.values()) else 0)
    assert all(part >= 0 for part in parts.values())


@given(st.dictionaries(st.integers(), st.integers(1, 10**9), min_size=1, max_size=9), st.data())
def test_nobody_gets_back_more_than_they_put_in(put_in, draw):
    amount = draw.draw(st.integers(0, sum(put_in.values())))
    parts = rules.shares(amount, put_in)
    assert all(parts[person] <= put_in[person] for person in put_in)


@given(st.dictionaries(st.integers(), st.integers(1, 10**9), min_size=1, max_size=9), money)
def test_a_part_is_off_the_exact_proportion_by_less_than_a_fen(put_in, amount):
    total = sum(put_in.values())
    for person, part in rules.shares(amount, put_in).items():
        assert abs(part * total - amount * put_in[person]) < total


# ------------------------------------------------------------- helpers
def _let_the_area_say(monkeypatch, **values):
    import dataclasses

    changed = dataclasses.replace(policy.for_area(POOLED), **values)
    real = policy.for_area
    monkeypatch.setattr(policy, "for_area", lambda code: changed if code == POOLED else real(code))


def _give_back(pharmacy, original: UUID):
    services.reverse(
        provider=pharmacy, original=original, serial="R1", amount=None, reason="退药",
        occurred_at=timezone.now(),
    )  # fmt: skip


# ------------------------------------------------------------- in the background
def test_the_job_that_leaving_posts_winds_the_pool_up(family):
    family.put_in(family.wife, 200_00)
    family.leave(family.of_wife)
    family.leave(family.of_child)
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        tasks.look_at_pool(str(family.account.pk))
        tasks.look_at_pool(str(family.account.pk))
    assert (family.balance, services.personal_balance(family.wife)) == (0, 5_000_00)


def test_each_night_ended_pools_with_money_are_found(family, pharmacy):
    family.put_in(family.wife, 200_00)
    reply = services.settle(settlement=settlement(pharmacy, family.child, 50_00))
    family.leave(family.of_wife)
    family.leave(family.of_child)
    family.wind_up()
    _give_back(pharmacy, reply.id)
    tasks.empty_ended_pools("2026-11-22")
    tasks.empty_ended_pools("2026-11-22")
    jobs = OutboxJob.objects.filter(kind="pool_left", dedup__startswith="pool_rest")
    assert [job.ref for job in jobs] == [str(family.account.pk)]
