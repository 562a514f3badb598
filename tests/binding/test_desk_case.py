"""One case on one page: what is shown, what is masked, and what every look leaves behind."""

import logging

import pytest

from binding.models import Check, Proof
from binding.rules import State
from binding.rules.verdict import Checked
from gongji.models import AuditRow
from tests.binding.cases import in_state
from tests.binding.desk import address, approval, claimed, seat, waiting
from tests.factories import make_citizen, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer():
    return make_staff()


@pytest.fixture
def desk(reviewer):
    return seat(reviewer)


def text(page):
    return page.content.decode()


# ------------------------------------------------------------- what is shown
def test_the_case_shows_people_consent_checks_rules_and_history(desk):
    case = waiting(relative=make_citizen("王小芳"))
    page = text(desk.get(address(case, "review")))
    for words in ("王小芳", "出钱的人", "用钱的家人", "配偶", "还没有。通过以后等对方同意才开通", "虹川市"):
        assert words in page
    assert "进入审核" in page and "领取以后才能办理" in page


def test_every_check_has_a_chinese_name_its_source_and_its_time(desk):
    case = waiting()
    page = desk.get(address(case, "review"))
    shown = [row.label for row in page.context["checks"]]
    assert shown == [str(Checked(code).label) for code in Checked.values]
    assert all(row.source and row.at for row in page.context["checks"])


def test_a_failed_check_is_told_by_word_and_sign_and_asks_for_two_readers(desk):
    case = claimed(waiting(), desk)
    case.application.checks.filter(code=Checked.KINSHIP).update(outcome=Check.Outcome.NO)
    page = text(desk.get(address(case, "review")))
    assert "✗</span> 不符" in page and "通过后由另一位工作人员再看:机器核对有不符" in page


def test_consent_given_early_shows_when_and_how(desk):
    case = waiting()
    case.agree()
    assert "已同意 · 本人网上" in text(desk.get(address(case, "review")))


def test_other_applications_of_either_person_are_one_click_away(desk):
    first = waiting()
    second = waiting(giver=first.giver, relative=make_citizen("李小宝"))
    page = text(desk.get(address(first, "review")))
    assert second.application.number in page and "李*宝" in page


def test_other_applications_outside_ones_areas_stay_unseen(desk):
    first = waiting()
    elsewhere = waiting(
        giver=make_citizen("马远", area="990200"),
        relative=first.relative,
        reviewer=make_staff(areas=("990200",)),
    )
    assert elsewhere.application.number not in text(desk.get(address(first, "review")))


def test_a_citizens_login_name_never_appears_in_the_history(desk):
    case = waiting()
    assert "citizen-" not in text(desk.get(address(case, "review")))


def test_the_case_costs_the_same_number_of_queries_with_more_history(desk, django_assert_num_queries):
    case = claimed(waiting(), desk)
    desk.get(address(case, "review"))
    with django_assert_num_queries(24):
        desk.get(address(case, "review"))
    for _again in range(3):
        waiting(giver=case.giver, relative=make_citizen("李小宝"))
    with django_assert_num_queries(24):
        desk.get(address(case, "review"))


# ------------------------------------------------------------- masks and looks
def test_numbers_and_telephones_are_masked_until_asked_for(desk):
    case = waiting()
    page = text(desk.get(address(case, "review")))
    for person in (case.giver.person, case.relative.person):
        assert person.id_number not in page and person.phone not in page


def test_the_title_of_the_page_carries_no_name(desk):
    case = waiting(relative=make_citizen("王小芳"))
    title = text(desk.get(address(case, "review"))).split("</title>")[0]
    assert "王" not in title and case.application.number in title


@pytest.mark.parametrize(("purpose", "field"), [("review", "id_number"), ("contact", "phone")])
def test_a_full_number_is_shown_once_for_a_purpose_that_is_kept(desk, reviewer, purpose, field):
    case = waiting()
    number = getattr(case.relative.person, field)
    page = desk.post(address(case, "reveal"), {"who": "beneficiary", "purpose": purpose})
    assert page.status_code == 200 and number in text(page)
    row = AuditRow.objects.get(action="person.reveal")
    assert (row.actor, row.object_id, row.purpose, row.area) == (
        str(reviewer.pk),
        str(case.relative.person.pk),
        purpose,
        "990100",
    )
    assert number not in text(desk.get(address(case, "review")))


@pytest.mark.parametrize(
    "data", [{}, {"who": "area", "purpose": "review"}, {"who": "beneficiary", "purpose": "x"}]
)
def test_no_number_is_shown_without_a_known_person_and_purpose(desk, data):
    case = waiting()
    assert desk.post(address(case, "reveal"), data).url == address(case, "review")
    assert not AuditRow.objects.filter(action="person.reveal").exists()


def test_without_an_audit_row_no_number_leaves(desk, monkeypatch):
    case = waiting()

    def away(**row):
        raise OSError("no space")

    monkeypatch.setattr("gongji.audit.record", away)
    with pytest.raises(OSError, match="no space"):
        desk.post(address(case, "reveal"), {"who": "beneficiary", "purpose": "review"})


def test_too_many_reveals_a_day_raise_an_alert(desk, monkeypatch, caplog):
    monkeypatch.setattr("binding.admin.desk.REVEALS_A_DAY", 1)
    case = waiting()
    with caplog.at_level(logging.WARNING):
        for _again in range(2):
            desk.post(address(case, "reveal"), {"who": "authorizer", "purpose": "review"})
    assert [record.message.split()[0] for record in caplog.records if "reveal" in record.message] == [
        "reveal_alert"
    ]


def test_every_look_at_a_case_tells_both_people_later_who_looked(desk, reviewer):
    case = waiting()
    desk.get(address(case, "review"))
    seen = AuditRow.objects.filter(action="person.viewed", actor=str(reviewer.pk), purpose="review")
    assert set(seen.values_list("object_id", flat=True)) == {
        str(case.giver.person.pk),
        str(case.relative.person.pk),
    }


def test_pages_of_a_case_are_never_cached(desk):
    assert "no-store" in desk.get(address(waiting(), "review"))["Cache-Control"]


# ------------------------------------------------------------- evidence
def test_a_document_still_being_made_ready_says_so(desk):
    case = waiting()
    Proof.objects.filter(application=case.application).update(status=Proof.Status.RECEIVED)
    assert "没有可以看的图片" in text(desk.get(address(case, "review")))


# ------------------------------------------------------------- recusal
def test_a_reviewers_own_case_stays_closed_with_the_reason(reviewer):
    citizen = make_citizen("李明")
    reviewer.private_person = citizen.person
    reviewer.save()
    case = waiting(giver=citizen, reviewer=make_staff())
    desk = seat(reviewer)
    for name in ("review", "claim", "put_back", "reveal", "retract"):
        page = desk.post(address(case, name)) if name != "review" else desk.get(address(case, name))
        assert page.status_code == 403 and "按规定要由别的工作人员办理" in text(page)
    page = desk.post(address(case, "decide", "approve"), approval(case, confirm="queue"))
    assert page.status_code == 403
    assert case.now().state == State.IN_REVIEW


def test_a_case_of_ones_household_stays_closed_too(reviewer):
    reviewer.private_person = make_citizen("李父", household="H1").person
    reviewer.save()
    case = waiting(giver=make_citizen("李明", household="H1"), reviewer=make_staff())
    page = seat(reviewer).get(address(case, "review"))
    assert page.status_code == 403 and case.relative.person.name not in text(page)


def test_next_leaves_ones_familys_cases_to_others(reviewer):
    citizen = make_citizen("李明")
    reviewer.private_person = citizen.person
    reviewer.save()
    waiting(giver=citizen, reviewer=make_staff())
    page = seat(reviewer).post("/admin/binding/application/next/", follow=True)
    assert "现在没有可以领取的申请" in text(page)


@pytest.mark.parametrize("state", [state for state in State if state not in (State.DRAFT, State.LAPSED)])
def test_the_page_opens_in_every_state_a_case_can_be_in(desk, state):
    assert desk.get(address(in_state(state), "review")).status_code == 200
