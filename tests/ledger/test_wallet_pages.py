"""The pages of 医保钱包: what waits comes first, nothing moves before it was shown, only one's own."""

import re
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from binding.models import Binding
from ledger import services
from ledger.models import WalletTransfer
from ledger.services import wallet
from tests.factories import login_citizen, login_staff, make_citizen, make_staff
from tests.ledger.test_pages_ledger import text
from tests.ledger.wallets import Family, at, daytime, make_relative, wallet_between

pytestmark = pytest.mark.django_db

PAGE = "/ledger/wallet/"


@pytest.fixture
def family():
    with daytime():
        yield Family()


def send_page(family) -> str:
    return reverse("ledger:wallet_send", args=[family.mandate.binding_id])


def end_page(name: str, transfer: WalletTransfer) -> str:
    return reverse(f"ledger:wallet_{name}", args=[transfer.pk])


def hidden(page, name: str) -> str:
    return re.search(rf'name="{name}" value="([^"]*)"', page.content.decode())[1]


# ------------------------------------------------------------- send
def test_an_amount_is_shown_in_full_before_it_is_sent(client, family):
    login_citizen(client, family.giver)
    page = client.get(send_page(family))
    assert "转给王*多少钱?" in text(page)
    assert "这次最多能转 2000.00 元" in text(page) and "每天最多转 3 次,今天还能转 3 次" in text(page)
    page = client.post(send_page(family), {"amount": "200 元"})
    assert "现在还没有转。" in text(page) and "您的个人账户还有 4800.00 元" in text(page)
    assert not WalletTransfer.objects.exists()
    values = {"amount": hidden(page, "amount"), "transfer": hidden(page, "transfer"), "confirm": "1"}
    for _ in range(2):
        done = client.post(send_page(family), values, follow=True)
    assert "200.00 元等家人收" in text(done)
    assert family.has() == {"own": 4800_00, "on_the_way": 200_00, "wallet": 0}


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("", "请填写金额,例如 200"),
        ("很多", "金额看起来不对"),
        ("2000.01", "每次最多转 2000.00 元。"),
        ("0", "最少 0.01 元"),
        ("1.234", "金额看起来不对"),
        ("9" * 40, "最多"),
    ],
)
def test_an_amount_that_cannot_be_sent_is_told_beside_the_field(client, family, amount, words):
    login_citizen(client, family.giver)
    page = client.post(send_page(family), {"amount": amount})
    assert page.status_code == 422 and words in text(page)


def test_at_night_the_page_says_when_it_opens(client, family):
    with time_machine.travel(at(23), tick=False):
        login_citizen(client, family.giver)
        page = client.get(send_page(family))
        assert page.status_code == 200 and "请 06:00 以后再转。" in text(page)
        late = client.post(send_page(family), {"amount": "5", "confirm": "1", "transfer": str(uuid4())})
        assert late.status_code == 409
    assert not WalletTransfer.objects.exists()


def test_after_three_transfers_the_page_says_tomorrow(client, family):
    for _ in range(3):
        family.send(1_00)
    login_citizen(client, family.giver)
    assert "每天最多转 3 次,今天的用完了。请明天再转。" in text(client.get(send_page(family)))


# ------------------------------------------------------------- take
def test_what_waits_is_the_first_thing_the_relative_sees(client, family):
    transfer = family.send(200_00)
    login_citizen(client, family.relative)
    html = client.get(f"{PAGE}?elder=1").content.decode()
    assert html.index("李*给您转了 200.00 元") < html.index("家人转给我的")
    done = client.post(end_page("take", transfer), follow=True)
    assert "收下了,200.00 元现在就能用。" in text(done) and "普通门诊" in text(done)
    assert family.has()["wallet"] == 200_00


def test_declined_and_taken_back_money_is_said_to_be_back(client, family):
    one, two = family.send(1_00), family.send(2_00)
    login_citizen(client, family.relative)
    assert "退回给家人了" in text(client.post(end_page("decline", one), follow=True))
    login_citizen(client, family.giver)
    assert "取回了,2.00 元已在您的个人账户。" in text(client.post(end_page("back", two), follow=True))
    assert family.has()["own"] == 5000_00


def test_what_went_back_cannot_be_taken_and_the_page_says_so(client, family):
    transfer = family.send(1_00)
    wallet.take_back(transfer=transfer, actor=family.giver)
    login_citizen(client, family.relative)
    page = client.post(end_page("take", transfer))
    assert page.status_code == 409 and "这笔钱已经退回给家人了" in text(page)


# ------------------------------------------------------------- who
def test_strangers_find_nothing_and_the_wrong_end_is_refused(client, family):
    transfer = family.send(1_00)
    login_citizen(client, make_citizen("赵敏"))
    assert client.get(send_page(family)).status_code == 404
    for name in ("take", "decline", "back"):
        assert client.post(end_page(name, transfer)).status_code == 404
    login_citizen(client, family.relative)
    assert client.get(send_page(family)).status_code == 403
    assert client.post(end_page("back", transfer)).status_code == 403


def test_without_a_wallet_the_page_says_what_it_is_and_where_to_begin(client):
    login_citizen(client, make_citizen("赵敏"))
    page = client.get(PAGE)
    assert "开通医保钱包" in text(page) and "/bindings/new/?kind=wallet" in page.content.decode()


def test_a_mangled_address_starts_from_the_top(client, family):
    family.send(1_00)
    login_citizen(client, family.giver)
    assert "转给王*" in text(client.get(f"{PAGE}?below=x"))


# ------------------------------------------------------------- what was
def test_records_say_what_became_of_each_in_both_directions(client, family):
    family.take(family.send(1_00))
    wallet.take_back(transfer=family.send(2_00), actor=family.giver)
    login_citizen(client, family.giver)
    assert "转给王* 已收下" in text(client.get(PAGE)) and "您取回了" in text(client.get(PAGE))
    login_citizen(client, family.relative)
    assert "李*转来 已收下" in text(client.get(PAGE)) and "家人取回了" in text(client.get(PAGE))


def test_the_number_of_queries_does_not_grow_with_relatives_and_transfers(
    client, family, django_assert_max_num_queries, monkeypatch
):
    monkeypatch.setattr(wallet.reading, "PAGE", 2)
    for name in ("李一", "李二"):
        other = wallet_between(family.giver, make_relative(name))
        family.send(1_00, other)
    family.send(1_00)
    login_citizen(client, family.giver)
    with django_assert_max_num_queries(11):
        page = client.get(PAGE)
    older = re.search(r"\?below=([0-9a-f-]+)", page.content.decode())[1]
    assert "转给李*" in text(client.get(f"{PAGE}?below={older}"))


def test_the_givers_month_adds_up_and_names_the_transfers(client, family):
    family.take(family.send(200_00))
    wallet.take_back(transfer=family.send(50_00), actor=family.giver)
    login_citizen(client, family.giver)
    page = text(client.get("/ledger/history/"))
    assert "和账上一致" in page and "转给王*的医保钱包" in page and "王* 医保钱包退回" in page


def test_the_balance_page_says_from_whom_and_what_for(client, family):
    family.take(family.send(200_00))
    login_citizen(client, family.relative)
    page = text(client.get("/ledger/"))
    assert "李*" in page and "医保钱包" in page and "200.00" in page
    services.pause_mandate(binding_id=family.mandate.binding_id)
    assert "家人先暂停了" in text(client.get("/ledger/"))
    assert not Binding.objects.exists()


# ------------------------------------------------------------- staff
def test_auditors_see_the_transfers_of_their_areas_and_no_others(client, family):
    family.send(200_00)
    page = "/admin/ledger/wallettransfer/"
    login_staff(client, make_staff(duties=("auditor",), areas=("990000",)))
    assert "200.00" in text(client.get(page)) and "王*" in text(client.get(page))
    login_staff(client, make_staff(duties=("auditor",), areas=("530000",)))
    assert "200.00" not in text(client.get(page))
    login_staff(client, make_staff(duties=("reviewer",)))
    assert client.get(page).status_code in (403, 404)
