"""What the small script adds; every page works without it."""


def test_two_minutes_before_the_end_the_page_warns_and_one_press_goes_on(citizen_phone):
    citizen_phone.clock.install()
    citizen_phone.goto("/bindings/")
    warning = citizen_phone.locator("#session-warning")
    citizen_phone.clock.run_for("27:59")
    assert not warning.is_visible()
    citizen_phone.clock.run_for("00:02")
    assert "再过 2 分钟会退出" in warning.inner_text()
    warning.get_by_role("button").click()
    warning.wait_for(state="hidden")


def test_when_the_session_is_gone_already_the_page_leads_to_the_login(citizen_phone):
    citizen_phone.clock.install()
    citizen_phone.goto("/bindings/")
    citizen_phone.context.clear_cookies()
    citizen_phone.clock.run_for("28:01")
    citizen_phone.locator("#session-warning").get_by_role("button").click()
    citizen_phone.wait_for_url("**/accounts/login/**")


def test_a_form_is_sent_once_however_often_the_button_is_pressed(phone):
    sent = []
    phone.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    phone.goto("/accounts/login/")
    button = phone.get_by_role("main").get_by_role("button").first
    button.evaluate("button => { button.click(); button.click(); }")
    phone.locator(".error-summary").wait_for()
    assert len(sent) == 1
