"""The pure rules of the binding app: numbers, kinship, verdicts, consent, reasons."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binding.rules.kinship import Certainty, agrees, kinship
from binding.rules.numbers import SERIALS, is_public_number, public_number
from binding.rules.reasons import placeholders, sentence_for
from binding.rules.verdict import (
    REASON_OF,
    Checked,
    FourEyesCause,
    Signals,
    Verdict,
    consent_needed,
    documents_wanted,
    four_eyes,
    guardian_certain,
    verdict,
)
from binding.states import Party
from gongji import policy
from gongji.policy import DocumentsAsked, Relation, ReviewMode

serials = st.integers(0, SERIALS - 1)


# ------------------------------------------------------------- numbers
@given(serials)
def test_a_public_number_checks_itself(serial):
    number = public_number(date(2026, 11, 21), serial)
    assert number.startswith("GJ-2611-")
    assert is_public_number(number)


@given(serials, st.integers(8, 15), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(serial, place, shift):
    number = public_number(date(2026, 11, 21), serial)
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    assert not is_public_number(wrong)


@pytest.mark.parametrize(
    "text", ["", "GJ-2611-1", "GJ-26１1-12345678", "XX-2611-12345678", "GJ-2611-12345678\n"]
)
def test_other_text_is_no_number(text):
    assert not is_public_number(text)


# ------------------------------------------------------------- kinship (domain.md §6.2)
@pytest.mark.parametrize(
    ("giver", "relative", "relation"),
    [
        ("02", "12", Relation.SPOUSE),
        ("11", "02", Relation.SPOUSE),
        ("02", "21", Relation.CHILD),
        ("02", "33", Relation.CHILD),
        ("31", "02", Relation.PARENT),
        ("02", "52", Relation.PARENT),
        ("51", "02", Relation.CHILD),
        ("02", "41", Relation.GRANDCHILD),
        ("44", "02", Relation.MATERNAL_GRANDPARENT),
        ("02", "61", Relation.GRANDPARENT),
        ("63", "02", Relation.MATERNAL_GRANDCHILD),
        ("02", "77", Relation.SIBLING),
        ("71", "02", Relation.SIBLING),
    ],
)
def test_these_two_entries_prove_a_relation(giver, relative, relation):
    found = kinship(giver, relative)
    assert (found.certainty, found.relation) == (Certainty.PROVEN, relation)


@pytest.mark.parametrize(
    ("giver", "relative"),
    [
        ("02", "55"),
        ("54", "02"),
        ("12", "51"),
        ("51", "12"),
        ("02", "38"),
        ("28", "02"),
        ("52", "41"),
        ("12", "28"),
    ],
)
def test_in_laws_and_great_grandparents_are_not_allowed(giver, relative):
    assert kinship(giver, relative).certainty is Certainty.NOT_ALLOWED


@pytest.mark.parametrize(
    ("giver", "relative"),
    [
        ("02", "27"),
        ("12", "21"),
        ("21", "31"),
        ("51", "52"),
        ("21", "41"),
        ("21", "38"),
        ("57", "02"),
        ("12", "55"),
    ],
)
def test_what_may_be_a_step_or_half_relation_is_for_a_person_to_judge(giver, relative):
    assert kinship(giver, relative).certainty is Certainty.PERSON_LOOKS


@pytest.mark.parametrize(
    ("giver", "relative"), [("", "02"), ("97", "99"), ("02", "40"), ("02", "02"), ("60", "02")]
)
def test_open_codes_and_two_heads_tell_nothing(giver, relative):
    assert kinship(giver, relative).certainty is Certainty.UNKNOWN


codes = st.sampled_from([f"{number:02}" for number in range(1, 100)])


@given(codes, codes)
def test_the_matrix_says_the_same_from_both_sides(one, other):
    assert kinship(one, other).inverse == kinship(other, one) or kinship(one, other) == kinship(other, one)


@given(codes, codes, st.sampled_from(Relation))
def test_only_the_proven_relation_itself_agrees(one, other, declared):
    found = kinship(one, other)
    assert (agrees(found, declared) is True) == (
        found.certainty is Certainty.PROVEN and found.relation is declared
    )


def test_a_proven_other_relation_contradicts():
    assert agrees(kinship("02", "21"), Relation.SPOUSE) is False


# ------------------------------------------------------------- verdicts
ALL_WELL = dict.fromkeys(Checked, True)
UNPROVEN = ALL_WELL | {Checked.KINSHIP: None}


@pytest.mark.parametrize(
    ("mode", "checks", "four", "expected"),
    [
        (ReviewMode.FACTS, ALL_WELL, False, Verdict.ACCEPT),
        (ReviewMode.FACTS, UNPROVEN, False, Verdict.ENQUEUE),
        (ReviewMode.COMMITMENT, UNPROVEN, False, Verdict.ACCEPT),
        (ReviewMode.COMMITMENT, ALL_WELL | {Checked.KINSHIP: False}, False, Verdict.ENQUEUE),
        (ReviewMode.STAFF, ALL_WELL, False, Verdict.ENQUEUE),
        (ReviewMode.COMMITMENT, ALL_WELL, True, Verdict.ENQUEUE),
        (ReviewMode.FACTS, ALL_WELL | {Checked.GUARDIAN: None}, False, Verdict.ENQUEUE),
        (ReviewMode.FACTS, ALL_WELL | {Checked.AREA: None}, False, Verdict.ENQUEUE),
        (ReviewMode.COMMITMENT, {}, False, Verdict.ENQUEUE),
    ],
)
def test_the_area_decides_how_much_the_machine_may_decide(mode, checks, four, expected):
    assert verdict(mode, checks, four_eyes=four) == expected


@pytest.mark.parametrize("code", REASON_OF)
@pytest.mark.parametrize("mode", ReviewMode)
def test_a_no_of_registry_or_limit_turns_down_everywhere(mode, code):
    assert verdict(mode, ALL_WELL | {code: False}, four_eyes=False) == Verdict.TURN_DOWN


@given(
    st.sampled_from(ReviewMode),
    st.dictionaries(st.sampled_from(Checked), st.sampled_from([True, False, None])),
    st.booleans(),
)
def test_nothing_is_accepted_with_a_check_failed_or_two_readers_wanted(mode, checks, four):
    if verdict(mode, checks, four_eyes=four) == Verdict.ACCEPT:
        assert not four
        assert False not in checks.values()
        assert mode is not ReviewMode.STAFF


@pytest.mark.parametrize(
    ("asked", "proven", "doubtful", "wanted"),
    [
        (DocumentsAsked.UNPROVEN, None, False, True),
        (DocumentsAsked.UNPROVEN, True, False, False),
        (DocumentsAsked.UNPROVEN, False, False, True),
        (DocumentsAsked.NEVER, None, False, False),
        (DocumentsAsked.NEVER, True, False, False),
        (DocumentsAsked.NEVER, False, False, True),
        (DocumentsAsked.NEVER, True, True, True),
        (DocumentsAsked.ALWAYS, True, False, True),
    ],
)
def test_documents_are_wanted_as_the_area_asks_and_where_something_is_doubtful(
    asked, proven, doubtful, wanted
):
    assert documents_wanted(asked, proven, guardian_doubtful=doubtful) == wanted


# ------------------------------------------------------------- consent
def test_who_must_agree_first():
    national, jiangxi = policy.load()[policy.NATIONAL], policy.for_area("360000")
    assert jiangxi is not None
    assert consent_needed(national, Party.AUTHORIZER, relative_is_minor=False)
    assert not consent_needed(national, Party.AUTHORIZER, relative_is_minor=True)
    assert not consent_needed(jiangxi, Party.AUTHORIZER, relative_is_minor=False)
    assert consent_needed(jiangxi, Party.BENEFICIARY, relative_is_minor=False)


def test_only_a_parent_decides_for_a_child_without_question():
    assert guardian_certain(Relation.CHILD, relative_is_minor=True)
    assert not guardian_certain(Relation.GRANDCHILD, relative_is_minor=True)
    assert guardian_certain(Relation.GRANDCHILD, relative_is_minor=False)


def test_each_signal_by_itself_calls_for_two_readers():
    bounds = policy.load()[policy.NATIONAL].four_eyes
    assert four_eyes(bounds, Signals()) == []
    signals = {
        FourEyesCause.RELATIVES: Signals(relatives_in_12_months=bounds.relatives_in_12_months),
        FourEyesCause.GIVERS: Signals(givers_of_relative=bounds.givers_of_one_relative),
        FourEyesCause.PHONE: Signals(givers_of_phone_in_30_days=bounds.givers_of_one_phone_in_30_days),
        FourEyesCause.CAP: Signals(monthly_cap=bounds.monthly_cap),
        FourEyesCause.CHECK: Signals(failed_checks=("kinship",)),
    }
    for cause, signal in signals.items():
        assert four_eyes(bounds, signal) == [cause]


# ------------------------------------------------------------- reasons
def test_what_the_machine_knows_fills_the_sentence_and_cannot_be_overwritten():
    text = sentence_for("{材料}反光,{内容}看不清。", {"材料": "户口簿"}, {"材料": "别的", "内容": "户号"})
    assert text == "户口簿反光,户号看不清。"


def test_a_gap_nobody_filled_keeps_the_sentence_whole():
    assert sentence_for("{材料}反光,{内容}看不清。", {}, {"内容": "  "}) == "材料反光,有的字看不清。"


def test_a_reviewer_is_asked_only_for_what_no_machine_knows():
    assert placeholders("证件上是“{证件上}”,您填的是“{填写的}”。{材料}{家人}") == ["证件上", "填写的"]
