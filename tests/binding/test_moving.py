"""Somebody moves: within the province all follows, across provinces it ends; nothing that was is lost."""

from datetime import date

import pytest

from accounts.models import EnrollmentStatus, Message
from binding.models import BindingChange, Doubt, Kind
from binding.services.revalidation import find_doubts, settle_doubts
from gongji.models import AuditRow
from ledger import services as ledger
from ledger.models import LedgerAccount, Mandate
from tests.binding.browse import text
from tests.binding.cases import Case, in_force
from tests.factories import insure, login_citizen, make_account, make_citizen, make_provider, settlement

pytestmark = pytest.mark.django_db


def moves(person, area, **changes):
    """The registry says so; the night looks."""
    person.enrollments.all().delete()
    insure(person, area, valid_from=date(2026, 11, 18), **changes)
    find_doubts()
    return settle_doubts()


@pytest.fixture
def case():
    case = in_force()
    make_account(case.giver.person, 3000_00)
    ledger.settle(settlement=settlement(make_provider(), case.relative.person, 36_50))
    return case


def account_of(user) -> LedgerAccount:
    return LedgerAccount.objects.get(owner=user.person, kind="personal")


# ------------------------------------------------------------- within the province
def test_a_giver_who_moves_within_the_province_takes_account_and_bindings_along(case):
    settled = moves(case.giver.person, "990200")
    assert (settled.moved, settled.ended) == (1, 0)
    assert account_of(case.giver).area == "990200"
    assert case.binding().area == "990200"
    assert case.binding().until is None


def test_the_change_stands_in_history_and_audit(case):
    moves(case.giver.person, "990200")
    change = case.binding().changes.get(what=BindingChange.What.MOVED)
    assert (change.before, change.after, change.party) == (990100, 990200, "system")
    assert AuditRow.objects.filter(action="account.rehomed", area="990200").count() == 1
    assert AuditRow.objects.filter(action="binding.moved", area="990200").count() == 1


def test_from_then_on_the_new_area_decides(case):
    """青屿市 keeps an amount with the giver; 虹川市 does not."""
    before = ledger.available_to(case.relative.person)[0].usable
    moves(case.giver.person, "990200")
    after = ledger.available_to(case.relative.person)[0]
    assert (after.area, before - after.usable) == ("990200", 100_00)


def test_balance_history_and_what_was_used_this_month_stay(case, client):
    moves(case.giver.person, "990200")
    login_citizen(client, case.giver)
    assert "2963.50" in client.get("/ledger/").text
    assert "36.50" in client.get(f"/ledger/history/?member={case.relative.person_id}").text
    page = client.get(f"/bindings/{case.binding().pk}/").text
    assert "36.50" in page
    assert "虹川市 → 青屿市" in page
    assert ledger.verify(jobs=1).finding is None


def test_the_giver_is_told_once(case):
    for _night in range(2):
        moves(case.giver.person, "990200")
    told = Message.objects.get(template="binding.moved_giver")
    assert "青屿市" in told.body
    assert not Doubt.objects.exists()


def test_there_and_back_again(case):
    moves(case.giver.person, "990200")
    moves(case.giver.person, "990100")
    assert (case.binding().area, account_of(case.giver).area) == ("990100", "990100")
    assert Message.objects.filter(template="binding.moved_giver").count() == 2


def test_a_relative_who_moves_within_the_province_changes_nothing(case):
    assert moves(case.relative.person, "990200").looked_at == 0


def test_an_account_without_any_binding_follows_too():
    alone = make_citizen("赵六")
    make_account(alone.person, 5_00)
    moves(alone.person, "990200")
    assert account_of(alone).area == "990200"


def test_a_suspended_account_follows_and_one_whose_insurance_ended_does_not(case):
    moves(case.giver.person, "990200", status=EnrollmentStatus.ENDED)
    assert account_of(case.giver).area == "990100"
    other = make_citizen("赵六")
    make_account(other.person, 5_00)
    moves(other.person, "990200", status=EnrollmentStatus.SUSPENDED)
    assert account_of(other).area == "990200"


def test_the_wallets_one_fills_follow_the_giver():
    case = in_force(kind=Kind.WALLET, relative=make_citizen("王小芳", area="970100"))
    make_account(case.giver.person, 10_00)
    moves(case.giver.person, "990200")
    assert Mandate.objects.get().account.area == "990200"
    assert case.binding().until is None


def test_whoever_moves_to_where_families_share_by_pools_opens_one_anew(case):
    moves(case.giver.person, "990300")
    assert case.binding().ended_why == "insurance_moved:authorizer"
    body = Message.objects.get(template="binding.stopped_giver").body
    assert body.endswith("要继续,请按新地方的办法重新开通。")
    assert account_of(case.giver).area == "990300"


# ------------------------------------------------------------- to another province
def test_out_of_the_province_it_ends_and_the_wallet_is_named(case):
    moves(case.giver.person, "970100")
    assert case.binding().until is not None
    body = Message.objects.get(template="binding.stopped_giver").body
    assert body == "您的医保关系 11月18日转到外地,按规定共济自动停止。要继续,请用“医保钱包”。"


def test_the_money_stays_in_the_books_of_the_province_it_was_paid_in(case, client):
    moves(case.giver.person, "970100")
    assert account_of(case.giver).area == "990100"
    login_citizen(client, case.giver)
    assert "2963.50" in client.get("/ledger/").text
    assert "36.50" in client.get(f"/ledger/history/?member={case.relative.person_id}").text


def test_the_ended_binding_says_why_on_its_page(case, client):
    moves(case.giver.person, "970100")
    for user in (case.giver, case.relative):
        login_citizen(client, user)
        page = client.get(f"/bindings/{case.binding().pk}/").text
        assert "按规定共济自动停止" in page
        assert "医保钱包" in page
        assert ("?kind=wallet" in page) == (user == case.giver)


def test_whoever_is_left_is_led_to_the_window_and_not_to_bind_again(case, client):
    moves(case.relative.person, "990100", status=EnrollmentStatus.DECEASED)
    login_citizen(client, case.giver)
    page = text(client.get(f"/bindings/{case.binding().pk}/"))
    assert "当面核实" in page
    assert "重新开通" not in page


# ------------------------------------------------------------- said before anybody moves
def test_another_city_of_the_province_is_said_to_be_no_obstacle(client):
    draft = Case(relative=make_citizen("王小芳", area="990200")).begin()
    login_citizen(client, draft.giver)
    page = text(client.get(f"/bindings/new/{draft.application.number}/check/"))
    assert "家人在青屿市参保,您在虹川市参保。本省已经可以跨市共用,请继续。" in page


def test_in_one_city_nothing_is_said_of_cities(client):
    draft = Case().begin()
    login_citizen(client, draft.giver)
    assert "跨市" not in text(client.get(f"/bindings/new/{draft.application.number}/check/"))


def test_who_has_no_personal_account_in_the_employee_scheme_reads_their_own_no(client):
    giver = make_citizen("李明")
    giver.person.enrollments.update(personal_account=False)
    login_citizen(client, giver)
    page = text(client.get("/bindings/new/?kind=mutual_aid"))
    assert "您没有个人账户,不能给家人用" in page
    assert "单建统筹,没有个人账户。这不是余额用完了。" in page
    assert "看病报销照常" in page
