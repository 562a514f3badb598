"""The provider API from outside: replies, problems, and what can go wrong with a body."""

import base64
import json
import uuid

import pytest
from django.utils import timezone

from ledger import services
from ledger.models import Entry, IdempotencyKey, LedgerAccount, Transaction
from tests.factories import make_holder, make_mandate, make_provider
from tests.ledger.provider import Hospital, problem, wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def mother():
    """10 元 of her own, and her son's 50."""
    person = make_holder("王芳", 10_00)
    make_mandate(make_holder("李小明", 50_00), person)
    return person


def assert_chinese(text):
    assert any("\u4e00" <= letter <= "\u9fff" for letter in text), text


# ------------------------------------------------------------- what works
def test_a_settlement_tells_who_paid_what(hospital, mother):
    response = hospital.send("POST", "settlements", wish(mother, provider_serial="YD-1"))
    assert response.status_code == 201
    told = response.json()
    assert (told["own"], told["mutual_aid"], told["cash"]) == ("10.00", "26.50", "0.00")
    assert told["parts"] == [
        {"source": "own", "amount": "10.00", "authorizer": None, "order": 1},
        {"source": "mutual_aid", "amount": "26.50", "authorizer": "李*明", "order": 2},
    ]
    assert response["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in response


def test_a_quote_is_the_same_split_and_writes_nothing(hospital, mother):
    quoted = hospital.send("POST", "quotes", wish(mother))
    assert quoted.status_code == 200
    assert quoted.json()["mutual_aid"] == "26.50"
    assert not Transaction.objects.filter(kind="settlement").exists()


def test_a_settlement_is_read_back_as_it_was_told(hospital, mother):
    told = hospital.send("POST", "settlements", wish(mother)).json()
    read = hospital.send("GET", f"settlements/{told['id']}").json()
    assert read == {**told, "reversed": "0.00"}


def test_a_settlement_that_the_own_account_did_not_share_is_read_back_too(hospital):
    person = make_holder("王芳", 5_00)
    hospital.send("POST", "settlements", wish(person, amount="5.00"))
    told = hospital.send("POST", "settlements", wish(person)).json()
    services.credit(
        [
            services.Credit(
                person.ledger_accounts.get(),
                services.clearing_account(kind="fund", area="990100"),
                "interest",
                "interest:2026",
                1_00,
                timezone.now(),
            )
        ]
    )
    assert hospital.send("GET", f"settlements/{told['id']}").json() == {**told, "reversed": "0.00"}


def test_a_reversal_in_two_steps(hospital, mother):
    paid = hospital.send("POST", "settlements", wish(mother)).json()["id"]
    body = {"provider_serial": "R1", "amount": "20.00", "reason": "退药"}
    first = hospital.send("POST", f"settlements/{paid}/reversals", body)
    assert (first.status_code, first.json()["mutual_aid"]) == (201, "20.00")
    body = {"provider_serial": "R2", "amount": None, "reason": "退药"}
    rest = hospital.send("POST", f"settlements/{paid}/reversals", body).json()
    assert (rest["amount"], rest["own"], rest["settlement"]) == ("16.50", "10.00", paid)
    assert hospital.send("GET", f"settlements/{paid}").json()["reversed"] == "36.50"


def test_the_days_totals(hospital, mother):
    paid = hospital.send("POST", "settlements", wish(mother)).json()["id"]
    back = {"provider_serial": "R1", "amount": "6.50", "reason": "退药"}
    hospital.send("POST", f"settlements/{paid}/reversals", back)
    today = timezone.localdate().isoformat()
    told = hospital.send("GET", f"reconciliations/{today}").json()
    assert told["settlements"] == {
        "count": 1, "amount": "36.50", "own": "10.00", "mutual_aid": "26.50", "cash": "0.00",
    }  # fmt: skip
    assert (told["reversals"]["count"], told["payable"]) == (1, "30.00")


def test_a_search_pages_through_the_callers_own_records(hospital, mother, pharmacy):
    for _ in range(52):
        hospital.send("POST", "settlements", wish(mother, amount="0.10"))
    Hospital(make_provider()).send("POST", "settlements", wish(mother, amount="0.10"))
    asked = {"beneficiary": wish(mother)["beneficiary"], "from": "2026-11-01", "to": "2026-11-01"}
    first = hospital.send("POST", "settlements/search", asked).json()
    second = hospital.send("POST", "settlements/search", asked | {"cursor": first["next_cursor"]}).json()
    ids = [item["id"] for item in first["items"] + second["items"]]
    assert (len(first["items"]), len(second["items"]), second["next_cursor"]) == (50, 2, None)
    assert len(set(ids)) == 52
    asked |= {"from": "2026-10-01", "to": "2026-10-31"}
    assert hospital.send("POST", "settlements/search", asked).json()["items"] == []


UNREACHED = base64.b64encode(f"0001-01-01T00:00:00+23:59 {uuid.UUID(int=1)}".encode()).decode()


@pytest.mark.parametrize("cursor", ["", "x", "MjAyNg==", "é", "////", UNREACHED])
def test_a_cursor_that_is_not_ours_is_invalid(hospital, mother, cursor):
    asked = {"beneficiary": wish(mother)["beneficiary"], "from": "2026-11-01", "to": "2026-11-01"}
    response = hospital.send("POST", "settlements/search", asked | {"cursor": cursor})
    assert problem(response) == (422, "invalid")


@pytest.mark.parametrize("offset", ["+23:59", "-23:59"])
def test_an_offset_that_the_database_does_not_know_is_a_time_like_any_other(hospital, mother, offset):
    body = wish(mother, occurred_at=f"2026-11-01T10:30:00{offset}")
    assert hospital.send("POST", "settlements", body).status_code == 201
    cursor = base64.b64encode(f"2026-11-01T10:30:00{offset} {uuid.uuid4()}".encode()).decode()
    asked = {"beneficiary": body["beneficiary"], "from": "2026-11-01", "to": "2026-11-01", "cursor": cursor}
    assert hospital.send("POST", "settlements/search", asked).status_code == 200


# ------------------------------------------------------------- keys
def test_a_post_needs_an_idempotency_key(hospital, mother):
    response = hospital.send("POST", "settlements", wish(mother), key=None)
    assert problem(response) == (400, "idempotency_key_required")


def test_replays_are_equal_byte_for_byte(hospital, mother):
    body = wish(mother)
    first = hospital.send("POST", "settlements", body, key="k-1")
    again = hospital.send("POST", "settlements", body, key="k-1")
    assert (again.status_code, again.content) == (201, first.content)
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"


def test_a_key_with_another_body_is_refused(hospital, mother):
    hospital.send("POST", "settlements", wish(mother), key="k-1")
    response = hospital.send("POST", "settlements", wish(mother), key="k-1")
    assert problem(response) == (422, "idempotency_key_reused")


def test_a_key_used_at_another_address_is_refused(hospital, mother):
    body = wish(mother)
    hospital.send("POST", "quotes", body, key="k-1")
    assert problem(hospital.send("POST", "settlements", body, key="k-1")) == (422, "idempotency_key_reused")


def test_refusals_are_kept_under_their_key_too(hospital, mother):
    stranger = wish(mother)
    stranger["beneficiary"]["name"] = "王方"
    first = hospital.send("POST", "settlements", stranger, key="k-1")
    again = hospital.send("POST", "settlements", stranger, key="k-1")
    assert problem(first) == (404, "beneficiary_not_found")
    assert (again.status_code, again.content) == (404, first.content)
    assert again["Idempotency-Replayed"] == "true"
    assert IdempotencyKey.objects.count() == 1


def test_quotes_and_searches_are_kept_too(hospital, mother):
    body = wish(mother)
    first = hospital.send("POST", "quotes", body, key="k-1")
    hospital.send("POST", "settlements", wish(mother))
    again = hospital.send("POST", "quotes", body, key="k-1")
    assert (again.content, again["Idempotency-Replayed"]) == (first.content, "true")


# ------------------------------------------------------------- whose
def test_anothers_settlement_is_absent(hospital, mother):
    paid = hospital.send("POST", "settlements", wish(mother)).json()["id"]
    other = Hospital(make_provider())
    body = {"provider_serial": "R", "amount": None, "reason": "退药"}
    for settlement in (paid, str(uuid.uuid4()), "nonsense"):
        assert problem(other.send("GET", f"settlements/{settlement}")) == (404, "not_found")
        assert problem(other.send("POST", f"settlements/{settlement}/reversals", body)) == (404, "not_found")


def test_number_and_name_that_do_not_belong_together_are_nobody(hospital, mother):
    texts = set()
    for change in ({"name": "王方"}, {"id_number": "99010019800101999X"}, {"id_type": "08"}):
        body = wish(mother)
        body["beneficiary"] |= change
        response = hospital.send("POST", "settlements", body)
        assert problem(response) == (404, "beneficiary_not_found")
        texts.add(response.content)
    assert len(texts) == 1


def test_the_api_answers_its_own_way_where_nothing_is(client):
    assert problem(client.get("/api/v1/nothing/here")) == (404, "not_found")
    refused = client.put("/api/v1/settlements")
    assert (problem(refused), refused["Allow"]) == ((405, "method_not_allowed"), "POST")


# ------------------------------------------------------------- bad input
@pytest.mark.parametrize(
    "amount",
    ["0", "0.00", "-1", "0.001", "1e3", "1E3", "１２", "NaN", "Infinity", "1" + "0" * 18, " 1", "1 ", "+1",
     "01", "1.", ".5", "1,000", "", "1.00元", 1, 1.5, None, True, [], {}],
)  # fmt: skip
def test_an_amount_is_a_decimal_string_and_nothing_else(hospital, mother, amount):
    assert problem(hospital.send("POST", "settlements", wish(mother, amount=amount))) == (422, "invalid")
    assert not Transaction.objects.filter(kind="settlement").exists()


@pytest.mark.parametrize(("amount", "paid"), [("0.01", "0.01"), ("5", "5.00"), ("5.5", "5.50")])
def test_usual_ways_of_writing_an_amount(hospital, mother, amount, paid):
    assert hospital.send("POST", "settlements", wish(mother, amount=amount)).json()["amount"] == paid


@pytest.mark.parametrize(
    "change",
    [
        {"occurred_at": "2026-11-01T10:30:00"},
        {"occurred_at": "2026-11-01"},
        {"occurred_at": "2199-01-01T00:00:00Z"},
        {"occurred_at": "1999-01-01T00:00:00Z"},
        {"occurred_at": "2026-02-30T00:00:00Z"},
        {"occurred_at": "0001-01-01T00:00:00+23:59"},
        {"occurred_at": 1},
        {"category": "party"},
        {"category": 7},
        {"away": "true"},
        {"away": 1},
        {"provider_serial": ""},
        {"provider_serial": "x" * 65},
        {"provider_serial": "a b"},
        {"provider_serial": "a\x00b"},
        {"beneficiary": None},
        {"beneficiary": {}},
        {"beneficiary": {"id_type": "77", "id_number": "1", "name": "x"}},
        {"beneficiary": {"id_type": "01", "id_number": "1\x00", "name": "x"}},
        {"beneficiary": {"id_type": "01", "id_number": "1", "name": "\ud800"}},
        {"unknown": 1},
        {"\ud800": 1},
        {"status": "approved"},
    ],
)
def test_what_does_not_fit_is_named(hospital, mother, change):
    response = hospital.send("POST", "settlements", wish(mother) | change)
    assert problem(response) == (422, "invalid")
    assert response.json()["errors"]
    assert mother.id_number not in response.content.decode()


@pytest.mark.parametrize("missing", ["provider_serial", "beneficiary", "amount", "category", "occurred_at"])
def test_what_is_missing_is_named(hospital, mother, missing):
    body = wish(mother)
    del body[missing]
    response = hospital.send("POST", "settlements", body)
    assert problem(response) == (422, "invalid")
    assert missing in json.dumps(response.json()["errors"])


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"a": 1, "a": 2}', b'{"a": NaN}', b"[" * 5000,
     b'{"amount": "1.00", "amount": "2.00"}', b'{"a": "\\u0000"}', b"1" * 5000],
)  # fmt: skip
def test_a_body_that_is_no_usable_json_is_refused(hospital, body):
    assert problem(hospital.send("POST", "settlements", body)) == (422, "invalid")


def test_a_body_that_is_too_large_or_of_another_kind(hospital):
    assert problem(hospital.send("POST", "settlements", b" " * 17000)) == (413, "too_large")
    response = hospital.send("POST", "settlements", b"a=1", headers={"Content-Type": "text/plain"})
    assert problem(response) == (415, "unsupported_media_type")


def test_a_forbidden_category_names_its_source(hospital, mother):
    response = hospital.send("POST", "settlements", wish(mother, category="supplement"))
    assert problem(response) == (422, "category_not_allowed")
    assert "保健品" in response.json()["detail"]
    assert "国办发" in response.json()["detail"]


def test_a_serial_used_before_names_the_first(hospital, mother):
    first = hospital.send("POST", "settlements", wish(mother, provider_serial="A")).json()
    response = hospital.send("POST", "settlements", wish(mother, provider_serial="A"))
    assert problem(response) == (409, "duplicate_provider_serial")
    assert response.json()["first_id"] == first["id"]


@pytest.mark.parametrize(
    "change", [{"reason": ""}, {"reason": "x" * 201}, {"reason": "a\nb"}, {"amount": "0"}]
)
def test_a_reversal_that_does_not_fit(hospital, mother, change):
    paid = hospital.send("POST", "settlements", wish(mother)).json()["id"]
    body = {"provider_serial": "R", "amount": "1.00", "reason": "退药"} | change
    assert problem(hospital.send("POST", f"settlements/{paid}/reversals", body)) == (422, "invalid")


@pytest.mark.parametrize("day", ["2026-13-01", "x", "20261101x", "9999-12-31", "0001-01-01"])
def test_a_day_that_is_none_is_absent_and_never_an_error(hospital, day):
    assert hospital.send("GET", f"reconciliations/{day}").status_code in {200, 404}


def test_what_is_all_given_back_is_not_given_back_again(hospital, mother):
    paid = hospital.send("POST", "settlements", wish(mother)).json()["id"]
    for serial, expected in [("R1", 201), ("R2", 409)]:
        body = {"provider_serial": serial, "amount": None, "reason": "退药"}
        told = hospital.send("POST", f"settlements/{paid}/reversals", body)
        assert told.status_code == expected
    assert problem(told) == (409, "already_reversed")
    assert "Retry-After" not in told


def test_more_than_was_paid_is_not_given_back(hospital, mother):
    paid = hospital.send("POST", "settlements", wish(mother)).json()["id"]
    body = {"provider_serial": "R1", "amount": "36.51", "reason": "退药"}
    told = hospital.send("POST", f"settlements/{paid}/reversals", body)
    assert problem(told) == (422, "reversal_exceeds_original")


def test_a_reversal_is_not_reversed(hospital, mother):
    paid = hospital.send("POST", "settlements", wish(mother)).json()["id"]
    body = {"provider_serial": "R1", "amount": "1.00", "reason": "退药"}
    back = hospital.send("POST", f"settlements/{paid}/reversals", body).json()["id"]
    told = hospital.send("POST", f"settlements/{back}/reversals", body | {"provider_serial": "R2"})
    assert problem(told) == (422, "not_a_settlement")


def test_somebody_from_another_province_is_treated_away_or_not_at_all(hospital):
    person = make_holder("和小燕", 50_00, area="530100", away_allowed=True)
    assert problem(hospital.send("POST", "settlements", wish(person))) == (422, "outside_area")
    assert hospital.send("POST", "settlements", wish(person, away=True)).json()["own"] == "36.50"


@pytest.mark.parametrize("name", ["王\u3000芳", "王\U000313b7", "王·芳", "王\ue863"])
def test_rare_characters_and_wide_spaces_are_parts_of_names(hospital, name):
    person = make_holder(name, 50_00)
    assert hospital.send("POST", "settlements", wish(person)).status_code == 201


# ------------------------------------------------------------- the description, the cost
def test_the_description_is_openapi_3_1_and_lists_what_is_there(client):
    document = client.get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) == {
        "/api/v1/quotes",
        "/api/v1/settlements",
        "/api/v1/settlements/search",
        "/api/v1/settlements/{id}",
        "/api/v1/settlements/{id}/reversals",
        "/api/v1/reconciliations/{date}",
        "/api/v1/audit/summary",
    }


def test_every_operation_is_described_in_chinese_with_examples_and_all_its_errors(client):
    document = client.get("/api/v1/openapi.json").json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert_chinese(operation["summary"] + operation["description"])
            problems = {
                code
                for reply in operation["responses"].values()
                for code in reply.get("content", {}).get("application/problem+json", {}).get("examples", {})
            }
            assert {"bad_signature", "stale_signature", "nonce_reused", "forbidden"} <= problems, path
            if method == "post":
                assert {"invalid", "request_in_progress", "idempotency_key_required"} <= problems, path
    settle = document["paths"]["/api/v1/settlements"]["post"]["responses"]
    assert {"201", "400", "401", "403", "404", "409", "413", "415", "422", "429", "500", "503"} == set(settle)
    for reply in settle.values():
        assert_chinese(reply["description"])


def test_the_readable_description_stands_alone(client):
    response = client.get("/api/v1/docs")
    page = response.content.decode()
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert "https://" not in page
    assert "<script>" not in page and "style=" not in page
    for operation in ("/api/v1/quotes", "/api/v1/settlements/{id}/reversals", "reversal_exceeds_original"):
        assert operation in page


def test_a_settlement_over_the_wire_costs_four_queries(hospital, mother, django_assert_num_queries):
    body = wish(mother)
    with django_assert_num_queries(4):
        hospital.send("POST", "settlements", body)


def test_the_books_stay_right(hospital, mother):
    for _ in range(3):
        paid = hospital.send("POST", "settlements", wish(mother, amount="9.00")).json()["id"]
        body = {"provider_serial": uuid.uuid4().hex, "amount": "4.00", "reason": "退药"}
        hospital.send("POST", f"settlements/{paid}/reversals", body)
    assert sum(Entry.objects.values_list("amount", flat=True)) == 0
    for account in LedgerAccount.objects.filter(balance__isnull=False):
        assert account.balance == sum(account.entries.values_list("amount", flat=True))
