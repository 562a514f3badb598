"""W13, W14, R4: cap, pause, privacy, the end and its undoing."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from binding.models import Binding
from binding.rules import State
from ledger.models import Mandate
from tests.binding.browse import ask, text
from tests.binding.cases import in_state
from tests.factories import login_citizen
from tests.roles import as_owner

pytestmark = pytest.mark.django_db


@pytest.fixture
def case():
    found = in_state(State.APPROVED)
    long_ago = timezone.now() - timedelta(days=9)
    Binding.objects.update(since=long_ago)
    with as_owner():
        Mandate.objects.update(valid_from=long_ago)
    return found


def now(case) -> Binding:
    return case.binding()


def mandate(case) -> Mandate:
    return Mandate.objects.get(binding_id=case.binding().pk)


def see(client, case, name="detail"):
    return client.get(reverse(f"binding:{name}", args=[case.binding().pk]))


def test_the_giver_sees_use_cap_and_what_the_relative_lets_them_see(
    client, case, django_assert_max_num_queries
):
    login_citizen(client, case.giver)
    with django_assert_max_num_queries(9):
        page = text(see(client, case))
    assert "王*芳" in page and "本月用了 0.00 元" in page and "不设上限" in page
    assert "日期、金额、看病还是买药" in page and "改隐私" not in page
    assert "您的个人账户余额是 0。一般每月 15 日前划入" in page


def test_a_cap_holds_from_now_on_in_the_ledger_too(client, case):
    login_citizen(client, case.giver)
    page = ask(client, "set_cap", now(case).pk, limit="monthly", amount="500")
    assert "额度改好了" in text(page) and "不设上限 → 500.00 元" in text(page)
    assert (now(case).monthly_cap, mandate(case).monthly_cap) == (500_00, 500_00)
    ask(client, "set_cap", now(case).pk, limit="none", amount="7")
    assert (now(case).monthly_cap, mandate(case).monthly_cap) == (None, None)


def test_pausing_and_resuming_twice_is_once(client, case):
    login_citizen(client, case.giver)
    for _ in range(2):
        page = text(ask(client, "pause", now(case).pk))
        assert re.search(r"已暂停 [^ ]+ [0-9:]+ 开通", page)  # not “paused … since”: that day it was opened
    assert mandate(case).paused_at is not None
    for _ in range(2):
        ask(client, "resume", now(case).pk)
    assert mandate(case).paused_at is None
    assert now(case).changes.filter(what__in=["paused", "resumed"]).count() == 2


def test_ending_says_the_consequence_first_and_can_be_taken_back(client, case):
    login_citizen(client, case.giver)
    page = text(see(client, case, "end"))
    assert "要解除王*芳的共济吗" in page and "起不能再用您的钱;已经花的不退。10 分钟内可以反悔。" in page
    assert now(case).until is None
    for _ in range(2):
        page = ask(client, "end", now(case).pk)
        assert page.status_code == 200 and "反悔,恢复" in text(page)
    assert mandate(case).valid_until is not None
    for _ in range(2):
        assert ask(client, "undo_end", now(case).pk).status_code == 200
    assert now(case).until is None and mandate(case).valid_until is None


def test_after_ten_minutes_an_end_stays(client, case):
    login_citizen(client, case.giver)
    ask(client, "end", now(case).pk)
    Binding.objects.update(until=timezone.now() - timedelta(minutes=11))
    assert "反悔" not in text(see(client, case)).replace("可以反悔", "") and "重新开通" in text(
        see(client, case)
    )
    page = ask(client, "undo_end", now(case).pk)
    assert page.status_code == 409 and "能反悔的时间已经过了" in text(page)


def test_the_relative_leaves_and_only_the_relative_takes_that_back(client, case):
    login_citizen(client, case.relative)
    assert "不再用李*的钱吗" in text(see(client, case, "end"))
    ask(client, "end", now(case).pk)
    assert now(case).ended_by == "beneficiary"
    login_citizen(client, case.giver)
    assert "反悔,恢复" not in text(see(client, case))
    assert ask(client, "undo_end", now(case).pk).status_code == 409


def test_the_relative_decides_what_the_giver_sees(client, case):
    login_citizen(client, case.relative)
    assert "改隐私" in text(see(client, case)) and "改额度" not in text(see(client, case))
    assert ask(client, "privacy", now(case).pk, privacy="7").status_code == 422
    ask(client, "privacy", now(case).pk, privacy="2")
    assert (now(case).privacy, mandate(case).privacy) == (2, 2)


@pytest.mark.parametrize("name", ["set_cap", "pause", "resume"])
def test_the_relative_may_not_do_what_is_the_givers(client, case, name):
    login_citizen(client, case.relative)
    assert ask(client, name, now(case).pk, limit="none").status_code == 403
    assert (now(case).monthly_cap, now(case).paused_at) == (None, None)


def test_the_giver_may_not_widen_what_they_see(client, case):
    login_citizen(client, case.giver)
    assert see(client, case, "privacy").status_code == 403
    assert ask(client, "privacy", now(case).pk, privacy="2").status_code == 403
    assert now(case).privacy == 1


def test_an_ended_binding_cannot_be_changed(client, case):
    login_citizen(client, case.giver)
    ask(client, "end", now(case).pk)
    for name, data in (("pause", {}), ("set_cap", {"limit": "monthly", "amount": "1"})):
        page = ask(client, name, now(case).pk, **data)
        assert page.status_code == 409 and "解除" in text(page)


def test_what_ended_by_itself_says_why(client, case):
    Binding.objects.update(until=timezone.now(), ended_by="system", ended_why="insurance_moved")
    login_citizen(client, case.giver)
    assert "自动停止" in text(see(client, case))
