"""亲情账户 in force: what the viewer sees, who sees nothing, and that its person sees who looked."""

import json
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Scheme
from binding import services
from binding.models import Binding, Kind
from gongji.models import AuditRow
from gongji.money import yuan
from ledger import services as ledger
from ledger.models import LedgerAccount, PayCode, Provider
from ledger.services import paycodes
from ledger.statements.account import PAGE
from tests.binding.browse import text
from tests.binding.cases import in_force
from tests.binding.views_of import looked_after
from tests.factories import (
    insure,
    login_citizen,
    login_staff,
    make_account,
    make_citizen,
    make_login,
    make_person,
    make_provider,
    settlement,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def mother():
    user = make_citizen("王芳")
    make_account(user.person, 963_50)
    return user


@pytest.fixture
def daughter():
    user = make_citizen("李小丽")
    make_account(user.person, 500_00)
    return user


@pytest.fixture
def binding(mother, daughter):
    return looked_after(mother, daughter)


def pages(binding) -> list[str]:
    return [reverse(f"binding:{name}", args=[binding.pk]) for name in ("view", "view_uses")]


def code_page(binding) -> str:
    return reverse("ledger:relatives_paycode", args=[binding.pk])


def buy(person, amount: int, **values):
    pharmacy = Provider.objects.filter(name="康民大药房").first() or make_provider("康民大药房")
    return ledger.settle(settlement=settlement(pharmacy, person, amount, **values))


def parts(reply) -> tuple[str, str, str]:
    body = json.loads(reply.body)
    return body["own"], body["mutual_aid"], body["cash"]


# ------------------------------------------------------------- what is seen
def test_the_viewer_sees_insurance_balance_use_and_the_way_to_the_pay_code(client, binding, mother, daughter):
    buy(mother.person, 20_00, category="drug")
    login_citizen(client, daughter)
    page = client.get(pages(binding)[0])
    words = text(page)
    assert "王*的医保" in words.replace("王芳", "王*") and "王芳" not in words
    assert "职工基本医疗保险" in words and "正常参保" in words
    assert "943.50" in words and "这个月用了 1 次,一共 20.00 元。" in words
    assert code_page(binding) in page.content.decode()
    assert "您每看一次,王*都看得到。" in words


def test_a_relative_without_an_account_is_not_shown_a_zero(client, daughter):
    person = make_person("王芳")
    insure(person, scheme=Scheme.RESIDENT)
    binding = looked_after(make_login(person), daughter)
    login_citizen(client, daughter)
    words = text(client.get(pages(binding)[0]))
    assert "王*没有个人账户,看病报销照常。" in words and "城乡居民基本医疗保险" in words


def test_by_default_date_amount_and_type_are_shown_and_never_the_place_or_the_category(
    client, binding, mother, daughter
):
    buy(mother.person, 20_00, category="drug")
    buy(mother.person, 30_00, category="outpatient_chronic")
    login_citizen(client, daughter)
    words = text(client.get(pages(binding)[1]))
    assert "买药" in words and "看病" in words and "20.00" in words and "30.00" in words
    assert "康民大药房" not in words and "慢特病" not in words
    assert "医院和药店的名字,王*没有给您看。" in words


def test_the_place_is_shown_once_the_person_allows_it_and_only_they_can(client, binding, mother, daughter):
    buy(mother.person, 20_00, category="drug")
    login_citizen(client, daughter)
    privacy = reverse("binding:privacy", args=[binding.pk])
    assert client.post(privacy, {"privacy": "2"}).status_code == 403
    login_citizen(client, mother)
    assert "代看的家人能看到什么?" in text(client.get(privacy))
    assert client.post(privacy, {"privacy": "2"}).status_code == 302
    login_citizen(client, daughter)
    assert "康民大药房" in text(client.get(pages(binding)[1]))


def test_who_gave_the_money_is_not_the_viewers_business(client, binding, mother, daughter):
    son = make_citizen("李大强")
    make_account(son.person, 80_00)
    in_force(giver=son, relative=mother)
    buy(mother.person, 1000_00, category="drug")
    login_citizen(client, daughter)
    for page in pages(binding):
        words = text(client.get(page))
        assert "李*强" not in words and "李大强" not in words
    assert "自己账户 963.50 + 家人共济 36.50 + 现金 0.00 = 1000.00 元" in words


def test_a_month_goes_on_over_pages_and_a_mangled_key_starts_from_the_top(client, binding, mother, daughter):
    for number in range(PAGE + 1):
        buy(mother.person, 1_00 + number, category="drug")
    login_citizen(client, daughter)
    first = client.get(pages(binding)[1]).content.decode()
    further = re.search(r'href="(\?month=[^"]+below=[^"]+)"', first)[1].replace("&amp;", "&")
    rest = client.get(pages(binding)[1] + further).content.decode()
    assert first.count("person-head") == PAGE and rest.count("person-head") == 1
    assert "回到最新的" in rest
    for mangled in ("x", "~", "2026-01-01T00:00:00+08:00~x", "9" * 400):
        assert client.get(pages(binding)[1], {"below": mangled}).status_code == 200


def test_premiums_that_were_paid_are_listed_with_their_year(client, binding, mother, daughter):
    person = mother.person
    person.enrollments.update(scheme=Scheme.RESIDENT, personal_account=False)
    offers = ledger.offers_for(person, person, today=timezone.localdate())
    for offer in offers.offers:
        ledger.pay_premium(
            actor=mother, insured=person, category=offer.premium.category, year=offer.premium.year
        )
    login_citizen(client, daughter)
    words = text(client.get(pages(binding)[0]))
    for offer in offers.offers:
        assert f"{offer.premium.year} 年度 居民医保缴费 · {yuan(offer.premium.amount)} 元" in words
    assert offers.offers or "这里没有缴费记录" in words


# ------------------------------------------------------------- who sees nothing
def gone(client, binding) -> bool:
    """Whether every page of the viewer answers like an absent one."""
    nobodys = client.get(reverse("binding:view", args=[uuid4()]))
    answers = [client.get(page) for page in [*pages(binding), code_page(binding)]]
    return nobodys.status_code == 404 and all(answer.status_code == 404 for answer in answers)


def test_strangers_and_the_person_looked_at_get_an_absent_page(client, binding, mother):
    for who in (make_citizen("赵敏"), mother):
        login_citizen(client, who)
        assert gone(client, binding)


def test_staff_look_at_people_in_their_own_place(client, binding):
    login_staff(client)
    assert client.get(pages(binding)[0]).status_code == 403


@pytest.mark.parametrize("who_ends", ["mother", "daughter"])
def test_after_the_end_nothing_is_seen(client, binding, who_ends, request):
    services.end_binding(binding=binding, actor=request.getfixturevalue(who_ends))
    login_citizen(client, request.getfixturevalue("daughter"))
    assert gone(client, binding)


def test_while_it_is_paused_nothing_is_seen(client, binding, mother, daughter):
    services.pause(binding=binding, actor=mother)
    login_citizen(client, daughter)
    assert gone(client, binding)
    services.resume(binding=binding, actor=mother)
    assert client.get(pages(binding)[0]).status_code == 200


def test_from_the_moment_its_time_is_over_nothing_is_seen(client, binding, daughter):
    now = timezone.now()
    Binding.objects.update(expires_at=now + timedelta(minutes=1))
    login_citizen(client, daughter)
    assert client.get(pages(binding)[0]).status_code == 200
    Binding.objects.update(expires_at=now)
    assert [client.get(page).status_code for page in pages(binding)] == [404, 404]


@pytest.mark.parametrize("kind", [Kind.MUTUAL_AID, Kind.WALLET])
def test_who_gives_money_may_not_look(client, mother, kind):
    relative = make_citizen("王小芳", area="360100" if kind == Kind.WALLET else "990100")
    given = in_force(giver=mother, relative=relative, kind=kind).binding()
    for who in (mother, relative):
        login_citizen(client, who)
        assert gone(client, given)


def test_a_look_has_to_wait_until_somebody_is_known_surely_enough(client, binding, daughter, monkeypatch):
    daughter.person.level = 0
    daughter.person.save(update_fields=["level"])
    login_citizen(client, daughter)
    assert "先要多核对一步身份" in text(client.get(pages(binding)[0]))
    assert "963.50" not in client.get(pages(binding)[0]).content.decode()
    assert client.get(code_page(binding)).url.startswith(f"{reverse('accounts:levels')}?next=")
    assert client.post(code_page(binding)).status_code == 302 and not PayCode.objects.exists()


# ------------------------------------------------------------- who looked
def test_every_look_is_kept_and_shown_to_the_person(client, binding, mother, daughter):
    login_citizen(client, daughter)
    for page in [*pages(binding), pages(binding)[0]]:
        client.get(page)
    client.post(code_page(binding))
    kept = AuditRow.objects.filter(object_id=str(mother.person_id), actor=str(daughter.pk))
    assert sorted(kept.values_list("purpose", flat=True)) == ["paycode", "view", "view", "view"]
    login_citizen(client, mother)
    words = text(client.get("/accounts/security/"))
    assert "李*丽 · 看了 3 次" in words and "李*丽 · 出示付款码 1 次" in words


def test_the_security_page_asks_as_often_for_many_looks_as_for_one(client, binding, mother, daughter):
    def looks(times: int) -> int:
        login_citizen(client, daughter)
        for _ in range(times):
            client.get(pages(binding)[0])
        login_citizen(client, mother)
        with CaptureQueriesContext(connection) as asked:
            client.get("/accounts/security/")
        return len(asked)

    assert looks(1) == looks(5)


def test_a_look_at_oneself_is_no_look(client, mother):
    login_citizen(client, mother)
    client.get("/ledger/history/")
    assert "代看的家人" not in text(client.get("/accounts/security/"))


@pytest.mark.parametrize("which", [0, 1])
def test_a_page_asks_as_often_for_many_uses_as_for_one(client, binding, mother, daughter, which):
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(pages(binding)[which]).status_code == 200
        return len(asked)

    login_citizen(client, daughter)
    buy(mother.person, 1_00)
    queries()
    few = queries()
    for number in range(5):
        buy(mother.person, 2_00 + number)
    assert queries() == few <= 20


# ------------------------------------------------------------- whose money
def test_a_view_never_pays_and_the_code_the_viewer_shows_spends_the_relatives_own(binding, mother, daughter):
    mandate = paycodes.relative_by_binding(person=daughter.person, binding_id=binding.pk)
    shown = paycodes.show_relatives_code(user=daughter, mandate=mandate)
    pharmacy = make_provider()
    reply = paycodes.settle_by_code(
        code=shown.code, ask=lambda person: settlement(pharmacy, person, 1000_00), key=None
    )
    assert parts(reply) == ("963.50", "0.00", "36.50")
    assert PayCode.objects.get().person == mother.person
    reply = buy(daughter.person, 600_00)
    assert parts(reply) == ("500.00", "0.00", "100.00")
    assert set(LedgerAccount.objects.filter(kind="personal").values_list("balance", flat=True)) == {0}
