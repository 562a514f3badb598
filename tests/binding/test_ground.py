"""The rule of legal ground: pure, and true for everything that the registry could say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import EnrollmentStatus
from binding.rules import Party
from binding.rules.ground import Facts, Insured, follows, lost_ground
from binding.states import Kind
from gongji import policy
from gongji.policy import AutoEnd

HERE = policy.for_area("990100")
ACTIVE = Insured("990100", "active", True)
AREAS = st.sampled_from(["", "990100", "990200", "990300", "970100", "123400"])
insured = st.builds(Insured, AREAS, st.sampled_from(["", *EnrollmentStatus.values]), st.booleans())
facts = st.builds(
    Facts, st.sampled_from(Kind.values), st.sampled_from(["990100", "990200"]), insured, insured
)


def lost(given_facts, *, reached=True, granted=HERE):
    return lost_ground(
        given_facts, granted=granted, here=policy.for_area(given_facts.giver.area), reached=reached
    )


@given(facts, st.booleans())
def test_whoever_died_ends_every_kind_of_binding_before_anything_else(some, reached):
    dead = EnrollmentStatus.DECEASED in (some.giver.status, some.relative.status)
    found = lost(some, reached=reached)
    assert (found is not None and found.cause is AutoEnd.DECEASED) == dead


@given(facts, st.booleans())
def test_two_insured_people_within_reach_never_lose_their_ground(some, reached):
    fine = some._replace(area="990100", giver=ACTIVE, relative=ACTIVE, kind=Kind.MUTUAL_AID)
    assert lost(fine) is None
    assert lost(fine._replace(kind=Kind.VIEW), reached=reached) is None


@given(facts, st.booleans())
def test_an_insurance_that_is_only_suspended_ends_nothing(some, reached):
    def resumed(end):
        return end._replace(status="active") if end.status == "suspended" else end

    again = some._replace(giver=resumed(some.giver), relative=resumed(some.relative))
    assert lost(some, reached=reached) == lost(again, reached=reached)


@given(facts)
def test_looking_needs_no_insurance(some):
    found = lost(some._replace(kind=Kind.VIEW))
    assert found is None or found.cause in (AutoEnd.DECEASED, AutoEnd.AREA_CLOSED)


@given(facts, st.booleans())
def test_only_what_the_area_names_ends_anything(some, reached):
    class Silent:
        auto_end = frozenset()
        open, model, wallet = HERE.open, HERE.model, HERE.wallet

    assert lost(some, reached=reached, granted=Silent()) is None


@given(facts)
def test_nothing_follows_to_where_it_is_already_or_where_there_are_no_rules(some):
    here = policy.for_area(some.giver.area)
    assert follows(some, here) == (here is not None and here.open and some.giver.area != some.area)


@pytest.mark.parametrize(("end", "party"), [("giver", Party.AUTHORIZER), ("relative", Party.BENEFICIARY)])
def test_the_reason_names_whose_change_it_was(end, party):
    some = Facts(Kind.MUTUAL_AID, "990100", ACTIVE, ACTIVE)._replace(**{end: Insured()})
    found = lost(some)
    assert found.whose == party
    assert found.code() == f"insurance_ended:{party}"
