"""Pages for everybody: they come without login, keep the chosen size, and say what they must."""

import json

import pytest
from django.urls import reverse

from gongji import help_articles, policy
from tests.factories import login_citizen, make_citizen

pytestmark = pytest.mark.django_db

PUBLIC = [
    "home",
    "compare",
    "help",
    "windows",
    "accessibility",
    "privacy",
    "official_sms",
    "eligibility",
    "rules",
]


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_page_needs_no_login_and_no_query(client, name, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get(reverse(name))
    assert response.status_code == 200
    assert "script-src 'self';" in response["Content-Security-Policy"] + ";"


@pytest.mark.parametrize("name", PUBLIC)
def test_every_page_has_the_ways_out(client, name):
    html = client.get(reverse(name)).content.decode()
    assert html.count("<h1") == 1
    for words in [
        "跳到正文",
        "长辈版",
        "tel:12393",
        "无障碍声明",
        "隐私",
        "官方短信长什么样",
        "窗口和电话",
        "登录",
    ]:
        assert words in html


def test_home_has_two_doors_and_the_areas_open_today(client):
    html = client.get("/").content.decode()
    assert "我要给家人用" in html
    assert "家人给了我" in html
    for area in policy.open_areas():
        assert reverse("rules_area", args=[area.area]) in html


def test_home_names_a_rule_that_several_areas_inherit_once(client):
    updates = client.get("/").context["updates"]
    assert len({update["place"] for update in updates}) == len(updates)
    assert [update["effective"] for update in updates] == sorted(
        (update["effective"] for update in updates), reverse=True
    )


def test_the_demo_says_that_it_is_one(client, settings):
    settings.DJANGO_ENV = "demo"
    assert "演示环境,数据均为虚构" in client.get("/").content.decode()
    settings.DJANGO_ENV = "production"
    assert "演示环境" not in client.get("/").content.decode()


def test_comparison_says_whose_money_it_is(client):
    html = client.get(reverse("compare")).content.decode()
    for words in [
        "亲情账户",
        "家庭共济",
        "医保钱包",
        "出示家人的医保码",
        "花您医保卡里的钱",
        "花您转出的一笔钱",
        "?kind=wallet",
        "?kind=view&amp;side=relative",
    ]:
        assert words in html


def test_windows_can_be_narrowed_to_one_area(client):
    html = client.get(reverse("windows"), {"area": "530100"}).content.decode()
    assert "<h2>昆明市</h2>" in html
    assert "<h2>江西省</h2>" not in html


def test_an_unknown_area_shows_all_windows(client):
    assert client.get(reverse("windows"), {"area": "'\x00"}).context["chosen"] == ""


class TestElderSize:
    def test_the_short_address_switches_and_stays(self, client):
        response = client.get("/zhangbei/", follow=True)
        assert 'data-elder="1"' in response.content.decode()
        assert "能用多少钱" in response.content.decode()
        assert 'data-elder="1"' in client.get(reverse("compare")).content.decode()

    def test_it_can_be_chosen_on_any_page_and_left_again(self, client):
        assert 'data-elder="2"' in client.get(reverse("help"), {"elder": "2"}).content.decode()
        assert 'data-elder="2"' in client.get(reverse("windows")).content.decode()
        assert "data-elder" not in client.get(reverse("windows"), {"elder": "0"}).content.decode()
        assert "data-elder" not in client.get("/").content.decode()

    def test_the_short_address_does_not_shrink_the_largest_size(self, client):
        client.get("/", {"elder": "2"})
        assert 'data-elder="2"' in client.get("/zhangbei/", follow=True).content.decode()

    def test_a_size_that_does_not_exist_changes_nothing(self, client):
        response = client.get("/", {"elder": "9'\"><script>"})
        assert "data-elder" not in response.content.decode()
        assert "elder" not in response.cookies

    def test_switching_keeps_the_question(self, client):
        html = client.get(reverse("help"), {"q": "外省"}).content.decode()
        assert f"{reverse('help')}?q=%E5%A4%96%E7%9C%81&amp;elder=1" in html


class TestHelp:
    def test_there_are_thirteen_articles_and_each_opens(self, client):
        assert len(help_articles.ARTICLES) == 13
        for article in help_articles.ARTICLES:
            response = client.get(reverse("help_article", args=[article.slug]))
            assert str(article.question) in response.content.decode()

    def test_every_article_leads_to_others_that_exist(self):
        slugs = {article.slug for article in help_articles.ARTICLES}
        assert len(slugs) == len(help_articles.ARTICLES)
        for article in help_articles.ARTICLES:
            assert set(article.see_also) <= slugs - {article.slug}

    @pytest.mark.parametrize("alias", ["长辈版", "亲情版", "关爱版", "关怀版", "字太小看不清"])
    def test_the_elder_size_is_found_by_any_of_its_names(self, client, alias):
        response = client.get(reverse("help"), {"q": alias})
        assert response.context["articles"][0].slug == "elder"

    @pytest.mark.parametrize(
        ("question", "slug"),
        [
            ("怎么用家人的钱", "pay"), ("余额是0", "zero"), ("婆婆能用吗", "who"), ("妈妈没有手机", "phone"),
            ("照片传不上去", "photo"), ("老家在外省", "province"), ("怎么解绑", "privacy"),
            ("户口本", "prepare"), ("对账单是不是真的", "statements"),
        ],
    )  # fmt: skip
    def test_everyday_words_find_the_answer(self, question, slug):
        assert slug in [article.slug for article in help_articles.search(question)[:2]]

    def test_a_question_nobody_answers_still_shows_a_way(self, client):
        html = client.get(reverse("help"), {"q": "zzzz<script>"}).content.decode()
        assert "没有找到“zzzz&lt;script&gt;”" in html
        assert "tel:12393" in html
        assert reverse("help_article", args=["pay"]) in html

    @pytest.mark.parametrize("question", ["", "   ", "???", "\x00", "a" * 5000])
    def test_any_text_may_be_asked(self, client, question):
        assert client.get(reverse("help"), {"q": question}).status_code == 200

    def test_an_article_that_does_not_exist_is_not_found(self, client):
        assert client.get(reverse("help_article", args=["nothing"])).status_code == 404


def test_the_shortcut_on_a_phone_opens_the_elder_entry(client):
    manifest = json.loads(client.get("/manifest.webmanifest").content)
    assert manifest["start_url"] == "/zhangbei/"


def test_search_engines_are_kept_from_private_pages(client):
    assert "Disallow: /bindings/" in client.get("/robots.txt").content.decode()


def test_an_elder_who_is_logged_in_sees_the_balance_first(client):
    login_citizen(client, make_citizen())
    assert client.get("/", {"elder": "1"}).url == reverse("ledger:balance")


def test_the_header_of_a_citizen_costs_one_more_query(client, django_assert_max_num_queries):
    login_citizen(client, make_citizen("李小明"))
    with django_assert_max_num_queries(4):  # session, login, when it was last seen, unread messages
        html = client.get("/").content.decode()
    assert "李小明" in html
    assert "退出" in html
