"""余额 and 明细: one number first, why a part of it is 0, months that add up, and only one's own."""

import re
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from binding.models import Binding
from binding.rules import State
from ledger import services, statements
from ledger.models import Entry, LedgerAccount, Mandate, Transaction
from ledger.statements import Month
from tests.binding.cases import in_state
from tests.factories import (
    insure,
    login_citizen,
    login_staff,
    make_account,
    make_holder,
    make_login,
    make_mandate,
    make_person,
    make_provider,
    settlement,
)
from tests.roles import as_owner

pytestmark = pytest.mark.django_db

HISTORY = "/ledger/history/"
PAGES = [
    "/ledger/", "/ledger/pay/", HISTORY, f"{HISTORY}?show=used", f"{HISTORY}?kind=settlement",
    "/ledger/statements/2026-01.csv", "/ledger/statements/2026-01/",
]  # fmt: skip


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.content.decode()))


@pytest.fixture
def family(client):
    """李明 gives to his mother 赵梅 (居民医保); she has used 30 元 today."""
    giver, mother = make_holder("李明", 100_00), make_person("赵梅")
    insure(mother, scheme="390")
    mandate = make_mandate(giver, mother)
    pharmacy = make_provider("康民药房")
    services.settle(settlement=settlement(pharmacy, mother, 30_00, category="drug"))
    return giver, mother, mandate, pharmacy


def this_month() -> str:
    return f"{timezone.localdate():%Y-%m}"


# ------------------------------------------------------------- balance: M4
def test_the_first_number_is_what_can_be_used_and_three_buttons_follow(client, family):
    login_citizen(client, family[1])
    html = client.get("/ledger/?elder=1").content.decode()
    assert re.search(r'money-amount">([\d.]+)', html)[1] == "70.00"
    buttons = re.findall(r'class="btn btn-(?:primary|secondary)" href="[^"]+">([^<]+)<', html)
    assert buttons == ["看看花了多少", "怎么用", "打电话"]
    assert "您参加的是居民医保,没有个人账户" in html and "李*" in html


def test_an_own_zero_does_not_matter(client):
    giver, wife = make_holder("李明", 963_50), make_holder("王芳", 0)
    make_mandate(giver, wife)
    login_citizen(client, wife)
    assert "您自己的账户是 0 元,这不影响。还可以用李*的:963.50 元。" in text(client.get("/ledger/"))


def test_an_empty_giver_is_told_with_the_day_money_comes(client):
    giver, wife = make_holder("李明", 0), make_holder("王芳", 0)
    make_mandate(giver, wife)
    login_citizen(client, wife)
    page = text(client.get("/ledger/"))
    assert "李*的个人账户没有可以共用的余额。一般每月 15 日前划入,到账后自动可用,不用重新办。" in page


def test_a_used_up_cap_says_amount_and_when_it_comes_back(client, family):
    Mandate.objects.update(monthly_cap=30_00)
    login_citizen(client, family[1])
    following = Month.parse("", timezone.localdate()).next.first
    page = text(client.get("/ledger/"))
    assert f"的额度 30.00 元已用完,{following.month}月1日恢复。" in page


def test_a_paused_giver_is_said_kindly(client, family):
    services.pause_mandate(binding_id=family[2].binding_id)
    login_citizen(client, family[1])
    assert "家人先暂停了。想用的话,请和家人说一声。" in text(client.get("/ledger/"))


def test_an_account_that_is_not_there_yet_is_not_called_zero(client):
    person = make_person("王芳")
    insure(person)
    login_citizen(client, person)
    assert "暂时查不到您自己的余额(不是 0)。" in text(client.get("/ledger/"))


def test_nobody_gives_yet(client):
    login_citizen(client, make_holder("王芳", 5_00))
    assert "现在没有家人给您开通。" in text(client.get("/ledger/"))


def test_at_the_counter_one_shows_ones_own_code(client):
    login_citizen(client, make_holder("王芳"))
    assert "出示您自己的医保码" in text(client.get("/ledger/pay/"))


# ------------------------------------------------------------- history
def test_the_month_of_the_account_adds_up_on_the_page(client, family):
    login_citizen(client, family[0])
    page = text(client.get("/ledger/history/"))
    assert "0.00 + 100.00 - 30.00 = 70.00,和账上一致。" in page
    assert "赵* 30.00 元" in page and "赵* 买药" in page and "康民药房" not in page


def test_one_relative_can_be_picked(client, family):
    giver, mother, _, pharmacy = family
    services.settle(settlement=settlement(pharmacy, giver, 5_00))
    login_citizen(client, giver)
    page = client.get(f"/ledger/history/?member={mother.pk}").content.decode()
    assert page.count("<li id=") == 1
    assert "没有收支" in text(client.get(f"/ledger/history/?member={uuid4()}"))


@pytest.fixture
def mixed(family):
    """A month with one of each kind for 李明: a credit, a use, a refund, a transfer, a premium."""
    giver, mother, _, pharmacy = family
    account = statements.account_of(giver)
    services.reverse(
        provider=pharmacy, original=mother_use(mother), serial="R1", amount=10_00, reason="退药",
        occurred_at=timezone.now(),
    )  # fmt: skip
    transit = services.clearing_account(kind="transit", area="990100")
    premium = services.clearing_account(kind="premium", area="990100")
    services.move(kind="wallet_send", serial="w1", person=giver, source=account, target=transit, amount=5_00)
    services.move(
        kind="premium", serial="p1", person=mother, source=account, target=premium, amount=7_00,
        category="premium_resident",
    )  # fmt: skip
    return family


KINDS = {
    "settlement": "-30.00",
    "reversal": "+10.00",
    "credit": "+100.00",
    "transfer": "-5.00",
    "premium": "-7.00",
}


@pytest.mark.parametrize(("kind", "amount"), KINDS.items())
def test_the_history_can_be_narrowed_by_kind(client, mixed, kind, amount):
    login_citizen(client, mixed[0])
    page = client.get(f"/ledger/history/?kind={kind}").content.decode()
    assert re.findall(r'entry-sum"><strong>([^<]+)<', page) == [amount]
    assert f'kind={kind}" aria-current="true"' in page


@pytest.mark.parametrize(
    ("kind", "count"), {"settlement": 1, "reversal": 1, "premium": 1, "credit": 3}.items()
)
def test_the_patients_history_can_be_narrowed_by_kind(client, mixed, kind, count):
    login_citizen(client, mixed[1])
    page = client.get(f"/ledger/history/?kind={kind}").content.decode()
    assert page.count('<article class="person-card"') == count


def test_kind_and_member_narrow_together_and_a_made_up_kind_is_no_filter(client, mixed):
    giver, mother, _, _ = mixed
    login_citizen(client, giver)
    both = client.get(f"/ledger/history/?kind=reversal&member={mother.pk}").content.decode()
    assert re.findall(r'entry-sum"><strong>([^<]+)<', both) == ["+10.00"]
    assert client.get("/ledger/history/?kind=nonsense").content.decode().count("<li id=") == 5


def test_every_kind_of_transaction_has_a_word_to_find_it_by():
    words = [kind for _label, kinds in statements.KINDS.values() for kind in kinds]
    assert sorted(words) == sorted(Transaction.Kind)


def test_who_used_it_is_a_picture_and_the_same_table(client, mixed):
    login_citizen(client, mixed[0])
    page = client.get(HISTORY).content.decode()
    picture = re.search(r'<svg class="member-chart".*?</svg>', page, re.DOTALL)[0]
    assert 'role="img"' in picture and "27.00" in picture and "赵*" in picture
    assert re.search(r'<th scope="row">赵\*</th><td class="num">27.00</td>', page)


def test_the_month_leads_to_its_statement_in_every_form(client, family):
    login_citizen(client, family[0])
    page = client.get(HISTORY).content.decode()
    for code in (this_month(), this_month()[:4]):
        assert f'href="/ledger/statements/{code}/?show=account"' in page
        for form in ("pdf", "xlsx", "csv"):
            assert f'href="/ledger/statements/{code}.{form}?show=account"' in page


def test_the_patient_sees_everything_of_their_own(client, family):
    login_citizen(client, family[1])
    page = text(client.get("/ledger/history/"))
    assert "一共 30.00 元" in page and "自己账户 0.00 + 家人共济 30.00 + 现金 0.00 = 30.00 元" in page
    assert "康民药房" in page and "药品" in page and "李*出 30.00 元" in page


@pytest.mark.parametrize("query", ["", "?show=used"])
def test_a_year_without_spending_is_a_sentence_and_no_empty_picture(client, query):
    login_citizen(client, make_holder("王芳", 5_00))
    page = client.get(HISTORY + query)
    assert "这 12 个月没有支出。" in text(page) and "year-chart" not in page.content.decode()


def test_a_month_without_use_tells_of_the_last_one(client, family):
    login_citizen(client, family[1])
    page = text(client.get("/ledger/history/?month=2020-03"))
    assert "3月还没有用过。上次使用是" in page
    login_citizen(client, make_holder("王芳"))
    assert "还没有用过。看病买药时出示您自己的医保码。" in text(client.get("/ledger/history/?show=used"))


def test_a_reversal_leads_to_its_original(client, family):
    giver, mother, _, pharmacy = family
    original = mother_use(mother)
    services.reverse(
        provider=pharmacy,
        original=original,
        serial="R1",
        amount=10_00,
        reason="退药",
        occurred_at=timezone.now(),
    )
    for person in (giver, mother):
        login_citizen(client, person)
        page = client.get("/ledger/history/").content.decode()
        assert f'#t-{original}"' in page and f'id="t-{original}"' in page
        assert "这一笔后来退过费" in page


def mother_use(mother):
    return Entry.objects.filter(mandate__beneficiary=mother).first().transaction_id


def test_older_lines_follow_page_by_page_with_the_filter_kept(client):
    person = make_holder("李明")
    account = make_account(person)
    fund = services.clearing_account(kind=LedgerAccount.Kind.FUND, area="990100")
    now = timezone.now()
    services.credit([services.Credit(account, fund, "contribution", f"c{n}", 1_00, now) for n in range(120)])
    login_citizen(client, person)
    address, seen = "/ledger/history/", []
    for _ in range(3):
        page = client.get(address).content.decode()
        seen += re.findall(r"余额 ([\d.]+)", page)
        older = re.search(r'href="(\?[^"]*below=[^"]+)"', page)
        address = "/ledger/history/" + older[1].replace("&amp;", "&") if older else ""
    assert address == "" and seen == [f"{n}.00" for n in range(120, 0, -1)]


def test_the_sheet_is_a_download_for_spreadsheets(client, family):
    login_citizen(client, family[0])
    sheet = client.get(f"/ledger/statements/{this_month()}.csv")
    assert sheet["Content-Type"] == "text/csv; charset=utf-8" and sheet.content.startswith(b"\xef\xbb\xbf")
    assert sheet["Content-Disposition"] == f'attachment; filename="gongji-{this_month()}.csv"'
    assert "期末余额,70.00" in sheet.content.decode()


@pytest.mark.parametrize("code", ["2026-13", "2099-01", "1999-12", "２０２６-01", "0000-00"])
def test_a_month_that_is_none_has_no_sheet(client, code):
    login_citizen(client, make_holder())
    assert client.get(f"/ledger/statements/{code}.csv").status_code == 404


# ------------------------------------------------------------- who, and how many queries
@pytest.mark.parametrize(("address", "most"), zip(PAGES, [10, 5, 11, 11, 11, 8, 9], strict=True))
@pytest.mark.parametrize("uses", [1, 40])
def test_pages_cost_the_same_however_much_was_used(
    client, family, django_assert_max_num_queries, address, most, uses
):
    giver, mother, _, pharmacy = family
    for _ in range(uses):
        services.settle(settlement=settlement(pharmacy, mother, 1_00))
    wife = make_holder("王芳", 50_00)
    make_mandate(wife, giver)
    login_citizen(client, giver)
    address = address.replace("2026-01", this_month())
    with django_assert_max_num_queries(most):
        assert client.get(address).status_code == 200


def test_nothing_of_others_is_ever_shown(client, family):
    login_citizen(client, make_holder("赵敏", 7_77))
    theirs = f"?member={family[1].pk}&below=99999&month={this_month()}"
    for page in ("/ledger/", f"/ledger/history/{theirs}", f"/ledger/history/{theirs}&show=used"):
        seen = text(client.get(page))
        assert "赵*梅" not in seen and "30.00" not in seen and "康民药房" not in seen


def test_only_a_verified_citizen_gets_in(client, family):
    for page in PAGES:
        answer = client.get(page)
        assert answer.status_code == 302 and "next=" in answer.url
    login_citizen(client, make_login())
    assert all(client.get(page).url.startswith(reverse("accounts:verify")) for page in PAGES)
    login_staff(client)
    assert {client.get(page).status_code for page in PAGES} == {403}


def test_there_is_nothing_to_post(client, family):
    login_citizen(client, family[0])
    assert {client.post(page).status_code for page in PAGES} == {405}


KEYS = ["month", "member", "kind", "below", "show", "elder"]
NASTY = [
    *(
        "\x00",
        "9" * 30,
        "2026-11",
        "２０２６-１１",
        "0000-00",
        "-1",
        "used",
        "😀" * 50,
        "~",
        "18446744073709551616",
    ),
    *(f"{moment}~{uuid4()}" for moment in ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59")),
]


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(st.sampled_from(KEYS), st.sampled_from(NASTY) | st.text(max_size=40)))
def test_no_address_breaks_a_page(client, family, query):
    for person in family[:2]:
        login_citizen(client, person)
        for page in ("/ledger/", "/ledger/history/"):
            assert client.get(page, query).status_code == 200


# ------------------------------------------------------------- the whole story on the pages
def test_what_the_giver_caps_and_pauses_is_what_the_relative_reads(client):
    case = in_state(State.APPROVED)
    make_account(case.giver.person, 50_00)
    began = datetime(2026, 1, 1, tzinfo=UTC)
    Binding.objects.update(since=began)
    with as_owner():
        Mandate.objects.update(valid_from=began)
    login_citizen(client, case.giver)
    key = case.binding().pk
    changed = client.post(reverse("binding:set_cap", args=[key]), {"limit": "monthly", "amount": "20"})
    assert changed.status_code == 302
    login_citizen(client, case.relative)
    assert "这个月的额度还剩 20.00 元。" in text(client.get("/ledger/"))
    services.settle(settlement=settlement(make_provider(), case.relative.person, 35_00))
    assert "的额度 20.00 元已用完" in text(client.get("/ledger/"))
    login_citizen(client, case.giver)
    assert "本月用了 20.00 元" in text(client.get(reverse("binding:detail", args=[key])))
    month = statements.account_month(
        statements.account_of(case.giver.person), Month.parse("", timezone.localdate())
    )
    assert (month.family_use, month.closing, month.adds_up) == (20_00, 30_00, True)
