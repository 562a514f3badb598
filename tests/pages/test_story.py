"""The main job from end to end: a real browser, real workers, real services, one household.

A worker shares the account with his wife on a phone, staff review it at a desk, she consents, a pharmacy
settles, both see who used what, he ends it, and the next settlement is cash. `make pictures` takes the
README's pictures from here.
"""

import re

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from binding.rules import State
from tests.crew import eventually
from tests.pages.album import shot
from tests.pages.conftest import DESK, PHONE
from tests.pages.story import (
    choose_relation,
    click_and_hear,
    is_clean,
    log_in,
    log_in_staff,
    name_relative,
    open_case,
    press,
    read,
    receives,
    say_who,
    unfold,
    upload,
    write,
)
from tests.story import Cast, time_passes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(transactional_db):
    """The rules are published and the people are in the registry; nobody has been here before."""
    call_command("policy", "publish", verbosity=0)
    return Cast.assemble()


def test_a_couple_shares_an_account_from_the_first_login_to_the_last_settlement(
    open_page, live_server, cast, crew
):
    crew.worker()
    crew.beat()
    hers, his = open_page(viewport=PHONE), open_page(viewport=PHONE)
    desk, late = open_page(viewport=DESK), open_page(viewport=DESK)
    till = cast.till(live_server.url)

    the_worker_proves_who_he_is(his, cast)
    the_worker_applies(his, cast)
    the_blurred_photo_comes_back(desk, cast)
    the_worker_sends_a_better_one(his, cast)
    one_reviewer_approves_and_the_other_is_too_late(desk, late, cast)
    the_relative_agrees(hers, cast)
    she_sees_what_she_can_use(hers)
    the_pharmacy_settles_own_then_shared_then_cash(till, cast)
    both_see_who_used_what(hers, his)
    the_worker_ends_it(his, cast)
    the_next_settlement_is_cash(till, cast)


def the_worker_proves_who_he_is(his, cast):
    his.goto("/")
    shot(his, "home")
    log_in(his, cast.worker)
    read(his, "先核实您是谁")
    say_who(his, "李明", cast.worker.id_number[:-1])
    read(his, "身份证号是 18 位,您填了 17 位")
    say_who(his, "李明", cast.relative.id_number)
    read(his, "姓名和号码对不上")
    say_who(his, "李明", cast.worker.id_number)
    expect(his).to_have_url(re.compile("/bindings/$"))


def the_worker_applies(his, cast):
    choose_relation(his, "配偶")
    shot(his, "relative")
    name_relative(his, "王小芳", cast.relative.id_number, cast.relative.phone)
    shot(his, "proof")
    upload(his, "结婚证内页", cast.certificate(flaw="blur"))
    his.get_by_role("link", name=re.compile("更改.*能用多少")).click()
    his.get_by_label("每月有上限").check()
    write(his, "每月上限(元)", "80")
    press(his, "继续")
    read(his, "每月最多 80.00 元")
    shot(his, "check")
    his.get_by_label("我同意医保部门").check()
    write(his, "签名", "李明")
    press(his, "确认提交")
    application = cast.application()
    read(his, "提交好了", application.number, "最晚")
    shot(his, "submitted")
    is_clean(application)
    time_passes(minutes=10)


def the_blurred_photo_comes_back(desk, cast):
    number = cast.application().number
    eventually(lambda: cast.application().state == State.IN_REVIEW, "the case is in the queue")
    log_in_staff(desk, cast.first)
    read(desk, number)
    desk.get_by_role("button", name="领取下一件").click()
    read(desk, number, "由您领取")
    decision = unfold(desk, "退回补材料")
    decision.get_by_label("B01 模糊或反光").check()
    write(decision, "哪里看不清", "登记日期")
    decision.get_by_role("button").click()
    read(desk, "结婚证反光,登记日期看不清")
    shot(desk, "desk-preview", height=540)
    desk.get_by_role("button", name="确认,回待办").click()
    read(desk, f"{number} 已办")
    time_passes(minutes=5)
    receives(cast.worker, "还差材料")


def the_worker_sends_a_better_one(his, cast):
    his.goto("/bindings/")
    his.get_by_role("link", name="补材料").click()
    read(his, "登记日期看不清")
    shot(his, "fix")
    upload(his, "结婚证内页", cast.certificate(), "交上去")
    read(his, "正在审核")
    is_clean(cast.application())


def one_reviewer_approves_and_the_other_is_too_late(desk, late, cast):
    number = cast.application().number
    log_in_staff(late, cast.second)
    open_case(late, number)
    open_case(desk, number)
    desk.get_by_role("button", name="领取这一件").click()
    for tick in ("清楚完整", "人和号一致", "能证明所选关系"):
        desk.get_by_label(tick).check()
    shot(desk, "desk", height=1230)
    desk.get_by_role("button", name="通过,看预览").click()
    desk.get_by_role("button", name="确认,回待办").click()
    read(desk, f"{number} 已办")
    answer = click_and_hear(late, "领取这一件")
    assert answer.status == 409
    read(late, "该申请已由其他人员办理", number)
    time_passes(minutes=5)
    receives(cast.relative, "的医保个人账户")


def the_relative_agrees(hers, cast):
    log_in(hers, cast.relative)
    say_who(hers, "王小芳", cast.relative.id_number)
    hers.get_by_role("link", name="看一看,再决定").click()
    read(hers, "想让您用", "医保卡里的钱看病买药", "医院名字、药名、病名")
    shot(hers, "invitation")
    press(hers, "同意")
    read(hers, "您已同意,已经开通")
    assert cast.application().state == State.APPROVED


def she_sees_what_she_can_use(hers):
    hers.get_by_role("link", name="余额").click()
    read(hers, "116.50", "自己的 36.50 元,家人的 80.00 元")
    shot(hers, "balance")


def the_pharmacy_settles_own_then_shared_then_cash(till, cast):
    split = till.settle("YD-0001", "王小芳", cast.relative.id_number, "20.00")
    assert (split["own"], split["mutual_aid"], split["cash"]) == ("20.00", "0.00", "0.00")
    split = till.settle("YD-0002", "王小芳", cast.relative.id_number, "128.40")
    assert (split["own"], split["mutual_aid"], split["cash"]) == ("16.50", "80.00", "31.90")
    assert [part["source"] for part in split["parts"]] == ["own", "mutual_aid"]


def both_see_who_used_what(hers, his):
    hers.get_by_role("link", name="余额").click()
    read(hers, "自己的 0.00 元,家人的 0.00 元", "额度 80.00 元已用完")
    hers.get_by_role("link", name="看看花了多少").click()
    read(hers, "自己账户 36.50 + 家人共济 80.00 + 现金 31.90", "李*出 80.00 元")
    shot(hers, "history")
    his.goto("/bindings/")
    read(his, "王*芳", "80.00")
    shot(his, "mine")
    his.get_by_role("link", name="明细").click()
    read(his, "500.00", "420.00", "王*芳 80.00")


def the_worker_ends_it(his, cast):
    his.goto("/bindings/")
    his.get_by_role("link", name="查看 王*芳").click()
    his.get_by_role("link", name="解除").click()
    read(his, "不能再用您的钱", "10 分钟内可以反悔")
    press(his, "确认解除")
    read(his, "已解除")
    shot(his, "ended")


def the_next_settlement_is_cash(till, cast):
    split = till.settle("YD-0003", "王小芳", cast.relative.id_number, "15.00")
    assert (split["own"], split["mutual_aid"], split["cash"]) == ("0.00", "0.00", "15.00")
