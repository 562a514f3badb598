"""Bindings of a former system, from a file: every good line once, every bad one named, no right lost."""

import csv
from collections import Counter
from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import Message
from binding import services
from binding.models import Application, Binding, BindingChange, Channel, Event, Kind
from binding.rules import Action, State
from binding.services import moving
from gongji import policy
from gongji.models import AuditRow
from gongji.policy import Relation
from ledger import services as ledger
from ledger.models import LedgerAccount, Mandate
from tests.binding.cases import in_force
from tests.factories import (
    PAST,
    insure,
    make_account,
    make_holder,
    make_login,
    make_person,
    make_provider,
    settlement,
)
from tests.roles import as_owner

pytestmark = pytest.mark.django_db
HEADER = (
    "authorizer_id_type,authorizer_id_number,beneficiary_id_type,beneficiary_id_number,"
    "relation,kind,since,cap"
)
POOL_AREA, GROUP_AREA = "990300", "990400"


@pytest.fixture
def write(csv_file):
    return lambda *lines, header=HEADER: csv_file(header, *lines)


def relative(name="王芳", area="990100"):
    person = make_person(name)
    insure(person, area, scheme="390")
    return person


def line(giver, other, relation="spouse", kind="mutual_aid", since="2024-05-01", cap=""):
    return f"01,{giver.id_number},01,{other.id_number},{relation},{kind},{since},{cap}"


def listed(path, ending=".errors.csv"):
    found = path.with_name(path.name + ending)
    return list(csv.reader(found.read_text("utf-8-sig").splitlines()))[1:] if found.exists() else []


def move_in(path, *options):
    call_command("import_bindings", path, *options)
    return listed(path)


# ------------------------------------------------------------- what moves in
def test_a_line_becomes_a_binding_with_an_origin_a_mandate_and_history(write, capsys):
    giver, other = make_holder("李明", 100_00), relative()
    assert move_in(write(line(giver, other, cap="500.00"))) == []
    binding = Binding.objects.get()
    assert (binding.authorizer, binding.beneficiary, binding.relation) == (giver, other, Relation.SPOUSE)
    assert timezone.localtime(binding.since).date() == date(2024, 5, 1)
    assert (binding.monthly_cap, binding.area) == (500_00, "990100")
    origin = binding.application
    assert (origin.channel, origin.state, origin.created_by) == (Channel.IMPORT, State.APPROVED, None)
    assert [event.action for event in origin.events.all()] == [Action.MOVE_IN]
    assert [change.what for change in services.history_of(binding)] == [BindingChange.What.IMPORTED]
    assert AuditRow.objects.filter(action="binding.imported", object_id=str(binding.pk)).exists()
    assert "新转入 1 项" in capsys.readouterr().out


def test_the_old_day_is_shown_and_money_starts_now(write):
    giver, other = make_holder("李明", 100_00), relative()
    before = timezone.now()
    move_in(write(line(giver, other)))
    mandate = Mandate.objects.get()
    assert before <= mandate.valid_from <= timezone.now()
    with as_owner():
        ledger.derive_area_rules(policy.load(), PAST)
    reply = ledger.settle(settlement=settlement(make_provider(), other, 30_00))
    assert reply.status == 201
    assert ledger.personal_balance(giver) == 70_00


def test_both_find_a_message_and_no_sms_goes_out(write):
    giver, other = make_holder("李明"), relative()
    move_in(write(line(giver, other)))
    told = Message.objects.filter(person__in=[giver, other])
    assert {message.person_id: message.title for message in told} == {
        giver.pk: "给王*的家庭共济已转到这里",
        other.pk: "李*给您的家庭共济已转到这里",
    }
    assert {message.sms for message in told} == {Message.Sms.NONE}
    assert "2024年5月1日" in told[0].body


def test_quiet_tells_nobody(write):
    move_in(write(line(make_holder(), relative())), "--quiet")
    assert not Message.objects.exists()


def test_each_kind_moves_in(write):
    giver, other, far = make_holder("李明"), relative(), relative("何桂兰", "360100")
    move_in(write(line(giver, other), line(giver, other, kind="view"), line(giver, far, "parent", "wallet")))
    assert Counter(Binding.objects.values_list("kind", flat=True)) == Counter(Kind.values)
    accounts = {mandate.kind: mandate.account for mandate in Mandate.objects.select_related("account")}
    assert accounts["view"] is None
    assert accounts["mutual_aid"].owner == giver
    assert (accounts["wallet"].owner, accounts["wallet"].kind) == (far, LedgerAccount.Kind.WALLET)


def test_what_moved_in_can_be_ended_and_capped_like_any_other(write):
    giver, other = make_holder("李明"), relative()
    move_in(write(line(giver, other)))
    binding, login = Binding.objects.get(), make_login(giver)
    services.set_cap(binding=binding, actor=login, monthly_cap=100_00)
    services.end_binding(binding=binding, actor=login)
    assert Mandate.objects.get().monthly_cap == 100_00
    assert Binding.objects.get().until is not None


def test_a_term_begins_anew_with_the_move_where_bindings_are_for_a_time(write):
    giver, other = make_holder("李明"), relative()
    move_in(write(line(giver, other, kind="view", since="2020-01-01")))
    binding = Binding.objects.get()
    longest = timedelta(days=max(policy.for_area("990100").view_days))
    assert timedelta(0) < binding.expires_at - timezone.now() <= longest + timedelta(days=1)
    assert Mandate.objects.get().valid_until == binding.expires_at


def test_a_household_pool_opens_for_its_creator(write):
    creator, first, second = make_holder(area=POOL_AREA), relative(area=POOL_AREA), relative(area=POOL_AREA)
    assert move_in(write(line(creator, first), line(creator, second, "child"))) == []
    pools = Mandate.objects.filter(kind=Mandate.Kind.POOL)
    assert set(pools.values_list("beneficiary", flat=True)) == {creator.pk, first.pk, second.pk}
    assert len(set(pools.values_list("account", flat=True))) == 1


def test_a_cap_is_the_total_where_families_share_by_groups(write):
    giver, other = make_holder(area=GROUP_AREA), relative(area=GROUP_AREA)
    assert move_in(write(line(giver, other, cap="3000"))) == []
    binding = Binding.objects.get()
    assert (binding.authorized, binding.monthly_cap) == (3000_00, None)
    assert Mandate.objects.get().authorized == 3000_00
    path = write(line(make_holder(area=GROUP_AREA), other))
    assert [row[:2] for row in move_in(path)] == [["2", "cap"]]


def test_the_older_binding_pays_first_where_that_is_the_order(write):
    other, old, new = relative(), make_holder("老"), make_holder("新")
    move_in(
        write(line(new, other, "child", since="2025-01-01"), line(old, other, "child", since="2022-01-01"))
    )
    order = Mandate.objects.filter(beneficiary=other).order_by("pk")
    assert [mandate.authorizer for mandate in order] == [old, new]
    assert [mandate.rank for mandate in order] == [1, 2]


# ------------------------------------------------------------- again, and again after an interruption
def test_the_same_file_twice_changes_nothing(write, capsys):
    path = write(line(make_holder(), relative()))
    move_in(path)
    rows = [model.objects.count() for model in (Application, Binding, Mandate, BindingChange, Message, Event)]
    assert move_in(path) == []
    assert rows == [
        model.objects.count() for model in (Application, Binding, Mandate, BindingChange, Message, Event)
    ]
    assert "新转入 0 项,以前已转入 1 项" in capsys.readouterr().out


def test_what_was_ended_since_does_not_come_back(write):
    giver = make_holder()
    path = write(line(giver, relative()))
    move_in(path)
    services.end_binding(binding=Binding.objects.get(), actor=make_login(giver))
    assert move_in(path) == []
    assert not Binding.objects.active().exists()


def test_a_cap_changed_since_stays(write):
    giver = make_holder()
    path = write(line(giver, relative(), cap="500"))
    move_in(path)
    services.set_cap(binding=Binding.objects.get(), actor=make_login(giver), monthly_cap=100_00)
    assert move_in(path) == []
    assert Binding.objects.get().monthly_cap == 100_00


def test_an_interrupted_run_goes_on_where_it_stopped(write, monkeypatch, capsys):
    monkeypatch.setattr(moving, "BATCH", 2)
    path = write(*(line(make_holder(), relative()) for _ in range(5)))

    def stop(tally):
        if tally.read == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        moving.import_binding_file(path, progress=stop)
    assert Binding.objects.count() == 4
    move_in(path)
    assert Binding.objects.count() == 5
    assert "新转入 1 项,以前已转入 4 项" in capsys.readouterr().out


def test_a_line_twice_in_one_file_moves_in_once(write):
    giver, other = make_holder(), relative()
    assert move_in(write(line(giver, other), line(giver, other))) == []
    assert Binding.objects.count() == 1


def test_the_number_of_queries_does_not_grow_with_the_lines(write, django_assert_max_num_queries):
    path = write(*(line(make_holder(), relative()) for _ in range(30)))
    with django_assert_max_num_queries(30):
        moving.import_binding_file(path)


# ------------------------------------------------------------- limits
def test_more_relatives_than_allowed_move_in_and_are_listed(write, capsys):
    giver = make_holder()
    path = write(*(line(giver, relative(), "child") for _ in range(10)))
    assert move_in(path) == []
    assert Binding.objects.active().count() == 10
    beyond = listed(path, moving.REMARKS)
    assert [row[:2] for row in beyond] == [["10", "authorizer_id_number"], ["11", "authorizer_id_number"]]
    assert "2 项超过本地人数上限,照原样转入" in capsys.readouterr().out


# ------------------------------------------------------------- what is wrong with a line
def test_bad_lines_are_named_and_the_good_ones_kept(write):
    giver, other = make_holder("李明"), relative()
    tomorrow = timezone.localdate() + timedelta(days=1)
    path = write(
        line(giver, giver),
        line(giver, other, relation="mother_in_law"),
        line(giver, other, kind="gift"),
        line(giver, other, since="2024-02-30"),
        line(giver, other, since=str(tomorrow)),
        line(giver, other, since="0001-01-01"),
        line(giver, other, since="2024-W01-1"),
        line(giver, other, cap="0"),
        line(giver, other, cap="1e3"),
        line(giver, other, kind="view", cap="10"),
        f"01,{giver.id_number},02,{other.id_number},spouse,mutual_aid,2024-05-01,",
        f"01,{giver.id_number[:-1]},01,{other.id_number},spouse,mutual_aid,2024-05-01,",
        "01,1",
        line(giver, other),
    )
    columns = [
        "beneficiary_id_number", "relation", "kind", "since", "since", "since", "since", "cap", "cap", "cap",
        "beneficiary_id_type", "authorizer_id_number", "",
    ]  # fmt: skip
    assert {int(row[0]): row[1] for row in move_in(path)} == dict(enumerate(columns, start=2))
    assert Binding.objects.count() == 1


def test_people_whom_the_registry_does_not_know_are_named(write):
    giver, stranger = make_holder(), make_person("生人")
    number = stranger.id_number
    stranger.delete()
    path = write(f"01,{giver.id_number},01,{number},spouse,mutual_aid,2024-05-01,")
    assert move_in(path) == [["2", "beneficiary_id_number", "参保登记里没有这个人,请先导入参保登记"]]


def test_who_is_not_insured_is_named(write):
    giver, resident, ended = make_holder(), relative("居民"), relative("停保")
    ended.enrollments.update(status="ended")
    path = write(line(resident, giver), line(giver, ended))
    assert [row[:2] for row in move_in(path)] == [
        ["2", "authorizer_id_number"],
        ["3", "beneficiary_id_number"],
    ]


def test_a_relative_of_another_province_needs_a_wallet(write):
    path = write(line(make_holder(), relative(area="360100")))
    assert move_in(path) == [["2", "kind", "家人在外省参保,要用“医保钱包”。"]]


def test_two_who_are_bound_here_already_keep_what_they_have(write):
    case = in_force()
    path = write(line(case.giver.person, case.relative.person))
    assert move_in(path) == [["2", "beneficiary_id_number", "这两位已经开通,以现有的为准"]]
    assert Binding.objects.count() == 1


def test_the_same_pair_with_another_relation_is_named(write):
    giver, other = make_holder(), relative()
    path = write(line(giver, other), line(giver, other, "sibling"))
    assert [row[:2] for row in move_in(path)] == [["3", "relation"]]
    assert Binding.objects.get().relation == Relation.SPOUSE


def test_a_couple_may_give_to_each_other(write):
    one, other = make_holder("马强"), make_holder("白兰")
    assert move_in(write(line(one, other), line(other, one))) == []
    assert Binding.objects.count() == 2


def test_a_circle_that_contradicts_itself_is_named(write):
    one, other = make_holder("马强"), make_holder("马父")
    path = write(line(one, other, "parent"), line(other, one, "parent"))
    assert [row[:2] for row in move_in(path)] == [["3", "relation"]]


def test_nobody_is_in_two_pools(write):
    first, second = make_holder(area=POOL_AREA), make_holder(area=POOL_AREA)
    shared = relative(area=POOL_AREA)
    path = write(line(first, shared), line(second, shared, "child"), line(first, second, "sibling"))
    assert [row[:2] for row in move_in(path)] == [["3", "beneficiary_id_number"]]


def test_a_file_without_our_columns_is_refused_as_a_whole(write):
    for header in ('"' + HEADER, "a" * 200_000):
        with pytest.raises(CommandError, match="since"):
            move_in(write(header=header))
    with pytest.raises(CommandError, match="since"):
        move_in(write(header=HEADER.replace(",since", "")))


def test_a_list_of_an_earlier_run_goes_away_when_all_is_well(write):
    giver, other = make_holder(), relative()
    path = write(line(giver, other, kind="gift"))
    assert move_in(path)
    path.write_text(f"{HEADER}\n{line(giver, other)}\n", encoding="utf-8")
    assert move_in(path) == []
    make_account(giver, 1)
