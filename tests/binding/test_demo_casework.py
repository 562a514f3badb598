"""The play of the demo: what it promises of its people is true."""

import pytest
from django.utils import timezone

from binding.demo.casework import Casework, Wish, working_hour
from binding.models import Binding
from binding.services.policy import publish_policies
from gongji.policy import Relation
from tests.factories import make_citizen, make_staff
from tests.roles import as_owner

pytestmark = pytest.mark.django_db


def test_a_fifth_relative_is_open_too_after_the_second_reader():
    with as_owner():
        publish_policies(now=timezone.now())
    giver = make_citizen("钱多")
    work = Casework(reviewer=make_staff("zhang"), second=make_staff("qian"), seed=1)
    for name in ("钱一", "钱二", "钱三", "钱四", "钱五"):
        work.approved(Wish(giver, make_citizen(name).person, Relation.SIBLING), working_hour(60))
    assert Binding.objects.filter(authorizer=giver.person).active().count() == 5
