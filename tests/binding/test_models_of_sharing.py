"""From the application to the settlement in areas that share by a pool or by authorized totals."""

import pytest

from accounts.models import Message
from binding import services
from binding.models import Application, BindingChange
from binding.rules import State
from gongji import policy
from gongji.errors import Refused
from gongji.policy import Relation
from ledger import services as ledger
from ledger.models import Mandate
from tests.binding.browse import text
from tests.binding.cases import Case
from tests.factories import (
    PAST,
    insure,
    login_citizen,
    make_account,
    make_citizen,
    make_login,
    make_mandate,
    make_person,
)
from tests.roles import as_owner

pytestmark = pytest.mark.django_db
POOLED, GROUPED = "990300", "990400"


@pytest.fixture(autouse=True)
def _rules(db):
    with as_owner():
        ledger.derive_area_rules(policy.load(), PAST)


def living_at_home(name, area, code, **values):
    """Somebody of the household register H1: data prove how they are related, nobody has to look."""
    person = make_person(name)
    insure(person, area, household="H1", relation_to_head=code, **values)
    return make_login(person)


def family(area, balance=9_000_00):
    giver, relative = living_at_home("林海", area, "02"), living_at_home("苏梅", area, "12")
    for user in (giver, relative):
        make_account(user.person, balance, area=area)
    return Case(giver=giver, relative=relative, relation=Relation.SPOUSE)


def opened(case, authorized=None):
    case.begin()
    if authorized:
        services.save_authorized(application=case.application, actor=case.giver, authorized=authorized)
    case.submit().after_undo_time().agree()
    assert case.now().state == State.APPROVED
    return case


def refused(code, verb, **arguments):
    with pytest.raises(Refused) as caught:
        verb(**arguments)
    assert caught.value.code == code
    return f"{caught.value.message}{caught.value.next_step}"


# ------------------------------------------------------------- the household pool
def test_in_a_pool_area_a_binding_is_a_place_in_the_givers_pool():
    case = opened(family(POOLED))
    mandate = Mandate.objects.get(binding_id=case.binding().pk)
    assert (mandate.kind, mandate.account.kind, mandate.account.owner) == ("pool", "pool", case.giver.person)
    assert ledger.pool_of(case.relative.person).creator == case.giver.person
    assert Message.objects.filter(
        person=case.relative.person, template="binding.opened_for_you_pool"
    ).exists()


def test_the_second_member_joins_the_same_pool():
    case = opened(family(POOLED))
    child = living_at_home("林小溪", POOLED, "20", scheme="390")
    opened(Case(giver=case.giver, relative=child, relation=Relation.CHILD))
    assert len(ledger.pool_of(case.giver.person).members) == 3


def test_a_member_cannot_begin_a_pool_of_their_own():
    case = opened(family(POOLED))
    words = refused("in_a_pool", services.start_draft, user=case.relative)
    assert "林*" in words and "退出" in words


def test_whoever_is_in_a_pool_cannot_be_taken_into_another(client):
    case = opened(family(POOLED))
    other = make_citizen("赵强", area=POOLED)
    second = Case(giver=other, relative=case.relative, relation=Relation.SPOUSE)
    second.begin()
    for kind in services.missing_documents(second.application):
        second.hand_in(kind)
    second.submit().after_undo_time()
    assert second.now().state == State.REFUSED
    assert "林" not in str(services.reasons_of(second.now()))


def test_leaving_and_coming_back_within_ten_minutes_is_as_before():
    case = opened(family(POOLED))
    binding = services.end_binding(binding=case.binding(), actor=case.relative)
    assert ledger.pool_of(case.relative.person) is None
    services.undo_end(binding=binding, actor=case.relative)
    assert ledger.pool_of(case.relative.person).balance == 0


def test_coming_back_is_refused_when_one_has_a_pool_of_ones_own_meanwhile():
    case = opened(family(POOLED))
    binding = services.end_binding(binding=case.binding(), actor=case.relative)
    sister = living_at_home("苏兰", POOLED, "")
    make_mandate(case.relative.person, sister.person, kind="pool")
    refused("givers_reached", services.undo_end, binding=binding, actor=case.relative)


def test_a_pool_asks_for_no_limit(client):
    case = family(POOLED).begin()
    login_citizen(client, case.giver)
    address = f"/bindings/new/{case.application.number}/"
    assert client.get(f"{address}cap/").url == f"{address}check/"
    page = text(client.get(f"{address}check/"))
    assert "家庭共济账户里有多少,可以用多少" in page


def test_the_invitation_into_a_pool_says_what_becomes_of_the_money(client):
    case = family(POOLED).begin().submit()
    login_citizen(client, case.relative)
    page = text(client.get(f"/bindings/invitations/{case.application.number}/"))
    assert "请您加入林*的家庭共济账户" in page
    assert "账户解散时" in page and "他医保卡里的钱" not in page


def test_pages_of_a_pool_binding_speak_of_the_pool(client):
    case = opened(family(POOLED))
    binding = case.binding()
    login_citizen(client, case.relative)
    assert "先用您自己的,不够再用家庭共济账户里的" in text(client.get(f"/bindings/{binding.pk}/"))
    end = text(client.get(f"/bindings/{binding.pk}/end/"))
    assert "要退出林*的家庭共济账户吗" in end and "账户解散时" in end
    login_citizen(client, case.giver)
    assert "在您的家庭共济账户里" in text(client.get("/bindings/"))
    assert "家庭共济账户里只剩" not in text(client.get(f"/bindings/{binding.pk}/end/"))


def test_from_the_pool_page_to_the_transfer_and_its_result(client):
    case = opened(family(POOLED, 5_000_00))
    login_citizen(client, case.relative)
    assert "最多可以划进来 3000.00 元" in text(client.get("/ledger/pool/"))
    assert "现在最多划 3000.00 元" in text(client.get("/ledger/transfers/"))
    number = {"number": "1"}
    assert client.post("/ledger/transfers/", {"amount": "3000.01"} | number).status_code == 422
    sure = client.post("/ledger/transfers/", {"amount": "1,000元"} | number)
    assert "要划 1000.00 元,对吗?" in text(sure) and "划进去就不能撤回" in text(sure)
    assert ledger.pool_of(case.giver.person).balance == 0
    values = {"amount": "1000.00", "confirm": "1"} | number
    done = client.post("/ledger/transfers/", values, follow=True)
    assert "1000.00 元划好了" in text(done) and "4000.00" in text(done)
    again = client.post("/ledger/transfers/", values)
    assert again.url == done.redirect_chain[-1][0]
    assert ledger.pool_of(case.giver.person).balance == 1_000_00
    stopped = client.get("/ledger/transfers/")
    assert "本地每人每月最多划 1 次" in text(stopped)
    pool = text(client.get("/ledger/pool/"))
    assert "+1000.00" in pool and "1000.00" in pool
    assert "划拨到家庭共济账户" in text(client.get("/ledger/history/"))


def test_somebody_elses_transfer_is_absent(client):
    case = opened(family(POOLED))
    moved = ledger.transfer_in(actor=case.relative, amount=100_00, number=1)
    login_citizen(client, case.giver)
    assert client.get(f"/ledger/transfers/{moved.id}/").status_code == 404


def test_without_a_pool_the_page_says_how_one_begins(client):
    login_citizen(client, make_citizen("孙强"))
    assert "您现在不在家庭共济账户里" in text(client.get("/ledger/pool/"))
    assert client.get("/ledger/transfers/").url == "/ledger/pool/"


def test_the_pool_page_asks_the_same_number_of_questions_for_any_family(
    client, django_assert_max_num_queries
):
    case = opened(family(POOLED))
    for actor in (case.giver, case.relative):
        ledger.transfer_in(actor=actor, amount=100_00, number=1)
    login_citizen(client, case.giver)
    client.get("/ledger/pool/")
    with django_assert_max_num_queries(13):
        client.get("/ledger/pool/")


# ------------------------------------------------------------- authorized totals
def test_a_group_area_asks_for_the_total(client):
    case = family(GROUPED).begin()
    login_citizen(client, case.giver)
    address = f"/bindings/new/{case.application.number}/"
    assert client.get(f"{address}check/").url == f"{address}cap/"
    assert "一共让家人用多少" in text(client.get(f"{address}cap/"))
    assert client.post(f"{address}cap/", {"authorized": "很多"}).status_code == 422
    assert client.post(f"{address}cap/", {"authorized": ""}).status_code == 422
    assert client.post(f"{address}cap/", {"authorized": "3000"}).url == f"{address}check/"
    assert "一共最多 3000.00 元" in text(client.get(f"{address}check/"))


def test_without_the_total_nothing_is_submitted():
    case = family(GROUPED).begin()
    refused(
        "incomplete", services.submit, application=case.application, actor=case.giver,
        commitment_name="林海", agreed=True,
    )  # fmt: skip


def test_the_binding_carries_the_total_to_the_ledger():
    case = opened(family(GROUPED), authorized=3_000_00)
    assert case.binding().authorized == 3_000_00
    assert Mandate.objects.get(binding_id=case.binding().pk).authorized == 3_000_00


def test_the_giver_changes_the_total_and_both_can_read_it(client):
    case = opened(family(GROUPED), authorized=300_00)
    address = f"/bindings/{case.binding().pk}/"
    login_citizen(client, case.giver)
    assert "300.00 元,已经用了 0.00 元" in text(client.get(address))
    assert client.post(f"{address}cap/", {"authorized": "500"}).status_code == 302
    assert Mandate.objects.get(binding_id=case.binding().pk).authorized == 500_00
    assert case.binding().changes.filter(what=BindingChange.What.AUTHORIZED, after=500_00).exists()
    login_citizen(client, case.relative)
    page = text(client.get(address))
    assert "500.00 元,已经用了 0.00 元" in page and "改总额" not in page
    assert (
        "一共最多 500.00 元" in Message.objects.filter(person=case.relative.person).latest("created_at").body
    )


def test_less_than_was_used_is_said_beside_the_field(client, monkeypatch):
    case = opened(family(GROUPED), authorized=300_00)
    from ledger.services import mandates

    monkeypatch.setattr(mandates, "used_in_all", lambda ids: dict.fromkeys(ids, 200_00))
    login_citizen(client, case.giver)
    page = client.post(f"/bindings/{case.binding().pk}/cap/", {"authorized": "100"})
    assert page.status_code == 422 and "家人已经用了 200.00 元" in text(page)
    assert case.binding().authorized == 300_00


def test_two_people_of_a_group_bind_each_other():
    case = opened(family(GROUPED), authorized=300_00)
    opened(Case(giver=case.relative, relative=case.giver, relation=Relation.SPOUSE), authorized=100_00)
    assert len(ledger.available_to(case.giver.person)) == 1
    assert len(ledger.available_to(case.relative.person)) == 1


def test_the_application_keeps_a_total_only_above_nothing():
    from django.db import IntegrityError, transaction

    case = family(GROUPED).begin()
    with pytest.raises(IntegrityError, match="application_total_positive"), transaction.atomic():
        Application.objects.filter(pk=case.application.pk).update(authorized=0)


def test_a_person_without_a_phone_can_be_in_a_pool():
    case = family(POOLED)
    grandmother = make_person("林奶奶", phone=None)
    insure(grandmother, POOLED, household="H1", relation_to_head="52", scheme="390")
    opened(Case(giver=case.giver, relative=make_login(grandmother), relation=Relation.PARENT))
    assert ledger.pool_of(grandmother) is not None
