"""Systems that are no entrance of an area: the window, the hospital's desk, 亲情账户, 医保钱包."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import VerifiedLevel
from binding import services
from binding.models import Channel, Kind
from binding.rules import Party, State
from gongji.errors import Refused
from gongji.money import yuan
from gongji.policy import Relation
from ledger import services as ledger
from tests.binding.browse import text
from tests.binding.cases import in_force
from tests.binding.counter import Counter
from tests.binding.views_of import looked_after, view_draft
from tests.factories import (
    login_citizen,
    make_account,
    make_citizen,
    make_provider,
    settlement,
)
from tests.ledger.provider import Hospital
from tests.ledger.wallets import Family, daytime

pytestmark = pytest.mark.django_db


# ------------------------------------------------------------- 线下窗口
def test_at_the_window_a_clerk_enters_it_with_the_originals_seen():
    counter = Counter()
    application = counter.whole()
    assert (application.channel, application.entrance) == (Channel.WINDOW, "window")
    assert application.proofs.exists()
    counter.citizen.refresh_from_db()
    assert counter.citizen.level == VerifiedLevel.WINDOW


def test_what_one_clerk_entered_is_looked_at_by_another():
    application = Counter().whole()
    assert application.state not in (State.APPROVED, State.REFUSED)
    assert services.timeline(application)


def test_the_window_prints_what_was_used():
    counter = Counter()
    make_account(counter.citizen, 100_00)
    ledger.settle(settlement=settlement(make_provider(), counter.citizen, 12_50))
    counter.greet(purpose="statement")
    month = f"{timezone.localdate():%Y-%m}"
    assert month in counter.client.get(counter.url("statements")).content.decode()
    printed = counter.client.get(counter.url("statement", "used", month))
    assert printed["Content-Type"] == "application/pdf"
    assert printed.content.startswith(b"%PDF")


# ------------------------------------------------------------- 定点医疗机构医保结算部门
def search(provider, person, since, until):
    who = {"id_type": person.id_type, "id_number": person.id_number, "name": person.name}
    body = {"beneficiary": who, "from": since, "to": until, "cursor": None}
    return Hospital(provider).send("POST", "settlements/search", body).json()


def test_the_hospitals_desk_looks_up_its_own_records_by_person_and_time_span():
    provider = make_provider("示例医院")
    person = make_citizen("王芳").person
    make_account(person, 100_00)
    ledger.settle(settlement=settlement(provider, person, 12_50))
    ledger.settle(settlement=settlement(make_provider("别的医院"), person, 30_00))
    today = timezone.localdate()
    found = search(provider, person, str(today - timedelta(days=7)), str(today))
    assert [row["amount"] for row in found["items"]] == ["12.50"]
    assert not search(provider, person, "2020-01-01", "2020-01-31")["items"]


# ------------------------------------------------------------- 亲情账户
@pytest.fixture
def mother():
    user = make_citizen("王芳")
    make_account(user.person, 963_50)
    return user


def test_either_side_adds_the_other_and_no_money_moves(mother):
    daughter, son = make_citizen("李小丽"), make_citizen("李小强")
    assert looked_after(mother, daughter, by=Party.BENEFICIARY).kind == Kind.VIEW
    assert looked_after(mother, son, by=Party.AUTHORIZER).kind == Kind.VIEW
    make_account(daughter.person, 500_00)
    reply = json.loads(ledger.settle(settlement=settlement(make_provider(), mother.person, 1000_00)).body)
    assert (reply["own"], reply["mutual_aid"], reply["cash"]) == ("963.50", "0.00", "36.50")


def test_the_viewer_sees_insurance_balance_and_use_and_each_look_is_kept(client, mother):
    daughter = make_citizen("李小丽")
    binding = looked_after(mother, daughter)
    login_citizen(client, daughter)
    page = text(client.get(reverse("binding:view", args=[binding.pk])))
    assert "正常参保" in page and yuan(963_50) in page
    login_citizen(client, mother)
    assert "李*丽" in text(client.get(reverse("accounts:security")))


def test_five_may_be_looked_after_and_two_may_look(mother):
    daughter = make_citizen("李小丽")
    for _place in range(5):
        looked_after(make_citizen("王五"), daughter)
    with pytest.raises(Refused, match="limit_reached") as refused:
        view_draft(mother, daughter)
    assert refused.value.next_step
    for _place in range(2):
        looked_after(mother, make_citizen("李小强"))
    with pytest.raises(Refused, match="limit_reached"):
        view_draft(mother, make_citizen("李小明"), by=Party.AUTHORIZER)


def test_it_is_for_30_or_90_days_and_either_side_stops_it(mother):
    binding = looked_after(mother, make_citizen("李小丽"), days=30)
    assert (binding.expires_at - binding.since).days == 30
    assert services.end_binding(binding=binding, actor=mother).until is not None


# ------------------------------------------------------------- 医保钱包
def test_a_relative_in_another_province_gets_a_wallet_by_the_same_way():
    case = in_force(
        relative=make_citizen("王小芳", area="360100"), kind=Kind.WALLET, relation=Relation.SPOUSE
    )
    assert case.binding().kind == Kind.WALLET


def test_what_is_sent_waits_until_it_is_taken_and_the_rest_goes_home():
    with daytime():
        family = Family()
        transfer = family.send(200_00)
        assert family.has() == {"own": 4800_00, "on_the_way": 200_00, "wallet": 0}
        family.take(transfer)
        assert family.has() == {"own": 4800_00, "on_the_way": 0, "wallet": 200_00}


def test_a_transfer_is_at_most_2000_yuan_three_times_a_day():
    with daytime():
        family = Family(9_000_00)
        with pytest.raises(Refused) as refused:
            family.send(2000_01)
        assert "2000.00" in f"{refused.value.message}{refused.value.next_step}"
        for _time in range(3):
            family.send(2000_00)
        with pytest.raises(Refused, match="daily_limit"):
            family.send(1_00)
