"""What happens after the signature in each system: bound at once or looked at, by when, after whose yes."""

from datetime import date

import pytest
from django.utils import timezone

from binding import services
from binding.rules import State
from gongji.errors import Refused
from gongji.policy import Relation
from tests.systems.path import citizen, walk
from tests.systems.rows import over
from tests.systems.test_proofs import at_home

pytestmark = pytest.mark.django_db
MONDAY = "2026-11-23T10:30:00+08:00"


@over(lambda system: system.at_once and not system.consent)
def test_bound_as_soon_as_it_is_handed_in(system):
    path = walk(system).begin().submit()
    assert path.now().state == State.APPROVED
    assert path.now().decided_by is None
    assert path.binding().until is None


@over(lambda system: system.at_once and system.consent)
def test_bound_as_soon_as_the_relative_has_agreed(system):
    path = walk(system).begin().submit().agree()
    if path.now().state == State.SUBMITTED:
        path.after_undo_time()
    assert path.now().state == State.APPROVED
    assert path.now().decided_by is None


@over(lambda system: not system.at_once)
def test_what_data_do_not_prove_is_looked_at_by_the_bureau(system):
    path = walk(system).begin().submit().after_undo_time()
    assert path.now().state == State.IN_REVIEW
    path.approve()
    assert path.now().state == (State.AWAITING_CONSENT if system.consent else State.APPROVED)


@over(lambda system: not system.at_once)
def test_the_answer_is_promised_by_the_day_the_system_names(system, time_machine):
    time_machine.move_to(MONDAY, tick=False)
    path = walk(system).begin().submit()
    due = timezone.localtime(path.now().due_at).date()
    assert due == date(2026, 11, 23 + system.workdays)


DECIDED_BY_DATA = ("yunnanyb", "alipay", "sz_wechat", "wxmini")


@over(lambda system: system.key in DECIDED_BY_DATA)
def test_what_data_prove_is_bound_without_anybody_looking(system):
    path = walk(system, **at_home(system)).begin().submit()
    if system.consent:
        path.agree()
    if path.now().state == State.SUBMITTED:
        path.after_undo_time()
    assert path.now().state == State.APPROVED
    assert path.now().decided_by is None


@over()
def test_a_grown_up_relative_is_asked_or_told(system):
    path = walk(system).begin().submit()
    assert path.now().consent_required is system.consent


@over(lambda system: system.consent)
def test_without_the_relatives_yes_nothing_opens(system):
    path = walk(system).begin().submit().after_undo_time()
    if path.now().state == State.IN_REVIEW:
        path.approve()
    assert path.now().state == State.AWAITING_CONSENT
    assert not path.application.bindings.exists()
    services.decline(application=path.application, actor=path.relative)
    assert path.now().state == State.DECLINED


@over()
def test_a_child_of_ones_own_below_sixteen_is_bound_without_a_yes(system):
    child = citizen("李小宝", system.area, scheme="390", birth=date(2020, 5, 1))
    path = walk(system, relative=child, relation=Relation.CHILD).begin().submit()
    assert not path.now().consent_required
    assert path.decided().now().state == State.APPROVED


@over(lambda system: system.notice_first)
def test_without_the_notice_nothing_is_handed_in(system):
    path = walk(system).begin()
    type(path.application).objects.filter(pk=path.application.pk).update(notice_version="")
    with pytest.raises(Refused, match="notice_not_read") as refused:
        services.submit(application=path.now(), actor=path.giver, agreed=True, signed=path._signed())
    assert "告知书" in str(refused.value.next_step)


@over(lambda system: not system.at_once)
def test_what_is_sent_back_says_why_and_can_be_mended(system):
    path = walk(system).begin().submit().after_undo_time()
    if not path.application.proofs.exists():
        path.refuse()
        assert path.now().state == State.REFUSED
    else:
        path.return_()
        assert path.now().state == State.RETURNED
    assert all(reason["text"] for reason in services.reasons_of(path.now()))
