"""代缴: once per person, kind and year, whoever pays; taken back in time by the payer, later by staff."""

import dataclasses
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import Message
from gongji import policy
from gongji.errors import Refused
from gongji.models import AuditRow
from gongji.policy import Category
from ledger import services
from ledger.models import LedgerAccount, Premium, Transaction
from ledger.statements import Month, use_lines
from tests.factories import (
    insure,
    login_citizen,
    login_staff,
    make_holder,
    make_login,
    make_mandate,
    make_person,
    make_staff,
)
from tests.ledger.test_pages_ledger import text
from tests.ledger.test_pool import refused

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate
RESIDENT = "premium_resident"


class Household:
    """李明 gives to his mother 赵梅, who has 居民医保; 李红 gives to her, too."""

    def __init__(self, balance: int = 1_000_00) -> None:
        self.mother = make_person("赵梅")
        insure(self.mother, scheme="390")
        self.son, self.daughter = make_holder("李明", balance), make_holder("李红", balance)
        self.of_son = make_mandate(self.son, self.mother)
        make_mandate(self.daughter, self.mother)
        self.payer, self.other = make_login(self.son), make_login(self.daughter)

    def pay(self, actor=None, year=2027, insured=None):
        return services.pay_premium(
            actor=actor or self.payer, insured=insured or self.mother, category=RESIDENT, year=year
        )


def premium(year, fen, *, days=0):
    """A premium that is collected around today, or around another day."""
    day = timezone.localdate() + timedelta(days=days)
    month = timedelta(days=30)
    return policy.Premium(Category.PREMIUM_RESIDENT, year, fen, day - month, day + month)


@pytest.fixture(autouse=True)
def _in_season(monkeypatch):
    """Postings bear the database's time, so the season has to be now, whenever now is."""
    collect(monkeypatch, premium(2026, 400_00), premium(2027, 420_00))


def collect(monkeypatch, *premiums):
    real = policy.load

    def found(code):
        near = (code, f"{code[:4]}00", f"{code[:2]}0000")
        rules = next(real()[area] for area in near if area in real())
        return dataclasses.replace(rules, premiums=premiums)

    monkeypatch.setattr(policy, "for_area", found)


@pytest.fixture
def home(db):
    return Household()


def seen(person):
    return services.premiums_seen_by(person).get()


# ------------------------------------------------------------- paying
def test_a_premium_is_paid_from_ones_own_account_at_the_price_of_the_area(home):
    paid = home.pay()
    assert (paid.total, paid.category, paid.beneficiary) == (420_00, RESIDENT, home.mother)
    assert services.personal_balance(home.son) == 580_00
    premium_account = LedgerAccount.objects.get(kind="premium")
    assert (premium_account.area, premium_account.balance) == ("990100", None)
    assert services.verify().finding is None


def test_once_per_person_and_year_whoever_pays(home):
    home.pay()
    for actor in (home.payer, home.other):
        words = refused("already_paid", home.pay, actor)
        assert f"{TODAY():%Y年}{TODAY().month}月{TODAY().day}日" in words and "李" not in words
    home.pay(home.other, year=2026)
    assert Premium.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_payers_at_the_same_moment_pay_once(in_threads):
    home = Household()
    results = in_threads(*(lambda actor=actor: home.pay(actor) for actor in (home.payer, home.other)))
    assert sum(isinstance(result, Refused) for result in results) == 1
    assert Premium.objects.count() == 1


def test_the_relative_is_told_and_the_payer_has_a_message(home):
    home.pay()
    told = Message.objects.get(person=home.mother)
    assert "李*" in told.title and "420.00" in told.body and "不用再缴" in told.sms_text
    assert Message.objects.filter(person=home.son, template="ledger.premium_paid_payer").exists()


def test_nobody_pays_for_a_stranger(home):
    stranger = make_holder("孙强", 1_000_00)
    with pytest.raises(PermissionDenied):
        home.pay(make_login(stranger))


def test_what_the_area_keeps_back_is_not_used_for_relatives(db):
    giver, child = make_holder("林海", 2_300_00, area="990300"), make_person("林小溪")
    insure(child, "990300", scheme="390")
    make_mandate(giver, child, kind="pool")
    words = refused(
        "insufficient_balance", services.pay_premium, actor=make_login(giver), insured=child,
        category=RESIDENT, year=2027,
    )  # fmt: skip
    assert "2000.00" in words
    assert services.personal_balance(giver) == 2_300_00


def test_too_little_money_pays_nothing(db):
    home = Household(balance=419_99)
    assert "420.00" in refused("insufficient_balance", home.pay)
    assert not Premium.objects.exists()


def test_an_employee_needs_no_residents_premium(home):
    insure(home.mother, scheme="310")
    offers = services.offers_for(home.son, home.mother, today=TODAY())
    assert (offers.offers, offers.reason) == ([], "not_resident")
    refused("nothing_to_pay", home.pay)


def test_out_of_season_the_next_season_is_named(home, client, monkeypatch):
    collect(monkeypatch, premium(2027, 420_00, days=-90), premium(2028, 440_00, days=90))
    offers = services.offers_for(home.son, home.mother, today=TODAY())
    assert (offers.reason, offers.season.year) == ("no_season", 2028)
    login_citizen(client, home.payer)
    page = text(client.get(f"/ledger/premium/{home.of_son.binding_id}/"))
    assert "2028 年度的缴费期是" in page


def test_who_has_no_personal_account_cannot_pay(home):
    offers = services.offers_for(home.mother, home.mother, today=TODAY())
    assert offers.reason == "no_account"


# ------------------------------------------------------------- taking back
def test_the_payer_takes_it_back_and_it_can_be_paid_again(home):
    home.pay()
    services.refund_premium(premium=seen(home.son), actor=home.payer)
    assert services.personal_balance(home.son) == 1_000_00
    home.pay(home.other)
    assert services.personal_balance(home.daughter) == 580_00
    serials = set(Premium.objects.values_list("serial", flat=True))
    assert serials == {"premium_resident:2027", "premium_resident:2027:2"}
    assert (
        "退掉" in Message.objects.get(person=home.mother, template="ledger.premium_refunded_relative").title
    )


def test_taking_back_twice_gives_back_once(home):
    home.pay()
    services.refund_premium(premium=seen(home.son), actor=home.payer)
    refused("already_refunded", services.refund_premium, premium=seen(home.son), actor=home.payer)
    assert services.personal_balance(home.son) == 1_000_00


def test_it_can_be_taken_back_when_the_binding_ended_meanwhile(home):
    home.pay()
    services.end_mandate(binding_id=home.of_son.binding_id, at=timezone.now())
    services.refund_premium(premium=seen(home.son), actor=home.payer)
    assert services.personal_balance(home.son) == 1_000_00


def test_after_the_areas_days_only_staff_can(home):
    home.pay()
    with time_machine.travel(timezone.now() + timedelta(days=400)):
        refused("too_late", services.refund_premium, premium=seen(home.son), actor=home.payer)
        services.refund_by_staff(
            premium=seen(home.son), actor=make_staff(duties=("supervisor",)), reason="重复缴费"
        )
    assert services.personal_balance(home.son) == 1_000_00
    assert Transaction.objects.get(kind="reversal").reason == "重复缴费"


def test_the_insured_cannot_take_it_back(home):
    home.pay()
    with pytest.raises(PermissionDenied):
        services.refund_premium(premium=seen(home.mother), actor=make_login(home.mother))


@pytest.mark.parametrize(
    "staff",
    [{"duties": ("reviewer",)}, {"duties": ("supervisor",), "areas": ("530100",)}, {"duties": ("auditor",)}],
)
def test_other_staff_cannot_give_back(home, staff):
    home.pay()
    with pytest.raises(PermissionDenied):
        services.refund_by_staff(premium=seen(home.son), actor=make_staff(**staff), reason="重复")


def test_nobody_gives_back_in_their_own_case(home):
    home.pay()
    staff = make_staff(duties=("supervisor",), private_person=home.mother)
    with pytest.raises(PermissionDenied):
        services.refund_by_staff(premium=seen(home.son), actor=staff, reason="重复")


# ------------------------------------------------------------- in the statements
def test_the_insured_reads_who_paid(home):
    home.pay()
    (line,), _key = use_lines(home.mother, Month.parse("", timezone.localdate()))
    assert line.what == "居民医保缴费"
    assert [(payment.name, payment.paid) for payment in line.payers] == [("李*", 420_00)]


# ------------------------------------------------------------- pages
def test_from_the_list_to_the_receipt_and_back(client, home):
    login_citizen(client, home.payer)
    address = f"/ledger/premium/{home.of_son.binding_id}/"
    assert address in client.get("/ledger/premium/").content.decode()
    assert "2027 年度居民医保缴费,420.00 元" in text(client.get(address))
    assert client.post(address, {}).status_code == 422
    sure = client.post(address, {"premium": "premium_resident:2027"})
    assert "要缴 420.00 元,对吗?" in text(sure) and "7 天内,您可以自己退" in text(sure)
    assert not Premium.objects.exists()
    done = client.post(address, {"premium": "premium_resident:2027", "confirm": "1"}, follow=True)
    until = TODAY() + timedelta(days=7)
    assert "420.00 元缴好了" in text(done) and f"{until.month}月{until.day}日" in text(done)
    again = client.post(address, {"premium": "premium_resident:2027", "confirm": "1"})
    assert again.status_code == 422 and Premium.objects.count() == 1
    refund = f"{done.redirect_chain[-1][0]}refund/"
    assert "要退掉这一笔吗" in text(client.get(refund))
    assert "这一笔已经退了" in text(client.post(refund, follow=True))
    assert "这一笔已经退了" in text(client.post(refund, follow=True))
    assert "已退" in text(client.get("/ledger/premium/"))


def test_everything_paid_is_a_page_without_a_form(client, home):
    home.pay()
    home.pay(year=2026)
    login_citizen(client, home.other)
    mandate = services.relatives_of(home.daughter)[0]
    page = client.get(f"/ledger/premium/{mandate.binding_id}/")
    assert "该缴的都缴过了" in text(page) and f"{TODAY().month}月{TODAY().day}日" in text(page)
    assert "李*明" not in text(page)


def test_too_little_money_is_said_on_a_page(client, db):
    home = Household(balance=1_00)
    login_citizen(client, home.payer)
    values = {"premium": "premium_resident:2027", "confirm": "1"}
    page = client.post(f"/ledger/premium/{home.of_son.binding_id}/", values)
    assert page.status_code == 409 and "不够" in text(page)


def test_strangers_find_nothing(client, home):
    paid = home.pay()
    login_citizen(client, make_holder("孙强"))
    for address in (
        f"/ledger/premium/{home.of_son.binding_id}/",
        f"/ledger/premium/receipts/{paid.pk}/",
        f"/ledger/premium/receipts/{paid.pk}/refund/",
    ):
        assert client.get(address).status_code == 404


def test_the_insured_sees_the_receipt_and_cannot_take_it_back(client, home):
    paid = home.pay()
    login_citizen(client, home.mother)
    page = text(client.get(f"/ledger/premium/receipts/{paid.pk}/"))
    assert "李*" in page and "要退掉" not in page
    client.post(f"/ledger/premium/receipts/{paid.pk}/refund/")
    assert services.personal_balance(home.son) == 580_00


def test_the_list_asks_the_same_number_of_questions_for_any_number_of_rows(
    client, home, django_assert_max_num_queries
):
    for _ in range(5):
        child = make_person()
        insure(child, scheme="390")
        make_mandate(home.son, child)
    home.pay()
    home.pay(year=2026)
    login_citizen(client, home.payer)
    client.get("/ledger/premium/")
    with django_assert_max_num_queries(14):
        client.get("/ledger/premium/")


# ------------------------------------------------------------- staff
def test_a_supervisor_gives_back_with_a_reason_that_is_kept(client, home):
    paid = home.pay()
    login_staff(client, make_staff(duties=("supervisor",)))
    listed = client.get("/admin/ledger/premium/")
    assert "420.00" in listed.content.decode() and "赵梅" not in listed.content.decode()
    address = f"/admin/ledger/premium/{paid.pk}/"
    assert f"{address}refund/" in client.get(f"{address}change/").content.decode()
    assert client.post(f"{address}refund/", {"reason": ""}).status_code == 422
    assert client.post(f"{address}refund/", {"reason": "本人已经迁出"}).status_code == 302
    assert services.personal_balance(home.son) == 1_000_00
    assert AuditRow.objects.filter(action="premium.refunded").count() == 1
    assert AuditRow.objects.filter(action="person.viewed", object_id=str(home.mother.pk)).exists()


def test_an_auditor_looks_and_other_areas_see_nothing(client, home):
    paid = home.pay()
    login_staff(client, make_staff(duties=("auditor",)))
    page = client.get(f"/admin/ledger/premium/{paid.pk}/change/").content.decode()
    assert "refund/" not in page
    assert client.post(f"/admin/ledger/premium/{paid.pk}/refund/", {"reason": "x"}).status_code == 403
    login_staff(client, make_staff(duties=("supervisor",), areas=("530100",)))
    assert "420.00" not in client.get("/admin/ledger/premium/").content.decode()
    assert client.get(f"/admin/ledger/premium/{paid.pk}/refund/").status_code == 404


def test_a_receipts_number_finds_the_payment(client, home):
    paid = home.pay()
    login_staff(client, make_staff(duties=("supervisor",)))
    assert "420.00" in client.get("/admin/ledger/premium/", {"q": str(paid.pk)}).content.decode()
    assert "420.00" not in client.get("/admin/ledger/premium/", {"q": "赵梅"}).content.decode()
