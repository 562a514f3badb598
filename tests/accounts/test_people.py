"""Finding people, households, consents, and what the database refuses."""

from datetime import date

import pytest
from django.db import IntegrityError

from accounts import services
from accounts.models import Consent, Enrollment, OneTimeCode, Person, Scheme, User
from accounts.services import codes
from tests.factories import insure, make_citizen, make_person, make_staff

pytestmark = pytest.mark.django_db


def test_a_person_is_found_by_number_and_name_together():
    person = make_person("买买提·艾力")
    found = services.find_person(id_type="01", id_number=f" {person.id_number.lower()} ", name="买买提•艾力")
    assert found == person
    assert services.find_person(id_type="01", id_number=person.id_number, name="李明") is None
    assert services.find_person(id_type="08", id_number=person.id_number, name="买买提·艾力") is None


def test_finding_costs_one_query(django_assert_num_queries):
    person = make_person()
    with django_assert_num_queries(1):
        services.find_person(id_type="01", id_number=person.id_number, name="李明")


def test_a_household_is_shared_within_a_province_only():
    mother, child, neighbour, elsewhere = (make_person() for _ in range(4))
    insure(mother, "990100", household="H1", relation_to_head="02")
    insure(child, "990200", household="H1", relation_to_head="20")
    insure(neighbour, "990100", household="H2")
    insure(elsewhere, "360100", household="H1")
    assert services.same_household(mother, child)
    assert not services.same_household(mother, neighbour)
    assert not services.same_household(mother, elsewhere)
    assert not services.same_household(mother, mother)
    assert services.relation_to_head(child) == "20"


def test_people_without_a_household_number_share_none():
    a, b = make_person(), make_person()
    insure(a), insure(b)
    assert not services.same_household(a, b)
    assert services.relation_to_head(make_person()) == ""


def test_account_holders_are_active_employees_with_an_account():
    holder, resident, pooled = make_person(), make_person(), make_person()
    insure(holder)
    insure(resident, scheme=Scheme.RESIDENT)
    insure(pooled, personal_account=False)
    assert list(services.new_account_holders()) == [holder]


def test_a_consent_is_kept_as_it_was_given():
    person = make_person()
    services.give_consent(
        person=person, text="t", version="1", about="GJ-1", how=Consent.How.WEB, agreed=False
    )
    assert Consent.objects.get().agreed is False


def test_the_database_keeps_one_person_per_number():
    person = make_person()
    with pytest.raises(IntegrityError, match="person_number_unique"):
        make_person(number=person.id_number)


def test_the_database_keeps_one_current_enrolment_per_person():
    enrollment = insure(make_person())
    other = insure(enrollment.person, "990200", valid_from=date(2024, 1, 1))
    with pytest.raises(IntegrityError, match="enrollment_one_current"):
        Enrollment.objects.exclude(pk=other.pk).update(current=True)


def test_the_database_gives_residents_no_personal_account():
    enrollment = insure(make_person())
    with pytest.raises(IntegrityError, match="enrollment_account_needs_employee_scheme"):
        Enrollment.objects.filter(pk=enrollment.pk).update(scheme=Scheme.RESIDENT)


def test_the_database_keeps_staff_and_citizens_apart():
    staff = make_staff()
    with pytest.raises(IntegrityError, match="user_staff_is_no_citizen"):
        User.objects.filter(pk=staff.pk).update(person=make_person())


def test_the_database_lets_nobody_try_a_code_six_times():
    codes.request_code(phone="13900000001", purpose="login", session_hash="s", ip="1.1.1.1")
    with pytest.raises(IntegrityError, match="code_five_tries"):
        OneTimeCode.objects.update(tries=6)


def test_the_text_of_a_person_holds_nothing_personal():
    person = make_citizen("王小芳").person
    assert "王" not in str(person) and person.id_number not in repr(person)
    assert str(Person.objects.get(pk=person.pk)) == f"Person {person.pk}"


@pytest.mark.parametrize(
    ("areas", "area", "covered"),
    [
        (["990000"], "990100", True),
        (["990100"], "990200", False),
        (["500000"], "510100", False),
        ([], "990100", False),
    ],
)
def test_staff_cover_their_areas_and_what_lies_below(areas, area, covered):
    assert make_staff(areas=areas).covers(area) is covered
