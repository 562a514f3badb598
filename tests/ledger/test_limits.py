"""Nobody tries numbers and names: a provider may miss a few times, then its look-ups close for a while."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from gongji.models import AuditRow
from ledger import services
from ledger.models import Miss
from ledger.services import misses, paycodes
from tests.factories import make_holder, make_provider
from tests.ledger.provider import Hospital, problem, wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def mother():
    return make_holder("王芳", 50_00)


def nobody(person):
    """The number of somebody, and another name."""
    body = wish(person)
    body["beneficiary"]["name"] = "王方"
    return body


def miss(provider, times, ago=timedelta(minutes=1)):
    Miss.objects.bulk_create([Miss(provider=provider, at=timezone.now() - ago) for _ in range(times)])


def test_the_thirty_first_miss_in_ten_minutes_is_too_many(hospital, mother, pharmacy):
    miss(pharmacy, 29)
    assert problem(hospital.send("POST", "quotes", nobody(mother))) == (404, "beneficiary_not_found")
    refused = hospital.send("POST", "quotes", nobody(mother))
    assert problem(refused) == (429, "too_many_requests")
    assert 530 < int(refused["Retry-After"]) <= 600
    pharmacy.refresh_from_db()
    assert pharmacy.closed_until > timezone.now()
    assert AuditRow.objects.filter(action="provider.closed", object_id=str(pharmacy.pk)).exists()


def test_while_closed_a_hit_is_not_told_either(hospital, mother, pharmacy):
    miss(pharmacy, 29)
    hospital.send("POST", "quotes", nobody(mother))
    asked = {"beneficiary": wish(mother)["beneficiary"], "from": "2026-11-01", "to": "2026-11-01"}
    for call, body in [
        ("quotes", wish(mother)),
        ("settlements", wish(mother)),
        ("settlements/search", asked),
    ]:
        assert problem(hospital.send("POST", call, body)) == (429, "too_many_requests")


def test_while_closed_pay_codes_replays_reversals_and_reading_go_on(hospital, mother, pharmacy):
    body = wish(mother, amount="1.00")
    paid = hospital.send("POST", "settlements", body, key="k-1").json()["id"]
    miss(pharmacy, 29)
    hospital.send("POST", "quotes", nobody(mother))
    again = hospital.send("POST", "settlements", body, key="k-1")
    assert (again.status_code, again["Idempotency-Replayed"]) == (201, "true")
    code = {"pay_code": paycodes.show_own_code(person=mother).code}
    assert hospital.send("POST", "settlements", wish(mother) | {"beneficiary": code}).status_code == 201
    back = {"provider_serial": "R1", "amount": None, "reason": "退药"}
    assert hospital.send("POST", f"settlements/{paid}/reversals", back).status_code == 201
    assert hospital.send("GET", f"settlements/{paid}").status_code == 200


def test_too_many_wrong_pay_codes_are_too_many_too(hospital, mother, pharmacy):
    miss(pharmacy, 30)
    body = wish(mother) | {"beneficiary": {"pay_code": "760000000000000000"}}
    assert problem(hospital.send("POST", "settlements", body)) == (429, "too_many_requests")


def test_the_time_over_the_provider_works_again(hospital, mother, pharmacy):
    miss(pharmacy, 30, ago=timedelta(minutes=11))
    pharmacy.closed_until = timezone.now()
    pharmacy.save(update_fields=["closed_until"])
    assert hospital.send("POST", "settlements", wish(mother)).status_code == 201
    assert problem(hospital.send("POST", "quotes", nobody(mother))) == (404, "beneficiary_not_found")


def test_a_refusal_for_too_many_is_not_kept_under_its_key(hospital, mother, pharmacy):
    pharmacy.closed_until = timezone.now() + timedelta(minutes=1)
    pharmacy.save(update_fields=["closed_until"])
    body = wish(mother)
    assert hospital.send("POST", "settlements", body, key="k-1").status_code == 429
    pharmacy.closed_until = None
    pharmacy.save(update_fields=["closed_until"])
    assert hospital.send("POST", "settlements", body, key="k-1").status_code == 201


def test_the_same_request_again_is_not_counted_again(hospital, mother):
    for _ in range(3):
        hospital.send("POST", "settlements", nobody(mother), key="k-1")
    assert Miss.objects.count() == 1


def test_a_slow_search_through_numbers_ends_after_three_hundred_a_day(hospital, mother, pharmacy):
    miss(pharmacy, 299, ago=timedelta(hours=23))
    hospital.send("POST", "quotes", nobody(mother))
    refused = hospital.send("POST", "quotes", nobody(mother))
    assert problem(refused) == (429, "too_many_requests")
    assert int(refused["Retry-After"]) > 3000


def test_a_search_shared_out_among_many_keys_leaves_each_less(hospital, mother, pharmacy, monkeypatch):
    monkeypatch.setattr(misses, "MISSES_IN_ALL", misses.Limit(20, timedelta(minutes=10)))
    for _ in range(4):
        miss(make_provider(), 5)
    miss(pharmacy, 4)
    assert problem(hospital.send("POST", "quotes", nobody(mother))) == (404, "beneficiary_not_found")
    assert problem(hospital.send("POST", "quotes", nobody(mother))) == (429, "too_many_requests")
    assert Hospital(make_provider()).send("POST", "quotes", wish(mother)).status_code == 200


def test_others_misses_close_nobody_else(mother, pharmacy):
    miss(make_provider(), 30)
    assert services.note_miss(provider=pharmacy) is None


def test_the_count_outlives_redis(hospital, mother, pharmacy):
    miss(pharmacy, 30)
    cache.clear()
    assert problem(hospital.send("POST", "quotes", nobody(mother))) == (429, "too_many_requests")


def test_misses_that_no_limit_counts_are_forgotten(pharmacy):
    miss(pharmacy, 3, ago=timedelta(days=3))
    miss(pharmacy, 1)
    assert services.forget_misses() == 3


@pytest.mark.django_db(transaction=True)
def test_the_budget_holds_when_many_ask_at_once(mother, pharmacy, in_threads):
    miss(pharmacy, 26)
    tills = [Hospital(pharmacy) for _ in range(8)]
    answers = in_threads(*(lambda till=till: till.send("POST", "quotes", nobody(mother)) for till in tills))
    assert sorted(answer.status_code for answer in answers) == [404] * 4 + [429] * 4
