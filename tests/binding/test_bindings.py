"""A binding in force: both ends, what each may do, and that the mandate always follows."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import Message
from binding import services
from binding.models import Binding
from binding.rules import Party, State
from gongji.errors import Refused
from gongji.models import AuditRow
from ledger.models import Mandate
from tests.binding.cases import Case, in_force
from tests.factories import make_citizen, make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def case():
    return in_force()


def _end(case, actor):
    return services.end_binding(binding=case.binding(), actor=actor)


def _told(case, template):
    return set(Message.objects.filter(template=template).values_list("person", flat=True))


# ------------------------------------------------------------- end
@pytest.mark.parametrize(("who", "party"), [("giver", Party.AUTHORIZER), ("relative", Party.BENEFICIARY)])
def test_either_side_ends_a_binding_and_its_mandate_at_once(case, who, party):
    ended = _end(case, getattr(case, who))
    assert ended.ended_by == party
    mandate = Mandate.objects.get()
    assert mandate.valid_until is not None
    assert not Mandate.objects.live(mandate.valid_until).exists()


def test_both_are_told_of_the_end_when_the_undo_time_is_over(case):
    ended = _end(case, case.giver)
    told = Message.objects.filter(template__in=["binding.ended_giver", "binding.ended_relative"])
    assert told.count() == 2
    assert {message.visible_from for message in told} == {ended.until + timedelta(minutes=10)}


def test_an_end_is_recorded(case):
    _end(case, case.relative)
    assert [change.what for change in services.history_of(case.binding())] == ["opened", "ended"]
    assert AuditRow.objects.filter(action="binding.ended", actor=str(case.relative.pk)).exists()


def test_ending_twice_is_refused_with_the_day(case):
    _end(case, case.giver)
    with pytest.raises(Refused, match="binding_not_active") as refused:
        _end(case, case.giver)
    assert "解除" in str(refused.value.message)


def test_a_stranger_ends_nothing(case):
    with pytest.raises(PermissionDenied):
        _end(case, make_citizen("赵六"))
    with pytest.raises(PermissionDenied):
        _end(case, case.reviewer)


def test_within_ten_minutes_the_end_is_taken_back_and_nobody_hears(case):
    _end(case, case.giver)
    back = services.undo_end(binding=case.binding(), actor=case.giver)
    assert (back.until, back.ended_by) == (None, "")
    assert Mandate.objects.get().valid_until is None
    assert not _told(case, "binding.ended_relative")


def test_after_ten_minutes_an_end_stands(case, time_machine):
    _end(case, case.giver)
    time_machine.move_to(timezone.now() + timedelta(minutes=10, seconds=1))
    assert services.end_can_be_undone_until(case.binding(), at=timezone.now()) is None
    with pytest.raises(Refused, match="too_late"):
        services.undo_end(binding=case.binding(), actor=case.giver)


def test_only_the_one_who_ended_it_takes_it_back(case):
    _end(case, case.relative)
    with pytest.raises(Refused, match="not_your_decision"):
        services.undo_end(binding=case.binding(), actor=case.giver)


def test_an_end_is_not_taken_back_when_the_place_was_given_away(case):
    ended = _end(case, case.giver)
    for serial in range(8):
        Binding.objects.create(
            kind="mutual_aid", relation="child", authorizer=case.giver.person, area="990100",
            beneficiary=make_person(f"王{serial}"), application=case.application, since=timezone.now(),
        )  # fmt: skip
    with pytest.raises(Refused, match="limit_reached"):
        services.undo_end(binding=ended, actor=case.giver)


def test_after_the_end_the_same_two_may_apply_again(case):
    _end(case, case.giver)
    again = Case(giver=case.giver, relative=case.relative).begin().submit()
    assert again.now().state == State.SUBMITTED


def test_both_ends_see_a_binding_in_force_and_nobody_else(case):
    for user, seen in ((case.giver, 1), (case.relative, 1), (make_citizen("赵六"), 0), (case.reviewer, 0)):
        assert Binding.objects.visible_to(user).count() == seen


# ------------------------------------------------------------- pause
def test_a_pause_stops_the_mandate_and_both_are_told(case):
    services.pause(binding=case.binding(), actor=case.giver)
    services.pause(binding=case.binding(), actor=case.giver)
    assert Mandate.objects.get().paused_at is not None
    assert _told(case, "binding.paused_relative") == {case.relative.person.pk}
    assert _told(case, "binding.paused_giver") == {case.giver.person.pk}
    assert [change.what for change in services.history_of(case.binding())].count("paused") == 1


def test_resuming_lets_it_pay_again(case):
    services.pause(binding=case.binding(), actor=case.giver)
    services.resume(binding=case.binding(), actor=case.giver)
    assert Mandate.objects.get().paused_at is None
    assert case.binding().paused_at is None


def test_every_pause_is_told_anew(case):
    for _time in range(2):
        services.pause(binding=case.binding(), actor=case.giver)
        services.resume(binding=case.binding(), actor=case.giver)
    assert Message.objects.filter(template="binding.paused_relative").count() == 2


@pytest.mark.parametrize("verb", [services.pause, services.resume])
def test_only_the_giver_pauses(case, verb):
    with pytest.raises(PermissionDenied):
        verb(binding=case.binding(), actor=case.relative)


# ------------------------------------------------------------- cap, privacy
def test_the_cap_follows_to_the_mandate_with_its_history(case):
    services.set_cap(binding=case.binding(), actor=case.giver, monthly_cap=50_000)
    assert Mandate.objects.get().monthly_cap == 50_000
    change = services.history_of(case.binding())[-1]
    assert (change.what, change.before, change.after) == ("cap", None, 50_000)
    assert "500.00 元" in case.relative.person.messages.get(template="binding.cap_changed_relative").body


def test_the_same_cap_again_is_no_change(case):
    services.set_cap(binding=case.binding(), actor=case.giver, monthly_cap=None)
    assert len(services.history_of(case.binding())) == 1


def test_only_the_relative_decides_what_the_giver_sees(case):
    with pytest.raises(PermissionDenied):
        services.set_privacy(binding=case.binding(), actor=case.giver, level=2)
    services.set_privacy(binding=case.binding(), actor=case.relative, level=0)
    assert Mandate.objects.get().privacy == 0
    with pytest.raises(ValueError, match="7"):
        services.set_privacy(binding=case.binding(), actor=case.relative, level=7)


def test_an_ended_binding_takes_no_changes(case):
    _end(case, case.giver)
    for verb, arguments in ((services.pause, {}), (services.set_cap, {"monthly_cap": 1})):
        with pytest.raises(Refused, match="binding_not_active"):
            verb(binding=case.binding(), actor=case.giver, **arguments)
