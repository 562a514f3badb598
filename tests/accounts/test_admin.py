"""What administrators see of people and logins: masked, of their areas only; nobody else sees anything."""

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import LoginSession, User
from accounts.services import sessions, staff
from gongji.models import AuditRow
from tests.factories import login_staff, make_citizen, make_staff

pytestmark = pytest.mark.django_db

PEOPLE, ENROLMENTS, STAFF = (f"/admin/accounts/{name}/" for name in ("person", "enrollment", "user"))


@pytest.fixture
def admin(client):
    return login_staff(client, make_staff("zhao", duties=("admin",)))


def test_people_are_listed_masked(client, admin):
    person = make_citizen("王小芳", phone="13912345678").person
    page = client.get(PEOPLE).content.decode()
    assert "王*芳" in page and "139****5678" in page
    assert not any(secret in page for secret in ("王小芳", person.id_number, "13912345678"))


def test_opening_a_person_leaves_a_trace_and_shows_no_more(client, admin):
    person = make_citizen("王小芳").person
    page = client.get(f"{PEOPLE}{person.pk}/change/").content.decode()
    assert "王小芳" not in page and person.id_number not in page
    assert AuditRow.objects.get(action="person.viewed").object_id == str(person.pk)


@pytest.mark.parametrize("list_page", [PEOPLE, ENROLMENTS])
def test_people_of_other_areas_are_absent(client, admin, list_page):
    person = make_citizen("欧阳小娜", area="990200").person
    assert "欧*娜" not in client.get(list_page).content.decode()
    assert str(person.pk) not in client.get(list_page).content.decode()
    assert client.get(f"{PEOPLE}{person.pk}/change/", follow=False).status_code in (302, 404)


@pytest.mark.parametrize("duty", ["clerk", "reviewer", "supervisor", "auditor"])
@pytest.mark.parametrize("page", [PEOPLE, ENROLMENTS, STAFF])
def test_other_duties_do_not_see_these_screens(client, duty, page):
    login_staff(client, make_staff(duties=(duty,)))
    assert client.get(page).status_code == 403


@pytest.mark.parametrize("page", [PEOPLE, ENROLMENTS, STAFF])
def test_nothing_is_added_or_deleted_here(client, admin, page):
    assert client.get(f"{page}add/").status_code == 403
    person = make_citizen().person
    assert client.post(f"{PEOPLE}{person.pk}/delete/").status_code == 403


def test_a_person_is_not_typed_over(client, admin):
    person = make_citizen().person
    assert client.post(f"{PEOPLE}{person.pk}/change/", {"level": 30}).status_code == 403


@pytest.mark.parametrize("query", ["?q=李", "?id_index=1", "?name__startswith=李", "?phone=139"])
def test_nobody_searches_by_what_is_sealed(client, admin, query):
    make_citizen()
    assert client.get(PEOPLE + query).status_code in (200, 302, 400)


def test_an_administrator_changes_duties_and_the_old_sessions_end(client, admin):
    clerk = make_staff("qian", duties=("clerk",))
    sessions.begin(user=clerk, session_key="s" * 32, device="", ip="1.1.1.1")
    typed = {
        "display_name": "钱",
        "duties": "reviewer",
        "areas": "990100",
        "is_active": "on",
        "is_staff": "",
        "is_superuser": "on",
    }
    assert client.post(f"{STAFF}{clerk.pk}/change/", typed).status_code == 302
    clerk.refresh_from_db()
    assert (clerk.duties, clerk.is_staff, clerk.is_superuser) == (["reviewer"], True, False)
    assert not LoginSession.objects.filter(user=clerk).exists()
    assert AuditRow.objects.filter(action="staff_changed", object_id=str(clerk.pk)).exists()


def test_nobody_changes_their_own_duties(client, admin):
    answer = client.post(
        f"{STAFF}{admin.pk}/change/", {"display_name": "x", "duties": "auditor", "is_active": "on"}
    )
    assert answer.status_code == 403
    assert User.objects.get(pk=admin.pk).duties == ["admin"]


def test_an_administrator_of_a_province_sees_the_staff_of_its_cities(client):
    login_staff(client, make_staff("zhou", duties=("admin",), areas=["990000"]))
    for name, areas in [("city", ["990100"]), ("both", ["990100", "990200"]), ("far", ["990100", "530100"])]:
        make_staff(name, areas=areas)
    listed = {user.username for user in client.get(STAFF).context["cl"].queryset}
    assert listed == {"zhou", "city", "both"}


@pytest.mark.parametrize("areas", ["990000", "530100", "990100,530100", "9"])
def test_nobody_hands_out_areas_that_are_not_their_own(client, admin, areas):
    clerk = make_staff("qian", duties=("clerk",))
    typed = {"display_name": "钱", "duties": "reviewer", "areas": areas, "is_active": "on"}
    page = client.post(f"{STAFF}{clerk.pk}/change/", typed)
    assert page.status_code == 200 and "只能填您自己负责的地区代码" in page.content.decode()
    clerk.refresh_from_db()
    assert (clerk.duties, clerk.areas) == (["clerk"], ["990100"])


def test_the_service_refuses_areas_that_are_not_the_administrators(admin):
    clerk = make_staff("qian", duties=("clerk",))
    clerk.areas = ["990000"]
    with pytest.raises(PermissionDenied):
        staff.change_staff(user=clerk, administrator=admin)


@pytest.mark.parametrize("wrong", ["?status=%00", "?status__exact=%00", "?status__exact=x%00"])
def test_a_filter_no_query_can_hold_is_a_wrong_filter(client, admin, wrong):
    assert client.get(ENROLMENTS + wrong).url == f"{ENROLMENTS}?e=1"


def test_a_year_of_forty_digits_is_a_wrong_filter(client):
    login_staff(client, make_staff(duties=("auditor",)))
    trail = "/admin/gongji/auditrow/"
    assert client.get(f"{trail}?at__year={'9' * 40}").url == f"{trail}?e=1"


def test_citizens_are_not_in_the_list_of_staff(client, admin):
    citizen = make_citizen()
    assert citizen.username not in client.get(STAFF).content.decode()


def test_lists_speak_chinese(client, admin):
    make_citizen("王小芳")
    enrolments = client.get(ENROLMENTS).content.decode()
    assert "王*芳" in enrolments and "按现在有效" in enrolments
    assert "Person" not in enrolments
    people = client.get(STAFF).content.decode()
    assert "系统管理" in people and ">admin<" not in people


def test_staff_without_a_screen_are_told_so(client):
    login_staff(client, make_staff("sun", duties=()))
    page = client.get("/admin/").content.decode()
    assert "您的职责现在没有要在这里办的事" in page and "最近动作" not in page
