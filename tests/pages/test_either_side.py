"""A relative asks, the giver confirms, the phone changes hands, several in one go: on a telephone."""

import pytest
from django.test import Client
from django.urls import reverse

from binding import services
from binding.models import Application
from binding.rules import State
from gongji import policy
from gongji.policy import Relation
from ledger import services as ledger
from tests.binding.asking import asked, family, handed_in
from tests.binding.browse import standing
from tests.binding.cases import Case, in_state
from tests.factories import PAST, login_citizen, login_staff, make_citizen, make_staff
from tests.pages.looks import looks_right
from tests.roles import as_owner


@pytest.fixture(autouse=True)
def _rules(transactional_db):
    with as_owner():
        ledger.derive_area_rules(policy.load(), PAST)


@pytest.fixture
def log_in(live_server):
    def enter(page, user):
        client = Client()
        (login_staff if user.is_staff else login_citizen)(client, user)
        page.context.clear_cookies()
        cookie = client.cookies["sessionid"]
        page.context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": live_server.url}])

    return enter


def test_a_relative_asks_and_the_giver_confirms(phone, log_in):
    giver, relative = family()
    log_in(phone, relative)
    phone.goto("/bindings/")
    phone.get_by_role("link", name="请家人给您开通").first.click()
    looks_right(phone)
    phone.get_by_role("link", name="开始").click()
    phone.get_by_label("配偶").check()
    phone.get_by_role("button", name="继续").click()
    phone.get_by_label("姓名").fill("林海")
    phone.get_by_label("证件号码").fill(giver.person.id_number)
    phone.get_by_role("button", name="继续").click()
    looks_right(phone, 24)
    phone.get_by_label("我同意医保部门").check()
    phone.get_by_label("签名").fill("苏梅")
    phone.get_by_role("button", name="确认提交").click()
    phone.get_by_text("提交好了").wait_for()
    looks_right(phone)
    case = Case(giver=giver, relative=relative, application=Application.objects.get())
    log_in(phone, giver)
    phone.goto("/bindings/")
    phone.get_by_role("link", name="看一看,再决定").click()
    looks_right(phone)
    phone.get_by_label("一共让家人用多少").fill("3000")
    phone.get_by_label("签名").fill("林海")
    phone.get_by_role("button", name="同意", exact=True).click()
    phone.get_by_text("您已同意").wait_for()
    assert case.now().authorized == 3_000_00 and case.now().other_party_agreed


@pytest.mark.parametrize("size", [0, 1], ids=["standard", "elder"])
def test_the_phone_in_the_others_hand(phone, log_in, size):
    case = standing(in_state(State.AWAITING_CONSENT))
    log_in(phone, case.giver)
    phone.goto(f"{reverse('binding:status', args=[case.application.number])}?elder={size}")
    phone.get_by_role("link", name="家人就在身边").click()
    looks_right(phone, 60 if size else 44)
    phone.get_by_role("button", name="交给家人").click()
    looks_right(phone, 60 if size else 44)
    phone.goto("/bindings/")
    assert phone.url.endswith("/bindings/handed/"), "no other page opens meanwhile"
    phone.get_by_label("证件号的最后 4 位").fill("0000")
    phone.get_by_label("签名").fill("王小芳")
    phone.get_by_role("button", name="同意", exact=True).click()
    phone.get_by_text("还能填 2 次").first.wait_for()
    looks_right(phone, 60 if size else 44)
    phone.get_by_label("证件号的最后 4 位").fill(case.relative.person.id_number[-4:])
    phone.get_by_role("button", name="同意", exact=True).click()
    phone.get_by_text("收到了,您同意").wait_for()
    looks_right(phone, 60 if size else 44)
    phone.get_by_role("button", name="还给李*").click()
    phone.get_by_text("正在审核").first.wait_for()
    assert case.now().state == State.IN_REVIEW


def test_several_relatives_under_one_signature(phone, log_in):
    giver = make_citizen("李明")
    for name, relation in (("王小芳", Relation.SPOUSE), ("李大山", Relation.PARENT)):
        draft = services.start_draft(user=giver, relation=relation)
        person = make_citizen(name).person
        case = Case(giver=giver, application=draft)
        case.application = services.save_relative(
            application=draft, actor=giver, name=name, id_type="01", id_number=person.id_number
        )
        for kind in services.missing_documents(case.application):
            case.hand_in(kind)
    log_in(phone, giver)
    phone.goto("/bindings/")
    phone.get_by_role("link", name="一次给几位家人办").click()
    looks_right(phone)
    phone.get_by_label("我同意医保部门").check()
    phone.get_by_label("签名").fill("李明")
    phone.get_by_role("button", name="一起提交").click()
    phone.get_by_text("2 位家人的申请提交好了").wait_for()
    assert set(Application.objects.values_list("state", flat=True)) == {State.SUBMITTED}


def test_staff_record_what_they_hear(open_page, log_in):
    desk = open_page(viewport={"width": 1280, "height": 900})
    case = standing(in_state(State.AWAITING_CONSENT))
    log_in(desk, make_staff(duties=("clerk",)))
    desk.goto(reverse("admin:binding_callback_changelist"))
    looks_right(desk, 20)
    desk.get_by_role("link", name=case.application.number).click()
    looks_right(desk, 20)
    desk.get_by_role("button", name="显示").first.click()
    desk.get_by_text(case.relative.person.phone).wait_for()
    desk.get_by_label("上面的话读完了").check()
    desk.locator("#call_answer_0").check()
    desk.get_by_role("button", name="记下这次电话").click()
    desk.get_by_text("记下了").wait_for()
    assert case.now().state == State.APPROVED
    log_in(desk, make_staff(duties=("supervisor",)))
    denied = in_state(State.IN_REVIEW)
    services.decline(application=denied.application, actor=denied.relative, stranger=True)
    desk.goto(reverse("admin:binding_denial_changelist"))
    looks_right(desk, 20)
    desk.get_by_role("button", name="核实过了").click()
    desk.get_by_text("不再算在次数里").wait_for()


def test_a_giver_in_review_reads_what_is_asked(phone, log_in):
    case = handed_in(asked("990300", proven=False))
    log_in(phone, case.giver)
    phone.goto(reverse("binding:invitation", args=[case.application.number]))
    looks_right(phone)
    phone.get_by_role("button", name="同意", exact=True).click()
    phone.get_by_text("请写您自己的姓名").first.wait_for()
    looks_right(phone)
