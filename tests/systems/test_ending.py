"""How a binding ends in each system: by either side, at once, with ten minutes to think again."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import EnrollmentStatus
from binding import services
from binding.models import Binding
from binding.services.life import end_if_groundless
from ledger.models import Mandate
from tests.binding.browse import text
from tests.factories import login_citizen
from tests.systems.path import binding_of, walk
from tests.systems.rows import over

pytestmark = pytest.mark.django_db


def ended(system, by="giver"):
    path = walk(system).in_force()
    binding = services.end_binding(binding=binding_of(path), actor=getattr(path, by))
    return path, binding


@over()
def test_the_giver_ends_it_at_any_time_and_it_is_shown_as_ended(client, system):
    path, binding = ended(system)
    assert Mandate.objects.get(binding_id=binding.pk).valid_until is not None
    login_citizen(client, path.giver)
    assert "已解除" in text(client.get(reverse("binding:detail", args=[binding.pk])))
    assert "已解除的" in text(client.get(reverse("binding:list")))


@over()
def test_the_relative_may_leave_and_come_back_within_ten_minutes(system):
    path, binding = ended(system, by="relative")
    assert services.end_can_be_undone_until(binding, at=timezone.now()) is not None
    assert services.undo_end(binding=binding, actor=path.relative).until is None
    assert Mandate.objects.get(binding_id=binding.pk).valid_until is None


@over()
def test_after_the_end_the_same_two_can_begin_anew(system):
    path, binding = ended(system)
    Binding.objects.filter(pk=binding.pk).update(until=timezone.now() - timedelta(hours=1))
    again = walk(system, giver=path.giver, relative=path.relative)
    assert again.in_force().binding().pk != binding.pk


@over()
def test_it_ends_by_itself_when_the_giver_leaves_the_insurance(system):
    path = walk(system).in_force()
    binding = binding_of(path)
    path.giver.person.enrollments.update(status=EnrollmentStatus.ENDED)
    assert end_if_groundless(binding=binding)
    binding.refresh_from_db()
    assert binding.until is not None
