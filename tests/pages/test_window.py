"""A clerk at the window, in a browser: from the original to the receipt, light and dark, no barrier."""

import os
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from binding.models import Application, Binding, Signature
from binding.rules import State
from tests.binding.browse import photo
from tests.binding.cases import in_force, in_state
from tests.binding.counter import FRONT, Counter
from tests.factories import make_citizen
from tests.pages.conftest import DESK, PHONE
from tests.pages.looks import barriers, overflow

SHOTS = os.environ.get("DESK_SHOTS")
"""A folder: keep a picture of every screen there, to be looked at."""
LOOKS = {"desk": DESK, "dark": DESK, "phone": PHONE}


@pytest.fixture(autouse=True)
def _pictures(tmp_path, settings):
    settings.STORAGE_URL = f"file://{tmp_path}/proofs"


@pytest.fixture
def counter(transactional_db):
    return Counter()


@pytest.fixture
def sit_down(open_page, live_server, counter):
    """Open a browser in which the clerk is logged in."""

    def open_window(**options) -> Page:
        page = open_page(**{"viewport": DESK} | options)
        value = counter.client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "url": live_server.url, "value": value}]
        )
        return page

    return open_window


@pytest.fixture
def picture(tmp_path) -> Path:
    """What lies under the clerk's camera."""
    path = tmp_path / "scan.jpg"
    path.write_bytes(photo(width=900).read())
    return path


def faults(page: Page, name: str) -> list[str]:
    """Return what no page may have; keep a picture for human eyes when asked to."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"window-{name}.png", full_page=True)
    return barriers(page) + [f"{overflow(page)} px too wide"] * bool(overflow(page))


def begin(page: Page, counter: Counter) -> None:
    """Type what is on the original."""
    page.goto(FRONT)
    page.get_by_role("textbox", name="姓名").fill(counter.citizen.name)
    page.get_by_role("textbox", name="证件号码").fill(counter.citizen.id_number)
    page.get_by_label("原件已核对").check()
    page.get_by_role("button", name="开始办理").click()


def fill_in(page: Page, counter: Counter) -> None:
    """Ask for the relative."""
    page.get_by_role("link", name="录入申请").click()
    page.get_by_role("textbox", name="家人的姓名").fill(counter.relative.name)
    page.get_by_role("textbox", name="家人的证件号码").fill(counter.relative.id_number)
    page.get_by_label("每月上限(元)").fill("500")
    page.get_by_role("button", name="继续").click()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_clerk_enters_an_application_from_the_original_to_the_receipt(sit_down, counter, picture, script):
    page = sit_down(java_script_enabled=script)
    begin(page, counter)
    expect(page.get_by_role("heading", name=counter.citizen.name)).to_be_visible()
    fill_in(page, counter)
    page.get_by_role("link", name="扫描").first.click()
    for box in page.locator("input[type=file]").all():
        box.set_input_files(picture)
    page.get_by_role("button", name="收下").click()
    page.get_by_role("link", name="材料齐了").click()
    page.get_by_label("已经给本人看过或读过").check()
    page.get_by_label("签好字的申请表").set_input_files(picture)
    page.get_by_label("家人也在场").check()
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("开通前由同事再看")).to_be_visible()
    expect(page.get_by_role("link", name="打印回执")).to_be_visible()
    application = Application.objects.get()
    assert (application.state, application.monthly_cap) == (State.IN_REVIEW, 500_00)
    page.get_by_role("button", name="办完了").click()
    expect(page.get_by_text("请叫下一位")).to_be_visible()
    expect(page.get_by_role("row", name=application.number)).to_be_visible()


def test_the_citizen_signs_with_a_finger_on_the_tablet(sit_down, counter, picture):
    page = sit_down()
    counter.greet()
    counter.enter()
    counter.scan()
    page.goto(counter.url("hand_in", counter.application.pk))
    page.get_by_label("已经给本人看过或读过").check()
    page.get_by_label("在平板上手写").check()
    box = page.locator("canvas").bounding_box()
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    page.mouse.down()
    for step in range(1, 12):
        page.mouse.move(box["x"] + 40 + step * 18, box["y"] + 40 + (step % 3) * 30)
    page.mouse.up()
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("收下了,由审核员看")).to_be_visible()
    assert Signature.objects.get().how == "drawn"


def test_a_binding_is_ended_after_what_follows_was_read_out(sit_down, counter):
    case = in_force()
    counter.citizen = case.giver.person
    page = sit_down()
    begin(page, counter)
    page.get_by_role("link", name="解除").click()
    expect(page.get_by_text("解除马上生效")).to_be_visible()
    page.get_by_role("button", name="本人确认").click()
    expect(page.get_by_text("已解除,双方都会收到消息")).to_be_visible()
    assert not Binding.objects.active().exists()


@pytest.mark.parametrize("look", LOOKS)
def test_no_screen_of_the_window_has_barriers(sit_down, counter, look):
    page = sit_down(viewport=LOOKS[look], color_scheme="dark" if look == "dark" else "light")
    case = in_force(giver=make_citizen("郑大明"))
    returned = in_state(State.RETURNED, giver=case.giver)
    counter.citizen = case.giver.person
    found = {}

    def check(name: str, address: str = "") -> None:
        if address:
            page.goto(address)
        found[name] = faults(page, f"{look}-{name}")

    check("front", FRONT)
    page.get_by_role("button", name="开始办理").click()
    check("front-errors")
    begin(page, counter)
    check("visit")
    check("entry", counter.url("entry"))
    page.get_by_role("button", name="继续").click()
    check("entry-errors")
    counter.enter()
    check("documents", counter.url("documents", counter.application.pk))
    page.get_by_role("link", name="扫描").first.click()
    check("document")
    counter.scan()
    check("hand-in", counter.url("hand_in", counter.application.pk))
    page.get_by_role("button", name="提交").click()
    check("hand-in-errors")
    counter.hand_in()
    check("case", counter.url("case", counter.application.pk))
    check("returned", counter.url("case", returned.application.pk))
    check("end", counter.url("binding", case.binding().pk, "end"))
    check("statements", counter.url("statements"))
    page.get_by_role("button", name="办完了").click()
    check("front-after")
    check("over", counter.url("visit"))
    assert {name: lines for name, lines in found.items() if lines} == {}
