"""What registers make of two people: one booklet, one record, chains, and what rules a relation out."""

from datetime import UTC, date, datetime
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.kinship.facts import Birth, Fact, Heard, Housed, Marriage, Said, Who
from binding.rules.chains import ruled_out, shown
from binding.rules.families import Answer, judge
from binding.rules.kinship import Certainty, TooFar, kinship, not_allowed, proven
from gongji.policy import Relation

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, tzinfo=UTC)
HOUSE, CIVIL, BIRTH = "参保登记里的户口信息", "民政婚姻登记", "卫健出生登记"
A, B, C, D, E, F, G, H = people = [Who(bytes([number]) * 32) for number in range(8)]


def heard(*facts: Fact, complete: frozenset[Who] = frozenset()) -> Heard:
    """Every fact from its own register."""
    homes, births = (tuple(fact for fact in facts if isinstance(fact, kind)) for kind in (Housed, Birth))
    wed = tuple(fact for fact in facts if isinstance(fact, Marriage))
    return Heard((Said(HOUSE, NOW, homes), Said(CIVIL, NOW, wed, complete), Said(BIRTH, NOW, births)))


def said_of(declared: Relation, giver: Who, relative: Who, *facts: Fact, **options: object) -> Answer:
    enough = bool(options.pop("household_is_enough", False))
    return judge(declared, giver, relative, heard(*facts, **options), TODAY, household_is_enough=enough)


def found(giver: Who, relative: Who, *facts: Fact) -> list[object]:
    return [kin.relation or kin.too_far for kin in shown(giver, relative, heard(*facts), TODAY)]


# ------------------------------------------------------------- one booklet (domain.md §6.2)
IN_ONE_BOOKLET = [
    *[("02", code, proven(Relation.SPOUSE)) for code in ("10", "11", "12")],
    *[("02", code, proven(Relation.CHILD)) for code in ("20", "21", "22", "23", "26", "30", "31", "36")],
    *[("02", code, proven(Relation.PARENT)) for code in ("50", "51", "52")],
    *[("02", code, proven(Relation.GRANDCHILD)) for code in ("41", "42")],
    *[("02", code, proven(Relation.MATERNAL_GRANDCHILD)) for code in ("43", "44")],
    *[("02", code, proven(Relation.GRANDPARENT)) for code in ("61", "62")],
    *[("02", code, proven(Relation.MATERNAL_GRANDPARENT)) for code in ("63", "64")],
    *[("02", code, proven(Relation.SIBLING)) for code in ("70", "71", "73", "75", "77")],
    *[("02", code, not_allowed(TooFar.PARENT_IN_LAW)) for code in ("53", "54", "55", "56")],
    *[("02", code, not_allowed(TooFar.CHILD_IN_LAW)) for code in ("28", "38")],
    *[("02", code, not_allowed(TooFar.GREAT_GRANDCHILD)) for code in ("47", "48")],
    *[("02", code, not_allowed(TooFar.GREAT_GRANDPARENT)) for code in ("66", "67")],
    ("12", "51", not_allowed(TooFar.PARENT_IN_LAW)),
    ("12", "28", not_allowed(TooFar.CHILD_IN_LAW)),
    ("51", "41", not_allowed(TooFar.GREAT_GRANDCHILD)),
    ("41", "51", not_allowed(TooFar.GREAT_GRANDPARENT)),
    ("38", "02", not_allowed(TooFar.PARENT_IN_LAW)),
]


@pytest.mark.parametrize(("giver", "relative", "expected"), IN_ONE_BOOKLET)
def test_the_matrix_of_one_booklet(giver, relative, expected):
    assert kinship(giver, relative) == expected
    assert kinship(relative, giver) == expected.inverse


@pytest.mark.parametrize(
    ("giver", "relative"),
    [
        *[("02", code) for code in ("27", "29", "37", "39", "57", "58", "59")],
        *[("12", "20"), ("20", "30"), ("51", "52"), ("20", "41"), ("20", "38"), ("31", "28")],
    ],
)
def test_what_one_booklet_leaves_open_is_for_a_person(giver, relative):
    assert kinship(giver, relative).certainty is Certainty.PERSON_LOOKS


codes = st.sampled_from([f"{number:02}" for number in range(100)])


@given(codes, codes)
def test_a_booklet_says_the_same_from_both_sides(one, other):
    assert {kinship(one, other), kinship(one, other).inverse} == {
        kinship(other, one),
        kinship(other, one).inverse,
    }


# ------------------------------------------------------------- one record
def test_spouses_by_a_marriage_that_lasts():
    answer = said_of(Relation.SPOUSE, A, B, Marriage(B, A, date(2015, 5, 20)))
    assert answer == Answer(True, (CIVIL,))


def test_a_divorce_says_no():
    ended = Marriage(A, B, date(2015, 5, 20), date(2026, 11, 22))
    assert said_of(Relation.SPOUSE, A, B, ended) == Answer(False, (CIVIL,))


def test_married_again_after_a_divorce_are_spouses():
    first, second = Marriage(A, B, date(2010, 1, 1), date(2012, 1, 1)), Marriage(A, B, date(2013, 1, 1))
    assert said_of(Relation.SPOUSE, A, B, first, second).holds is True


def test_who_is_married_to_somebody_else_is_not_the_spouse():
    for other in (Marriage(A, C), Marriage(B, C)):
        assert said_of(Relation.SPOUSE, A, B, other) == Answer(False, (CIVIL,))


def test_a_former_marriage_to_somebody_else_says_nothing():
    assert said_of(Relation.SPOUSE, A, B, Marriage(A, C, None, date(2012, 1, 1))).holds is None


def test_no_marriage_in_a_register_that_has_all_of_them_says_no():
    assert said_of(Relation.SPOUSE, A, B, complete=frozenset({A})) == Answer(False, (CIVIL,))
    assert said_of(Relation.SPOUSE, A, B).holds is None


@pytest.mark.parametrize("record", [Birth(A, mother=B), Birth(A, father=B)])
def test_parent_and_child_by_a_birth(record):
    assert said_of(Relation.PARENT, A, B, record) == Answer(True, (BIRTH,))
    assert said_of(Relation.CHILD, B, A, record) == Answer(True, (BIRTH,))


def test_a_birth_with_two_other_parents_says_no_with_one_nothing():
    assert said_of(Relation.PARENT, A, B, Birth(A, C, D)) == Answer(False, (BIRTH,))
    assert said_of(Relation.CHILD, B, A, Birth(A, C, D)).holds is False
    assert said_of(Relation.PARENT, A, B, Birth(A, C)).holds is None


# ------------------------------------------------------------- chains of two
def test_siblings_by_a_common_parent():
    assert said_of(Relation.SIBLING, A, B, Birth(A, C, D), Birth(B, C, E)) == Answer(True, (BIRTH,))
    assert said_of(Relation.SIBLING, A, B, Birth(A, C, D), Birth(B, E, F)).holds is False
    assert said_of(Relation.SIBLING, A, B, Birth(A, C), Birth(B, E)).holds is None


@pytest.mark.parametrize(
    ("middle", "upwards"),
    [(Birth(A, father=B), Relation.GRANDPARENT), (Birth(A, mother=B), Relation.MATERNAL_GRANDPARENT)],
)
@pytest.mark.parametrize("above", [Birth(B, mother=C), Birth(B, father=C)])
def test_grandparents_by_two_births_with_one_person_in_the_middle(middle, upwards, above):
    assert said_of(upwards, A, C, middle, above).holds is True
    assert said_of(upwards.inverse, C, A, middle, above).holds is True


def test_two_births_without_a_common_person_prove_nothing():
    assert said_of(Relation.GRANDPARENT, A, C, Birth(A, father=B), Birth(D, father=C)).holds is None


def test_the_fathers_parents_are_not_the_mothers():
    records = Birth(A, mother=D, father=B), Birth(B, mother=C)
    assert said_of(Relation.MATERNAL_GRANDPARENT, A, C, *records) == Answer(False, (BIRTH,))


def test_a_grandparents_place_that_is_taken_says_no():
    records = Birth(A, father=B), Birth(B, D, E)
    assert said_of(Relation.GRANDPARENT, A, C, *records).holds is False
    assert said_of(Relation.MATERNAL_GRANDPARENT, A, C, *records).holds is None


# ------------------------------------------------------------- too far
def test_the_parents_of_a_wife_or_husband_are_in_laws():
    records = Marriage(A, B), Birth(B, mother=C)
    answer = said_of(Relation.PARENT, A, C, *records)
    assert answer == Answer(False, (CIVIL, BIRTH), TooFar.PARENT_IN_LAW)
    assert said_of(Relation.CHILD, C, A, *records).too_far is TooFar.CHILD_IN_LAW


def test_after_a_divorce_they_are_nobody():
    assert said_of(Relation.PARENT, A, C, Marriage(A, B, None, date(2020, 1, 1)), Birth(B, C)).too_far is None


def test_three_births_make_a_great_grandparent():
    records = Birth(A, mother=B), Birth(B, father=C), Birth(C, mother=D)
    assert said_of(Relation.GRANDPARENT, A, D, *records).too_far is TooFar.GREAT_GRANDPARENT
    assert said_of(Relation.GRANDCHILD, D, A, *records).too_far is TooFar.GREAT_GRANDCHILD


def test_a_grandparent_who_is_a_great_grandparent_too_may_receive():
    records = Birth(A, mother=B, father=D), Birth(B, father=C), Birth(C, mother=E), Birth(D, mother=E)
    assert said_of(Relation.GRANDPARENT, A, E, *records).holds is True


# ------------------------------------------------------------- several registers
ONE_HOUSE = Housed(A, b"H", "02"), Housed(B, b"H", "12")


def test_a_divorce_outweighs_an_old_booklet():
    answer = said_of(Relation.SPOUSE, A, B, *ONE_HOUSE, Marriage(A, B, None, date(2025, 1, 1)))
    assert answer == Answer(False, (CIVIL,))


def test_a_birth_settles_what_a_booklet_leaves_open():
    house = Housed(A, b"H", "12"), Housed(B, b"H", "20")
    assert said_of(Relation.CHILD, A, B, *house).holds is None
    assert said_of(Relation.CHILD, A, B, *house, Birth(B, mother=A)) == Answer(True, (BIRTH,))


def test_in_law_by_the_booklet_but_parent_by_birth_is_for_a_person():
    house = Housed(A, b"H", "12"), Housed(B, b"H", "51")
    assert said_of(Relation.PARENT, A, B, *house).too_far is TooFar.PARENT_IN_LAW
    answer = said_of(Relation.PARENT, A, B, *house, Birth(A, father=B))
    assert (answer.holds, answer.too_far) == (False, None)


# ------------------------------------------------------------- one household number
def test_one_household_is_enough_where_the_area_says_so_and_nothing_contradicts():
    house = Housed(A, b"H", "20"), Housed(B, b"H", "38")
    assert said_of(Relation.SPOUSE, A, B, *house).holds is None
    answer = said_of(Relation.SPOUSE, A, B, *house, household_is_enough=True)
    assert (answer.holds, answer.registers, answer.by_household_alone) == (True, (HOUSE,), True)


@pytest.mark.parametrize(
    ("codes", "more"),
    [
        (("20", "30"), ()),  # looks like siblings
        (("02", "20"), ()),  # is a child
        (("12", "51"), ()),  # is an in-law
        (("20", "38"), (Marriage(A, C),)),
    ],
)
def test_one_household_is_not_enough_where_something_contradicts(codes, more):
    house = Housed(A, b"H", codes[0]), Housed(B, b"H", codes[1])
    assert said_of(Relation.SPOUSE, A, B, *house, *more, household_is_enough=True).holds is not True


def test_two_households_are_never_one():
    house = Housed(A, b"H", "02"), Housed(B, b"I", "12")
    assert said_of(Relation.SPOUSE, A, B, *house, household_is_enough=True).holds is None


# ------------------------------------------------------------- whatever the registers say
who = st.sampled_from(people)
births = st.builds(Birth, who, st.none() | who, st.none() | who)
marriages = st.builds(Marriage, who, who, st.none(), st.none() | st.just(date(2020, 1, 1)))
housed = st.builds(Housed, who, st.sampled_from([b"H", b"I"]), codes)
worlds = st.lists(births | marriages | housed, max_size=10)
relations = st.sampled_from(Relation)


@given(worlds, relations)
def test_both_sides_get_the_same_answer(world, declared):
    for one, other in permutations(people[:3], 2):
        from_one, from_other = (
            said_of(declared, one, other, *world),
            said_of(declared.inverse, other, one, *world),
        )
        assert from_one.holds == from_other.holds
        assert (from_one.too_far and from_one.too_far.inverse) == from_other.too_far


@given(worlds)
def test_what_is_shown_to_one_is_the_inverse_of_what_is_shown_to_the_other(world):
    for one, other in permutations(people[:3], 2):
        ours, theirs = shown(one, other, heard(*world), TODAY), shown(other, one, heard(*world), TODAY)
        assert set(ours) == {kin.inverse for kin in theirs}


@given(worlds, relations)
def test_what_is_shown_is_never_ruled_out(world, declared):
    known = heard(*world)
    if proven(declared) in shown(A, B, known, TODAY):
        assert (
            said_of(declared, A, B, *[fact for fact in world if not isinstance(fact, Housed)]).holds is True
        )


@given(worlds, relations, st.booleans())
def test_who_is_too_far_is_never_related_as_declared_and_every_answer_names_its_source(
    world, declared, enough
):
    answer = said_of(declared, A, B, *world, household_is_enough=enough)
    assert not (answer.too_far and answer.holds)
    assert answer.registers or answer.holds is None


@given(relations)
def test_who_knows_nothing_says_nothing(declared):
    assert said_of(declared, A, B, household_is_enough=True) == Answer(None)
    assert not ruled_out(declared, A, B, Heard(), TODAY)


@given(worlds, relations)
def test_facts_about_others_change_nothing(world, declared):
    """Nothing is learnt from people whom no chain of records joins to the two."""
    apart = [Birth(G, H), Marriage(G, H), Housed(G, b"H", "02")]
    joined = [fact for fact in world if not {G, H} & _people(fact)]
    assert said_of(declared, A, B, *joined) == said_of(declared, A, B, *joined, *apart)


def _people(fact):
    if isinstance(fact, Housed):
        return {fact.who}
    return {fact.child, *fact.parents} if isinstance(fact, Birth) else set(fact.people)
