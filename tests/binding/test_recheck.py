"""A later look at promises: drawn by lot, judged by people, two for a no, and what follows from it."""

import random
from datetime import date, timedelta
from uuid import UUID

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Message
from binding import services
from binding.models import Application, BindingChange, Recheck, RecheckDraw
from binding.rules import Party, State
from binding.rules.reasons import REVIEW_CHECKS, ReasonGiven
from binding.rules.sampling import drawn, how_many
from binding.rules.verdict import FourEyesCause
from binding.services import recheck as rechecks
from binding.services.checks import four_eyes_causes
from binding.services.recheck import draw_for
from binding.tasks import draw_rechecks
from gongji.errors import Refused
from gongji.models import AuditRow
from gongji.policy import Sampling
from ledger import services as ledger
from ledger.models import Mandate
from tests.binding.browse import photo, text
from tests.binding.cases import Case
from tests.binding.desk import seat
from tests.binding.test_commitment import JIANGXI, promising
from tests.factories import login_citizen, make_account, make_citizen, make_provider, make_staff, settlement

UNTRUE = ReasonGiven("K01")
LIST = "/admin/binding/recheck/"
NOON = timezone.now().replace(hour=4, minute=0)
"""Noon in the bureau's time zone: yesterday and today are what they seem."""


# ------------------------------------------------------------- the draw: pure
def bounds(**changes: int) -> Sampling:
    given = {"percent": 5, "newcomer_percent": 20, "newcomer_days": 14, "daily_min": 2, "daily_max": 20}
    return Sampling(**(given | changes))


@given(st.integers(0, 100), st.integers(0, 50), st.integers(0, 50), st.integers(0, 5000))
def test_never_more_than_there_are_and_within_the_days_bounds(percent, least, more, candidates):
    sampling = bounds(percent=percent, daily_min=least, daily_max=least + more)
    count = how_many(sampling, candidates)
    assert 0 <= count <= min(candidates, sampling.daily_max)
    assert count >= min(candidates, least)


@pytest.mark.parametrize(("candidates", "count"), [(0, 0), (1, 1), (10, 2), (41, 3), (400, 20), (9999, 20)])
def test_five_percent_rounded_up_two_at_least_twenty_at_most(candidates, count):
    assert how_many(bounds(), candidates) == count


@given(st.sets(st.uuids(), min_size=1, max_size=60), st.data())
def test_the_same_seed_draws_the_same_ones_whatever_the_order(candidates, data):
    count = data.draw(st.integers(0, len(candidates)))
    shuffled = random.Random(1).sample(sorted(candidates), len(candidates))
    picked = drawn(shuffled, count, "a seed")
    assert picked == drawn(candidates, count, "a seed")
    assert len(set(picked)) == count and set(picked) <= candidates


def test_another_seed_draws_others():
    candidates = [UUID(int=number) for number in range(1000)]
    assert drawn(candidates, 20, "one") != drawn(candidates, 20, "another")


# ------------------------------------------------------------- the draw
db = pytest.mark.django_db


def opened(when=None, **people) -> Case:
    """A case that the machine opened on a promise, yesterday by default."""
    with time_machine.travel(when or NOON - timedelta(days=1)):
        case = promising()
        make_account(case.giver.person, 500_00, area=JIANGXI)
        case.submit()
    assert case.now().state == State.APPROVED
    return case


def yesterday() -> date:
    return timezone.localdate(NOON - timedelta(days=1))


def drawn_case() -> Case:
    case = opened()
    assert draw_for(yesterday()) == 1
    case.reviewer, case.second = (make_staff(areas=("360000",)) for _each in range(2))
    return case


def of(case: Case) -> Recheck:
    return Recheck.objects.get(application=case.application)


@db
def test_yesterdays_automatic_approvals_are_drawn_once():
    cases = [opened() for _each in range(3)]
    draw_rechecks(f"{yesterday() + timedelta(days=1):%F}")
    draw_rechecks(f"{yesterday() + timedelta(days=1):%F}")
    draw = RecheckDraw.objects.get()
    assert (draw.area, draw.day, draw.candidates, draw.picked) == (JIANGXI, yesterday(), 3, 2)
    again = drawn([case.application.pk for case in cases], 2, draw.seed)
    assert set(Recheck.objects.values_list("application_id", flat=True)) == set(again)


@db
def test_other_days_what_a_reviewer_approved_and_what_was_called_off_are_left_out():
    opened(NOON - timedelta(days=2))
    opened(NOON)
    case = opened()
    with time_machine.travel(NOON - timedelta(days=1) + timedelta(minutes=3)):
        services.call_off(application=case.application, actor=case.giver)
    with time_machine.travel(NOON - timedelta(days=1)):
        reviewed = Case().begin().submit().after_undo_time().agree()
        reviewed.approve()
    assert draw_for(yesterday()) == 0


@db
def test_a_draw_can_not_be_done_over():
    opened()
    draw_for(yesterday())
    with pytest.raises(IntegrityError), transaction.atomic():
        RecheckDraw.objects.update(seed="a better one")


# ------------------------------------------------------------- judging
@db
def test_one_reviewer_is_enough_for_a_yes():
    case = drawn_case()
    services.find_true(recheck=of(case), actor=case.reviewer, note="电话问过")
    assert (of(case).state, of(case).reviewer) == ("true", case.reviewer)
    assert case.now().state == State.APPROVED
    assert AuditRow.objects.filter(action="recheck.true", actor=str(case.reviewer.pk)).exists()


@db
def test_a_no_needs_another_pair_of_eyes():
    case = drawn_case()
    services.doubt(recheck=of(case), actor=case.reviewer, reasons=[UNTRUE])
    assert case.binding().until is None
    with pytest.raises(Refused) as refused:
        services.find_untrue(recheck=of(case), actor=case.reviewer)
    assert refused.value.code == "second_reader"
    services.find_untrue(recheck=of(case), actor=case.second)
    assert of(case).state == "untrue"


@db
def test_the_other_may_find_it_true_after_all():
    case = drawn_case()
    services.doubt(recheck=of(case), actor=case.reviewer, reasons=[UNTRUE])
    services.find_true(recheck=of(case), actor=case.second)
    assert (of(case).state, case.now().state) == ("true", State.APPROVED)


@db
def test_the_database_refuses_a_no_by_one_alone():
    case = drawn_case()
    alone = {"reviewer": case.reviewer, "confirmer": case.reviewer, "decided_at": timezone.now()}
    with pytest.raises(IntegrityError), transaction.atomic():
        Recheck.objects.update(state="untrue", reasons=[{"code": "K01"}], **alone)


@db
def test_reviewers_of_other_areas_and_family_stay_away():
    case = drawn_case()
    stranger = make_staff(areas=("990100",))
    family = make_staff(areas=("360000",), private_person=case.relative.person)
    for reviewer in (stranger, family):
        with pytest.raises(PermissionDenied):
            services.find_true(recheck=of(case), actor=reviewer)


@db
def test_what_is_decided_is_decided():
    case = drawn_case()
    services.find_true(recheck=of(case), actor=case.reviewer)
    with pytest.raises(Refused) as refused:
        services.doubt(recheck=of(case), actor=case.second, reasons=[UNTRUE])
    assert refused.value.code == "recheck_moved_on"


# ------------------------------------------------------------- a document
@db
def test_the_citizen_is_asked_for_a_document_and_sends_it(client, tmp_path, settings):
    settings.STORAGE_URL = f"file://{tmp_path}/files"
    case = drawn_case()
    services.ask_for_document(recheck=of(case), actor=case.reviewer, kind="marriage_certificate")
    message = Message.objects.get(template="binding.recheck_asked")
    assert "结婚证" in message.body and "照常能用" in message.body
    login_citizen(client, case.giver)
    number = case.application.number
    assert "抽到核对" in text(client.get(reverse("binding:status", args=[number])))
    url = reverse("binding:recheck", args=[number])
    assert "请拍结婚证" in text(client.get(url))
    assert client.post(url, {}).status_code == 422
    assert client.post(url, {"inside": photo()}).status_code == 302
    assert of(case).state == "waiting"
    assert case.application.proofs.get().kind == "marriage_certificate"
    assert client.get(url).status_code == 302


@db
def test_only_documents_that_prove_this_relation_can_be_asked_for():
    case = drawn_case()
    assert "birth_certificate" not in rechecks.documents_to_ask(case.application)
    with pytest.raises(Refused) as refused:
        services.ask_for_document(recheck=of(case), actor=case.reviewer, kind="birth_certificate")
    assert refused.value.code == "document_not_possible"


@db
def test_nobody_is_asked_and_no_upload_is_taken_without_a_recheck(client):
    case = opened()
    login_citizen(client, case.giver)
    url = reverse("binding:recheck", args=[case.application.number])
    assert client.post(url, {"inside": photo()}).status_code == 302
    assert not case.application.proofs.exists()


# ------------------------------------------------------------- untrue
def untrue_case(used: int = 0) -> Case:
    case = drawn_case()
    if used:
        ledger.settle(settlement=settlement(make_provider(area=JIANGXI), case.relative.person, used))
    services.doubt(recheck=of(case), actor=case.reviewer, reasons=[UNTRUE])
    services.find_untrue(recheck=of(case), actor=case.second)
    return case


@db
def test_an_untrue_promise_ends_the_binding_at_once():
    case = untrue_case()
    binding = case.binding()
    assert (binding.ended_by, binding.ended_why) == (Party.STAFF, "untrue")
    assert binding.changes.last().what == BindingChange.What.REVOKED
    assert not Mandate.objects.live(timezone.now()).filter(binding_id=binding.pk).exists()
    assert case.now().state == State.REFUSED
    assert case.event().reasons[0]["code"] == "K01"


@db
def test_both_are_told_why_what_is_asked_back_and_of_the_appeal():
    case = untrue_case(used=30_00)
    mine = Message.objects.get(person=case.giver.person, template="binding.revoked_giver")
    theirs = Message.objects.get(person=case.relative.person, template="binding.revoked_relative")
    assert "不一致" in mine.body and "30.00 元要退回" in mine.body and "复核" in mine.body
    assert "不一致" not in theirs.body and "30.00 元要退回" in theirs.body


@db
def test_what_is_asked_back_is_what_was_used_by_month_and_one_by_one():
    case = untrue_case(used=30_00)
    found = services.recovery_of(case.now())
    assert found.total == 30_00
    assert found.months == [(timezone.localdate().replace(day=1), 30_00)]
    assert [use.amount for use in found.uses] == [30_00]


@db
def test_what_was_given_back_is_not_asked_for():
    case = drawn_case()
    provider = make_provider(area=JIANGXI)
    done = settlement(provider, case.relative.person, 30_00)
    ledger.settle(settlement=done)
    binding = case.binding()
    assert ledger.used_by_month(binding.pk) == [(timezone.localdate().replace(day=1), 30_00)]
    assert ledger.used_under(binding.pk) == sum(use.amount for use in ledger.uses_under(binding.pk))


@db
def test_the_status_tells_it_all_and_the_notice_can_be_kept(client):
    case = untrue_case(used=30_00)
    login_citizen(client, case.giver)
    number = case.application.number
    page = text(client.get(reverse("binding:status", args=[number])))
    for words in ("承诺和实际不符", "要退回 30.00 元", "申请复核", "下载通知书"):
        assert words in page
    pdf = client.get(reverse("binding:recovery", args=[number]))
    assert pdf["Content-Type"] == "application/pdf" and pdf.content.startswith(b"%PDF")


@db
def test_the_notice_is_nobody_elses_and_absent_where_nothing_is_asked_back(client):
    case, fine = untrue_case(), opened()
    login_citizen(client, make_citizen("赵六"))
    assert client.get(reverse("binding:recovery", args=[case.application.number])).status_code == 404
    login_citizen(client, fine.giver)
    assert client.get(reverse("binding:recovery", args=[fine.application.number])).status_code == 404


@db
def test_the_machine_decides_nothing_for_this_giver_for_a_year():
    case = untrue_case()
    again = Case(giver=case.giver, relative=make_citizen("陈军", area=JIANGXI)).begin().submit()
    assert again.now().state == State.SUBMITTED
    assert FourEyesCause.UNTRUE in four_eyes_causes(again.now(), timezone.now())
    assert again.after_undo_time().now().state == State.IN_REVIEW
    Recheck.objects.update(decided_at=timezone.now() - timedelta(days=366))
    assert FourEyesCause.UNTRUE not in four_eyes_causes(again.now(), timezone.now())


@db
def test_an_appeal_is_read_by_neither_of_the_two_and_may_open_it_again():
    case = untrue_case()
    services.appeal(application=case.application, actor=case.giver, text="我们是夫妻")
    for reader in (case.reviewer, case.second):
        with pytest.raises(Refused) as refused:
            _approve(case, reader)
        assert refused.value.code == "second_reader"
    third = make_staff(areas=("360000",))
    _approve(case, third)
    assert case.now().state == State.APPROVED
    assert case.binding().until is None
    assert services.recovery_of(case.now()) is None
    assert FourEyesCause.UNTRUE not in four_eyes_causes(case.now(), timezone.now())


def _approve(case: Case, by) -> Application:
    return services.approve(
        application=case.application, actor=by, version=case.now().version, checks=REVIEW_CHECKS
    )


# ------------------------------------------------------------- the desk
@db
def test_the_list_shows_what_waits_in_ones_own_areas():
    case = drawn_case()
    assert case.application.number in seat(case.reviewer).get(LIST).content.decode()
    elsewhere = seat(make_staff(areas=("990100",))).get(LIST).content.decode()
    assert case.application.number not in elsewhere


@db
def test_a_case_is_judged_from_its_page_by_two():
    case = drawn_case()
    first, second = seat(case.reviewer), seat(case.second)
    page = reverse("admin:binding_recheck_check", args=[of(case).pk])
    assert "请群众补证明" in text(first.get(page))

    def judge(client, verb, **data):
        url = reverse("admin:binding_recheck_judge", args=[of(case).pk, verb])
        return client.post(url, data)

    empty = judge(first, "doubt", version=case.now().version)
    assert empty.status_code == 422 and "至少选一条理由" in text(empty)
    assert judge(first, "doubt", version=case.now().version, reason_K01="on").status_code == 302
    assert "按钮不在您这里" in text(first.get(page))
    assert judge(second, "untrue").status_code == 302
    assert of(case).state == "untrue"
    assert judge(second, "true").status_code == 302
    assert of(case).state == "untrue"


@db
def test_the_page_says_how_much_was_used_and_each_look_is_kept():
    case = drawn_case()
    page = reverse("admin:binding_recheck_check", args=[of(case).pk])
    seat(case.reviewer).get(page)
    assert AuditRow.objects.filter(action="recheck.viewed", actor=str(case.reviewer.pk)).count() == 1
    assert AuditRow.objects.filter(action="person.viewed", purpose="recheck").count() == 2


@db
def test_family_and_other_areas_see_nothing():
    case = drawn_case()
    page = reverse("admin:binding_recheck_check", args=[of(case).pk])
    assert seat(make_staff(areas=("990100",))).get(page).status_code == 404
    family = make_staff(areas=("360000",), private_person=case.giver.person)
    assert seat(family).get(page).status_code == 403
    assert seat(make_staff(areas=("360000",), duties=("auditor",))).get(page).status_code == 403


@db
def test_the_list_costs_the_same_for_many(django_assert_max_num_queries):
    for _each in range(3):
        opened()
    draw_for(yesterday())
    client = seat(make_staff(areas=("360000",)))
    client.get(LIST)
    with django_assert_max_num_queries(6):
        client.get(LIST)
