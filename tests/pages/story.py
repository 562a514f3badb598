"""The steps of the story in the words people see: labels, buttons, headings."""

from playwright.sync_api import Locator, Page, Response, expect

from accounts.models import Person, User
from binding.models import Application, Proof
from tests.crew import eventually
from tests.factories import STAFF_PASSWORD, totp_now
from tests.story import texts_to

PATIENCE = 30_000
"""Milliseconds a page may take on a busy machine."""


# ------------------------------------------------------------- citizens
def log_in(page: Page, person: Person) -> None:
    """Phone, then the code that comes by SMS."""
    seen = len(texts_to(person.phone))
    page.goto("/accounts/login/")
    write(page, "您的手机号", person.phone)
    page.get_by_role("button", name="发验证码").click()
    eventually(lambda: len(texts_to(person.phone)) > seen, "the code's SMS")
    write(page, "6 位验证码", texts_to(person.phone)[-1]["code"])
    page.get_by_role("main").get_by_role("button", name="登录").click()


def say_who(page: Page, name: str, number: str) -> None:
    """The page of the first login: name, number, consent."""
    write(page, "您的姓名", name)
    write(page, "证件号码", number)
    page.get_by_label("我同意用姓名").check()
    page.get_by_role("button", name="核对").click()


def choose_relation(page: Page, relation: str) -> None:
    """From my page to the answer of "which relative"."""
    page.goto("/bindings/")
    page.get_by_role("link", name="给家人开通").click()
    page.get_by_role("link", name="开始").click()
    page.get_by_label(relation, exact=True).check()
    press(page, "继续")


def name_relative(page: Page, name: str, number: str, phone: str | None = "") -> None:
    """The page that asks who the relative is."""
    write(page, "家人的姓名", name)
    write(page, "证件号码", number)
    write(page, "家人的手机号", phone or "")
    press(page, "继续")


def upload(page: Page, label: str, photograph: bytes, button: str = "继续") -> None:
    """Choose a photograph and go on; there is no separate upload button."""
    file = {"name": "IMG_2041.jpg", "mimeType": "image/jpeg", "buffer": photograph}
    page.get_by_label(label).first.set_input_files(file)
    press(page, button)


def write(page: Page | Locator, label: str, text: str) -> None:
    """Fill in the first field whose label has these words."""
    page.get_by_role("textbox", name=label).first.fill(text)


def press(page: Page, button: str) -> None:
    """Press a button of the page itself."""
    page.get_by_role("main").get_by_role("button", name=button, exact=True).click()


def is_clean(application: Application) -> None:
    """Wait until the worker has made every document safe to look at."""
    waiting = application.proofs.filter(status=Proof.Status.RECEIVED)
    eventually(lambda: not waiting.exists(), "documents are clean")


def read(page: Page, *words: str) -> None:
    """What the page says."""
    for each in words:
        expect(page.get_by_role("main")).to_contain_text(each, timeout=PATIENCE)


def receives(person: Person, words: str) -> None:
    """Wait until a telephone has received an SMS with these words."""
    eventually(lambda: any(words in text["text"] for text in texts_to(person.phone)), f"SMS: {words}")


# ------------------------------------------------------------- staff
def log_in_staff(page: Page, user: User) -> None:
    """Password, then the code of the authenticator."""
    page.goto("/admin/")
    write(page, "用户名", user.username)
    write(page, "密码", STAFF_PASSWORD)
    page.get_by_role("button", name="下一步").click()
    write(page, "动态口令", totp_now())
    page.get_by_role("main").get_by_role("button", name="登录").click()


def open_case(page: Page, number: str) -> None:
    """From the first page of the admin to one case."""
    page.goto("/admin/")
    page.get_by_role("link", name=number).click()


def unfold(page: Page, decision: str) -> Locator:
    """Unfold one of the decisions and return it."""
    page.locator("summary", has_text=decision).click()
    return page.locator("details", has=page.locator("summary", has_text=decision))


def click_and_hear(page: Page, button: str) -> Response:
    """Press a button and return the server's answer to it."""
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        page.get_by_role("button", name=button).click()
    return answered.value
