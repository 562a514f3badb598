"""The pay code on a telephone: large, counted down, gone after its minute; and without JavaScript."""

import re

from playwright.sync_api import expect


def test_a_code_counts_down_and_is_gone_after_a_minute(citizen_phone):
    citizen_phone.clock.install()
    citizen_phone.goto("/ledger/paycode/")
    code = citizen_phone.locator(".paycode")
    expect(code).to_be_visible()
    citizen_phone.clock.run_for(11_000)
    expect(code).to_contain_text(re.compile("还剩 (49|50) 秒"))
    citizen_phone.clock.run_for(60_000)
    expect(code).to_be_hidden()
    expect(citizen_phone.get_by_text("这个码过时了,请换一个。")).to_be_visible()
    citizen_phone.get_by_role("link", name="换一个新码").click()
    expect(citizen_phone.locator(".paycode")).to_be_visible()


def test_the_code_fits_on_the_screen_of_a_telephone(citizen_phone):
    citizen_phone.goto("/ledger/paycode/")
    for part in (".paycode-qr", ".paycode-bars", ".paycode-digits"):
        box = citizen_phone.locator(part).bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= 390, part
    assert citizen_phone.locator(".paycode-qr").bounding_box()["width"] >= 200


def test_without_javascript_the_time_stands_in_words(open_page, live_server, citizen_phone):
    page = open_page(java_script_enabled=False)
    page.context.add_cookies(citizen_phone.context.cookies())
    page.goto("/ledger/paycode/")
    expect(page.locator(".paycode-left")).to_contain_text(re.compile(r"\d\d:\d\d:\d\d 前有效,只能用一次"))
    expect(page.get_by_role("link", name="换一个新码")).to_be_visible()
    expect(page.locator("[data-expired]")).to_be_hidden()
