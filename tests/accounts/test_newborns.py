"""Children before they have a number, documents that are replaced, and two rows of one human."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts import services
from accounts.models import BirthRecord, Enrollment, FormerNumber, IdType, Newborn, Person
from accounts.registry.importing import import_insured
from accounts.services.newborns import give_number, meet_registry, register_newborn
from gongji.crypto import blind_index
from gongji.errors import Refused
from gongji.models import AuditRow
from tests.accounts.registry_file import errors_of, registry_file
from tests.factories import (
    id_number,
    insure,
    make_account,
    make_citizen,
    make_holder,
    make_mandate,
    make_person,
    make_staff,
)

pytestmark = pytest.mark.django_db

CERTIFICATE = "N990123456"
BIRTH = date(2026, 9, 1)


@pytest.fixture
def clerk():
    return make_staff(duties=("clerk",))


@pytest.fixture
def child(clerk):
    return register(clerk)


def register(clerk, **changes):
    given = {
        "certificate_number": CERTIFICATE,
        "name": "李小宝",
        "birth": BIRTH,
        "guardian": None,
        "actor": clerk,
    }
    return register_newborn(**given | changes)


def refusal(call, **arguments) -> str:
    with pytest.raises(Refused) as refused:
        call(**arguments)
    assert refused.value.message and refused.value.next_step
    return refused.value.code


# ------------------------------------------------------------- registering
def test_a_newborn_is_a_person_found_by_certificate_and_name(clerk):
    guardian = make_person("李明")
    child = register(clerk, guardian=guardian, certificate_number=" n990 123 456 ")
    found = services.find_person(id_type="99", id_number=CERTIFICATE, name="李小宝")
    assert found == child
    assert (child.birth_date, child.id_type) == (BIRTH, IdType.BIRTH_CERTIFICATE)
    assert Newborn.objects.get().guardian == guardian
    assert AuditRow.objects.filter(action="newborn.registered", object_id=str(child.pk)).exists()


def test_the_same_child_twice_is_one_person(clerk, child):
    assert register(clerk) == child
    assert Person.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "王芳"}, "number_taken"),
        ({"birth": BIRTH - timedelta(days=1)}, "number_taken"),
        ({"certificate_number": "990123456"}, "bad_number"),
        ({"certificate_number": "N99012345６7"}, "bad_number"),
        ({"name": "李"}, "bad_name"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_way_on(clerk, child, changes, code):
    assert refusal(register, clerk=clerk, **changes) == code


def test_a_birth_in_the_future_is_refused(clerk):
    assert refusal(register, clerk=clerk, birth=timezone.localdate() + timedelta(days=1)) == "bad_birth"


def test_only_staff_register_a_newborn():
    with pytest.raises(PermissionDenied):
        register(make_citizen())


# ------------------------------------------------------------- a number of its own
def test_a_number_keeps_the_row_and_everything_that_hangs_on_it(clerk, child):
    father = make_holder("李明", 100_00)
    mandate = make_mandate(father, child)
    number = id_number(BIRTH)
    given = give_number(person=child, id_type="01", id_number=number, actor=clerk)
    assert given.pk == child.pk
    assert services.find_person(id_type="01", id_number=number, name="李小宝") == child
    assert services.find_person(id_type="99", id_number=CERTIFICATE, name="李小宝") == child
    assert bytes(Person.objects.get(pk=child.pk).id_index) == blind_index("id:01", number)
    mandate.refresh_from_db()
    assert mandate.beneficiary == child
    assert Newborn.objects.get().numbered_at is not None


def test_a_former_number_is_found_among_many_too(clerk, child):
    number = id_number(BIRTH)
    give_number(person=child, id_type="01", id_number=number, actor=clerk)
    found = services.by_numbers([("99", CERTIFICATE), ("01", number)])
    assert found == {("99", CERTIFICATE): child, ("01", number): child}


def test_giving_the_same_number_again_changes_nothing(clerk, child):
    number = id_number(BIRTH)
    for _ in range(2):
        child = give_number(person=child, id_type="01", id_number=number, actor=clerk)
    assert FormerNumber.objects.count() == 1


def test_a_number_with_another_birth_is_refused(clerk, child):
    wrong = id_number(BIRTH + timedelta(days=1))
    assert refusal(give_number, person=child, id_type="01", id_number=wrong, actor=clerk) == "birth_differs"


def test_somebody_elses_number_is_refused(clerk, child):
    other = make_person("王芳", number=id_number(BIRTH))
    code = refusal(give_number, person=child, id_type="01", id_number=other.id_number, actor=clerk)
    assert code == "number_of_another"


def test_a_certificate_whose_child_has_a_number_registers_nobody(clerk, child):
    give_number(person=child, id_type="01", id_number=id_number(BIRTH), actor=clerk)
    assert refusal(register, clerk=clerk) == "number_replaced"


def test_a_renewed_passport_keeps_the_person(clerk):
    person = make_person("LI MING", id_type="08", number="E1234567")
    give_number(person=person, id_type="08", id_number="E7654321", actor=clerk)
    for number in ("E1234567", "E7654321"):
        assert services.find_person(id_type="08", id_number=number, name="Li Ming") == person


# ------------------------------------------------------------- the registry knows the child by its number
@pytest.fixture
def registry(tmp_path):
    return lambda *rows: registry_file(tmp_path, *rows)


def row_of_the_child(number, **changes):
    return {
        "id_number": number,
        "name": "李小宝",
        "birth_date": BIRTH.isoformat(),
        "phone": "",
        "scheme": "390",
        "personal_account": "0",
        "valid_from": "2026-09-15",
    } | changes


def test_without_a_birth_record_two_rows_stand_side_by_side_until_staff_join_them(registry, clerk, child):
    number = id_number(BIRTH)
    father = make_holder("李明", 100_00)
    mandate = make_mandate(father, child)
    import_insured(registry(row_of_the_child(number)))
    assert Person.objects.filter(birth__isnull=False, newborn=None).count() == 2
    joined = give_number(person=child, id_type="01", id_number=number, actor=clerk)
    mandate.refresh_from_db()
    assert joined.pk == child.pk == mandate.beneficiary_id
    assert services.by_number(id_type="01", id_number=number) == joined
    assert services.current_enrollment(joined).scheme == "390"
    assert not import_insured(registry(row_of_the_child(number))).people_new


def test_a_birth_record_joins_them_with_the_import_itself(registry, child):
    number = id_number(BIRTH)
    BirthRecord.objects.create(
        certificate_index=blind_index("id:99", CERTIFICATE),
        child_index=blind_index("id:01", number),
        mother_index=blind_index("id:01", id_number()),
        digest=b"-",
    )
    summary = import_insured(registry(row_of_the_child(number, name="李子涵")))
    assert (summary.newborns_joined, summary.newborns_waiting) == (1, 0)
    joined = services.find_person(id_type="01", id_number=number, name="李子涵")
    assert joined.pk == child.pk
    assert services.by_number(id_type="99", id_number=CERTIFICATE).pk == child.pk
    assert import_insured(registry(row_of_the_child(number, name="李子涵"))).changed_nothing


def test_the_row_that_is_in_use_stays(registry, clerk, child):
    number = id_number(BIRTH)
    import_insured(registry(row_of_the_child(number)))
    holder = services.by_number(id_type="01", id_number=number)
    make_account(holder, 5_00)
    joined = give_number(person=child, id_type="01", id_number=number, actor=clerk)
    assert joined == holder
    assert services.by_number(id_type="99", id_number=CERTIFICATE) == holder
    assert not Person.objects.filter(pk=child.pk).exists()
    assert Newborn.objects.get().person == holder


def test_two_rows_that_are_both_in_use_are_left_as_they_are(registry, clerk, child):
    number = id_number(BIRTH)
    import_insured(registry(row_of_the_child(number)))
    make_account(services.by_number(id_type="01", id_number=number), 5_00)
    make_mandate(make_holder("李明"), child)
    code = refusal(give_number, person=child, id_type="01", id_number=number, actor=clerk)
    assert code == "both_in_use"
    assert Person.objects.filter(pk=child.pk).exists()


def test_rows_that_staff_must_look_at_are_counted(registry, child):
    number = id_number(BIRTH)
    BirthRecord.objects.create(
        certificate_index=blind_index("id:99", CERTIFICATE),
        child_index=blind_index("id:01", number),
        mother_index=blind_index("id:01", id_number()),
        digest=b"-",
    )
    make_mandate(make_holder("李明"), child)
    other = make_person("李小宝", number=number)
    make_account(other, 5_00)
    assert meet_registry() == (0, 1)


def test_an_enrolment_both_rows_had_is_kept_once(registry, clerk, child):
    insure(child, scheme="390", valid_from=date(2026, 9, 15))
    number = id_number(BIRTH)
    import_insured(registry(row_of_the_child(number)))
    joined = give_number(person=child, id_type="01", id_number=number, actor=clerk)
    assert Enrollment.objects.get(current=True).person == joined
    assert Enrollment.objects.count() == 1


def test_a_registry_line_with_the_replaced_certificate_is_listed_as_bad(registry, clerk, child):
    give_number(person=child, id_type="01", id_number=id_number(BIRTH), actor=clerk)
    path = registry(row_of_the_child(CERTIFICATE, id_type="99"))
    summary = import_insured(path)
    assert (summary.bad, summary.people_new) == (1, 0)
    assert errors_of(path) == [(2, "id_number", "这个证件号码已经换成新的。请用新的证件号码登记")]


def test_a_child_the_registry_brought_by_certificate_is_registered_as_the_same(registry, clerk):
    import_insured(registry(row_of_the_child(CERTIFICATE, id_type="99")))
    child = register(clerk)
    number = id_number(BIRTH)
    assert (Person.objects.count(), Newborn.objects.count()) == (1, 1)
    give_number(person=child, id_type="01", id_number=number, actor=clerk)
    again = import_insured(registry(row_of_the_child(number)))
    assert (again.people_new, again.bad) == (0, 0)
    assert services.current_enrollment(services.by_number(id_type="01", id_number=number)) is not None
