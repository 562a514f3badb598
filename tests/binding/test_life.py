"""A binding for a time: reminded, renewed or ended by itself; and ends that are taken back, of every kind."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Message
from binding import services
from binding.models import Binding, BindingChange, Kind
from binding.rules import Party, State
from binding.rules.validity import BEIJING, runs_out
from binding.services import life
from gongji import outbox, policy
from gongji.errors import Refused
from ledger import services as ledger
from ledger.models import Mandate
from tests.binding.cases import Case, in_force, in_state
from tests.binding.test_models_of_sharing import GROUPED, POOLED, family, opened
from tests.binding.views_of import looked_after
from tests.factories import login_citizen, make_account, make_citizen, make_provider, settlement

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)


# ------------------------------------------------------------- when it runs out
@pytest.mark.parametrize(
    ("since", "months", "last"),
    [
        ("2026-11-22 10:00", 12, "2027-11-22"),
        ("2026-01-31 23:59", 1, "2026-02-28"),
        ("2024-02-29 00:00", 12, "2025-02-28"),
        ("2026-12-01 00:00", 1, "2027-01-01"),
    ],
)
def test_months_run_to_the_end_of_the_same_day_in_beijing(since, months, last):
    began = datetime.fromisoformat(since).replace(tzinfo=BEIJING)
    end = runs_out(since=began, months=months, days=None)
    assert f"{end - timedelta(seconds=1):%Y-%m-%d}" == last


@given(st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)), st.integers(1, 240))
def test_a_time_in_months_is_never_shorter_than_it_says(since, months):
    end = runs_out(since=since, months=months, days=None)
    assert timedelta(days=28 * months) <= end - since <= timedelta(days=31 * months + 1)
    assert (end.hour, end.minute) == (0, 0)


def test_days_are_exact_and_without_a_time_it_is_open_ended():
    assert runs_out(since=NOW, months=None, days=90) == NOW + timedelta(days=90)
    assert runs_out(since=NOW, months=None, days=None) is None


# ------------------------------------------------------------- fixtures
@pytest.fixture
def rules(tmp_path, monkeypatch):
    """Rewrite the rules of 虹川市 for one test."""
    monkeypatch.setenv("POLICY_DIR", str(tmp_path))

    def write(**values: str) -> None:
        head = 'area = "990100"\nname = "虹川市"\n[sources.n]\ntitle = "演示"\ngrade = "demo"\n'
        rows = (
            f"[{key}]\nvalue = {value}\nsource = 'n'\neffective = 2026-01-01\n"
            for key, value in values.items()
        )
        (tmp_path / "990100.toml").write_text(head + "".join(rows), encoding="utf-8")
        policy._load.cache_clear()

    yield write
    policy._load.cache_clear()


@pytest.fixture
def yearly(rules, db):
    """A binding of an area where it is opened for a year, with money to use."""
    rules(validity_months="12")
    case = in_force()
    make_account(case.giver.person, 1000_00)
    return case


def go_to(time_machine, moment: datetime) -> None:
    time_machine.move_to(moment)


def tick() -> None:
    """What the clock does: look for ends and reminders, then work."""
    life.post_expiries(now=timezone.now())
    life.post_reminders(now=timezone.now())
    outbox.drain()


def pays(case) -> str:
    reply = ledger.settle(settlement=settlement(make_provider(), case.relative.person, 10_00))
    return reply.body


def told(person, template) -> int:
    return Message.objects.filter(person=person, template=template).count()


# ------------------------------------------------------------- a time of its own
def test_where_an_area_has_a_time_binding_and_mandate_end_at_the_same_moment(yearly):
    binding = yearly.binding()
    assert binding.expires_at == runs_out(since=binding.since, months=12, days=None)
    assert Mandate.objects.get().valid_until == binding.expires_at


@pytest.mark.django_db
def test_without_such_a_rule_it_is_open_ended():
    case = in_force()
    assert case.binding().expires_at is None
    assert Mandate.objects.get().valid_until is None


@pytest.mark.django_db
def test_a_wallet_has_no_time(rules):
    rules(validity_months="12")
    case = in_force(kind=Kind.WALLET, relative=make_citizen("王小芳", area="970100"))
    assert case.binding().expires_at is None


def test_both_are_reminded_thirty_days_before_and_once(yearly, time_machine):
    end = yearly.binding().expires_at
    go_to(time_machine, end - timedelta(days=31))
    tick()
    assert told(yearly.giver.person, "binding.expiring_giver") == 0
    for days in (29, 15, 1):
        go_to(time_machine, end - timedelta(days=days))
        tick()
    assert told(yearly.giver.person, "binding.expiring_giver") == 1
    assert told(yearly.relative.person, "binding.expiring_relative") == 1


def test_it_pays_to_the_last_second_and_not_a_second_longer(yearly, time_machine):
    binding = yearly.binding()
    assert '"mutual_aid":"10.00"' in pays(yearly).replace(" ", "")
    Mandate.objects.update(valid_until=timezone.now())
    assert '"cash":"10.00"' in pays(yearly).replace(" ", "")
    assert binding.until is None


def test_it_ends_by_itself_with_both_told(yearly, time_machine):
    end = yearly.binding().expires_at
    go_to(time_machine, end + timedelta(minutes=3))
    tick()
    binding = yearly.binding()
    assert (binding.until, binding.ended_by, binding.ended_why) == (end, Party.SYSTEM, "expired")
    assert binding.changes.last().what == BindingChange.What.EXPIRED
    assert told(yearly.giver.person, "binding.expired_giver") == 1
    assert told(yearly.relative.person, "binding.expired_relative") == 1
    tick()
    assert told(yearly.giver.person, "binding.expired_giver") == 1


def test_an_end_of_ones_own_is_not_followed_by_another(yearly, time_machine):
    services.end_binding(binding=yearly.binding(), actor=yearly.giver)
    go_to(time_machine, yearly.binding().expires_at + timedelta(minutes=3))
    tick()
    assert yearly.binding().ended_why == "unbound"


def test_an_end_taken_back_keeps_its_time(yearly):
    end = yearly.binding().expires_at
    services.end_binding(binding=yearly.binding(), actor=yearly.giver)
    services.undo_end(binding=yearly.binding(), actor=yearly.giver)
    assert yearly.binding().expires_at == Mandate.objects.get().valid_until == end


# ------------------------------------------------------------- renewal
def nearly_over(case, time_machine):
    go_to(time_machine, case.binding().expires_at - timedelta(days=20))


def test_a_renewal_brings_answers_and_documents_along(yearly, time_machine):
    Binding.objects.update(monthly_cap=300_00)
    nearly_over(yearly, time_machine)
    draft = services.renew(binding=yearly.binding(), actor=yearly.giver)
    assert (draft.state, draft.renews_id) == (State.DRAFT, yearly.binding().pk)
    assert (draft.relation, draft.monthly_cap, draft.beneficiary) == (
        "spouse",
        300_00,
        yearly.relative.person,
    )
    assert services.missing_documents(draft) == []
    assert draft.proofs.count() == yearly.application.proofs.current().count()
    assert services.renew(binding=yearly.binding(), actor=yearly.giver) == draft


def _renewed(case) -> Case:
    draft = services.renew(binding=case.binding(), actor=case.giver)
    again = Case(giver=case.giver, relative=case.relative, reviewer=case.reviewer, second=case.second)
    again.application = draft
    again.submit().after_undo_time().agree()
    if again.now().state != State.APPROVED:
        again.approve()
    return again


def test_a_renewed_binding_is_the_same_one_for_another_year(yearly, time_machine):
    pays(yearly)
    before = yearly.binding()
    nearly_over(yearly, time_machine)
    again = _renewed(yearly)
    after = Binding.objects.get()
    assert (after.pk, after.until) == (before.pk, None)
    assert after.expires_at == runs_out(since=before.expires_at, months=12, days=None)
    assert Mandate.objects.get().valid_until == after.expires_at
    assert after.changes.last().what == BindingChange.What.RENEWED
    assert again.now().state == State.APPROVED
    assert Message.objects.filter(template="binding.renewed_giver", person=yearly.giver.person).count() == 1


def test_a_renewal_that_was_changed_to_another_relative_is_a_first_one(yearly, time_machine):
    nearly_over(yearly, time_machine)
    end = yearly.binding().expires_at
    draft = services.renew(binding=yearly.binding(), actor=yearly.giver)
    other = make_citizen("王小花")
    services.save_relative(
        application=draft, actor=yearly.giver, name="王小花", id_type="01",
        id_number=other.person.id_number,
    )  # fmt: skip
    again = Case(giver=yearly.giver, relative=other, reviewer=yearly.reviewer, application=draft)
    again.submit().after_undo_time().agree()
    if again.now().state != State.APPROVED:
        again.approve()
    assert yearly.binding().expires_at == end
    assert Binding.objects.active().count() == 2


def test_a_renewal_takes_no_second_place(yearly, time_machine, rules):
    nearly_over(yearly, time_machine)
    rules(validity_months="12", max_beneficiaries="1", max_authorizers="1")
    _renewed(yearly)
    assert Binding.objects.active().count() == 1


def test_a_renewal_that_comes_too_late_opens_a_new_binding(yearly, time_machine):
    end = yearly.binding().expires_at
    nearly_over(yearly, time_machine)
    draft = services.renew(binding=yearly.binding(), actor=yearly.giver)
    again = Case(giver=yearly.giver, relative=yearly.relative, reviewer=yearly.reviewer, application=draft)
    again.submit().after_undo_time().agree()
    go_to(time_machine, end + timedelta(minutes=11))
    tick()
    again.approve()
    assert Binding.objects.count() == 2
    assert Binding.objects.active().get().application == again.application


def test_a_retracted_renewal_ends_when_it_would_have(yearly, time_machine):
    end = yearly.binding().expires_at
    nearly_over(yearly, time_machine)
    again = _renewed(yearly)
    services.retract(application=again.now(), actor=yearly.reviewer)
    assert yearly.binding().expires_at == Mandate.objects.get().valid_until == end
    assert not Message.objects.filter(template__startswith="binding.renewed").exists()


def test_too_early_is_said_with_the_day(yearly):
    with pytest.raises(Refused, match="too_early") as refused:
        services.renew(binding=yearly.binding(), actor=yearly.giver)
    assert "可以用到" in refused.value.message


@pytest.mark.django_db
def test_what_has_no_end_needs_no_renewal():
    case = in_force()
    with pytest.raises(Refused, match="nothing_to_renew"):
        services.renew(binding=case.binding(), actor=case.giver)


def test_only_the_giver_renews(yearly, time_machine):
    nearly_over(yearly, time_machine)
    with pytest.raises(PermissionDenied):
        services.renew(binding=yearly.binding(), actor=yearly.relative)


def test_one_tap_leads_to_the_summary(yearly, time_machine, client):
    nearly_over(yearly, time_machine)
    login_citizen(client, yearly.giver)
    assert "快到期了" in client.get("/bindings/").text
    page = client.get(f"/bindings/{yearly.binding().pk}/").text
    assert "有效期" in page
    renewal = f"/bindings/{yearly.binding().pk}/renew/"
    assert renewal in page
    answer = client.post(renewal)
    assert answer.url.endswith("/check/")
    assert "新的一期从这一期到期那天接着算" in client.get(answer.url).text
    login_citizen(client, yearly.relative)
    assert renewal not in client.get(f"/bindings/{yearly.binding().pk}/").text


# ------------------------------------------------------------- the lock
@pytest.mark.django_db
def test_the_lock_is_said_before_binding_and_after_it(rules, client):
    rules(unbind_lock_days="90", validity_months="12")
    giver = make_citizen("李明")
    login_citizen(client, giver)
    words = "开通满 90 天后才能解除;在那以前可以随时“暂停”"
    assert words in client.get("/bindings/new/?kind=mutual_aid").text
    draft = Case(giver=giver).begin().application
    assert words in client.get(f"/bindings/new/{draft.number}/check/").text
    case = in_force(giver=giver, relative=make_citizen("王小花"))
    page = client.get(f"/bindings/{case.binding().pk}/").text
    assert "什么时候能解除" in page
    assert f"/bindings/{case.binding().pk}/end/" not in page


@pytest.mark.django_db
def test_a_locked_end_offers_the_pause_and_the_relative_may_leave(rules, client):
    rules(unbind_lock_days="90")
    case = in_force()
    login_citizen(client, case.giver)
    page = client.get(f"/bindings/{case.binding().pk}/end/").text
    assert "以后才能解除" in page
    assert "先暂停" in page
    assert "确认解除" not in page
    with pytest.raises(Refused, match="unbind_locked"):
        services.end_binding(binding=case.binding(), actor=case.giver)
    assert services.end_binding(binding=case.binding(), actor=case.relative).ended_by == Party.BENEFICIARY


# ------------------------------------------------------------- once more
def ended_by_giver(case):
    services.end_binding(binding=case.binding(), actor=case.giver)


def ended_by_relative(case):
    services.end_binding(binding=case.binding(), actor=case.relative)


def ended_by_time(case):
    Binding.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    life.expire(binding=case.binding().pk)


def ended_by_registry(case):
    life.end_by_system(binding=case.binding(), why="insurance_ended:beneficiary")


@pytest.mark.django_db
@pytest.mark.parametrize("end", [ended_by_giver, ended_by_relative, ended_by_time, ended_by_registry])
def test_after_any_end_the_two_bind_again_and_the_old_history_stays(end):
    case = in_force()
    end(case)
    old = case.binding()
    history = [change.what for change in services.history_of(old)]
    again = in_force(giver=case.giver, relative=case.relative)
    assert again.binding().pk != old.pk
    assert Binding.objects.active().get() == again.binding()
    assert [change.what for change in services.history_of(old)] == history
    assert Binding.objects.visible_to(case.giver).count() == 2


@pytest.mark.django_db
def test_after_a_no_the_two_may_try_again():
    case = in_state(State.DECLINED)
    again = in_force(giver=case.giver, relative=case.relative)
    assert Binding.objects.active().get() == again.binding()


@pytest.mark.django_db
def test_a_system_end_is_nobodys_to_take_back():
    case = in_force()
    ended_by_registry(case)
    with pytest.raises(Refused, match="too_late"):
        services.undo_end(binding=case.binding(), actor=case.giver)


@pytest.mark.django_db
def test_a_system_end_twice_is_one():
    case = in_force()
    ended_by_registry(case)
    first = case.binding().until
    ended_by_registry(case)
    assert case.binding().until == first
    assert case.binding().changes.filter(what=BindingChange.What.STOPPED).count() == 1


# ------------------------------------------------------------- every kind
def _pairwise():
    return in_force()


def _wallet():
    return in_force(kind=Kind.WALLET, relative=make_citizen("王小芳", area="970100"))


def _view():
    looked_at, viewer = make_citizen("王芳"), make_citizen("李明")
    opened_for = looked_after(looked_at, viewer).application
    return Case(giver=looked_at, relative=viewer, kind=Kind.VIEW, application=opened_for)


def _pool():
    return opened(family(POOLED))


def _group():
    return opened(family(GROUPED), authorized=500_00)


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["giver", "relative"])
@pytest.mark.parametrize("make", [_pairwise, _wallet, _view, _pool, _group])
def test_every_kind_is_ended_by_either_side_and_taken_back_whole(make, who):
    case = make()
    before = case.binding()
    mandate = Mandate.objects.get(binding_id=before.pk)
    actor = getattr(case, who)
    services.end_binding(binding=before, actor=actor)
    assert not Mandate.objects.live(timezone.now()).filter(pk=mandate.pk).exists()
    services.undo_end(binding=case.binding(), actor=actor)
    after, revived = case.binding(), Mandate.objects.get(pk=mandate.pk)
    assert (after.until, after.expires_at) == (None, before.expires_at)
    assert (revived.valid_until, revived.rank, revived.authorized) == (
        mandate.valid_until, mandate.rank, mandate.authorized,
    )  # fmt: skip
    assert Mandate.objects.live(timezone.now()).filter(pk=mandate.pk).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("make", [_pairwise, _wallet, _view, _pool, _group])
def test_every_kind_can_be_ended_by_the_system(make):
    case = make()
    life.end_by_system(binding=case.binding(), why="deceased:authorizer")
    assert not Mandate.objects.live(timezone.now()).filter(binding_id=case.binding().pk).exists()


@pytest.mark.django_db
def test_a_place_in_a_household_pool_has_its_time_in_the_binding_alone(time_machine):
    """In the ledger an end means that somebody has left: a time still ahead would take them out at once."""
    case = _pool()
    Binding.objects.update(expires_at=timezone.now() + timedelta(days=3))
    services.end_binding(binding=case.binding(), actor=case.giver)
    services.undo_end(binding=case.binding(), actor=case.giver)
    assert ledger.pool_of(case.relative.person) is not None
    go_to(time_machine, timezone.now() + timedelta(days=3, minutes=1))
    tick()
    assert ledger.pool_of(case.relative.person) is None


@pytest.mark.django_db
def test_who_may_order_their_givers_is_led_there_from_the_list(client):
    relative = opened(family(GROUPED), authorized=500_00).relative
    login_citizen(client, relative)
    assert "/ledger/order/" not in client.get("/bindings/").text
    sister = make_citizen("苏兰", area=GROUPED)
    first = Binding.objects.get()
    Binding.objects.create(
        kind=first.kind, relation="sibling", authorizer=sister.person, beneficiary=relative.person,
        application=first.application, area=GROUPED, since=timezone.now(),
    )  # fmt: skip
    assert "/ledger/order/" in client.get("/bindings/").text
