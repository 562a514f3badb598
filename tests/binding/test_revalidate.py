"""The nightly look at the registry: what has lost its ground ends, and nothing else does."""

import json
from datetime import date, timedelta
from functools import partial

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.models import EnrollmentStatus, Message, Scheme
from binding import services
from binding.models import Binding, BindingChange, Doubt, Kind
from binding.rules import Party, State
from binding.services import revalidation
from binding.services.revalidation import find_doubts, revalidate, settle_doubts
from gongji import outbox, policy
from gongji.errors import Refused
from gongji.models import AuditRow, OutboxJob
from ledger import services as ledger
from ledger.models import Mandate
from ledger.models.books import new_id
from ledger.services import wallet
from tests.binding.cases import Case, in_force, in_state
from tests.factories import insure, make_account, make_citizen, make_provider, settlement

pytestmark = pytest.mark.django_db

ENDED = {"status": EnrollmentStatus.ENDED}
DEAD = {"status": EnrollmentStatus.DECEASED}
SUSPENDED = {"status": EnrollmentStatus.SUSPENDED}
RESIDENT = {"scheme": Scheme.RESIDENT}
POOLED_ONLY = {"personal_account": False}


def becomes(person, area="990100", **changes):
    """What the registry says of a person from now on."""
    person.enrollments.all().delete()
    insure(person, area, **({"valid_from": date(2026, 11, 18)} | changes))


def look():
    """What a night does: find, then settle."""
    find_doubts()
    return settle_doubts()


def wallet_in_force(**people) -> Case:
    relative = people.pop("relative", None) or make_citizen("王小芳", area="970100")
    return in_force(kind=Kind.WALLET, relative=relative, **people)


def told(person):
    return [message.body for message in Message.objects.filter(person=person).order_by("created_at", "id")]


# ------------------------------------------------------------- what ends, what stays
@pytest.mark.parametrize(
    ("who", "area", "changes", "why"),
    [
        ("giver", "990100", ENDED, "insurance_ended:authorizer"),
        ("giver", "990100", RESIDENT, "insurance_ended:authorizer"),
        ("giver", "990100", POOLED_ONLY, "insurance_ended:authorizer"),
        ("giver", "990100", DEAD, "deceased:authorizer"),
        ("giver", "970100", {}, "insurance_moved:authorizer"),
        ("giver", "123400", {}, "insurance_moved:authorizer"),
        ("relative", "990100", ENDED, "insurance_ended:beneficiary"),
        ("relative", "990100", DEAD, "deceased:beneficiary"),
        ("relative", "970100", {}, "insurance_moved:beneficiary"),
        ("giver", "990300", {}, "insurance_moved:authorizer"),
    ],
)
def test_a_binding_without_ground_ends_by_its_cause(who, area, changes, why):
    case = in_force()
    becomes(getattr(case, who).person, area, **changes)
    settled = look()
    binding = case.binding()
    assert (settled.ended, binding.ended_by, binding.ended_why) == (1, Party.SYSTEM, why)
    assert not Mandate.objects.live(timezone.now()).exists()
    assert binding.changes.last().what == BindingChange.What.STOPPED
    assert AuditRow.objects.filter(action="binding.stopped", reason=why).exists()
    assert not Doubt.objects.exists()


@pytest.mark.parametrize(
    ("who", "area", "changes"),
    [
        ("giver", "990100", {}),
        ("giver", "990100", SUSPENDED),
        ("relative", "990100", SUSPENDED),
        ("relative", "990100", RESIDENT),
        ("relative", "990200", {}),
        ("relative", "990200", RESIDENT),
    ],
)
def test_a_binding_that_the_registry_bears_out_stays(who, area, changes):
    case = in_force()
    becomes(getattr(case, who).person, area, **changes)
    assert look().ended == 0
    assert case.binding().until is None


def test_somebody_the_registry_no_longer_knows_is_not_insured():
    case = in_force()
    case.relative.person.enrollments.all().delete()
    look()
    assert case.binding().ended_why == "insurance_ended:beneficiary"


def test_an_ended_binding_is_not_looked_at_again():
    case = in_force()
    services.end_binding(binding=case.binding(), actor=case.giver)
    becomes(case.relative.person, **DEAD)
    assert find_doubts().bindings == 0


def test_an_application_under_way_is_left_to_its_own_checks():
    case = in_state(State.IN_REVIEW)
    becomes(case.relative.person, **DEAD)
    look()
    assert case.now().state == State.IN_REVIEW


@pytest.mark.parametrize(
    ("who", "area", "changes", "why"),
    [
        ("relative", "990200", {}, "insurance_moved:beneficiary"),
        ("giver", "970100", {}, "insurance_moved:authorizer"),
        ("relative", "970100", DEAD, "deceased:beneficiary"),
    ],
)
def test_a_wallet_ends_when_it_no_longer_leads_to_another_province(who, area, changes, why):
    case = wallet_in_force()
    becomes(getattr(case, who).person, area, **changes)
    look()
    assert case.binding().ended_why == why


# ------------------------------------------------------------- the area's own word
@pytest.fixture
def rules(tmp_path, monkeypatch):
    """Rewrite the rules of 虹川市 for one test."""
    monkeypatch.setenv("POLICY_DIR", str(tmp_path))

    def write(**values: str) -> None:
        head = 'area = "990100"\nname = "虹川市"\n[sources.n]\ntitle = "演示"\ngrade = "demo"\n'
        rows = [
            f"[{key}]\nvalue = {value}\nsource = 'n'\neffective = 2026-01-01\n"
            for key, value in values.items()
        ]
        (tmp_path / "990100.toml").write_text(head + "".join(rows), encoding="utf-8")
        policy._load.cache_clear()

    yield write
    policy._load.cache_clear()


def test_what_the_area_does_not_name_ends_nothing(rules):
    case = in_force()
    rules(auto_end='["deceased"]')
    becomes(case.relative.person, **ENDED)
    assert look().ended == 0
    becomes(case.relative.person, **DEAD)
    assert look().ended == 1


def test_where_an_area_stops_the_service_everything_ends_and_says_so(rules):
    case = in_force()
    rules(open="false")
    look()
    assert case.binding().ended_why == "area_closed:system"
    assert told(case.giver.person)[-1].startswith("虹川市现在停办共济,已经开通的自动停止。")


# ------------------------------------------------------------- what people are told
def test_the_giver_reads_the_reason_first_and_then_the_way_on():
    case = in_force()
    becomes(case.relative.person, "970100", valid_from=date(2026, 11, 18))
    look()
    assert told(case.giver.person)[-1] == (
        "王*芳的医保关系 11月18日转到外地,按规定共济自动停止。要继续,请用“医保钱包”。"
    )
    assert told(case.relative.person)[-1] == (
        "您的医保关系 11月18日转到外地,按规定共济自动停止。您自己的医保不受影响。要继续,请用“医保钱包”。"
    )


def test_the_affairs_of_a_giver_are_not_told_to_the_relative():
    case = in_force()
    becomes(case.giver.person, **ENDED)
    look()
    assert told(case.giver.person)[-1].startswith("您现在没有可以共用的职工医保个人账户,")
    assert told(case.relative.person)[-1].startswith(
        "李*的医保关系有变化,按规定共济自动停止。您自己的医保不受影响。"
    )


@pytest.mark.parametrize(("gone", "left"), [("giver", "relative"), ("relative", "giver")])
def test_a_death_is_never_named_and_the_dead_are_not_written_to(gone, left):
    case = in_force()
    becomes(getattr(case, gone).person, **DEAD)
    look()
    assert not Message.objects.filter(
        person=getattr(case, gone).person, template__contains="stopped"
    ).exists()
    text = told(getattr(case, left).person)[-1]
    assert "当面核实一项信息" in text
    assert not [word for word in ("去世", "死亡", "已故", "节哀", "身故") if word in text]


def test_each_end_is_told_once_however_often_a_night_is_repeated():
    case = in_force()
    becomes(case.relative.person, **ENDED)
    for _night in range(3):
        look()
    assert Message.objects.filter(template__contains="stopped").count() == 2
    assert case.binding().changes.filter(what=BindingChange.What.STOPPED).count() == 1


# ------------------------------------------------------------- money
def test_money_sent_to_a_wallet_and_not_used_comes_back(time_machine):
    case = wallet_in_force()
    make_account(case.giver.person, 100_00)
    mandate = Mandate.objects.get()
    wallet.send(actor=case.giver, mandate=mandate, amount=50_00, transfer_id=new_id())
    becomes(case.relative.person, "990200")
    look()
    assert "没用完的 50.00 元回到您的账户" in told(case.giver.person)[-1]
    time_machine.move_to(timezone.now() + timedelta(minutes=12))
    outbox.drain()
    assert ledger.personal_balance(case.giver.person) == 100_00


def test_after_the_end_a_settlement_is_the_patients_own():
    case = in_force()
    make_account(case.giver.person, 100_00)
    becomes(case.giver.person, **ENDED)
    look()
    reply = ledger.settle(settlement=settlement(make_provider(), case.relative.person, 30_00))
    assert json.loads(reply.body)["cash"] == "30.00"


# ------------------------------------------------------------- jobs
def test_an_import_of_the_registry_sets_the_look_off(tmp_path):
    case = in_force()
    person = case.relative.person
    file = tmp_path / "registry.csv"
    head = (
        "id_type,id_number,name,birth_date,phone,area,scheme,personal_account,status,valid_from,valid_to,"
        "household_no,relation_to_head,employer\n"
    )
    who = f"01,{person.id_number},{person.name},{person.birth},{person.phone}"
    row = f"{who},970100,310,1,active,2026-11-18,,,,\n"
    file.write_text(head + row, encoding="utf-8")
    call_command("import_insured", str(file), processes=1)
    outbox.drain()
    assert case.binding().ended_why == "insurance_moved:beneficiary"
    assert "11月18日转到外地" in told(case.giver.person)[-1]


def test_an_import_that_changes_nothing_sets_nothing_off(tmp_path):
    file = tmp_path / "registry.csv"
    file.write_text(
        "id_type,id_number,name,birth_date,phone,area,scheme,personal_account,status,valid_from,valid_to,"
        "household_no,relation_to_head,employer\n"
    )
    call_command("import_insured", str(file), processes=1)
    assert not OutboxJob.objects.filter(kind="registry_imported").exists()


def test_the_work_is_cut_into_jobs_that_each_do_their_share(monkeypatch):
    monkeypatch.setattr(revalidation, "CHUNK", 2)
    giver = make_citizen("李明")
    cases = [in_force(giver=giver, relative=make_citizen(f"王小{word}")) for word in "一二三"]
    for case in cases:
        becomes(case.relative.person, **ENDED)
    assert revalidate().bindings == 3
    assert OutboxJob.objects.filter(kind=revalidation.SETTLE).count() == 2
    outbox.drain()
    assert not Binding.objects.active().exists()


def test_a_job_whose_time_is_up_posts_the_next_one(monkeypatch):
    case = in_force()
    becomes(case.relative.person, **ENDED)
    find_doubts()
    monkeypatch.setattr(revalidation, "settle_doubts", lambda: revalidation.Settled(stayed=1))
    revalidation.settle_chunk()
    assert OutboxJob.objects.filter(kind=revalidation.SETTLE).count() == 1


def test_one_that_cannot_be_settled_does_not_hold_up_the_others(monkeypatch):
    giver = make_citizen("李明")
    first, second = (in_force(giver=giver, relative=make_citizen(f"王小{word}")) for word in "一二")
    for case in (first, second):
        becomes(case.relative.person, **ENDED)
    real = ledger.end_mandate

    def breaks_once(*, binding_id, at):
        if binding_id == first.binding().pk:
            raise RuntimeError("the disk is full")
        real(binding_id=binding_id, at=at)

    monkeypatch.setattr("binding.services.life.ledger.end_mandate", breaks_once)
    find_doubts()
    with pytest.raises(RuntimeError, match="1 doubts"):
        revalidation.settle_chunk()
    assert first.binding().until is None
    assert second.binding().until is not None
    monkeypatch.undo()
    assert settle_doubts().ended == 1


def test_a_doubt_is_settled_by_what_the_registry_says_then():
    case = in_force()
    becomes(case.relative.person, **ENDED)
    find_doubts()
    becomes(case.relative.person)
    assert settle_doubts().stayed == 1
    assert case.binding().until is None


def test_the_command_says_what_it_did(capsys):
    case = in_force()
    becomes(case.relative.person, **ENDED)
    call_command("revalidate")
    assert "查到 1 项共济" in (said := capsys.readouterr().out)
    assert "停止 1 项" in said


def test_finding_takes_the_same_queries_for_one_binding_as_for_many(django_assert_num_queries):
    giver = make_citizen("李明")
    for serial in range(5):
        case = in_force(giver=giver, relative=make_citizen(f"王{serial}"))
        becomes(case.relative.person, **ENDED)
    with django_assert_num_queries(9):
        find_doubts()
    assert Doubt.objects.count() == 5


# ------------------------------------------------------------- beside others
@pytest.mark.django_db(transaction=True)
def test_the_night_and_a_citizen_end_the_same_binding_once(in_threads):
    case = in_force()
    becomes(case.relative.person, **ENDED)
    find_doubts()
    results = in_threads(
        partial(services.end_binding, binding=case.binding(), actor=case.giver), settle_doubts, settle_doubts
    )
    broken = [r for r in results if isinstance(r, Exception) and not isinstance(r, Refused)]
    assert not broken
    ends = case.binding().changes.filter(what__in=["ended", "stopped"])
    assert ends.count() == 1
    assert not Doubt.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_the_doubts_and_settle_each_once(in_threads):
    giver = make_citizen("李明")
    for word in "一二三四五六":
        case = in_force(giver=giver, relative=make_citizen(f"王小{word}"))
        becomes(case.relative.person, **ENDED)
    find_doubts()
    settled = in_threads(settle_doubts, settle_doubts, settle_doubts)
    assert sum(each.ended for each in settled) + sum(each.stayed for each in settled) == 6
    assert not Binding.objects.active().exists()
    assert Message.objects.filter(template__contains="stopped").count() == 12


@pytest.mark.django_db(transaction=True)
def test_settlements_beside_the_night_see_the_mandate_or_do_not(in_threads):
    case = in_force()
    make_account(case.giver.person, 1000_00)
    provider = make_provider()
    becomes(case.giver.person, **ENDED)
    find_doubts()
    pay = [
        partial(ledger.settle, settlement=settlement(provider, case.relative.person, 10_00)) for _ in range(6)
    ]
    results = in_threads(*pay[:3], settle_doubts, *pay[3:])
    replies = [result for result in results if hasattr(result, "body")]
    assert len(replies) == 6
    shared = [reply for reply in replies if json.loads(reply.body)["mutual_aid"] != "0.00"]
    assert ledger.personal_balance(case.giver.person) == 1000_00 - 10_00 * len(shared)
