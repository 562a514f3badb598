"""Limits, and every "no" the systems name, each with its reason and another way on."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import EnrollmentStatus
from binding.models import Application, Binding
from gongji.errors import Refused
from gongji.policy import Relation
from tests.systems.path import citizen, walk
from tests.systems.rows import over

pytestmark = pytest.mark.django_db


def refused_by(step) -> Refused:
    """Return what a step says no with; it always names a reason and a next step."""
    with pytest.raises(Refused) as refused:
        step()
    assert str(refused.value.message) and str(refused.value.next_step), refused.value.code
    return refused.value


def bind(path, count):
    """Give the giver this many bindings with strangers, without the way there."""
    for _place in range(count):
        other = citizen("王五", path.system.area, scheme="390").person
        rows = Application.objects.filter(authorizer=path.giver.person)
        done = rows.first() or path.start().application
        Binding.objects.create(
            kind="mutual_aid", relation="sibling", authorizer=path.giver.person, beneficiary=other,
            application=done, area=path.system.area, since=timezone.now() - timedelta(days=1),
        )  # fmt: skip


@over()
def test_the_last_place_can_be_taken_and_no_further_one(system):
    path = walk(system)
    bind(path, system.most - 1)
    path.start()
    bind(path, 1)
    no = refused_by(walk(system, giver=path.giver).start)
    assert no.code == "limit_reached"
    assert f"本地最多 {system.most} 位" in str(no.message)


@over(lambda system: len(system.relations) < len(Relation))
def test_a_relation_the_area_leaves_out_is_refused(system):
    for relation in (Relation.SIBLING, Relation.GRANDPARENT):
        assert refused_by(walk(system, relation=relation).start).code == "relation_not_allowed"


@over()
def test_a_relative_without_insurance_is_refused_and_may_come_back(system):
    stopped = citizen("王小芳", system.area, scheme="390", status=EnrollmentStatus.SUSPENDED)
    path = walk(system, relative=stopped).start()
    no = refused_by(path.name)
    assert no.code == "relative_not_insured"
    assert "参保生效后可以再办" in str(no.next_step)


@over()
def test_a_relative_in_another_city_is_welcome_or_told_why_not(system):
    there = citizen("王小芳", system.neighbour, scheme="390")
    path = walk(system, relative=there).start()
    if system.reaches_neighbour:
        assert path.name().application.beneficiary == there.person
    else:
        no = refused_by(path.name)
        assert no.code == "not_connected"
        assert "两地之间还没有开通" in str(no.message)


@over()
def test_a_relative_in_another_province_is_sent_to_the_wallet(system):
    abroad = citizen("王小芳", "970100", scheme="390")
    no = refused_by(walk(system, relative=abroad).start().name)
    assert no.code == "other_province"
    assert "医保钱包" in str(no.message)


@over()
def test_an_empty_account_binds_or_is_a_reason_not_to(system):
    path = walk(system, balance=0)
    if system.empty_may_bind:
        assert path.start().application.pk
    else:
        no = refused_by(path.start)
        assert no.code == "no_balance"
        assert "余额是 0" in str(no.message)


@over()
def test_no_personal_account_is_another_no_than_an_empty_one(system):
    pooled_only = citizen("李明", system.area, personal_account=False)
    assert refused_by(walk(system, giver=pooled_only).start).code == "pooled_only"
    resident = citizen("李明", system.area, scheme="390")
    assert refused_by(walk(system, giver=resident).start).code == "no_personal_account"


@over()
def test_whoever_left_the_insurance_cannot_give_any_more(system):
    gone = citizen("李明", system.area, status=EnrollmentStatus.ENDED)
    assert refused_by(walk(system, giver=gone).start).code == "not_insured"


@over()
def test_somebody_elses_number_and_name_are_answered_alike(system):
    path = walk(system).start()
    wrong_name = refused_by(lambda: path.name(name="王大芳"))
    nobody = refused_by(lambda: path.name(id_number="11010119900307109X"))
    assert wrong_name.code == nobody.code == "not_matched"
    assert str(wrong_name.message) == str(nobody.message)


@over(lambda system: system.phone)
def test_without_the_relatives_phone_it_goes_no_further(system):
    assert refused_by_phone(system).code == "bad_phone"


def refused_by_phone(system) -> Refused:
    with pytest.raises(Refused) as refused:
        walk(system).start().name(phone="")
    assert "手机号" in str(refused.value.message)
    return refused.value
