"""Numbers, names, phones, limits: pure rules, so checked on anything hypothesis can think of."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from accounts.rules import (
    IdProblem,
    Limit,
    ThreeClassesValidator,
    age_on,
    birth_of,
    check_character,
    check_id,
    free_at,
    normalise_id,
    normalise_name,
    normalise_phone,
    same_name,
)

days = st.dates(date(1900, 1, 1), date(2099, 12, 31))


@st.composite
def numbers(draw):
    region = draw(st.integers(100000, 999999))
    body = f"{region}{draw(days):%Y%m%d}{draw(st.integers(0, 999)):03}"
    return body + check_character(body)


@given(numbers())
def test_every_well_made_number_is_accepted_whatever_its_region(number):
    assert check_id("01", number) is None
    assert birth_of(number) == date(int(number[6:10]), int(number[10:12]), int(number[12:14]))


@given(numbers(), st.integers(0, 17), st.sampled_from("0123456789"))
def test_one_wrong_digit_is_always_found(number, place, digit):
    changed = number[:place] + digit + number[place + 1 :]
    assert changed == number or check_id("01", changed) is not None


@given(numbers(), st.integers(0, 16))
def test_two_swapped_digits_are_always_found(number, place):
    changed = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert changed == number or check_id("01", changed) is not None


@given(st.text(max_size=30), st.sampled_from(["01", "04", "06", "07", "08", "16", "99"]))
def test_no_text_breaks_the_check(text, id_type):
    number = normalise_id(id_type, text)
    check_id(id_type, number), birth_of(number)
    assert normalise_id(id_type, number) == number


@given(numbers())
def test_the_spellings_of_a_number_are_one_number(number):
    full_width = "".join(chr(ord(character) + 0xFEE0) for character in number)
    spaced = f" {number[:6]}\u3000{number[6:14]}-{number[14:]}\t"
    assert (
        normalise_id("01", number.lower())
        == normalise_id("01", full_width)
        == normalise_id("01", spaced)
        == number
    )


@pytest.mark.parametrize(
    ("id_type", "number", "problem"),
    [
        ("01", "", IdProblem.LENGTH),
        ("01", "1" * 17, IdProblem.LENGTH),
        ("01", "1" * 17 + "Y", IdProblem.CHARACTERS),
        ("01", "١" * 18, IdProblem.CHARACTERS),
        ("01", "110101200002300000", IdProblem.DATE),
        ("01", "110101189912310000", IdProblem.DATE),
        ("01", "110101198001011234", IdProblem.CHECK_DIGIT),
        ("16", "810000198001011234", IdProblem.CHECK_DIGIT),
        ("04", "H12345678", None),
        ("04", "H1234567", IdProblem.FORM),
        ("06", "12345678", None),
        ("06", "ABC", IdProblem.FORM),
        ("07", "USA110100010101", None),
        ("07", "911124198108030024", None),
        ("07", "911124198108030025", IdProblem.CHECK_DIGIT),
        ("08", "E12345678", None),
        ("08", "E1", IdProblem.FORM),
        ("77", "1", IdProblem.TYPE),
    ],
)
def test_what_is_wrong_is_named(id_type, number, problem):
    assert check_id(id_type, number) == problem


def test_an_old_15_digit_number_becomes_the_18_digit_one():
    assert normalise_id("01", "110105491231002") == "11010519491231002X"


@given(days, days)
def test_age_changes_on_the_birthday(birth, day):
    age = age_on(birth, day)
    try:
        birthday = birth.replace(year=day.year)
    except ValueError:
        birthday = date(day.year, 3, 1)
    assert age == day.year - birth.year - (day < birthday)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("买买提·艾力", "买买提•艾力"),
        ("买买提·艾力", "买买提．艾力"),
        ("李 明", "李明"),
        ("Ｌｉ　Ｍｉｎｇ", "li ming"),
        ("龍", "\uf9c4"),
        ("\ue863", "䶮"),
    ],
)
def test_spellings_of_one_name(a, b):
    assert same_name(a, b)


@pytest.mark.parametrize(
    ("a", "b"), [("李明", "李敏"), ("", ""), (" ", "·"), ("王芳", "王方芳"), ("李明", "明李")]
)
def test_two_names(a, b):
    assert not same_name(a, b)


@given(st.text(max_size=30))
def test_a_normalised_name_stays_as_it_is(name):
    assert normalise_name(normalise_name(name)) == normalise_name(name)


@given(st.text(max_size=20))
def test_a_phone_is_eleven_digits_or_nothing(text):
    phone = normalise_phone(text)
    assert phone is None or (len(phone) == 11 and phone.isascii() and phone.isdigit())


def test_a_try_is_free_again_when_the_window_has_passed():
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    limits = [Limit(1, timedelta(seconds=60)), Limit(2, timedelta(hours=1))]
    ago = lambda **delta: now - timedelta(**delta)  # noqa: E731
    assert free_at([], limits, now) is None
    assert free_at([ago(seconds=30)], limits, now) == now + timedelta(seconds=30)
    assert free_at([ago(minutes=5)], limits, now) is None
    assert free_at([ago(minutes=5), ago(minutes=20)], limits, now) == now + timedelta(minutes=40)
    assert free_at([ago(minutes=60), ago(minutes=20)], limits, now) is None


@pytest.mark.parametrize("password", ["abcdefgh1234", "ABCDEFGHabcd", "123456789012"])
def test_a_staff_password_needs_three_kinds_of_signs(password):
    with pytest.raises(ValidationError):
        ThreeClassesValidator().validate(password)


@pytest.mark.parametrize("password", ["abcdEFGH1234", "abc def 1234", "密码ABCabc"])
def test_three_kinds_are_enough(password):
    ThreeClassesValidator().validate(password)
