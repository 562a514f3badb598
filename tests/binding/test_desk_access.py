"""Who may open what at the desk: a grid of every address, five kinds of people and two areas."""

import re
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from binding.models import ProofPage, Reason
from binding.rules import State
from gongji import audit
from gongji.models import AuditRow
from tests.binding.cases import Case
from tests.binding.desk import QUEUE, address, approval, claimed, photographed, seat
from tests.factories import login_citizen, make_citizen, make_staff
from tests.upload_corpus import jpeg

pytestmark = pytest.mark.django_db

OURS, THEIRS = "990100", "990200"
CASE_PAGES = ["review", "claim", "put_back", "retract", "reveal"]
DECISIONS = ["approve", "return", "refuse", "escalate"]


@pytest.fixture
def pictures(tmp_path, settings):
    settings.STORAGE_URL = f"file://{tmp_path}/proofs"


@pytest.fixture
def case(pictures):
    found = photographed(jpeg())
    found.page = page_of(found)
    return found


def page_of(case):
    return ProofPage.objects.get(proof__application=case.application)


def pages_of(case):
    """Every address that names this case."""
    return [
        *(address(case, name) for name in CASE_PAGES),
        *(address(case, "decide", action) for action in DECISIONS),
        reverse("admin:binding_application_proof", args=[case.page.pk]),
    ]


def statuses(client, addresses):
    """What GET and POST answer; a POST to a picture is no question of rights."""
    posted = [client.post(each).status_code for each in addresses if "/proof/" not in each]
    return {client.get(each).status_code for each in addresses} | set(posted)


# ------------------------------------------------------------- areas
def test_a_case_of_another_area_is_absent_everywhere(case):
    desk = seat(make_staff(areas=(THEIRS,)))
    assert statuses(desk, pages_of(case)) == {404}
    page = desk.get(QUEUE)
    assert case.application.number not in page.content.decode()
    assert page.context["tabs"][0][2] == 0
    assert case.now().claimed_by is None and case.now().state == State.IN_REVIEW


def test_another_areas_case_answers_exactly_as_one_that_does_not_exist(case):
    desk = seat(make_staff(areas=(THEIRS,)))
    nobody = uuid4()
    for name in CASE_PAGES:
        absent = desk.get(reverse(f"admin:binding_application_{name}", args=[nobody]))
        foreign = desk.get(address(case, name))
        assert absent.status_code == foreign.status_code == 404
        assert _plain(absent, nobody) == _plain(foreign, case.application.pk)


def _plain(page, pk):
    """The page without its own address, its token and its request number."""
    text = page.content.decode().replace(str(pk), "")
    return re.sub(r'[0-9a-f]{16}|value="\w{64}"', "", text)


def test_staff_of_the_province_reach_its_cities_and_no_neighbour(case):
    assert seat(make_staff(areas=("990000",))).get(address(case, "review")).status_code == 200
    for neighbour in ("980000", "991000", "990101"):
        assert seat(make_staff(areas=(neighbour,))).get(address(case, "review")).status_code == 404


def test_staff_without_an_area_see_nothing(case):
    assert seat(make_staff(areas=())).get(address(case, "review")).status_code == 404


def test_next_never_hands_out_a_case_of_another_area(case):
    assert seat(make_staff(areas=(THEIRS,))).post(QUEUE + "next/").url == QUEUE
    assert case.now().claimed_by is None


def test_a_change_of_areas_counts_from_the_next_click(case):
    reviewer = make_staff()
    desk = seat(reviewer)
    assert desk.get(address(case, "review")).status_code == 200
    reviewer.areas = [THEIRS]
    reviewer.save()
    assert desk.get(address(case, "review")).status_code == 404


# ------------------------------------------------------------- duties and logins
@pytest.mark.parametrize("duty", ["auditor", "admin", "clerk"])
def test_other_duties_do_not_open_the_desk(case, duty):
    desk = seat(make_staff(duties=(duty,)))
    assert statuses(desk, [QUEUE, QUEUE + "next/", *pages_of(case)]) == {403}


def test_strangers_and_half_logged_in_staff_are_sent_to_the_staff_login(case):
    half = Client()
    half.force_login(make_staff(), backend="accounts.backends.LoginBackend")
    for client in (Client(), half):
        for each in [QUEUE, "/admin/", *pages_of(case)]:
            page = client.get(each)
            assert page.status_code == 302 and page.url.startswith(reverse("staff:login")), each
        assert client.post(address(case, "claim")).status_code == 302
    assert case.now().claimed_by is None


def test_citizens_have_no_business_at_the_desk(case):
    client = Client()
    login_citizen(client, case.giver)
    for each in [QUEUE, *pages_of(case)]:
        assert client.get(each).status_code in (302, 403, 404)


def test_staff_who_lost_their_device_are_out_at_once(case):
    reviewer = make_staff()
    desk = seat(reviewer)
    reviewer.device.delete()
    assert desk.get(address(case, "review")).status_code == 302


def test_a_post_without_a_token_does_nothing(case):
    reviewer = make_staff()
    desk = seat(reviewer)
    desk.handler.enforce_csrf_checks = True
    assert desk.post(address(case, "claim")).status_code == 403
    assert case.now().claimed_by is None


# ------------------------------------------------------------- Django's own pages
@pytest.mark.parametrize("tail", ["", "change/", "history/", "delete/"])
def test_djangos_own_pages_of_a_case_do_not_exist(case, tail):
    desk = seat(make_staff(duties=("reviewer", "supervisor")))
    assert desk.get(f"{QUEUE}{case.application.pk}/{tail}").status_code == 404
    assert desk.post(f"{QUEUE}{case.application.pk}/{tail}", {"state": "approved"}).status_code == 404
    assert case.now().state == State.IN_REVIEW


def test_nothing_is_added_completed_or_filtered_by_address(case):
    desk = seat(make_staff(areas=(THEIRS,)))
    assert desk.get(QUEUE + "add/").status_code == 404
    look_up = {"app_label": "binding", "model_name": "binding", "field_name": "application", "term": "G"}
    assert desk.get("/admin/autocomplete/", look_up).status_code in (403, 404)
    for query in ({"q": case.application.number}, {"number__startswith": "GJ"}, {"_to_field": "number"}):
        page = desk.get(QUEUE, query)
        assert case.application.number not in page.content.decode()
    action = {"action": "delete_selected", "_selected_action": str(case.application.pk)}
    assert desk.post(QUEUE, action).status_code == 422
    assert case.now().state == State.IN_REVIEW


def test_an_unknown_decision_does_not_exist(case):
    desk = seat(make_staff())
    claimed(case, desk)
    for forged in ("withdraw", "consent", "accept", "x"):
        assert desk.post(address(case, "decide", forged), approval(case, confirm="queue")).status_code == 404


def test_deciding_leaves_no_row_in_djangos_own_log(case):
    desk = seat(make_staff())
    claimed(case, desk)
    desk.post(address(case, "decide", "approve"), approval(case, confirm="queue"))
    assert not LogEntry.objects.exists()


# ------------------------------------------------------------- pictures
def test_a_picture_is_watermarked_recorded_and_never_cached(case):
    reviewer = make_staff()
    page = seat(reviewer).get(reverse("admin:binding_application_proof", args=[case.page.pk]))
    assert page.status_code == 200 and page["Content-Type"] == "image/jpeg"
    assert "no-store" in page["Cache-Control"] and page["X-Content-Type-Options"] == "nosniff"
    assert page.content != jpeg()
    row = AuditRow.objects.get(action="proof.read")
    assert (row.actor, row.object_id, row.area) == (str(reviewer.pk), str(case.page.pk), OURS)


def test_a_picture_of_ones_own_familys_case_stays_closed(case):
    reviewer = make_staff(private_person=case.relative.person)
    page = seat(reviewer).get(reverse("admin:binding_application_proof", args=[case.page.pk]))
    assert page.status_code == 403 and not AuditRow.objects.filter(action="proof.read").exists()


def test_a_draft_is_nobodys_business(case):
    draft = Case().begin()
    draft.page = case.page
    assert statuses(seat(make_staff()), pages_of(draft)[:-1]) == {404}


# ------------------------------------------------------------- the other screens
def test_only_a_supervisor_rewords_a_reason_and_it_leaves_a_row():
    url = reverse("admin:binding_reason_change", args=["B02"])
    words = {"label": "拍不全", "sentence": "{材料}缺了{部分},请重拍。", "active": "on", "order": "2"}
    assert seat(make_staff()).post(url, words).status_code == 403
    supervisor = make_staff(duties=("supervisor",))
    assert seat(supervisor).post(url, words).status_code == 302
    assert Reason.objects.get(pk="B02").sentence == "{材料}缺了{部分},请重拍。"
    assert AuditRow.objects.get(action="reason.changed").actor == str(supervisor.pk)


@pytest.mark.parametrize(
    "sentence", ["{材料", "材料}", "{材料.__class__}", "{材料!r}", "{0}", "{}", "{材料:>9999}"]
)
def test_a_broken_or_clever_gap_is_refused(sentence):
    desk = seat(make_staff(duties=("supervisor",)))
    words = {"label": "拍不全", "sentence": sentence, "active": "on", "order": "2"}
    page = desk.post(reverse("admin:binding_reason_change", args=["B02"]), words)
    assert page.status_code == 200 and "花括号里只能写一个词" in page.content.decode()
    assert Reason.objects.get(pk="B02").sentence != sentence


def test_reasons_are_neither_added_nor_deleted():
    desk = seat(make_staff(duties=("supervisor",)))
    assert desk.get(reverse("admin:binding_reason_add")).status_code == 403
    assert desk.post(reverse("admin:binding_reason_delete", args=["B02"]), {"post": "yes"}).status_code == 403


def test_only_auditors_read_the_trail_of_their_areas_and_reading_leaves_a_row():
    audit.record(action="ours", actor=None, area=OURS)
    audit.record(action="theirs", actor=None, area=THEIRS)
    url = reverse("admin:gongji_auditrow_changelist")
    for duty in ("reviewer", "supervisor", "admin", "clerk"):
        assert seat(make_staff(duties=(duty,))).get(url).status_code == 403
    page = seat(make_staff(duties=("auditor",))).get(url).content.decode()
    assert "ours" in page and "theirs" not in page
    assert AuditRow.objects.filter(action="audit.read").count() == 1


def test_nobody_changes_or_deletes_a_row_of_the_trail():
    row = audit.record(action="ours", actor=None, area=OURS)
    desk = seat(make_staff(duties=("auditor", "admin", "supervisor")))
    assert desk.get(reverse("admin:gongji_auditrow_change", args=[row.pk])).status_code == 200
    assert (
        desk.post(reverse("admin:gongji_auditrow_change", args=[row.pk]), {"action": "x"}).status_code == 403
    )
    assert (
        desk.post(reverse("admin:gongji_auditrow_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    )
    assert desk.get(reverse("admin:gongji_auditrow_add")).status_code == 403


def test_the_list_of_tables_of_one_app_is_no_page():
    assert seat(make_staff()).get("/admin/binding/").url == reverse("admin:index")


def test_names_and_numbers_never_stand_in_an_address(case):
    desk = seat(make_staff())
    person = make_citizen("欧阳娜").person
    page = desk.post(QUEUE, {"q": person.id_number})
    assert page.request["QUERY_STRING"] == "" and page.status_code == 200
