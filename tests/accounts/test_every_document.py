"""Each kind of identity document, from the registry's file to the login, the masks and the look-ups."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied

from accounts import services
from accounts.models import IdType, Message, Person, Verification, VerifiedLevel
from accounts.registry.importing import import_insured
from accounts.rules import birth_inside, check_character
from accounts.services import identity
from gongji.models import AuditRow
from gongji.policy import Level
from gongji.templatetags.gongji import mask_id
from tests.accounts.registry_file import errors_of, registry_file
from tests.factories import id_number, login_citizen, make_login, make_person, make_staff

pytestmark = pytest.mark.django_db

PHONE = "13912345678"
BORN = date(1985, 3, 2)


def with_check(body: str) -> str:
    """Return a number of 18 characters."""
    return body + check_character(body)


DOCUMENTS = {
    "resident": ("01", id_number(BORN), "李明"),
    "Hong Kong and Macao permit": ("04", "H12345678", "陳大文"),
    "Hong Kong and Macao permit of ten digits": ("04", "M1234567801", "陳大文"),
    "Taiwan permit": ("06", "12345678", "林志明"),
    "foreigners' residence card": ("07", "USA310085030201", "JOHN SMITH"),
    "foreigners' residence card since 2023": ("07", with_check(f"911000{BORN:%Y%m%d}001"), "JOHN SMITH"),
    "passport": ("08", "E12345678", "NGUYEN THI HOA"),
    "residence permit of Hong Kong": ("16", with_check(f"810000{BORN:%Y%m%d}001"), "陳大文"),
    "residence permit of Taiwan": ("16", with_check(f"830000{BORN:%Y%m%d}001"), "林志明"),
}


def row_of(document, **changes):
    id_type, number, name = document
    return {
        "id_type": id_type,
        "id_number": number,
        "name": name,
        "birth_date": BORN.isoformat(),
        "phone": PHONE,
    } | changes


@pytest.fixture(params=DOCUMENTS.values(), ids=DOCUMENTS)
def document(request):
    return request.param


def test_from_the_registry_to_the_login(client, tmp_path, document):
    id_type, number, name = document
    path = registry_file(tmp_path, row_of(document))
    import_insured(path)
    assert errors_of(path) is None
    login_citizen(client, make_login(phone=PHONE))
    typed = {"id_type": id_type, "id_number": f" {number.lower()} ", "name": name.title(), "agree": "on"}
    assert client.post("/accounts/verify/", typed).url == "/bindings/"
    person = Person.objects.get()
    page = client.get("/accounts/levels/").content.decode()
    assert (person.level, person.birth_date) == (VerifiedLevel.REGISTRY, BORN)
    assert "申请家庭共济" in page and number not in page
    assert client.get("/accounts/levels/documents/").status_code == 200


def test_the_same_file_again_changes_nothing(tmp_path, document):
    path = registry_file(tmp_path, row_of(document))
    import_insured(path)
    assert import_insured(path).changed_nothing


def test_found_by_number_alone_and_among_many(document):
    id_type, number, name = document
    person = make_person(name, id_type=id_type, number=number)
    assert services.by_number(id_type=id_type, id_number=number) == person
    assert services.by_numbers([(id_type, number), ("01", id_number())]) == {(id_type, number): person}


def test_a_mask_leaves_too_little_to_guess_the_rest(document):
    number = document[1]
    shown = mask_id(number).replace("…", "")
    assert len(number) - len(shown) >= 3


def test_a_birth_is_taken_from_numbers_that_hold_one(tmp_path, document):
    """The registry may leave the day of birth out where the number says it."""
    path = registry_file(tmp_path, row_of(document, birth_date=""))
    import_insured(path)
    inside = birth_inside(document[0], document[1])
    assert Person.objects.get().birth_date == inside
    assert (inside == BORN) == (len(document[1]) == 18)


def test_a_birth_that_contradicts_the_number_is_listed(tmp_path, document):
    path = registry_file(tmp_path, row_of(document, birth_date="1990-01-01"))
    contradicts = len(document[1]) == 18
    assert import_insured(path).bad == contradicts
    assert (errors_of(path) is not None) == contradicts


def test_one_number_under_two_types_is_two_people():
    passport = make_person("LI MING", id_type="08", number="12345678")
    permit = make_person("林志明", id_type="06", number="12345678")
    assert services.find_person(id_type="08", id_number="12345678", name="Li Ming") == passport
    assert services.find_person(id_type="06", id_number="12345678", name="林志明") == permit
    assert services.find_person(id_type="08", id_number="12345678", name="林志明") is None


def test_unknown_and_known_renewable_documents_cost_the_same(django_assert_num_queries):
    make_person("LI MING", id_type="08", number="E1234567")
    for number in ("E1234567", "E7654321"):
        with django_assert_num_queries(1):
            services.find_person(id_type="08", id_number=number, name="WANG QIANG")


def test_nobody_logs_in_with_a_birth_certificate(client):
    make_person("李小宝", id_type=IdType.BIRTH_CERTIFICATE, number="N990123456", phone=PHONE)
    login_citizen(client, make_login(phone=PHONE))
    typed = {"id_type": "99", "id_number": "N990123456", "name": "李小宝", "agree": "on"}
    assert client.post("/accounts/verify/", typed).status_code == 422


# ------------------------------------------------------------- at the window
def test_a_clerk_who_saw_the_original_raises_the_level_and_the_person_is_told():
    person, clerk = make_person(level=VerifiedLevel.NONE), make_staff(duties=("clerk",))
    identity.verified_at_window(person=person, clerk=clerk)
    person.refresh_from_db()
    kept = Verification.objects.get()
    assert identity.has_level(person, Level.WINDOW)
    assert (kept.method, kept.person, kept.user) == ("window", person, clerk)
    assert AuditRow.objects.filter(action="verify_identity", object_id=str(person.pk)).exists()
    assert len(Message.objects.get(template="identity_raised").sms_text) <= 70


def test_seen_again_is_kept_and_not_told_twice():
    person, clerk = make_person(), make_staff(duties=("clerk",))
    for _ in range(2):
        identity.verified_at_window(person=person, clerk=clerk)
    assert Verification.objects.count() == 2
    assert Message.objects.count() == 1


def test_nobody_vouches_for_themselves_and_no_citizen_for_anybody():
    person = make_person()
    for actor in (make_staff(duties=("clerk",), private_person=person), make_login(make_person())):
        with pytest.raises(PermissionDenied):
            identity.verified_at_window(person=person, clerk=actor)
    assert not Verification.objects.exists()
