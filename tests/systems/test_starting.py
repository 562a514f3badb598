"""Who may begin in each system, and that either side is told when it is the other's to begin."""

import pytest

from binding import services
from binding.rules import Party, State
from gongji.errors import Refused
from tests.systems.path import walk
from tests.systems.rows import over

pytestmark = pytest.mark.django_db


@over()
def test_whoever_gives_the_money_may_begin_everywhere(system):
    path = walk(system).begin().submit()
    assert path.now().initiator == Party.AUTHORIZER
    assert path.now().entrance == system.entrance


@over(lambda system: "beneficiary" in system.sides)
def test_the_relative_may_begin_and_the_giver_confirms(system):
    path = walk(system, side=Party.BENEFICIARY).begin().submit()
    assert path.now().consent_required
    assert services.confirms_as_giver(path.now())
    assert path.decided().now().state == State.APPROVED
    assert path.binding().authorizer == path.giver.person


@over(lambda system: "beneficiary" not in system.sides)
def test_a_relative_who_would_begin_is_told_that_the_giver_has_to(system):
    with pytest.raises(Refused, match="not_for_relatives") as refused:
        walk(system, side=Party.BENEFICIARY).start()
    assert "由出钱的家人来申请" in str(refused.value.message)
    assert "请家人登录" in str(refused.value.next_step)
