"""Where the story leads elsewhere: the pages that say no, why, and what to do instead."""

import pytest
from django.test import Client

from tests.binding.cases import Case
from tests.factories import id_number, login_citizen, make_citizen
from tests.pages.album import shot
from tests.pages.story import choose_relation, name_relative, press, read

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def enter(phone, live_server):
    """Log the telephone in as somebody, without the pages of the login."""

    def as_citizen(user):
        client = Client()
        login_citizen(client, user)
        cookie = client.cookies["sessionid"].value
        phone.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        return phone

    return as_citizen


@pytest.fixture
def worker(transactional_db):
    return make_citizen("李明")


def test_parents_in_law_get_a_page_with_another_way(enter, worker):
    page = enter(worker)
    choose_relation(page, "公婆、岳父母")
    read(page, "公婆、岳父母不能用您的个人账户", "这不是您填错了。", "请爱人自己登录,给自己的父母开通")
    shot(page, "in-law")
    page.get_by_role("link", name="看爱人怎么办").click()
    read(page, "先看看能不能办")


def test_a_ninth_relative_is_told_the_limit_and_its_source(enter, worker):
    for n in range(8):
        Case(giver=worker, relative=make_citizen(f"王{'一二三四五六七八'[n]}")).begin().submit()
    page = enter(worker)
    page.goto("/bindings/new/relation/")
    read(page, "您已给 8 位家人开通,本地最多 8 位", "示医保发〔2026〕1号", "先解除一位,才能再加")


def test_a_wrong_number_of_the_relative_is_told_beside_the_field_and_the_answers_stay(enter, worker):
    page, number = enter(worker), id_number()
    choose_relation(page, "父母")
    name_relative(page, "王芳", number[:-1])
    read(page, "身份证号是 18 位,您填了 17 位")
    name_relative(page, "王芳", number[:-1] + ("0" if number[-1] != "0" else "1"))
    read(page, "这个号码不对", "再看一遍最后 4 位")
    name_relative(page, "王芳", number)
    read(page, "姓名和号码对不上")
    name_relative(page, "李明", worker.person.id_number)
    read(page, "这是您自己的号码,请填家人的")
    assert page.get_by_role("textbox", name="家人的姓名").input_value() == "李明"


def test_a_stranger_finds_no_difference_between_a_case_that_is_not_theirs_and_none(enter, worker):
    number = Case(giver=worker).begin().submit().now().number
    page = enter(make_citizen("赵敏"))
    answers = []
    for wanted in (number, "GJ-2611-00000000"):
        answer = page.goto(f"/bindings/applications/{wanted}/")
        words = page.get_by_role("main").inner_text()
        answers.append((answer.status, words[: words.index("编号 ")]))  # the request's own number follows
    assert answers[0] == answers[1]
    assert answers[0][0] == 404


def test_nothing_chosen_is_asked_for_again(enter, worker):
    page = enter(worker)
    page.goto("/bindings/new/relation/")
    press(page, "继续")
    read(page, "请选一位家人")
