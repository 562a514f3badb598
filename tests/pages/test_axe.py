"""Every public page in every size: no barrier axe can find, no sideways scrolling, targets for fingers."""

import pytest

from tests.pages.looks import barriers, overflow, small_targets

PAGES = [
    "/", "/compare/", "/help/", "/help/?q=zzzz", "/help/pay/", "/help/photo/", "/windows/", "/accessibility/",
    "/privacy/", "/official-sms/", "/rules/", "/rules/990100/", "/eligibility/", "/accounts/login/",
    "/ledger/check/", "/api/v1/docs", "/nothing/",
]  # fmt: skip
PRIVATE = [
    "/bindings/", "/bindings/new/", "/bindings/new/relation/", "/ledger/", "/ledger/history/", "/ledger/pay/",
    "/ledger/paycode/",
    "/ledger/notices/", "/ledger/statements/2026/", "/accounts/messages/", "/accounts/security/",
]  # fmt: skip
SIZES = {"standard": 0, "elder": 1, "largest": 2}


def show(page, address: str, size: int) -> None:
    page.goto(f"{address}{'&' if '?' in address else '?'}elder={size}")


@pytest.mark.parametrize("size", [0, 1], ids=["standard", "elder"])
def test_no_page_has_barriers(phone, size):
    found = {}
    for address in PAGES:
        show(phone, address, size)
        found[address] = barriers(phone) + small_targets(phone, 60 if size else 44)
    assert {address: lines for address, lines in found.items() if lines} == {}


@pytest.mark.parametrize("size", [0, 1], ids=["standard", "elder"])
def test_no_page_of_a_citizen_has_barriers(citizen_phone, size):
    found = {}
    for address in PRIVATE:
        show(citizen_phone, address, size)
        assert "我们这边出了错" not in citizen_phone.title()
        found[address] = barriers(citizen_phone) + small_targets(citizen_phone, 60 if size else 44)
        found[address] += ["sideways"] if overflow(citizen_phone) else []
    assert {address: lines for address, lines in found.items() if lines} == {}


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_no_page_scrolls_sideways_on_the_smallest_phone(open_page, size):
    page = open_page(viewport={"width": 320, "height": 640})
    found = {}
    for address in PAGES:
        show(page, address, size)
        found[address] = overflow(page)
    assert {address: pixels for address, pixels in found.items() if pixels} == {}


def test_the_page_obeys_its_own_content_policy(desk):
    complaints = []
    desk.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    for address in ["/", "/compare/", "/help/pay/", "/api/v1/docs"]:
        desk.goto(address)
    assert complaints == []


def test_the_first_tab_leads_past_the_header(desk):
    desk.goto("/compare/")
    desk.keyboard.press("Tab")
    assert desk.evaluate("document.activeElement.textContent") == "跳到正文"
    desk.keyboard.press("Enter")
    desk.keyboard.press("Tab")
    assert desk.evaluate("document.activeElement.closest('main') !== null")


def test_the_error_summary_takes_the_focus_and_leads_to_the_field(phone):
    phone.goto("/accounts/login/")
    phone.get_by_role("main").get_by_role("button").first.click()
    summary = phone.locator(".error-summary")
    assert summary.evaluate("element => element === document.activeElement")
    assert phone.title().startswith("错误:")
    assert barriers(phone) == []
    summary.get_by_role("link").first.click()
    assert phone.evaluate("document.activeElement.getAttribute('aria-invalid')") == "true"
