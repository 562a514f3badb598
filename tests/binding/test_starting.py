"""Who may start what, from which end, and what the other end's registry rows give away: nothing."""

import pytest

from accounts.models import EnrollmentStatus, Scheme, VerifiedLevel
from binding import services
from binding.models import Kind
from binding.rules import Party
from gongji.errors import Refused
from gongji.policy import Relation
from tests.factories import make_citizen

pytestmark = pytest.mark.django_db

GROUP = "990400"
"""The demo area where families share by groups and either side may start."""


def _ask(relative, giver, relation=Relation.PARENT):
    draft = services.start_draft(user=relative, relation=relation, side=Party.BENEFICIARY)
    person = giver.person
    return services.save_relative(
        application=draft, actor=relative, name=person.name, id_type=person.id_type,
        id_number=person.id_number, phone=person.phone,
    )  # fmt: skip


def _refusal(code, call, *args, **kwargs):
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    assert caught.value.code == code
    assert str(caught.value.message) and str(caught.value.next_step)
    return caught.value


def test_a_relative_asks_a_giver_who_becomes_the_authorizer():
    mother, son = make_citizen("周秀英", area=GROUP), make_citizen("周明", area=GROUP)
    draft = _ask(mother, son)
    assert (draft.initiator, draft.authorizer, draft.beneficiary) == (
        "beneficiary",
        son.person,
        mother.person,
    )


def test_the_area_of_what_a_relative_asks_for_is_the_givers():
    mother, son = make_citizen("周秀英", area="990300"), make_citizen("周明", area=GROUP)
    assert _ask(mother, son).area == GROUP


def test_where_only_givers_start_a_relative_is_told_how_the_giver_does_it():
    mother = make_citizen("周秀英", area="990100")
    refusal = _refusal(
        "not_for_relatives", services.starting_rules, person=mother.person, side=Party.BENEFICIARY
    )
    assert "给家人开通" in str(refusal.next_step)


def test_a_giver_from_an_area_where_only_givers_start_cannot_be_asked():
    mother, son = make_citizen("周秀英", area=GROUP), make_citizen("周明", area="990100")
    _refusal("not_for_relatives", _ask, mother, son)


def test_a_wallet_is_started_by_the_giver_alone():
    mother = make_citizen("周秀英", area=GROUP)
    _refusal(
        "not_for_relatives",
        services.starting_rules,
        person=mother.person,
        kind=Kind.WALLET,
        side=Party.BENEFICIARY,
    )


@pytest.mark.parametrize(
    "state",
    [
        {"status": EnrollmentStatus.SUSPENDED},
        {"status": EnrollmentStatus.ENDED},
        {"personal_account": False},
        {"scheme": Scheme.RESIDENT, "personal_account": False},
    ],
)
def test_why_a_giver_cannot_give_is_never_told_to_who_asks(state):
    mother, son = make_citizen("周秀英", area=GROUP), make_citizen("周明", area=GROUP)
    son.person.enrollments.update(**state)
    refusal = _refusal("giver_cannot", _ask, mother, son)
    assert str(refusal.message) == "周明现在不能在网上给家人开通。"


def test_a_giver_with_no_place_left_is_asked_all_the_same_and_nothing_is_told():
    mother, son = make_citizen("周秀英", area=GROUP), make_citizen("周明", area=GROUP)
    assert _ask(mother, son).authorizer == son.person


def test_looking_after_somebody_needs_no_personal_account_on_either_side():
    son = make_citizen("周明", area=GROUP)
    mother = make_citizen("周秀英", area=GROUP)
    for each in (son, mother):
        each.person.enrollments.update(scheme=Scheme.RESIDENT, personal_account=False)
    draft = services.start_draft(user=son, relation=Relation.CHILD, kind=Kind.VIEW, side=Party.BENEFICIARY)
    services.save_relative(
        application=draft, actor=son, name="周秀英", id_type="01", id_number=mother.person.id_number,
        phone=mother.person.phone,
    )  # fmt: skip
    draft.refresh_from_db()
    assert (draft.authorizer, draft.beneficiary) == (mother.person, son.person)


def test_an_unsure_identity_is_sent_to_the_page_that_makes_it_surer():
    person = make_citizen("李明", level=VerifiedLevel.NONE).person
    refusal = _refusal("level_too_low", services.starting_rules, person=person)
    assert "参保登记一致" in str(refusal.next_step)


def test_oneself_cannot_be_the_other_end_from_either_side():
    mother = make_citizen("周秀英", area=GROUP)
    with pytest.raises(Refused, match="same_as_self"):
        _ask(mother, mother)


def test_two_may_give_to_each_other():
    """A circle of two is no contradiction (新疆): a settlement never goes further than one step."""
    one, other = make_citizen("周明", area=GROUP), make_citizen("周秀英", area=GROUP)
    there = services.start_draft(user=one, relation=Relation.SPOUSE)
    back = services.start_draft(user=other, relation=Relation.SPOUSE)
    for draft, actor, person in ((there, one, other.person), (back, other, one.person)):
        services.save_relative(
            application=draft, actor=actor, name=person.name, id_type="01", id_number=person.id_number,
            phone=person.phone,
        )  # fmt: skip
    assert (there.number != back.number, there.initiator) == (True, back.initiator)


@pytest.mark.parametrize(("said", "kept"), [("jxzhyb", "jxzhyb"), ("nowhere", ""), ("", ""), ("window", "")])
def test_an_entrance_is_kept_with_the_draft_and_an_unknown_one_is_not(said, kept):
    giver = make_citizen("李明", area="360100")
    assert services.start_draft(user=giver, relation=Relation.SPOUSE, entrance=said).entrance == kept
