"""One-time codes: shown on a page, read by a scanner, good for one settlement within a minute."""

import re
from datetime import timedelta

import pytest
import segno
import zxingcpp
from django.db import connection
from django.utils import timezone
from PIL import Image, ImageDraw

from accounts.models import Message
from gongji.models import AuditRow
from ledger import services
from ledger.barcode import code128
from ledger.models import Entry, PayCode, Transaction
from ledger.services import paycodes
from tests.factories import login_citizen, make_holder, make_mandate, make_provider
from tests.ledger.provider import Hospital, problem, wish
from tests.roles import as_owner

pytestmark = pytest.mark.django_db
PAGE = "/ledger/paycode/"


@pytest.fixture
def mother():
    return make_holder("王芳", 50_00)


def shown_on(page):
    """The digits on a page."""
    spans = re.findall(r"<span>(\d+)</span>", page.content.decode())
    return "".join(spans)


def by_code(code, **values):
    return wish(make_holder(), **values) | {"beneficiary": {"pay_code": code}}


def code_of(person):
    return paycodes.show_own_code(person=person).code


# ------------------------------------------------------------- the page
def test_opening_the_page_shows_a_fresh_code_three_ways(client, mother):
    login_citizen(client, mother)
    page = client.get(PAGE)
    code = shown_on(page)
    assert re.fullmatch(r"76\d{16}", code)
    assert segno.make(code, error="m", micro=False).svg_data_uri(scale=8, border=4, light="#fff") in (
        page.content.decode().replace("&amp;", "&").replace("&#x27;", "'")
    )
    assert "no-store" in page["Cache-Control"]
    assert code not in client.get(PAGE).content.decode()


def test_a_till_that_is_not_ours_reads_the_bars():
    code = "760123456789012345"
    drawn = code128(code)
    picture = Image.new("L", (drawn.width * 2, 60), 255)
    for bar in drawn.bars:
        ImageDraw.Draw(picture).rectangle((bar.x * 2, 5, (bar.x + bar.width) * 2 - 1, 55), fill=0)
    assert [(one.format, one.text) for one in zxingcpp.read_barcodes(picture)] == [
        (zxingcpp.BarcodeFormat.Code128, code)
    ]


@pytest.mark.parametrize("digits", ["1", "12a4", "", "１２"])
def test_bars_are_for_pairs_of_digits(digits):
    with pytest.raises(ValueError, match="even number"):
        code128(digits)


def test_only_a_keyed_hash_is_in_the_database(client, mother):
    login_citizen(client, mother)
    code = shown_on(client.get(PAGE))
    with connection.cursor() as cursor:
        cursor.execute("SELECT p::text FROM ledger_paycode AS p")
        assert code not in str(cursor.fetchall())


def test_a_stranger_to_the_page_logs_in_first(client):
    assert client.get(PAGE).status_code == 302
    assert not PayCode.objects.exists()


def test_looking_at_the_head_makes_no_code(client, mother):
    login_citizen(client, mother)
    assert client.head(PAGE).status_code == 405
    assert not PayCode.objects.exists()


def test_changing_codes_all_the_time_is_stopped_for_a_while(client, mother):
    login_citizen(client, mother)
    for _ in range(30):
        paycodes.show_own_code(person=mother)
    refused = client.get(PAGE)
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 600
    assert "付款码换得太多了" in refused.content.decode()


def test_old_codes_are_forgotten(mother):
    code_of(mother)
    with as_owner():
        PayCode.objects.update(created_at=timezone.now() - timedelta(days=3))
    code_of(mother)
    assert services.forget_codes() == 1
    assert PayCode.objects.count() == 1


# ------------------------------------------------------------- a relative's code
@pytest.fixture
def daughter(mother):
    """She may show her mother's code; her mother may also use her money, which is another thing."""
    person = make_holder("李丽", 80_00)
    make_mandate(mother, person, kind="view")
    return person


def page_for(mandate):
    return f"{PAGE}{mandate.binding_id}/"


def test_a_relatives_code_comes_after_a_page_that_says_whose_money_it_is(client, mother, daughter, hospital):
    login_citizen(client, daughter)
    page = page_for(paycodes.relatives_of(daughter).get())
    assert page in client.get(PAGE).content.decode()
    asked = client.get(page)
    assert shown_on(asked) == ""
    assert "花的是王*自己的钱" in asked.content.decode()
    code = shown_on(client.post(page))
    paid = hospital.send("POST", "settlements", by_code(code)).json()
    assert (paid["own"], paid["balance_after"]["own"]) == ("36.50", "13.50")
    assert services.personal_balance(daughter) == 80_00


def test_whose_code_was_shown_is_told_once_a_day_and_on_record(client, mother, daughter):
    login_citizen(client, daughter)
    page = page_for(paycodes.relatives_of(daughter).get())
    client.post(page)
    client.post(page)
    assert Message.objects.get(person=mother).title == "李*出示了您的付款码"
    assert AuditRow.objects.filter(action="person.code_shown", object_id=str(mother.pk)).count() == 2


@pytest.mark.parametrize("kind", ["mutual_aid", "wallet"])
def test_an_authorizers_code_is_never_shown_for_the_relative(client, mother, kind):
    son = make_holder("李小明")
    mandate = make_mandate(mother, son, kind=kind)
    login_citizen(client, son)
    assert client.get(page_for(mandate)).status_code == 404
    assert client.post(page_for(mandate)).status_code == 404
    assert page_for(mandate) not in client.get(PAGE).content.decode()


def test_the_relative_does_not_get_the_viewers_code(client, mother, daughter):
    mandate = paycodes.relatives_of(daughter).get()
    login_citizen(client, mother)
    assert client.post(page_for(mandate)).status_code == 404


def test_a_code_ends_with_the_right_to_show_it(mother, daughter, hospital):
    mandate = paycodes.relatives_of(daughter).get()
    user = login_citizen(hospital.client, daughter)
    code = paycodes.show_relatives_code(user=user, mandate=mandate).code
    services.end_mandate(binding_id=mandate.binding_id, at=timezone.now())
    response = hospital.send("POST", "settlements", by_code(code))
    assert problem(response) == (404, "beneficiary_not_found")
    assert not paycodes.relatives_of(daughter).exists()


# ------------------------------------------------------------- paying
def test_a_code_pays_once(hospital, mother):
    code = code_of(mother)
    first = hospital.send("POST", "settlements", by_code(code))
    again = hospital.send("POST", "settlements", by_code(code))
    assert (first.status_code, first.json()["own"]) == (201, "36.50")
    assert problem(again) == (404, "beneficiary_not_found")
    assert Transaction.objects.filter(kind="settlement").count() == 1


def test_the_same_request_again_gets_its_stored_reply_though_the_code_is_burnt(hospital, mother):
    body = by_code(code_of(mother))
    first = hospital.send("POST", "settlements", body, key="k-1")
    again = hospital.send("POST", "settlements", body, key="k-1")
    assert (again.status_code, again.content, again["Idempotency-Replayed"]) == (201, first.content, "true")


def test_a_quote_does_not_burn_the_code(hospital, mother):
    code = code_of(mother)
    quoted = hospital.send("POST", "quotes", by_code(code))
    assert (quoted.status_code, quoted.json()["own"]) == (200, "36.50")
    assert hospital.send("POST", "settlements", by_code(code)).status_code == 201


def test_a_refused_settlement_does_not_burn_the_code(hospital, mother):
    code = code_of(mother)
    body = by_code(code, category="supplement")
    refused = hospital.send("POST", "settlements", body, key="k-1")
    again = hospital.send("POST", "settlements", body, key="k-1")
    assert problem(refused) == (422, "category_not_allowed")
    assert again["Idempotency-Replayed"] == "true"
    assert hospital.send("POST", "settlements", by_code(code)).status_code == 201


def test_a_code_lives_a_minute(hospital, mother):
    code = code_of(mother)
    with as_owner():
        PayCode.objects.update(expires_at=timezone.now())
    for call in ("quotes", "settlements"):
        assert problem(hospital.send("POST", call, by_code(code))) == (404, "beneficiary_not_found")


@pytest.mark.parametrize("code", ["", "1" * 17, "1" * 19, "x" * 18, "１" * 18, None, 760123456789012345, []])
def test_what_is_no_code_at_all_is_invalid(hospital, code):
    response = hospital.send("POST", "settlements", by_code(code))
    assert problem(response) == (422, "invalid")
    assert response.json()["errors"][0]["loc"] == ["body", "beneficiary", "pay_code"]


def test_a_code_beside_a_document_is_invalid(hospital, mother):
    body = wish(mother)
    body["beneficiary"]["pay_code"] = code_of(mother)
    assert problem(hospital.send("POST", "settlements", body)) == (422, "invalid")


def test_a_search_is_by_document_only(hospital, mother):
    asked = {"beneficiary": {"pay_code": code_of(mother)}, "from": "2026-11-01", "to": "2026-11-01"}
    assert problem(hospital.send("POST", "settlements/search", asked)) == (422, "invalid")


@pytest.mark.django_db(transaction=True)
def test_two_tills_with_one_code_pay_once(mother, in_threads):
    code = code_of(mother)
    tills = [Hospital(make_provider()) for _ in range(4)]
    answers = in_threads(
        *(lambda till=till: till.send("POST", "settlements", by_code(code)) for till in tills)
    )
    assert sorted(answer.status_code for answer in answers) == [201, 404, 404, 404]
    assert (
        sum(Entry.objects.filter(account__owner=mother, amount__lt=0).values_list("amount", flat=True))
        == -36_50
    )


@pytest.mark.django_db(transaction=True)
def test_the_same_request_from_two_threads_posts_once(mother, pharmacy, in_threads):
    body, tills = by_code(code_of(mother)), [Hospital(pharmacy) for _ in range(3)]
    answers = in_threads(
        *(lambda till=till: till.send("POST", "settlements", body, key="k-1") for till in tills)
    )
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert Transaction.objects.filter(kind="settlement").count() == 1


def test_a_code_that_nobody_showed_is_nobodys(hospital):
    response = hospital.send("POST", "settlements", by_code("760000000000000000"))
    assert problem(response) == (404, "beneficiary_not_found")
