"""W2 to W7: who may give, which relative, and what is said when it cannot be."""

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import EnrollmentStatus, Scheme
from binding import services
from binding.models import Application, RelativeLookup
from binding.rules import State
from binding.rules.numbers import is_public_number
from gongji.errors import Refused
from gongji.policy import Relation
from tests.binding.cases import Case, in_state
from tests.factories import id_number, insure, make_account, make_citizen, make_login, make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def giver():
    return make_citizen("李明")


@pytest.fixture
def draft(giver):
    return services.start_draft(user=giver, relation=Relation.PARENT)


def _refused(code: str, verb, **arguments) -> Refused:
    with pytest.raises(Refused) as caught:
        verb(**arguments)
    assert caught.value.code == code
    return caught.value


def _relative(draft, giver, person, **changes):
    answers = {"name": person.name, "id_type": person.id_type, "id_number": person.id_number} | changes
    return {"application": draft, "actor": giver} | answers


# ------------------------------------------------------------- who may give
def test_a_worker_with_a_personal_account_begins_a_draft_with_a_checked_number(giver):
    draft = services.start_draft(user=giver, relation=Relation.SPOUSE)
    assert (draft.state, draft.area, draft.relation) == (State.DRAFT, "990100", Relation.SPOUSE)
    assert is_public_number(draft.number)


def test_a_resident_is_told_that_there_is_no_personal_account():
    person = make_person()
    insure(person, scheme=Scheme.RESIDENT)
    refusal = _refused("no_personal_account", services.start_draft, user=make_login(person))
    assert "城乡居民" in str(refusal.message)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (EnrollmentStatus.SUSPENDED, "suspended"),
        (EnrollmentStatus.ENDED, "not_insured"),
        (EnrollmentStatus.DECEASED, "needs_window"),
    ],
)
def test_insurance_that_is_not_in_force_is_named_or_sent_to_a_window(status, code):
    person = make_person()
    insure(person, status=status)
    refusal = _refused(code, services.starting_rules, person=person)
    assert "故" not in f"{refusal.message}{refusal.next_step}"


def test_an_area_without_rules_is_not_open():
    _refused("not_open", services.start_draft, user=make_citizen(area="110100"))


@pytest.mark.parametrize("area", ["350100", "650100"])
def test_areas_with_pools_and_groups_take_applications(area):
    assert services.start_draft(user=make_citizen(area=area)).area == area


def test_a_login_without_a_person_is_not_allowed():
    with pytest.raises(PermissionDenied):
        services.start_draft(user=make_login())


def test_the_same_empty_draft_is_offered_again(giver):
    first = services.start_draft(user=giver)
    assert services.start_draft(user=giver, relation=Relation.CHILD) == first
    assert Application.objects.count() == 1


def test_drafts_do_not_pile_up(giver):
    for _serial in range(10):
        draft = services.start_draft(user=giver)
        draft.entered_name = "王芳"
        draft.save(update_fields=["entered_name"])
    _refused("too_many_drafts", services.start_draft, user=giver)


def test_a_ninth_relative_is_refused_with_the_rule_before_anything_is_asked(giver):
    for serial in range(8):
        Case(giver=giver, relative=make_citizen(f"王{serial}")).begin().submit()
    refusal = _refused("limit_reached", services.start_draft, user=giver)
    assert "8 位" in str(refusal.message)
    assert "示医保发〔2026〕1号" in str(refusal.message)


def test_where_the_area_wants_a_balance_an_empty_account_cannot_bind():
    kunming = make_citizen(area="530100")
    make_account(kunming.person, 0, area="530100")
    refusal = _refused("no_balance", services.starting_rules, person=kunming.person)
    assert "昆明市" in str(refusal.message)
    assert "日前划入" in str(refusal.next_step)


def test_elsewhere_an_empty_account_may_bind(giver):
    make_account(giver.person, 0)
    assert services.starting_rules(person=giver.person).zero_balance_may_bind


# ------------------------------------------------------------- which relative
def test_a_relation_the_area_does_not_know_is_refused():
    kunming = make_citizen(area="530100")
    make_account(kunming.person, 1, area="530100")
    rules = services.starting_rules(person=kunming.person)
    unknown = next(relation for relation in Relation if relation not in rules.relations)
    _refused("relation_not_allowed", services.start_draft, user=kunming, relation=unknown)


def test_a_relative_is_found_by_name_and_number_however_typed(giver, draft):
    person = make_citizen("买买提·艾力").person
    spaced = f"{person.id_number[:6]} {person.id_number[6:14]} {person.id_number[14:]}".lower()
    saved = services.save_relative(**_relative(draft, giver, person, name="买买提•艾力", id_number=spaced))
    assert saved.beneficiary == person


def test_wrong_name_and_unknown_number_get_the_very_same_answer(giver, draft):
    person = make_citizen("王芳").person
    one = _refused("not_matched", services.save_relative, **_relative(draft, giver, person, name="王方"))
    other = _refused(
        "not_matched", services.save_relative, **_relative(draft, giver, person, id_number=id_number())
    )
    assert (str(one.message), str(one.next_step)) == (str(other.message), str(other.next_step))
    draft.refresh_from_db()
    assert draft.beneficiary is None
    assert draft.entered_name == "王芳"


def test_a_wrong_number_is_answered_beside_its_field(giver, draft):
    person = make_citizen("王芳").person
    short = _refused(
        "bad_number",
        services.save_relative,
        **_relative(draft, giver, person, id_number=person.id_number[:17]),
    )
    assert "您填了 17 位" in str(short.message)


def test_ones_own_number_is_refused(giver, draft):
    _refused("same_as_self", services.save_relative, **_relative(draft, giver, giver.person))


def test_only_a_matched_relative_is_told_not_to_be_insured(giver, draft):
    person = make_person("王芳")
    insure(person, status=EnrollmentStatus.ENDED)
    _refused("relative_not_insured", services.save_relative, **_relative(draft, giver, person))
    _refused("not_matched", services.save_relative, **_relative(draft, giver, person, name="王方"))


def test_a_death_is_never_named_online(giver, draft):
    person = make_person("王芳")
    insure(person, status=EnrollmentStatus.DECEASED)
    refusal = _refused("needs_window", services.save_relative, **_relative(draft, giver, person))
    assert "故" not in f"{refusal.message}{refusal.next_step}"


def test_a_relative_in_another_province_is_shown_the_wallet_and_the_answers_stay(giver, draft):
    person = make_citizen("王芳", area="530100").person
    refusal = _refused("other_province", services.save_relative, **_relative(draft, giver, person))
    assert "保存 30 天" in str(refusal.next_step)
    draft.refresh_from_db()
    assert draft.entered_id_number == person.id_number


def test_a_relative_in_another_city_of_an_open_province_goes_on(giver, draft):
    person = make_citizen("王芳", area="990200").person
    assert services.save_relative(**_relative(draft, giver, person)).beneficiary == person


def test_a_bound_relative_is_told_since_when():
    case = in_state(State.APPROVED)
    again = services.start_draft(user=case.giver, relation=Relation.SPOUSE)
    refusal = _refused(
        "already_bound", services.save_relative, **_relative(again, case.giver, case.relative.person)
    )
    assert "起有效" in str(refusal.message)


def test_an_application_under_way_is_not_begun_twice():
    case = in_state(State.IN_REVIEW)
    again = services.start_draft(user=case.giver, relation=Relation.SPOUSE)
    _refused("already_applied", services.save_relative, **_relative(again, case.giver, case.relative.person))


def test_a_relative_with_another_giver_is_answered_like_any_other(giver, draft):
    taken = in_state(State.APPROVED).relative
    assert services.save_relative(**_relative(draft, giver, taken.person)).beneficiary == taken.person


def test_looking_people_up_is_limited_and_counted_in_the_database(giver, draft):
    person = make_citizen("王芳").person
    for _try in range(15):
        _refused("not_matched", services.save_relative, **_relative(draft, giver, person, name="王方"))
    _refused("too_many_lookups", services.save_relative, **_relative(draft, giver, person))
    assert RelativeLookup.objects.filter(user=giver).count() == 15


# ------------------------------------------------------------- documents, cap
def test_documents_are_asked_for_where_no_data_prove_the_relation(giver):
    case = Case(giver=giver).begin()
    assert services.proof_choices(case.application)
    case.application.proofs.update(status="replaced")
    assert services.missing_documents(case.application) == ["marriage_certificate"]


def test_no_document_is_asked_for_when_the_household_register_proves_it():
    giver, child = (make_person(name) for name in ("李明", "李小红"))
    insure(giver, household="A-1", relation_to_head="02")
    insure(child, household="A-1", relation_to_head="31")
    case = Case(giver=make_login(giver), relative=make_login(child), relation=Relation.CHILD).begin()
    assert services.proof_choices(case.application) == ()
    assert services.missing_documents(case.application) == []


def test_a_cap_is_kept_in_fen(giver, draft):
    saved = services.save_cap(application=draft, actor=giver, monthly_cap=50_000)
    assert (saved.monthly_cap, saved.cap_answered) == (50_000, True)


def test_a_discarded_draft_is_over(giver, draft):
    services.discard_draft(application=draft, actor=giver)
    draft.refresh_from_db()
    assert draft.state == State.LAPSED
    _refused("not_a_draft", services.save_cap, application=draft, actor=giver, monthly_cap=None)


def test_nobody_else_may_write_into_a_draft(draft):
    with pytest.raises(PermissionDenied):
        services.save_cap(application=draft, actor=make_citizen("赵六"), monthly_cap=None)
