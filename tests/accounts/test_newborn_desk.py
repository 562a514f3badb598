"""The counter registers a newborn and later its number."""

from datetime import date

import pytest

from accounts.models import IdType, Newborn, Person
from gongji.models import AuditRow
from tests.factories import id_number, insure, login_staff, make_citizen, make_person, make_staff

pytestmark = pytest.mark.django_db

LIST, REGISTER = "/admin/accounts/newborn/", "/admin/accounts/newborn/register/"
BIRTH = date(2026, 9, 1)


@pytest.fixture
def clerk(client):
    return login_staff(client, make_staff(duties=("clerk",)))


@pytest.fixture
def mother():
    return make_citizen("王芳").person


def register(client, mother, **changes):
    form = {
        "certificate_number": "N990123456",
        "name": "李小宝",
        "birth": BIRTH.isoformat(),
        "id_type": mother.id_type,
        "id_number": mother.id_number,
        "guardian_name": mother.name,
    }
    return client.post(REGISTER, form | changes)


def test_a_clerk_registers_a_child_and_its_number(client, clerk, mother):
    assert register(client, mother).url == LIST
    child = Newborn.objects.get()
    page = client.get(LIST).content.decode()
    assert "李*宝" in page and "王*" in page and "N990123456" not in page
    number = id_number(BIRTH)
    answer = client.post(
        f"{LIST}{child.pk}/number/", {"id_type": "01", "id_number": number, "name": "李子涵"}
    )
    child.person.refresh_from_db()
    assert answer.url == LIST
    assert (child.person.id_number, child.person.name) == (number, "李子涵")
    assert "李*" not in client.get(LIST).content.decode()
    assert AuditRow.objects.filter(action="person.number_given", actor=str(clerk.pk)).exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"certificate_number": "12"}, "样子对不上"),
        ({"guardian_name": "王强"}, "对不上"),
        ({"id_number": "1"}, "对不上"),
        ({"birth": "2026-02-30"}, "出生日期看起来不对"),
        ({"name": "李"}, "请写全孩子的姓名"),
        ({"birth": "2999-01-01"}, "今天以后"),
    ],
)
def test_a_slip_is_told_and_nothing_is_kept(client, clerk, mother, changes, words):
    answer = register(client, mother, **changes)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Newborn.objects.exists()


def test_a_parent_of_another_area_goes_there(client, clerk):
    father = make_person("李明")
    insure(father, "990200")
    answer = register(client, father)
    assert answer.status_code == 422
    assert "不在您负责的地区" in answer.content.decode()


def test_a_number_that_belongs_to_somebody_else_is_told(client, clerk, mother):
    register(client, mother)
    other = make_person("王强", number=id_number(BIRTH))
    form = {"id_type": "01", "id_number": other.id_number, "name": "李小宝"}
    answer = client.post(f"{LIST}{Newborn.objects.get().pk}/number/", form)
    assert answer.status_code == 422
    assert "是另一个人" in answer.content.decode()
    assert Person.objects.filter(id_type=IdType.BIRTH_CERTIFICATE).count() == 1


def test_other_areas_and_ones_own_child_are_absent(client, clerk, mother):
    register(client, mother)
    address = f"{LIST}{Newborn.objects.get().pk}/number/"
    for stranger in (make_staff(areas=("990200",)), make_staff(private_person=mother)):
        login_staff(client, stranger)
        assert client.get(address).status_code == 404
    login_staff(client, make_staff(duties=("auditor",)))
    assert client.get(LIST).status_code == 403
