"""A provider's own list of a day against the books, as JSON and as CSV."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import make_holder, make_provider
from tests.ledger.provider import Hospital, problem, wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def mother():
    return make_holder("王芳", 500_00)


@pytest.fixture
def day(hospital, mother):
    """Three settlements and a reversal; the day on which they were posted."""
    for serial, amount in [("A", "1.00"), ("B", "2.00"), ("C", "3.00")]:
        paid = hospital.send("POST", "settlements", wish(mother, provider_serial=serial, amount=amount))
    back = {"provider_serial": "C-1", "amount": "0.50", "reason": "退药"}
    hospital.send("POST", f"settlements/{paid.json()['id']}/reversals", back)
    return timezone.localdate().isoformat()


def row(serial, amount, kind="settlement"):
    return {"provider_serial": serial, "kind": kind, "amount": amount}


BOOKS = [row("A", "1.00"), row("B", "2"), row("C", "3.0"), row("C-1", "0.50", "reversal")]


def compare(hospital, day, rows, **options):
    return hospital.send("POST", f"reconciliations/{day}", {"rows": rows}, **options)


def compare_csv(hospital, day, text):
    return hospital.send(
        "POST", f"reconciliations/{day}", text.encode(), headers={"Content-Type": "text/csv"}
    )


def test_a_day_that_agrees(hospital, day):
    told = compare(hospital, day, BOOKS)
    assert told.status_code == 200
    assert told.json() == {"matched": 4, "missing_here": [], "missing_there": [], "different": []}


def test_every_kind_of_difference_is_named(hospital, day):
    rows = [row("A", "1.00"), row("B", "2.50"), row("C-1", "0.50"), row("X", "9.00")]
    told = compare(hospital, day, rows).json()
    assert told["matched"] == 1
    assert told["missing_here"] == [row("X", "9.00") | {"posted_on": None}]
    assert [(one["provider_serial"], one["amount"]) for one in told["missing_there"]] == [("C", "3.00")]
    assert [(one["provider_serial"], one["here"], one["there"]) for one in told["different"]] == [
        ("B", {"kind": "settlement", "amount": "2.00"}, {"kind": "settlement", "amount": "2.50"}),
        ("C-1", {"kind": "reversal", "amount": "0.50"}, {"kind": "settlement", "amount": "0.50"}),
    ]
    assert hospital.send("GET", f"settlements/{told['missing_there'][0]['id']}").json()["amount"] == "3.00"


def test_what_was_posted_on_another_day_says_on_which(hospital, day):
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    told = compare(hospital, tomorrow, [row("A", "1.00")]).json()
    assert told["missing_here"] == [row("A", "1.00") | {"posted_on": day}]
    assert told["missing_there"] == []


def test_a_serial_that_comes_twice_is_missing_here_the_second_time(hospital, day):
    told = compare(hospital, day, [*BOOKS, row("A", "1.00")]).json()
    assert (told["matched"], told["missing_here"]) == (4, [row("A", "1.00") | {"posted_on": day}])


def test_a_day_without_anything_is_an_empty_list(hospital, day):
    assert len(compare(hospital, day, []).json()["missing_there"]) == 4


def test_others_postings_are_none_of_ones_own(day):
    told = compare(Hospital(make_provider()), day, [row("A", "1.00")]).json()
    assert told["missing_here"] == [row("A", "1.00") | {"posted_on": None}]
    assert told["missing_there"] == []


def test_a_csv_file_says_the_same(hospital, day):
    lines = "provider_serial,kind,amount\nA,settlement,1.00\nB,settlement,2\nC,settlement,3\n"
    told = compare_csv(hospital, day, "\ufeff" + lines).json()
    assert (told["matched"], [one["provider_serial"] for one in told["missing_there"]]) == (3, ["C-1"])


def test_the_columns_of_a_csv_file_may_stand_in_any_order(hospital, day):
    assert (
        compare_csv(hospital, day, 'amount,kind,provider_serial\r\n"1.00",settlement,A\r\n').json()["matched"]
        == 1
    )


@pytest.mark.parametrize(
    "text",
    [
        "\n",
        "a,b\n1,2\n",
        "provider_serial,kind\nA,settlement\n",
        'provider_serial,kind,amount\n"A,settlement,1\n',
        "provider_serial,kind,amount,kind\nA,settlement,1,settlement\n",
    ],
)
def test_a_file_that_is_no_such_csv_is_refused(hospital, day, text):
    assert problem(compare_csv(hospital, day, text)) == (422, "invalid")


def test_every_bad_row_is_named(hospital, day):
    rows = [
        row("A", "1.00"), row("", "1.00"), row("B", "1,00"), row("C", "0"), row("D", "1", "gift"),
        row("E", "1") | {"more": 1}, {"provider_serial": "F"},
    ]  # fmt: skip
    response = compare(hospital, day, rows)
    assert problem(response) == (422, "invalid")
    assert [error["loc"][1:] for error in response.json()["errors"]] == [
        ["rows", 1, "provider_serial"], ["rows", 2, "amount"], ["rows", 3, "amount"], ["rows", 4, "kind"],
        ["rows", 5, "more"], ["rows", 6, "kind"], ["rows", 6, "amount"],
    ]  # fmt: skip


def test_every_bad_line_of_a_csv_file_is_named(hospital, day):
    text = (
        "provider_serial,kind,amount\nA,settlement,1.00\nB,settlement\nC,settlement,1.00,x\nD,settlement,-1\n"
    )
    response = compare_csv(hospital, day, text)
    assert problem(response) == (422, "invalid")
    assert [error["loc"][1:] for error in response.json()["errors"]] == [
        ["rows", 1, "amount"], ["rows", 2, "more"], ["rows", 3, "amount"],
    ]  # fmt: skip


def test_a_file_of_garbage_is_not_answered_with_a_flood(hospital, day):
    response = compare(hospital, day, [{}] * 40_000)
    assert problem(response) == (422, "invalid")
    assert len(response.json()["errors"]) == 2000


def test_two_mebibytes_are_taken_and_more_are_not(hospital, day):
    lines = "provider_serial,kind,amount\n" + "".join(f"{i:07},settlement,1.00\n" for i in range(50_000))
    lines += "\n" * (2 * 1024 * 1024 - len(lines))
    told = compare_csv(hospital, day, lines)
    assert (told.status_code, len(told.json()["missing_here"])) == (200, 50_000)
    assert problem(compare_csv(hospital, day, lines + "\n")) == (413, "too_large")


def test_more_rows_than_a_day_can_have_are_refused(hospital, day):
    lines = "provider_serial,kind,amount\n" + "".join(f"{i},settlement,1\n" for i in range(50_001))
    assert problem(compare_csv(hospital, day, lines)) == (422, "invalid")


def test_another_call_takes_no_csv_and_nothing_that_large(hospital, mother):
    told = hospital.send("POST", "quotes", b"a,b", headers={"Content-Type": "text/csv"})
    assert problem(told) == (415, "unsupported_media_type")


@pytest.mark.parametrize("day", ["2026-13-01", "x", "20261121", "2026-W47-6"])
def test_a_day_that_is_none_is_absent(hospital, day):
    assert problem(compare(hospital, day, [])) == (404, "not_found")


def test_the_same_comparison_again_gets_its_stored_reply(hospital, day, mother):
    first = compare(hospital, day, BOOKS, key="k-1")
    hospital.send("POST", "settlements", wish(mother, provider_serial="D", amount="1.00"))
    again = compare(hospital, day, BOOKS, key="k-1")
    assert (again.content, again["Idempotency-Replayed"]) == (first.content, "true")


def test_a_comparison_costs_two_queries_however_long(hospital, day, django_assert_num_queries):
    rows = [row(f"X{i}", "1.00") for i in range(3000)]
    with django_assert_num_queries(5):  # key, nonce, ours, where else, the kept reply
        compare(hospital, day, rows)
