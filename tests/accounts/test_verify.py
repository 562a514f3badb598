"""First login: name and number against the registry. What is said, what is not, and what happens."""

import re
from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.models import Consent, EnrollmentStatus, IdType, Message, User, Verification, VerifiedLevel
from accounts.services import identity
from accounts.services.codes import TooSoon
from gongji.models import AuditRow
from tests.factories import id_number, insure, login_citizen, make_citizen, make_login, make_person

pytestmark = pytest.mark.django_db

VERIFY = "/accounts/verify/"
PHONE = "13912345678"


def answer_for(client, person=None, **changes):
    """Fill in the page as a person would."""
    typed = {"name": "李明", "id_type": "01", "id_number": id_number(), "agree": "on"}
    if person is not None:
        typed |= {"name": person.name, "id_type": person.id_type, "id_number": person.id_number}
    return client.post(VERIFY, typed | changes)


@pytest.fixture
def visitor(client):
    """Somebody who proved PHONE and nothing else yet."""
    return login_citizen(client, make_login(phone=PHONE))


def registered(name="李明", phone=PHONE, **values):
    person = make_person(name, phone=phone, level=VerifiedLevel.NONE, **values)
    insure(person)
    return person


# ------------------------------------------------------------- it works
def test_name_number_and_phone_of_the_registry_make_the_login_that_person(client, visitor):
    person = registered()
    assert answer_for(client, person).url == "/bindings/"
    visitor.refresh_from_db(), person.refresh_from_db()
    assert (visitor.person, person.level) == (person, VerifiedLevel.REGISTRY)
    kept = Verification.objects.get()
    assert (kept.method, kept.result, kept.person) == ("registry", "passed", person)
    assert Consent.objects.get().text == "privacy"
    assert AuditRow.objects.filter(action="verify_identity", result="ok").exists()
    assert Message.objects.get().template == "identity_verified"


@pytest.mark.parametrize(
    "typed",
    [
        lambda number: f" {number[:6]} {number[6:14]} {number[14:]} ",
        lambda number: number.lower(),
        lambda number: "".join(chr(ord(character) + 0xFEE0) for character in number),
        lambda number: number[:6] + number[8:17],
    ],
)
def test_numbers_as_people_type_them(client, visitor, typed):
    number = next(
        number for number in iter(lambda: id_number(date(1970, 2, 3)), None) if number.endswith("X")
    )
    assert answer_for(client, registered(number=number), id_number=typed(number)).status_code == 302


def test_names_as_people_type_them(client, visitor):
    assert answer_for(client, registered("买买提·艾力"), name=" 买买提•艾力 ").status_code == 302


def test_a_passport(client, visitor):
    person = registered("LI MING", id_type=IdType.PASSPORT, number="E1234567")
    assert answer_for(client, person, name="Li Ming", id_number="e 1234567").status_code == 302


def test_next_is_kept(client, visitor):
    person = registered()
    typed = {"name": person.name, "id_type": "01", "id_number": person.id_number, "agree": "on"}
    assert client.post(VERIFY + "?next=/ledger/", typed).url == "/ledger/"


def test_a_verified_citizen_is_not_asked_again(client):
    login_citizen(client, make_citizen())
    assert client.get(VERIFY).url == "/bindings/"


# ------------------------------------------------------------- what is wrong with the form
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"id_number": "12345678901234567"}, "身份证号是 18 位,您填了 17 位"),
        ({"id_number": "11010119800101123A"}, "只有数字"),
        ({"id_number": "110101198013011234"}, "不是一个日期"),
        ({"id_number": "110101198001011234"}, "请照着身份证再看一遍最后 4 位"),
        ({"id_type": "08", "id_number": "??"}, "护照"),
        ({"id_type": "77"}, "证件类型"),
        ({"name": ""}, "请填写您的姓名"),
        ({"name": "李"}, "请写全姓名"),
        ({"name": "李\x00明"}, "姓名"),
        ({"agree": ""}, "同意的话,请打勾"),
    ],
)
def test_a_slip_is_told_beside_the_field(client, visitor, changes, words):
    answer = answer_for(client, **changes)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Verification.objects.exists()


# ------------------------------------------------------------- what may not be learned
def test_an_unknown_number_and_another_name_look_the_same(client, django_assert_num_queries):
    person = registered("王芳", phone="13700000000")
    pages = []
    for number in (person.id_number, id_number()):
        login_citizen(client, make_login())
        with django_assert_num_queries(9):
            answer = answer_for(client, id_number=number)
        body = re.sub(r'csrfmiddlewaretoken" value="[^"]+"', "", answer.content.decode()).replace(number, "")
        pages.append((answer.status_code, body))
    assert pages[0] == pages[1]
    assert "姓名和号码对不上。请看看是不是曾用名或生僻字" in pages[0][1]


@pytest.mark.parametrize(
    ("phone", "words"), [("13700000000", "手机号和参保登记的不一样"), (None, "参保登记里没有您的手机号")]
)
def test_another_phone_is_told_after_name_and_number_match(client, visitor, phone, words):
    answer = answer_for(client, registered(phone=phone))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert words in page and "窗口" in page and "12393" in page
    assert "1370" not in page
    visitor.refresh_from_db()
    assert visitor.person is None


def test_a_registered_death_opens_nothing(client, visitor):
    person = make_person(phone=PHONE)
    insure(person, status=EnrollmentStatus.DECEASED)
    assert answer_for(client, person).status_code == 409
    assert User.objects.filter(person=person).count() == 0


# ------------------------------------------------------------- too many failures
def test_five_failures_lock_and_say_when_it_opens(client, visitor):
    person = registered()
    for _ in range(5):
        assert answer_for(client).status_code == 422
    answer = answer_for(client, person)
    opens = timezone.localtime(timezone.now() + timedelta(hours=1))
    assert answer.status_code == 429
    assert 3500 < int(answer["Retry-After"]) <= 3601
    assert re.search(r"\d\d:\d\d 以后可以再试", answer.content.decode()), opens
    assert client.get(VERIFY).status_code == 429
    visitor.refresh_from_db()
    assert visitor.person is None


def test_an_hour_later_it_opens_again(client, visitor):
    person = registered()
    for _ in range(5):
        answer_for(client)
    Verification.objects.update(at=timezone.now() - timedelta(minutes=61))
    assert answer_for(client, person).status_code == 302


def test_ten_failures_in_a_day_lock_for_the_day(client, visitor):
    Verification.objects.bulk_create(
        Verification(
            user=visitor, method="registry", result="failed", at=timezone.now() - timedelta(hours=2 + i)
        )
        for i in range(10)
    )
    assert answer_for(client, registered()).status_code == 429


@pytest.mark.django_db(transaction=True)
def test_parallel_attempts_do_not_outrun_the_lock(in_threads):
    user = make_login()

    def attempt():
        return identity.verify_identity(user=user, id_type="01", id_number=id_number(), name="李明")

    answers = in_threads(*[attempt] * 12)
    assert sum(isinstance(answer, TooSoon) for answer in answers) == 7
    assert Verification.objects.count() == 5


# ------------------------------------------------------------- a person who has a login already
def test_a_person_with_a_login_on_this_phone_is_that_login(client):
    citizen = make_citizen(phone=PHONE)
    visitor = login_citizen(client, make_login(phone=PHONE))
    assert answer_for(client, citizen.person).status_code == 302
    assert client.session["_auth_user_id"] == str(citizen.pk)
    visitor.refresh_from_db()
    assert visitor.person is None


def test_a_login_follows_its_person_to_the_phone_the_registry_knows(client, visitor):
    citizen = make_citizen(phone="13700000000")
    person = citizen.person
    person.phone = PHONE
    person.save(update_fields=["phone"])
    assert answer_for(client, person).status_code == 302
    citizen.refresh_from_db()
    assert citizen.phone == PHONE
    assert list(User.objects.citizens_of("13700000000")) == []
    assert client.session["_auth_user_id"] == str(citizen.pk)
    assert Message.objects.filter(template="login_moved", sms="queued").exists()


def test_a_stopped_login_is_not_entered_by_another_one(client, visitor):
    citizen = make_citizen(phone=PHONE)
    User.objects.filter(pk=citizen.pk).update(is_active=False)
    answer = answer_for(client, citizen.person)
    assert answer.status_code == 409
    assert client.session["_auth_user_id"] == str(visitor.pk)


def test_extra_fields_change_nothing(client, visitor):
    answer_for(client, registered(), level="30", is_staff="on", person_id="1")
    visitor.refresh_from_db()
    assert (visitor.is_staff, visitor.person.level) == (False, VerifiedLevel.REGISTRY)
