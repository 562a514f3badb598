"""A promise signed with a finger, by keyboard, and without JavaScript; and what opens with it."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from binding.models import Application, Recheck, Signature
from binding.rules import State
from tests.binding.test_commitment import PHONE_OFFICE, _kunming_draft, in_kunming
from tests.binding.test_recheck import UNTRUE, drawn_case, of
from tests.factories import login_citizen, login_staff, make_citizen
from tests.pages.looks import barriers, overflow, small_targets
from tests.pages.story import press, read, write


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.STORAGE_URL = f"file://{tmp_path}/files"


def log_in(page: Page, live_server, user) -> None:
    client = Client()
    (login_staff if user.is_staff else login_citizen)(client, user)
    cookie = client.cookies["sessionid"]
    page.context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": live_server.url}])


@pytest.fixture
def draft(live_server, transactional_db):
    """Everything is answered, in an area where one signs by hand and the 告知书 has changed meanwhile."""
    return _kunming_draft("an older one")


def to_the_promise(page: Page, live_server, case) -> str:
    log_in(page, live_server, case.giver)
    page.goto(reverse("binding:check", args=[case.application.number]))
    return case.application.number


NONE = ([], 0, [])


def flaws(page: Page) -> tuple[list[str], int, list[str]]:
    return barriers(page), overflow(page), small_targets(page, 44)


def agree(page: Page) -> None:
    page.get_by_label("我已读完,知道以上内容").check()
    page.get_by_label("我同意医保部门").check()


def draw(page: Page) -> None:
    """Two strokes with the pointer, from where the field stands on the screen."""
    canvas = page.locator(".sign-canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    for stroke in ([(0.2, 0.8), (0.4, 0.2), (0.5, 0.8)], [(0.6, 0.3), (0.85, 0.3), (0.7, 0.8)]):
        points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for x, y in points[1:]:
            page.mouse.move(x, y, steps=8)
        page.mouse.up()


def test_a_signature_drawn_with_the_finger_opens_it_at_once(phone, live_server, draft):
    number = to_the_promise(phone, live_server, draft)
    assert flaws(phone) == NONE
    agree(phone)
    draw(phone)
    expect(phone.locator("#sign-state")).to_have_text("写好了")
    press(phone, "确认提交")
    read(phone, "已开通,马上能用", number)
    signature = Signature.objects.get()
    assert signature.how == "drawn"
    picture = phone.get_by_alt_text("您手写的签名")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.complete && image.naturalWidth") > 300
    assert flaws(phone) == NONE


def test_what_was_drawn_is_still_there_after_a_mistake_and_can_be_wiped(phone, live_server, draft):
    to_the_promise(phone, live_server, draft)
    draw(phone)
    press(phone, "确认提交")
    phone.locator(".error-summary").wait_for()
    expect(phone.locator("#sign-state")).to_have_text("写好了")
    ink = (
        "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(v => v)"
    )
    assert phone.locator(".sign-canvas").evaluate(ink)
    phone.get_by_role("button", name="擦掉重写").click()
    expect(phone.locator("#sign-state")).to_have_text("还没有写")
    assert not phone.locator(".sign-canvas").evaluate(ink)
    assert phone.locator("input[name=drawing]").input_value() == ""


def test_whoever_cannot_draw_writes_the_name_with_the_keyboard_alone(phone, live_server, draft):
    to_the_promise(phone, live_server, draft)
    for label in ("我已读完,知道以上内容", "我同意医保部门"):
        phone.get_by_label(label).focus()
        phone.keyboard.press("Space")
    phone.keyboard.press("Tab")
    expect(phone.get_by_role("button", name="擦掉重写")).to_be_focused()
    phone.keyboard.press("Tab")
    phone.keyboard.type("李明")
    phone.keyboard.press("Enter")
    read(phone, "已开通,马上能用")
    assert Signature.objects.get().how == "name"


def test_without_javascript_there_is_only_the_name(open_page, live_server, draft):
    page = open_page(java_script_enabled=False)
    to_the_promise(page, live_server, draft)
    expect(page.locator(".sign-canvas")).to_be_hidden()
    agree(page)
    write(page, "签名", "李明")
    press(page, "确认提交")
    read(page, "已开通,马上能用")


@pytest.mark.parametrize("size", [1, 2])
def test_one_signs_in_elder_mode_too(phone, live_server, draft, size):
    number = to_the_promise(phone, live_server, draft)
    phone.goto(f"{reverse('binding:check', args=[number])}?elder={size}")
    assert flaws(phone) == NONE
    agree(phone)
    draw(phone)
    press(phone, "确认提交")
    read(phone, "已开通,马上能用")


def test_the_notice_and_my_letters_have_no_barriers(phone, live_server, transactional_db):
    user = in_kunming()
    log_in(phone, live_server, user)
    phone.goto(f"{reverse('binding:relation')}?entrance={PHONE_OFFICE}")
    assert "/notice/" in phone.url
    assert flaws(phone) == NONE
    phone.get_by_label(re.compile("我已读完")).check()
    press(phone, "继续")
    phone.get_by_label("配偶").wait_for()


def test_calling_off_is_one_press(phone, live_server, draft):
    to_the_promise(phone, live_server, draft)
    agree(phone)
    draw(phone)
    press(phone, "确认提交")
    press(phone, "撤销开通")
    read(phone, "已撤销开通", "没有用过钱")
    assert Application.objects.get().state == State.WITHDRAWN
    phone.get_by_role("link", name="看我同意过的文书").click()
    read(phone, "我同意过的文书", "家庭共济个人承诺书", "屏幕手写")
    assert flaws(phone) == NONE


def test_a_later_look_at_the_desk_and_at_home(desk, phone, live_server, transactional_db):
    case = drawn_case()
    log_in(desk, live_server, case.reviewer)
    desk.goto("/admin/binding/recheck/")
    desk.get_by_role("link", name=case.application.number).click()
    assert barriers(desk) == []
    desk.get_by_text("请群众补证明").click()
    desk.get_by_label("结婚证").check()
    desk.get_by_role("button", name="发通知给群众").click()
    desk.get_by_text("已记下").wait_for()
    log_in(phone, live_server, case.giver)
    phone.goto(reverse("binding:status", args=[case.application.number]))
    phone.get_by_role("main").get_by_role("link", name="补材料").click()
    assert flaws(phone) == NONE
    Recheck.objects.update(state="waiting")
    desk.goto(reverse("admin:binding_recheck_check", args=[of(case).pk]))
    desk.get_by_text("不实,请另一位确认").click()
    desk.get_by_label(f"{UNTRUE.code} 关系不真实").check()
    desk.get_by_role("button", name="交另一位确认").click()
    desk.get_by_text("待另一人确认").first.wait_for()
    log_in(desk, live_server, case.second)
    desk.goto(reverse("admin:binding_recheck_check", args=[of(case).pk]))
    desk.get_by_text("确认不实,马上停止").click()
    desk.get_by_role("button", name="确认不实", exact=True).click()
    desk.get_by_text("已记下").wait_for()
    phone.goto(reverse("binding:status", args=[case.application.number]))
    read(phone, "承诺和实际不符", "没有用过钱", "申请复核")
    assert flaws(phone) == NONE


def test_a_stranger_has_no_letters(phone, live_server, draft):
    log_in(phone, live_server, make_citizen("赵六"))
    answer = phone.goto(reverse("binding:letters", args=[draft.application.number]))
    assert answer and answer.status == 404
