"""A provider's file: every good row posted once, every bad one named, whatever order and however often."""

import csv
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongji.models import AuditRow
from ledger import services
from ledger.models import Transaction
from ledger.services import settlement_files
from tests.factories import make_account, make_holder, make_mandate, make_person, make_provider, settlement

pytestmark = pytest.mark.django_db
HEADER = ",".join(settlement_files.COLUMNS)
AT = "2026-11-20T10:30:00+08:00"


@pytest.fixture
def write(csv_file):
    return lambda *lines, header=HEADER: csv_file(header, *lines)


@pytest.fixture
def worker(db):
    return make_holder("李明", 100_00)


def paid(serial, person, amount="10.00", *, category="outpatient", at=AT, away="0", name=None):
    return f"{serial},settlement,,01,{person.id_number},{name or person.name},{amount},{category},{at},{away}"


def back(serial, original, person, amount="10.00", *, at=AT, name=None):
    return f"{serial},reversal,{original},01,{person.id_number},{name or person.name},{amount},,{at},0"


def bring_in(path, provider):
    call_command("import_settlements", path, provider=provider.pk)
    found = path.with_name(path.name + ".errors.csv")
    return list(csv.reader(found.read_text("utf-8-sig").splitlines()))[1:] if found.exists() else []


def columns(errors):
    return [(int(line), column) for line, column, _reason in errors]


def test_rows_are_posted_now_and_keep_the_time_of_the_file(write, worker, pharmacy, capsys):
    began = timezone.now()
    errors = bring_in(write(paid("A", worker), back("B", "A", worker, "4.00"), paid("C", worker)), pharmacy)
    assert errors == []
    assert services.personal_balance(worker) == 84_00
    first = Transaction.objects.get(serial="A")
    assert first.event_at.isoformat() == "2026-11-20T02:30:00+00:00"
    assert began <= first.posted_at <= timezone.now()
    assert Transaction.objects.get(serial="B").reverses_id == first.pk
    assert "新入账结算 2 笔、退费 1 笔,以前已入账 0 笔" in capsys.readouterr().out
    assert AuditRow.objects.filter(action="ledger.file_imported", object_id=str(pharmacy.pk)).exists()


def test_the_money_is_shared_as_at_the_counter(write, worker, pharmacy):
    mother = make_holder("王芳", 3_00)
    make_mandate(worker, mother)
    assert bring_in(write(paid("A", mother, "50.00"), back("B", "A", mother, "48.00")), pharmacy) == []
    assert (services.personal_balance(mother), services.personal_balance(worker)) == (1_00, 100_00)


def test_the_same_file_twice_changes_nothing(write, worker, pharmacy, capsys):
    path = write(paid("A", worker), back("B", "A", worker))
    assert bring_in(path, pharmacy) + bring_in(path, pharmacy) == []
    assert Transaction.objects.filter(provider=pharmacy).count() == 2
    assert "新入账结算 0 笔、退费 0 笔,以前已入账 2 笔" in capsys.readouterr().out


def test_a_reversal_may_come_before_its_original(write, worker, pharmacy):
    assert bring_in(write(back("B", "A", worker, "4.00"), paid("A", worker)), pharmacy) == []
    assert services.personal_balance(worker) == 94_00


def test_the_original_may_have_been_posted_by_the_api(write, worker, pharmacy):
    services.settle(settlement=settlement(pharmacy, worker, 30_00, serial="API-1"))
    assert bring_in(write(back("B", "API-1", worker, "30.00")), pharmacy) == []
    assert services.personal_balance(worker) == 100_00


def test_what_the_api_posted_is_there_already(write, worker, pharmacy, capsys):
    original = services.settle(settlement=settlement(pharmacy, worker, 30_00, serial="API-1"))
    services.reverse(
        provider=pharmacy, original=original.id, serial="API-2", amount=None, reason="退药",
        occurred_at=timezone.now(),
    )  # fmt: skip
    errors = bring_in(
        write(paid("API-1", worker, "30.00"), back("API-2", "API-1", worker, "30.00")), pharmacy
    )
    assert errors == []
    assert "以前已入账 2 笔" in capsys.readouterr().out


def test_a_serial_that_stands_for_something_else_is_reported(write, worker, pharmacy):
    other = make_holder("王芳", 50_00)
    bring_in(write(paid("A", worker), paid("D", worker), back("B", "A", worker, "4.00")), pharmacy)
    path = write(
        paid("A", worker, "11.00"),
        paid("A", other),
        paid("A", worker, category="drug"),
        paid("A", worker, away="1"),
        paid("B", worker, "4.00"),
        back("A", "D", worker),
        back("B", "D", worker, "4.00"),
        back("B", "A", worker, "4.01"),
        paid("A", worker, at="2026-11-20T10:31:00+08:00"),
    )
    errors = bring_in(path, pharmacy)
    assert columns(errors) == [(line, "provider_serial") for line in range(2, 10)]
    assert Transaction.objects.filter(provider=pharmacy).count() == 3


def test_a_serial_twice_in_one_file_is_posted_once(write, worker, pharmacy):
    assert columns(
        bring_in(write(paid("A", worker), paid("A", worker), paid("A", worker, "1")), pharmacy)
    ) == [(4, "provider_serial")]
    assert services.personal_balance(worker) == 90_00


def test_serials_belong_to_their_provider(write, worker, pharmacy):
    path = write(paid("A", worker))
    bring_in(path, pharmacy)
    bring_in(path, make_provider())
    assert services.personal_balance(worker) == 80_00


def test_what_the_ledger_refuses_is_named_and_the_rest_kept(write, worker, pharmacy):
    far = make_holder("王芳", 50_00, area="530100")
    path = write(
        paid("A", worker),
        paid("B", worker, category="fitness"),
        paid("C", far),
        back("D", "A", worker, "10.01"),
        back("E", "nothing", worker),
        back("F", "A", far),
        back("G", "A", worker),
        back("H", "A", worker, "0.01"),
        back("I", "G", worker, "1.00"),
        paid("J", worker),
    )
    errors = bring_in(path, pharmacy)
    wrong = [(3, "category"), (4, "away"), (5, "amount"), (7, "id_number"), (9, "original_serial"),
             (10, "original_serial"), (6, "original_serial")]  # fmt: skip
    assert columns(errors) == wrong
    assert "依据" in errors[0][2]
    assert services.personal_balance(worker) == 90_00


def test_bad_rows_are_named_and_the_good_ones_kept(write, worker, pharmacy):
    tomorrow = (timezone.now() + timedelta(days=1)).isoformat(timespec="seconds")
    path = write(
        paid("", worker),
        paid("一", worker),
        paid("A" * 65, worker),
        paid("B", worker).replace("settlement", "sale"),
        paid("C", worker, "1.234"),
        paid("C", worker, "-1"),
        paid("C", worker, "0"),
        paid("C", worker, category="shopping"),
        paid("C", worker, at="2026-11-20 10:30"),
        paid("C", worker, at=tomorrow),
        paid("C", worker, away="yes"),
        paid("C", worker, name="李方"),
        paid("C", make_person("张三")).replace("张三", ""),
        back("C", "", worker),
        paid("C", worker).replace("settlement,,", "settlement,X,"),
        "C,settlement",
        paid("C", worker, name="李\x00明"),
        paid("good", worker),
    )
    named = columns(bring_in(path, pharmacy))
    wrong = ["provider_serial"] * 3 + ["kind"] + ["amount"] * 3 + ["category"] + ["occurred_at"] * 2
    wrong += ["away", "id_number", "id_number", "original_serial", "original_serial", "", ""]
    assert named == list(enumerate(wrong, 2))
    assert services.personal_balance(worker) == 90_00


def test_a_wrong_name_and_an_unknown_number_are_one_answer(write, worker, pharmacy):
    nobody = paid("B", worker).replace(worker.id_number, "990100198001019999")
    reasons = [reason for _, _, reason in bring_in(write(paid("A", worker, name="李方"), nobody), pharmacy)]
    assert len(reasons) == 2
    assert len(set(reasons)) == 1


def test_columns_may_stand_in_another_order(write, worker, pharmacy):
    header = ",".join(reversed(settlement_files.COLUMNS))
    line = ",".join(reversed(paid("A", worker).split(",")))
    assert bring_in(write(line, header=header), pharmacy) == []
    assert services.personal_balance(worker) == 90_00


@pytest.mark.parametrize("header", ["a,b", "", HEADER.replace(",away", "")])
def test_a_wrong_header_is_said_at_once(write, worker, pharmacy, header):
    with pytest.raises(CommandError, match="表头"):
        bring_in(write(paid("A", worker), header=header), pharmacy)


def test_an_unknown_or_suspended_provider_is_said_at_once(write, worker, pharmacy):
    with pytest.raises(CommandError, match="没有编号"):
        call_command("import_settlements", write(paid("A", worker)), provider=pharmacy.pk + 1000)
    type(pharmacy).objects.filter(pk=pharmacy.pk).update(suspended_at=timezone.now())
    with pytest.raises(CommandError, match="停用"):
        bring_in(write(paid("A", worker)), pharmacy)
    assert services.personal_balance(worker) == 100_00


def test_an_interrupted_file_goes_on_where_it_stopped(write, worker, pharmacy, monkeypatch):
    monkeypatch.setattr(settlement_files, "BATCH", 2)
    path = write(
        *(paid(f"S{number}", worker, "1.00") for number in range(7)), back("R", "S0", worker, "1.00")
    )
    posted = []

    def stumble(*, settlement):
        posted.append(settlement.serial)
        if len(posted) == 4:
            raise KeyboardInterrupt
        return services.settle(settlement=settlement)

    monkeypatch.setattr(settlement_files, "settle", stumble)
    with pytest.raises(CommandError, match="再运行同一条命令"):
        bring_in(path, pharmacy)
    assert services.personal_balance(worker) == 97_00
    assert bring_in(path, pharmacy) == []
    assert services.personal_balance(worker) == 94_00
    assert posted[4:] == ["S3", "S4", "S5", "S6"]


def test_known_rows_cost_a_few_queries_a_batch(write, worker, pharmacy, django_assert_max_num_queries):
    path = write(*(paid(f"S{number}", worker, "0.10") for number in range(60)))
    bring_in(path, pharmacy)
    with django_assert_max_num_queries(8):
        bring_in(path, pharmacy)


steps = st.lists(
    st.tuples(st.sampled_from("ABCDE"), st.sampled_from("abc"), st.integers(1, 900)), min_size=1, max_size=12
)


@given(steps=steps, shuffled=st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_file_in_any_order_keeps_the_books_and_changes_nothing_the_second_time(steps, shuffled, tmp_path):
    person, provider = make_person("李明"), make_provider()
    make_account(person, 20_00)
    lines = [paid(serial, person, f"{fen / 100:.2f}") for serial, _, fen in steps]
    lines += [back(name, serial, person, f"{fen / 100:.2f}") for serial, name, fen in steps]
    shuffled.shuffle(lines)
    path = tmp_path / f"{provider.pk}.csv"
    path.write_text("\n".join([HEADER, *lines]) + "\n")
    first = bring_in(path, provider)
    balance, count = services.personal_balance(person), Transaction.objects.filter(provider=provider).count()
    again = bring_in(path, provider)
    assert services.personal_balance(person) == balance
    assert Transaction.objects.filter(provider=provider).count() == count
    assert {line for line, *_ in again} == {line for line, *_ in first}
    settled = sum(t.own for t in Transaction.objects.filter(provider=provider, kind="settlement"))
    returned = sum(t.own for t in Transaction.objects.filter(provider=provider, kind="reversal"))
    assert balance == 20_00 - settled + returned
