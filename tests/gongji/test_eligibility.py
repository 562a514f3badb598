"""Who may give to whom: every no has its reason code, its rule and another way."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongji import policy
from gongji.policy import Relation
from gongji.policy.eligibility import (
    Answers,
    Insured,
    Place,
    Scheme,
    Stranger,
    Way,
    check,
    obstacle,
    place_of,
)

HONGCHUAN, KUNMING, JIANGMEN = (policy.load()[code] for code in ("990100", "530100", "440700"))
FITTING = Answers(Scheme.EMPLOYEE, Relation.PARENT, Place.SAME_CITY, Insured.YES)


def answers(**changes) -> Answers:
    return Answers(**{**vars(FITTING), **changes})


def test_a_worker_may_give_to_an_insured_parent_in_the_city():
    verdict = check(FITTING, HONGCHUAN)
    assert verdict.allowed
    assert verdict.code == "ok"
    assert Way.START in verdict.ways


@pytest.mark.parametrize("relation", Relation)
def test_each_of_the_eight_relatives_is_welcome_by_national_rule(relation):
    assert check(answers(relation=relation), HONGCHUAN).allowed


def test_in_laws_are_refused_kindly_and_shown_the_spouses_way():
    verdict = check(answers(relation=Stranger.IN_LAW), HONGCHUAN)
    assert verdict.code == "J01"
    assert str(verdict.title) == "公婆、岳父母不能用您的个人账户"
    assert str(verdict.text[0]).startswith("这不是您填错了。")
    assert verdict.ways == (Way.SPOUSE, Way.ANOTHER)


def test_a_sibling_is_refused_in_kunming_with_the_citys_own_list():
    verdict = check(answers(relation=Relation.SIBLING), KUNMING)
    assert verdict.code == "J01"
    assert str(verdict.text[0]) == "昆明市可以给这些家人用:配偶、父母、子女。"
    assert verdict.rule.area == "530100"


def test_a_resident_has_no_account_to_give_from():
    verdict = check(answers(scheme=Scheme.RESIDENT), HONGCHUAN)
    assert verdict.code == "J04"
    assert "居民医保" in str(verdict.text[0])


def test_no_personal_account_is_not_called_an_empty_one():
    verdict = check(answers(scheme=Scheme.EMPLOYEE_POOLED), HONGCHUAN)
    assert verdict.code == "J04"
    assert "这不是余额用完了" in str(verdict.text[0])


def test_another_city_is_welcome_where_the_province_shares():
    verdict = check(answers(place=Place.SAME_PROVINCE), HONGCHUAN)
    assert verdict.allowed
    assert "本省已经可以跨市共用" in str(verdict.text[0])


def test_another_city_is_refused_where_only_the_pool_shares():
    verdict = check(answers(place=Place.SAME_PROVINCE), JIANGMEN)
    assert verdict.code == "J03"
    assert str(verdict.title) == "两地之间还没有开通,今天办不了"
    assert verdict.rule.key == "area_scope"


def test_another_province_leads_to_the_wallet():
    verdict = check(answers(place=Place.ELSEWHERE), HONGCHUAN)
    assert verdict.code == "J03"
    assert "医保钱包" in str(verdict.title)
    assert "在这里就能办" in str(verdict.text[0])


def test_where_the_wallet_is_not_open_nobody_is_sent_to_it():
    verdict = check(answers(place=Place.ELSEWHERE), JIANGMEN)
    assert "还没有全部开通" in str(verdict.text[0])
    assert "12393" in str(verdict.text[0])


def test_an_uninsured_relative_may_come_back_later():
    verdict = check(answers(insured=Insured.NO), HONGCHUAN)
    assert verdict.code == "J02"
    assert "参保生效后可以再办" in str(verdict.text[0])


def test_below_sixteen_the_guardian_agrees():
    verdict = check(answers(relation=Relation.CHILD, relative_age=15), HONGCHUAN)
    assert verdict.allowed
    assert "家人不满 16 岁" in str(verdict.text[-1])
    assert not check(answers(relation=Relation.CHILD, relative_age=16), HONGCHUAN).text


def test_not_knowing_is_no_obstacle():
    assert check(answers(place=Place.UNKNOWN, insured=Insured.UNKNOWN), HONGCHUAN).allowed


@pytest.mark.parametrize("area", [None, "440000", "530000"])
def test_an_area_that_takes_nothing_online_says_where_to_go(area):
    verdict = check(FITTING, policy.load()[area] if area else None)
    assert verdict.code == "closed"
    assert str(verdict.title) == "本地区网上办理还没有开通"
    assert Way.WINDOWS in verdict.ways


def test_an_obstacle_is_seen_at_the_first_answer_already():
    assert obstacle(Answers(scheme=Scheme.RESIDENT), HONGCHUAN).code == "J04"
    assert obstacle(Answers(scheme=Scheme.EMPLOYEE), HONGCHUAN) is None


def test_distance_is_read_from_the_area_codes():
    assert place_of("990100", "990101") is Place.SAME_CITY
    assert place_of("990100", "990200") is Place.SAME_PROVINCE
    assert place_of("990100", "530100") is Place.ELSEWHERE


@given(
    st.builds(
        Answers,
        scheme=st.sampled_from(Scheme),
        relation=st.sampled_from([*Relation, *Stranger]),
        place=st.sampled_from(Place),
        insured=st.sampled_from(Insured),
        relative_age=st.none() | st.integers(0, 120),
    ),
    st.sampled_from([None, *policy.load().values()]),
)
def test_every_answer_has_a_verdict_with_words_and_a_way_on(given_answers, area):
    verdict = check(given_answers, area)
    assert verdict.ways
    assert str(verdict.title)
    assert verdict.allowed is (verdict.code == "ok")
    assert verdict.allowed or verdict.text
    assert not any(
        word in str(part) for part, word in itertools.product(verdict.text, ["非法", "审核不通过"])
    )
