"""亲情账户 on a telephone: a daughter asks, her mother agrees in large letters, both see what was done."""

import pytest
from playwright.sync_api import expect

from binding.models import Application, Binding
from binding.services import system
from ledger import services
from tests.factories import make_account, make_citizen, make_provider, settlement
from tests.pages.conftest import PHONE
from tests.pages.looks import as_citizen, looks_right
from tests.pages.story import press, read, write
from tests.story import time_passes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mother(transactional_db):
    user = make_citizen("王芳")
    make_account(user.person, 963_50)
    services.settle(settlement=settlement(make_provider("康民大药房"), user.person, 36_50, category="drug"))
    return user


@pytest.fixture
def daughter(transactional_db):
    return make_citizen("李小丽")


def test_a_daughter_looks_after_her_mother(mother, daughter, open_page, live_server):
    hers = as_citizen(daughter, open_page(viewport=PHONE), live_server)
    mothers = as_citizen(mother, open_page(viewport={"width": 320, "height": 640}), live_server)
    she_chooses_to_look_and_not_to_pay(hers)
    she_names_her_mother(hers, mother.person)
    time_passes(minutes=11)
    her_mother_agrees(mothers)
    system.enqueue(Application.objects.get().pk)
    she_looks_and_shows_the_code(hers)
    her_mother_sees_it_and_stops_it(mothers)
    binding = Binding.objects.get()
    assert hers.goto(f"/bindings/{binding.pk}/view/").status == 404


def she_chooses_to_look_and_not_to_pay(hers):
    hers.goto("/bindings/new/")
    read(hers, "花您的钱,还是只出示家人的码?")
    looks_right(hers)
    hers.get_by_role("link", name="代看家人").click()
    read(hers, "花的是家人自己的钱,不花您的")
    looks_right(hers)
    hers.get_by_role("link", name="开始").click()


def she_names_her_mother(hers, mother):
    hers.get_by_label("父母", exact=True).check()
    press(hers, "继续")
    write(hers, "家人的姓名", mother.name)
    write(hers, "证件号码", mother.id_number)
    press(hers, "继续")
    looks_right(hers)
    hers.get_by_label("90 天").check()
    press(hers, "继续")
    read(hers, "亲情账户个人承诺书", "90 天,到期自动停")
    looks_right(hers)
    hers.get_by_label("我同意医保部门").check()
    write(hers, "签名", "李小丽")
    press(hers, "确认提交")
    read(hers, "提交好了", "王*要同意")
    looks_right(hers)


def her_mother_agrees(mothers):
    mothers.goto("/bindings/?elder=1")
    mothers.get_by_role("link", name="看一看,再决定").click()
    read(mothers, "李*丽(您的子女)想代看您的医保", "每看一次都有记录")
    looks_right(mothers, 60)
    press(mothers, "同意")
    read(mothers, "您已同意")


def she_looks_and_shows_the_code(hers):
    hers.goto("/bindings/")
    hers.get_by_role("link", name="看一看 王*").click()
    read(hers, "王*的医保", "927.00", "职工基本医疗保险")
    looks_right(hers)
    hers.get_by_role("link", name="看使用明细").click()
    read(hers, "买药", "36.50")
    expect(hers.get_by_role("main")).not_to_contain_text("康民大药房")
    looks_right(hers)
    hers.go_back()
    hers.get_by_role("link", name="出示付款码").click()
    read(hers, "花的是王*自己的钱")
    looks_right(hers)
    press(hers, "出示付款码")
    expect(hers.locator(".paycode")).to_be_visible()


def her_mother_sees_it_and_stops_it(mothers):
    mothers.goto("/accounts/security/")
    read(mothers, "李*丽 · 看了", "出示付款码 1 次")
    looks_right(mothers, 60)
    mothers.get_by_role("link", name="去停用").click()
    mothers.get_by_role("link", name="看或停用 李*丽").click()
    looks_right(mothers, 60)
    mothers.get_by_role("link", name="不再让家人看").click()
    looks_right(mothers, 60)
    press(mothers, "确认停用")
    read(mothers, "已停用")
