"""P2 and P4 without a browser: rules with their sources, four questions, and another way for every no."""

from datetime import datetime

import pytest
import time_machine
from django.urls import reverse

from gongji import policy
from gongji.workdays import SHANGHAI

pytestmark = pytest.mark.django_db

SATURDAY = datetime(2026, 11, 21, 10, tzinfo=SHANGHAI)
FITTING = {
    "area": "990100",
    "scheme": "employee",
    "relation": "parent",
    "place": "same_city",
    "insured": "yes",
}


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def ask(client, **answers):
    return client.get(reverse("eligibility"), answers)


def test_the_chooser_lists_open_and_closed_areas(client):
    page = text_of(client.get(reverse("rules")))
    assert reverse("rules_area", args=["990100"]) in page
    assert "网上还没有开通的地方" in page
    assert "福建省" in page


@pytest.mark.parametrize("area", sorted(policy.load()))
def test_every_rule_is_shown_with_its_source_and_date(client, area):
    page = text_of(client.get(reverse("rules_area", args=[area])))
    rules = policy.load()[area]
    for key in ("relations", "max_beneficiaries", "share_order", "allowed", "unbind_lock_days"):
        rule = rules.cite(key)
        day = rule.effective
        assert str(rule.source) in page
        assert f"{day.year}年{day.month}月{day.day}日起生效" in page


def test_a_city_without_a_file_shows_the_rules_of_its_province(client):
    assert "江西省" in text_of(client.get(reverse("rules_area", args=["360700"])))


def test_an_area_without_rules_is_not_open_and_says_whom_to_call(client):
    response = client.get(reverse("rules_area", args=["110000"]))
    assert response.status_code == 200
    assert "本地区网上办理还没有开通" in text_of(response)
    assert "tel:12393" in text_of(response)


def test_a_province_whose_file_does_not_open_it_sends_people_to_the_window(client):
    page = text_of(client.get(reverse("rules_area", args=["440000"])))
    assert "本地区网上办理还没有开通" in page
    assert "北京时间" in page
    assert reverse("binding:new") not in page


def test_a_pool_area_tells_how_money_goes_in_and_what_becomes_of_it(client):
    page = text_of(client.get(reverse("rules_area", args=["350000"])))
    for words in ("自己账户里要留 2000.00 元", "每月最多 1 次", "账户解散时", "代缴家人的保费"):
        assert words in page


def test_rules_of_a_household_pool_are_not_shown_where_there_is_none(client):
    assert "划拨次数" not in text_of(client.get(reverse("rules_area", args=["990100"])))
    both = text_of(client.get(reverse("rules_compare"), {"a": "990100", "b": "990300"}))
    assert "划拨次数" in both


@pytest.mark.parametrize("slip", ["000001", "990", "abc", "99010000", "１１００００", "%00"])
def test_a_slip_is_no_area(client, slip):
    assert client.get(f"/rules/{slip}/").status_code == 404


def test_two_areas_are_compared_what_differs_first(client):
    page = text_of(client.get(reverse("rules_compare"), {"a": "990100", "b": "990200"}))
    assert "虹川市和青屿市的规则" in page
    assert page.index("谁先开通先用谁的") < page.index("条一样")


def test_comparing_asks_for_two_areas(client):
    assert "请选两个地方" in text_of(client.get(reverse("rules_compare")))
    assert client.get(reverse("rules_compare"), {"a": "990100", "b": "110000"}).status_code == 404


def test_the_questions_come_one_at_a_time_and_carry_the_answers(client):
    given = {}
    for name, value in FITTING.items():
        response = ask(client, **given, asked=name)
        assert response.status_code == 422
        assert f'name="{name}"' in text_of(response)
        for known, answer in given.items():
            assert f'type="hidden" name="{known}" value="{answer}"' in text_of(response)
        given[name] = value
    assert "可以办" in text_of(ask(client, **given))


def test_a_question_left_open_says_so_beside_the_choice(client):
    page = text_of(ask(client, area="990100", asked="scheme"))
    assert "错误:" in page
    assert page.count("请选您参加的医保") == 2


def test_an_answer_that_is_not_on_the_list_is_asked_again(client):
    assert ask(client, area="990100", scheme="king", asked="scheme").status_code == 422


def test_yes_comes_with_the_promised_day_and_what_to_prepare(client):
    with time_machine.travel(SATURDAY, tick=False):
        page = text_of(ask(client, **FITTING))
    assert "最晚 11月25日(星期三) 17:30 前告诉您结果" in page
    assert "户口簿" in page
    assert reverse("binding:new") in page


@pytest.mark.parametrize(
    ("change", "title", "way"),
    [
        ({"scheme": "resident"}, "您没有个人账户", "看家人怎么办"),
        ({"scheme": "employee_pooled"}, "您没有个人账户", "看家人怎么办"),
        ({"scheme": "none"}, "您要先有职工医保", "看家人怎么办"),
        ({"relation": "in_law"}, "公婆、岳父母不能用您的个人账户", "看爱人怎么办"),
        ({"relation": "other"}, "这位家人不在可以共用的范围里", "换一位家人"),
        ({"area": "530100", "relation": "sibling"}, "这位家人不在可以共用的范围里", "看本地规则"),
        ({"place": "elsewhere"}, "家人在外省参保,要用“医保钱包”", "看医保钱包"),
        ({"area": "440700", "place": "same_province"}, "两地之间还没有开通,今天办不了", "看窗口和电话"),
        ({"insured": "no"}, "家人要先参加基本医保", "看窗口和电话"),
        ({"area": "440000"}, "本地区网上办理还没有开通", "看窗口和电话"),
        ({"area": "other"}, "本地区网上办理还没有开通", "看窗口和电话"),
    ],
)
def test_every_no_is_a_page_with_another_way(client, change, title, way):
    response = ask(client, **(FITTING | change))
    assert response.status_code == 200
    assert f"<h1>{title}" in text_of(response)
    assert way in text_of(response)


def test_the_spouse_answers_anew_for_their_own_parents(client):
    page = text_of(ask(client, **(FITTING | {"relation": "in_law"})))
    assert f"{reverse('eligibility')}?area=990100&amp;relation=parent" in page


def test_each_answer_can_be_changed_without_losing_the_others(client):
    page = text_of(ask(client, **FITTING))
    assert "?area=990100&amp;scheme=employee&amp;relation=parent&amp;insured=yes" in page


def test_no_answer_is_stored(client):
    response = ask(client, **FITTING)
    assert not response.cookies
    assert "这里没有保存您的回答" in text_of(response)


@pytest.mark.parametrize("junk", ["%00", "<script>alert(1)</script>", "9" * 5000, "' OR 1=1"])
def test_junk_in_the_address_is_never_an_error(client, junk):
    for name in FITTING:
        response = ask(client, **(FITTING | {name: junk}))
        assert response.status_code in (200, 404)
        assert "<script>alert" not in text_of(response)


def test_reading_rules_needs_no_query(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get(reverse("rules_area", args=["990100"]))


def test_a_verdict_asks_the_calendar_once(client, django_assert_num_queries):
    with django_assert_num_queries(1):
        ask(client, **FITTING)


def test_each_entrance_is_listed_with_what_is_different_there(client):
    page = text_of(client.get(reverse("rules_area", args=["360000"])))
    for said in ("江西智慧医保 App", "勾选承诺", "医保公共服务平台", "工作人员审核", "赣服通医保专区"):
        assert said in page
    assert f"{reverse('binding:new')}?entrance=jxzhyb" in page
    assert f"{reverse('binding:new')}?entrance=window" not in page


def test_an_area_that_is_not_open_lists_its_entrances_without_a_way_in(client):
    page = text_of(client.get(reverse("rules_area", args=["530000"])))
    assert "一部手机办事通" in page
    assert "?entrance=" not in page


def test_comparing_tells_which_documents_each_area_asks_for(client):
    page = text_of(client.get(reverse("rules_compare"), {"a": "360000", "b": "440700"}))
    assert page.index("结婚证+家人的身份证") < page.index("条一样")


def test_the_entrance_travels_with_the_answers(client):
    kunming = FITTING | {"area": "530100", "entrance": "banshitong"}
    page = text_of(ask(client, **kunming))
    assert f"{reverse('binding:new')}?entrance=banshitong" in page
    assert "签承诺书就办结" in page
    assert "一种证明材料" not in page


def test_an_entrance_changes_the_promised_day_and_what_to_prepare(client):
    fitting = FITTING | {"area": "650000"}
    with time_machine.travel(SATURDAY, tick=False):
        mini = text_of(ask(client, **fitting, entrance="mini"))
        app = text_of(ask(client, **fitting, entrance="app"))
    assert "11月25日(星期三)" in mini and "出生医学证明" in mini
    assert "11月23日(星期一)" in app and "证明材料" not in app


@pytest.mark.parametrize("entrance", ["none", "%00", "JXZHYB", "jxzhyb,window", "9" * 3000])
def test_an_unknown_entrance_is_ignored(client, entrance):
    fitting = FITTING | {"area": "360000"}
    pages = [text_of(ask(client, **fitting, **more)) for more in ({"entrance": entrance}, {})]
    strange, plain = (page.partition("<main")[2].partition("</main>")[0] for page in pages)
    assert strange == plain


def test_a_rule_that_will_change_is_announced_and_does_not_hold_yet(client, tmp_path, monkeypatch):
    value = '\n[[max_beneficiaries]]\nvalue = {n}\nsource = "notice"\neffective = {day}\n'
    head = 'area = "980000"\nname = "云山省"\n[sources.notice]\ntitle = "云山省通知"\ngrade = "demo"\n'
    stages = value.format(n=8, day="2026-02-01") + value.format(n=5, day="2999-01-01")
    (tmp_path / "980000.toml").write_text(head + stages, encoding="utf-8")
    monkeypatch.setenv("POLICY_DIR", str(tmp_path))
    policy._load.cache_clear()
    page = text_of(client.get(reverse("rules_area", args=["980000"])))
    policy._load.cache_clear()
    assert "就要改的规则" in page
    assert (
        page.index("2999年1月1日") < page.index("一个人最多给 5 位家人开通") < page.index("一个人最多给 8 位")
    )
    assert "(还没到这一天)" in page
