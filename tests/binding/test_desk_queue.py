"""The first page of a reviewer's day: what waits, in which order, and who has it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from binding import services
from binding.admin.queue import Due
from binding.models import Application
from binding.rules import State
from gongji.models import AuditRow
from tests.binding.cases import in_state
from tests.binding.desk import QUEUE, address, approval, claimed, seat, waiting
from tests.factories import make_citizen, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer():
    return make_staff()


@pytest.fixture
def desk(reviewer):
    return seat(reviewer)


def due_in(case, **time):
    Application.objects.filter(pk=case.application.pk).update(due_at=timezone.now() + timedelta(**time))
    return case


def numbers(page):
    return [row.application.number for row in page.context["rows"]]


# ------------------------------------------------------------- the way in
@pytest.mark.parametrize("duty", ["reviewer", "supervisor"])
def test_after_login_the_queue_is_the_first_page(duty):
    page = seat(make_staff(duties=(duty,))).get("/admin/")
    assert page.status_code == 302 and page.url == QUEUE


@pytest.mark.parametrize(
    ("duty", "entries"),
    [
        ("reviewer", ["待办申请", "证件核对", "家人回答", "承诺抽查"]),
        ("supervisor", ["待办申请", "证件核对", "家人回答", "承诺抽查"]),
        ("clerk", ["窗口办理", "家人回答", "新生儿"]),
    ],
)
def test_the_menu_has_at_most_four_entries_and_only_what_the_duty_allows(duty, entries):
    page = seat(make_staff(duties=(duty,))).get("/admin/", follow=True)
    assert page.status_code == 200
    assert [str(entry["name"]) for entry in page.context["menu"]] == entries


def test_an_auditor_comes_first_to_the_trail_and_never_sees_the_desk():
    page = seat(make_staff(duties=("auditor",))).get("/admin/", follow=True)
    names = [str(entry["name"]) for entry in (*page.context["menu"], *page.context["menu_more"])]
    assert page.request["PATH_INFO"] == "/admin/gongji/auditrow/" and "待办申请" not in names


# ------------------------------------------------------------- order and words
def test_the_case_due_soonest_stands_first(desk):
    later, sooner = due_in(waiting(), days=3), due_in(waiting(), days=1)
    assert numbers(desk.get(QUEUE)) == [sooner.application.number, later.application.number]


def test_what_lay_unclaimed_for_half_its_time_is_lifted(desk):
    sooner, raised = due_in(waiting(), days=1), due_in(waiting(), days=3)
    Application.objects.filter(pk=raised.application.pk).update(raised=True)
    assert numbers(desk.get(QUEUE)) == [raised.application.number, sooner.application.number]


@pytest.mark.parametrize(
    ("due", "mark", "words"),
    [
        ("2026-11-26T17:30+08:00", "●", "还有 27 个工作小时"),
        ("2026-11-23T17:30+08:00", "▲", "今天到期,还有 6 个工作小时"),
        ("2026-11-20T16:00+08:00", "■", "超时 2 个工作小时"),
    ],
)
def test_the_promise_is_told_by_shape_and_words(due, mark, words):
    now = timezone.datetime.fromisoformat("2026-11-23T09:30+08:00")
    application = Application(
        area="990100", state=State.IN_REVIEW, due_at=timezone.datetime.fromisoformat(due)
    )
    told = Due.of(application, now, {})
    assert (told.mark, told.text) == (mark, words)


def test_names_are_masked_in_the_queue_and_numbers_absent(desk):
    case = waiting(relative=make_citizen("王小芳"))
    page = desk.get(QUEUE).content.decode()
    assert "王*芳" in page and "王小芳" not in page
    assert case.relative.person.id_number not in page


def test_an_empty_queue_says_when_the_last_case_was_decided(desk, reviewer):
    case = in_state(State.REFUSED, second=reviewer)
    at = timezone.localtime(case.event().at)
    assert f"没有待办。最近一件 {at:%H:%M} 办结。" in desk.get(QUEUE).content.decode()


def test_an_empty_queue_without_any_history_says_just_that(desk):
    assert ">没有待办。<" in desk.get(QUEUE).content.decode()


def test_a_case_that_came_back_says_how_often(desk):
    case = in_state(State.RETURNED)
    for proof in services.rejected_proofs(case.application):
        case.hand_in(proof.kind)
    services.resubmit(application=case.application, actor=case.giver)
    assert "补过 1 次" in desk.get(QUEUE).content.decode()


def test_the_queue_costs_the_same_number_of_queries_however_long(desk, django_assert_num_queries):
    waiting()
    desk.get(QUEUE)
    with django_assert_num_queries(7):
        desk.get(QUEUE)
    for _again in range(3):
        waiting()
    with django_assert_num_queries(7):
        desk.get(QUEUE)


def test_a_long_queue_is_shown_page_by_page(desk, monkeypatch):
    monkeypatch.setattr("binding.admin.queue.PAGE", 1)
    sooner, later = due_in(waiting(), days=1), due_in(waiting(), days=2)
    first = desk.get(QUEUE)
    assert numbers(first) == [sooner.application.number] and "下一页" in first.content.decode()
    assert numbers(desk.get(QUEUE, {"page": "2"})) == [later.application.number]
    for none in ("-7", "x", "9" * 40):
        assert numbers(desk.get(QUEUE, {"page": none})) == [sooner.application.number]


# ------------------------------------------------------------- claims
def test_a_claimed_case_is_on_the_list_mine_and_shows_its_holder(desk):
    case = claimed(waiting(), desk)
    assert numbers(desk.get(QUEUE, {"show": "mine"})) == [case.application.number]
    other = seat(make_staff(display_name="王复")).get(QUEUE)
    assert "张审,到" in other.content.decode()


def test_next_claims_the_most_urgent_case_nobody_holds(desk, reviewer):
    due_in(waiting(), days=3)
    urgent, held = due_in(waiting(), days=2), due_in(waiting(), days=1)
    claimed(held, seat(make_staff()))
    assert desk.post(QUEUE + "next/").url == address(urgent, "review")
    assert urgent.now().claimed_by == reviewer


def test_next_with_nothing_to_do_says_so(desk):
    page = desk.post(QUEUE + "next/", follow=True)
    assert "现在没有可以领取的申请" in page.content.decode()


def test_put_back_frees_the_case_for_others(desk):
    case = claimed(waiting(), desk)
    assert desk.post(address(case, "put_back")).url == QUEUE
    assert case.now().claimed_by is None


def test_a_claim_that_ran_out_may_be_taken_over_and_the_page_says_who_had_it(desk):
    case = claimed(waiting(), desk)
    Application.objects.filter(pk=case.application.pk).update(claimed_until=timezone.now())
    other = make_staff(display_name="王复")
    taker = seat(other)
    assert "张审 领取过" in taker.get(address(case, "review")).content.decode()
    claimed(case, taker)
    assert case.now().claimed_by == other


def test_a_running_claim_cannot_be_taken_over(desk):
    case = claimed(waiting(), desk)
    page = seat(make_staff()).post(address(case, "claim"))
    assert page.status_code == 409 and "这件正由张审办理" in page.content.decode()


@pytest.mark.parametrize("name", ["claim", "put_back", "retract", "reveal"])
def test_looking_at_the_address_of_a_button_changes_nothing(desk, name):
    case = waiting()
    assert desk.get(address(case, name)).url == address(case, "review")
    assert case.now().claimed_by is None


# ------------------------------------------------------------- search
@pytest.mark.parametrize("what", ["number", "end of number", "name", "last four", "whole identity number"])
def test_a_case_is_found_by(desk, what):
    case = waiting(relative=make_citizen("欧阳·娜娜"))
    waiting()
    person, number = case.relative.person, case.application.number
    words = {
        "number": number.lower(),
        "end of number": number[-4:],
        "name": "欧阳•娜娜",
        "last four": person.id_number[-4:],
        "whole identity number": f" {person.id_number[:6]} {person.id_number[6:]}",
    }[what]
    page = desk.post(QUEUE, {"q": words})
    assert page.status_code == 200
    assert number in numbers(page)


def test_a_search_by_name_finds_nobody_else(desk):
    case = waiting(relative=make_citizen("欧阳娜"))
    waiting()
    assert numbers(desk.post(QUEUE, {"q": "欧阳娜"})) == [case.application.number]


def test_a_search_stays_within_ones_areas_and_leaves_a_row(desk):
    waiting(giver=make_citizen("马远", area="990200"), reviewer=make_staff(areas=("990200",)))
    page = desk.post(QUEUE, {"q": "马远"})
    assert numbers(page) == [] and "没有找到" in page.content.decode()
    assert AuditRow.objects.filter(action="application.search").count() == 1


def test_searching_for_nothing_asks_for_something(desk):
    page = desk.post(QUEUE, {"q": " "})
    assert page.status_code == 422 and "请填写受理号" in page.content.decode()


# ------------------------------------------------------------- supervisors
def test_a_supervisor_sees_what_is_overdue_due_today_and_unclaimed():
    desk = seat(make_staff(duties=("supervisor",)))
    late, fresh = due_in(waiting(), hours=-1), due_in(waiting(), days=5)
    claimed(late, seat(make_staff()))
    assert numbers(desk.get(QUEUE, {"show": "overdue"})) == [late.application.number]
    assert numbers(desk.get(QUEUE, {"show": "unclaimed"})) == [fresh.application.number]
    assert desk.get(QUEUE).context["tabs"][4][2] == 1


def test_a_reviewer_has_no_list_of_supervisors(desk):
    assert desk.get(QUEUE, {"show": "overdue"}).context["show"] == "todo"
    assert "已超时" not in desk.get(QUEUE).content.decode()


def test_the_list_done_shows_what_one_decided(desk):
    case = claimed(waiting(), desk)
    desk.post(address(case, "decide", "approve"), approval(case, confirm="queue"))
    assert numbers(desk.get(QUEUE, {"show": "done"})) == [case.application.number]
