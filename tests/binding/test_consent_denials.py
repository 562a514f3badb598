"""「我不认识对方」: the applicant learns nothing, supervisors look, three in a month are a pattern."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from binding import services
from binding.models import Denial, RelativeLookup
from binding.rules import State
from gongji.errors import Refused
from gongji.models import AuditRow
from gongji.policy import Relation
from tests.binding.browse import text
from tests.binding.cases import in_state
from tests.binding.desk import seat
from tests.factories import login_citizen, make_citizen, make_staff

pytestmark = pytest.mark.django_db

LIST = reverse("admin:binding_denial_changelist")


@pytest.fixture
def giver():
    return make_citizen("李明")


def denied(giver, times=1, relation=Relation.SIBLING):
    """So many people say that they do not know the giver."""
    found = []
    for number in range(times):
        RelativeLookup.objects.all().delete()
        case = in_state(
            State.IN_REVIEW, giver=giver, relative=make_citizen(f"王小{number}"), relation=relation
        )
        services.decline(application=case.application, actor=case.relative, stranger=True)
        found.append(case)
    return found


def test_a_denial_is_kept_with_whom_it_is_about(giver):
    [case] = denied(giver)
    denial = Denial.objects.get()
    assert (denial.application, denial.applicant) == (case.application, giver.person)
    plain = in_state(State.IN_REVIEW)
    services.decline(application=plain.application, actor=plain.relative)
    assert Denial.objects.count() == 1


def test_two_denials_change_nothing_three_stop_further_applications(giver):
    denied(giver, 2)
    services.starting_rules(person=giver.person)
    denied(giver)
    with pytest.raises(Refused) as refused:
        services.start_draft(user=giver)
    assert refused.value.code == "under_review"
    said = f"{refused.value.message}{refused.value.next_step}"
    assert "认识" not in said and "家人" not in said and "窗口" in said


def test_a_draft_begun_before_is_not_handed_in_either(giver):
    waiting = in_state(State.DRAFT, giver=giver, relation=Relation.SIBLING)
    denied(giver, 3)
    with pytest.raises(Refused, match="under_review"):
        waiting.submit()


def test_the_page_says_what_to_do(client, giver):
    denied(giver, 3)
    login_citizen(client, giver)
    page = text(client.get(reverse("binding:new")))
    assert "您的申请要先由工作人员核实" in page and "请带身份证到当地医保窗口" in page


def test_after_thirty_days_or_a_look_by_a_supervisor_they_count_no_more(giver):
    cases = denied(giver, 3)
    supervisor = make_staff(duties=("supervisor",))
    services.look_into(denial=cases[0].application.denial, actor=supervisor)
    services.starting_rules(person=giver.person)
    denied(giver)
    with pytest.raises(Refused, match="under_review"):
        services.starting_rules(person=giver.person)
    Denial.objects.update(at=timezone.now() - timedelta(days=30, seconds=1))
    services.starting_rules(person=giver.person)


def test_others_are_not_stopped_by_it(giver):
    denied(giver, 3)
    services.starting_rules(person=make_citizen("赵敏").person)


def test_supervisors_of_the_area_see_the_list_and_tick_off(giver):
    [case] = denied(giver)
    desk = seat(make_staff(duties=("supervisor",)))
    page = text(desk.get(LIST))
    assert case.application.number in page and "李*" in page and "李明" not in page and "1 次没核实" in page
    button = reverse("admin:binding_denial_look_into", args=[case.application.denial.pk])
    assert desk.get(button).status_code == 302 and Denial.objects.open().exists()
    assert "不再算在次数里" in text(desk.post(button, follow=True))
    assert case.application.number not in text(desk.get(LIST))
    assert case.application.number in text(desk.get(f"{LIST}?show=all"))
    assert AuditRow.objects.filter(action="denial.reviewed").count() == 1


def test_nobody_else_sees_it(giver):
    [case] = denied(giver)
    denial = case.application.denial
    button = reverse("admin:binding_denial_look_into", args=[denial.pk])
    elsewhere = seat(make_staff(duties=("supervisor",), areas=("990200",)))
    assert case.application.number not in text(elsewhere.get(LIST))
    assert elsewhere.post(button).status_code == 404
    for duty in ("reviewer", "clerk", "admin"):
        desk = seat(make_staff(duties=(duty,)))
        assert {desk.get(LIST).status_code, desk.post(button).status_code} == {403}
    with pytest.raises(PermissionDenied):
        services.look_into(denial=denial, actor=make_staff())
    assert Denial.objects.open().exists()
