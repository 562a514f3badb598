"""/ledger/check/: whoever holds a printed statement learns whether it is ours, and nothing else."""

import re

import pytest
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from redis.exceptions import ConnectionError as RedisAway

from ledger import services, statements
from ledger.forms import CheckForm
from ledger.models import IssuedStatement
from ledger.statements import Month, period_of
from tests.factories import (
    login_citizen,
    login_staff,
    make_holder,
    make_mandate,
    make_person,
    make_provider,
    settlement,
)
from tests.roles import as_owner

pytestmark = pytest.mark.django_db

CHECK = "/ledger/check/"


@pytest.fixture
def issued(db):
    """The use statement of 赵小梅's month: 30 元 of it paid by 李明."""
    giver, mother = make_holder("李明", 100_00), make_person("赵小梅")
    make_mandate(giver, mother)
    services.settle(settlement=settlement(make_provider("康民药房"), mother, 30_00, category="drug"))
    return services.issue_statement(statements.use_statement(mother, this_month()))


def this_month() -> Month:
    return Month.parse("", timezone.localdate())


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.content.decode()))


def ask(client, code, total):
    return client.post(CHECK, {"code": code, "total": total})


# ------------------------------------------------------------- real, or not
@pytest.mark.parametrize("total", ["30", "30.00", "30.00 元", "３０．００", "30.0"])
def test_a_real_one_is_called_real_with_what_is_printed_on_it(client, issued, total):
    answer = ask(client, services.grouped(issued.code), total)
    page = text(answer)
    assert answer.status_code == 200 and "真实" in page
    assert "就医购药使用清单" in page and this_month().title in page and "赵*梅" in page
    assert "30.00 元" in page and "1 笔" in page
    for hidden in (
        "赵小梅",
        "康民药房",
        "李*",
        "药品",
        issued.person.id_number,
        issued.person.id_number[-4:],
    ):
        assert hidden not in page


def test_code_and_sum_are_read_however_they_are_typed(client, issued):
    code = issued.code
    for typed in (
        code,
        "-".join(re.findall("....", code)),
        code.translate({48 + n: 0xFF10 + n for n in range(10)}),
    ):
        assert "真实" in text(ask(client, f" {typed} ", " 30.00"))


def test_another_sum_is_told_nothing(client, issued):
    page = text(ask(client, issued.code, "30.01"))
    assert "不符" in page and "真实" not in page and "赵" not in page and "30.00" not in page


def test_a_code_that_was_never_issued_looks_the_same_as_a_wrong_sum(client, issued):
    strange = f"{int(issued.code[:19]) ^ 1:019}"
    strange += services.statements._check_digit(strange)
    assert text(ask(client, strange, "30.00")) == text(ask(client, issued.code, "30.01"))


def test_a_slip_of_the_hand_is_told_beside_the_field(client, issued):
    wrong = issued.code[:-1] + str((int(issued.code[-1]) + 1) % 10)
    for code, total in (
        (wrong, "30.00"),
        ("123", "30.00"),
        ("", "30"),
        (issued.code, "三十"),
        (issued.code, ""),
    ):
        answer = ask(client, code, total)
        assert answer.status_code == 422 and "错误:" in answer.content.decode()


@given(st.integers(0, 10**19 - 1), st.integers(0, 18), st.integers(1, 9))
def test_every_single_wrong_digit_is_noticed(number, place, change):
    digits = f"{number:019}"
    code = digits + services.statements._check_digit(digits)
    assert services.is_code(code)
    wrong = str((int(code[place]) + change) % 10)
    assert not services.is_code(code[:place] + wrong + code[place + 1 :])


# ------------------------------------------------------------- what the code proves
CHANGES = {
    "sums": "sums = array[1, 2, 3, 3000]",
    "period": "period = '2026-01'",
    "role": "role = 'account'",
    "lines": "lines = 2",
    "issued_at": "issued_at = issued_at - interval '1 day'",
    "digest": "digest = decode(repeat('00', 32), 'hex')",
    "mac": "mac = decode('01' || repeat('00', 32), 'hex')",
}


def tamper(change: str) -> None:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(f"UPDATE ledger_issuedstatement SET {change}")
        cursor.execute("SET LOCAL session_replication_role = origin")


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_row_changed_in_the_database_is_no_longer_real(client, issued, change):
    tamper(change)
    assert "不符" in text(ask(client, issued.code, "30.00"))


def test_a_row_under_anothers_name_is_no_longer_real(client, issued):
    tamper(f"person_id = '{make_person('王芳').pk}'")
    assert "不符" in text(ask(client, issued.code, "30.00"))


@pytest.mark.parametrize("change", [lambda rows: rows.update(lines=9), lambda rows: rows.delete()])
def test_what_was_issued_stays(issued, change):
    with as_owner(), pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        change(IssuedStatement.objects.all())


def test_a_code_of_an_older_key_is_still_good(client, issued, settings):
    newest = max(settings.DATA_KEYS)
    settings.DATA_KEYS = settings.DATA_KEYS | {newest + 1: bytes(range(32))}
    assert "真实" in text(ask(client, issued.code, "30.00"))


def test_money_used_later_makes_a_new_paper_and_leaves_the_old_one_real(client, issued):
    mother = issued.person
    services.settle(settlement=settlement(make_provider(), mother, 5_00))
    later = services.issue_statement(
        statements.use_statement(mother, period_of(issued.period, this_month().first))
    )
    assert later.code != issued.code
    assert "真实" in text(ask(client, issued.code, "30.00"))
    assert "真实" in text(ask(client, later.code, "35.00"))


def test_a_month_of_refunds_has_a_negative_sum_that_can_be_typed(client):
    form = CheckForm({"code": "0" * 20, "total": "−1,030.50元"})
    assert form.is_valid() and form.cleaned_data["total"] == -1030_50


# ------------------------------------------------------------- who, and how often
def test_nobody_has_to_log_in_and_everybody_may(client, issued):
    assert client.get(CHECK).status_code == 200
    login_citizen(client, make_holder())
    assert client.get(CHECK).status_code == 200
    login_staff(client)
    assert client.get(CHECK).status_code == 200


def test_the_qr_code_brings_the_code_and_never_the_sum(client, issued):
    page = client.get(f"{CHECK}?code={issued.code}").content.decode()
    assert services.grouped(issued.code) in page and "30.00" not in page
    assert "<script>" not in client.get(f"{CHECK}?code=<script>").content.decode()


def test_somebody_who_tries_a_lot_waits(client, issued):
    for _ in range(30):
        assert ask(client, issued.code, "1").status_code == 200
    answer = ask(client, issued.code, "30.00")
    assert answer.status_code == 429 and 0 < int(answer["Retry-After"]) <= 600
    assert client.get(CHECK).status_code == 200


def test_a_check_goes_on_while_the_counters_are_away(client, issued, monkeypatch):
    def away(*args, **kwargs):
        raise RedisAway

    monkeypatch.setattr(cache, "add", away)
    assert "真实" in text(ask(client, issued.code, "30.00"))


def test_a_check_costs_one_look(client, issued, django_assert_max_num_queries):
    with django_assert_max_num_queries(1):
        ask(client, issued.code, "30.00")
