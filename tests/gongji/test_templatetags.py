"""Filters of every page: what they hide, and how they write money and days."""

import datetime

import pytest
import time_machine

from gongji.templatetags.gongji import cn_date, cn_datetime, mask_id, mask_name, mask_phone, ta, yuan


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("李明", "李*"),
        ("李小明", "李*明"),
        ("欧阳小明", "欧*明"),
        ("买买提·艾力", "买*力"),
        ("王", "王"),
        ("", ""),
        (None, ""),
    ],
)
def test_names_are_masked(name, masked):
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("number", "masked"),
    [("530102199001010021", "5301…0021"), ("E12345678", "…78"), ("E1", "…"), ("", ""), (None, "")],
)
def test_document_numbers_are_masked(number, masked):
    assert mask_id(number) == masked


@pytest.mark.parametrize(
    ("number", "word"),
    [("110101199003070134", "他"), ("11010119900307014X", "她"), ("E12345678", "他"), (None, "他")],
)
def test_a_sentence_says_he_or_she_by_the_number(number, word):
    assert ta(number) == word


@pytest.mark.parametrize(
    ("number", "masked"), [("13812345678", "138****5678"), ("12345", "****45"), ("", ""), (None, "")]
)
def test_phones_are_masked(number, masked):
    assert mask_phone(number) == masked


def test_money_has_two_places():
    assert [yuan(96350), yuan(0), yuan(5), yuan(None)] == ["963.50", "0.00", "0.05", ""]


@time_machine.travel("2026-11-21 02:00:00+00:00")
def test_days_are_written_as_people_say_them():
    assert cn_date(datetime.date(2026, 11, 25)) == "11月25日(星期三)"
    assert cn_date(datetime.date(2027, 1, 1)) == "2027年1月1日(星期五)"
    assert cn_date(None) == ""


@time_machine.travel("2026-11-21 02:00:00+00:00")
def test_moments_are_told_in_beijing_time():
    late = datetime.datetime(2026, 11, 24, 17, 30, tzinfo=datetime.UTC)
    assert cn_datetime(late) == "11月25日(星期三) 01:30"
    assert cn_date(late) == "11月25日(星期三)"
    assert cn_datetime(None) == ""
