"""The review desk in a browser: no barrier, no sideways scrolling, light and dark, by keyboard alone."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from binding import proofs, services
from binding.demo_proofs import draw
from binding.models import Application, Check
from binding.rules import State
from binding.rules.verdict import Checked
from gongji.policy import Relation
from tests.binding.cases import Case, in_state
from tests.binding.desk import QUEUE, address
from tests.factories import login_staff, make_citizen, make_staff
from tests.pages.conftest import DESK, PHONE
from tests.pages.looks import barriers, overflow

SHOTS = os.environ.get("DESK_SHOTS")
"""A folder: keep a picture of every screen there, to be looked at."""
LOOKS = {"desk": DESK, "dark": DESK, "phone": PHONE}


@pytest.fixture(autouse=True)
def _pictures(tmp_path, settings):
    settings.STORAGE_URL = f"file://{tmp_path}/proofs"


def photographed(relation: Relation = Relation.CHILD, **people) -> Case:
    """A case in the queue whose documents were drawn as if photographed."""
    case = Case(**{"giver": make_citizen("李建国"), "relative": make_citizen("李小宝")} | people)
    case.relation = relation
    case.begin()
    documents = services.policy_of(case.application).documents
    for kind in list(case.application.proofs.current().values_list("kind", flat=True)):
        jpegs = [
            draw(
                kind,
                page.code,
                giver=case.giver.person,
                relative=case.relative.person,
                relation=relation,
                seed=n,
            )
            for n, page in enumerate(documents[kind].pages)
        ]
        proofs.store_pictures(application=case.application, kind=kind, jpegs=jpegs, actor=case.giver)
    return case.submit().after_undo_time()


def a_busy_day(reviewer) -> Case:
    """A queue with everything that a line can say, and the case on top of it."""
    first = photographed(reviewer=reviewer)
    first.application.checks.filter(code=Checked.KINSHIP).update(outcome=Check.Outcome.NO)
    late, today, held = (in_state(State.IN_REVIEW) for _each in range(3))
    now = timezone.now()
    for case, due in ((late, now - timedelta(days=1)), (today, now + timedelta(minutes=5))):
        Application.objects.filter(pk=case.application.pk).update(due_at=due)
    services.claim(application=held.application, actor=make_staff(display_name="王复"))
    in_state(State.RETURNED, reviewer=reviewer)
    in_state(State.SECOND_REVIEW)
    return first


@pytest.fixture
def reviewer(transactional_db):
    return make_staff(duties=("reviewer", "supervisor"))


@pytest.fixture
def sit_down(open_page, live_server, reviewer):
    """Open a browser that is logged in as this reviewer, as after password and code."""

    def open_desk(**options):
        client = Client()
        login_staff(client, reviewer)
        page = open_page(**{"viewport": DESK} | options)
        cookie = {"name": settings.SESSION_COOKIE_NAME, "url": live_server.url}
        page.context.add_cookies([cookie | {"value": client.cookies[settings.SESSION_COOKIE_NAME].value}])
        return page

    return open_desk


def faults(page, name: str) -> list[str]:
    """Return what no page may have; keep a picture for human eyes when asked to."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)
    return barriers(page) + [f"{overflow(page)} px too wide"] * bool(overflow(page))


@pytest.mark.parametrize("look", LOOKS)
def test_no_screen_of_the_desk_has_barriers(sit_down, reviewer, look):
    case = a_busy_day(reviewer)
    page = sit_down(viewport=LOOKS[look], color_scheme="dark" if look == "dark" else "light")
    found = {}

    def check(name):
        found[name] = faults(page, f"{look}-{name}")

    page.goto(QUEUE)
    check("queue")
    page.goto(address(case, "review"))
    check("unclaimed")
    page.get_by_role("button", name="领取这一件").click()
    check("claimed")
    page.locator("summary", has_text="退回补材料").click()
    page.locator("details[open]").get_by_label("B01 模糊或反光").check()
    check("reasons")
    page.get_by_role("button", name="退回补材料,看预览").click()
    if page.get_by_text("还不能办").is_visible():
        check("errors")
        page.locator("select:visible").select_option(index=1)
        page.get_by_label("哪里看不清").fill("户号")
        page.get_by_role("button", name="退回补材料,看预览").click()
    check("preview")
    Application.objects.filter(pk=case.application.pk).update(version=99)
    page.get_by_role("button", name="确认,回待办").click()
    check("conflict")
    page.goto("/admin/binding/reason/")
    check("catalogue")
    page.goto("/admin/binding/reason/B01/change/")
    check("reason")
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_empty_queue_and_recusal_have_no_barriers(sit_down, reviewer):
    page = sit_down()
    page.goto(QUEUE)
    assert faults(page, "desk-empty") == []
    citizen = make_citizen("李明")
    reviewer.private_person = citizen.person
    reviewer.save()
    case = in_state(State.IN_REVIEW, giver=citizen, reviewer=make_staff())
    page.goto(address(case, "review"))
    assert faults(page, "desk-recused") == []


def test_a_clean_case_is_approved_by_keyboard_alone(sit_down, reviewer):
    case, other = photographed(reviewer=reviewer), photographed()
    page = sit_down()
    page.goto(QUEUE)
    page.keyboard.press("n")
    expect(page.get_by_text("由您领取")).to_be_visible()
    first = Application.objects.get(claimed_by=reviewer)
    for key in ("1", "2", "3", "a", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("heading", name="办理前再看一遍")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_text("已办:通过")).to_be_visible()
    first.refresh_from_db()
    assert first.state == State.AWAITING_CONSENT
    second = case if case.application.pk != first.pk else other
    expect(page.get_by_role("heading", name=second.application.number)).to_be_visible()


def test_keys_rest_while_one_types_and_can_be_switched_off(sit_down, reviewer):
    photographed(reviewer=reviewer)
    page = sit_down()
    page.goto(QUEUE)
    page.keyboard.press("/")
    page.keyboard.type("n")
    assert page.url.endswith(QUEUE) and page.locator("#id_q").input_value() == "n"
    page.locator("h1").click()
    page.keyboard.press("?")
    page.get_by_role("button", name="关掉快捷键").click()
    page.keyboard.press("n")
    page.reload()
    assert not Application.objects.exclude(claimed_by=None).exists()


def test_the_viewer_turns_and_enlarges(sit_down, reviewer):
    page = sit_down()
    page.goto(address(photographed(reviewer=reviewer), "review"))
    picture = page.locator(".desk-sheet img").first
    before = picture.bounding_box()
    page.get_by_role("button", name="放大").first.click()
    assert picture.bounding_box()["width"] > before["width"]
    page.get_by_role("button", name="旋转").first.click()
    assert picture.evaluate("image => image.style.rotate") == "90deg"


def test_a_case_is_decided_without_javascript(sit_down, reviewer):
    case = photographed(reviewer=reviewer)
    page = sit_down(java_script_enabled=False)
    page.goto(QUEUE)
    page.get_by_role("button", name="领取下一件").click()
    for label in ("清楚完整", "人和号一致", "能证明所选关系"):
        page.get_by_label(label).check()
    page.get_by_role("button", name="通过,看预览").click()
    page.get_by_role("button", name="确认,回待办").click()
    assert "已办:通过" in page.content()
    assert case.now().state == State.AWAITING_CONSENT
