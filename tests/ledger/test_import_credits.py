"""划入 from a file: every good line once, every bad one named."""

import csv
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command

from ledger import services
from ledger.models import LedgerAccount
from ledger.services import credit_files
from tests.factories import insure, make_holder, make_person

pytestmark = pytest.mark.django_db
HEADER = "id_type,id_number,name,period,kind,amount"


@pytest.fixture
def write(csv_file):
    return lambda *lines, header=HEADER: csv_file(header, *lines)


def line(person, period="2026-11", kind="contribution", amount="120.50", name=None):
    return f"01,{person.id_number},{name or person.name},{period},{kind},{amount}"


def errors(path):
    found = path.with_name(path.name + ".errors.csv")
    return list(csv.reader(found.read_text("utf-8-sig").splitlines()))[1:] if found.exists() else []


def test_good_lines_are_credited(write, capsys):
    worker = make_holder("李明")
    path = write(line(worker), line(worker, kind="interest", amount="1.2"), line(worker, period="2026-10"))
    call_command("import_credits", path)
    assert services.personal_balance(worker) == 242_20
    assert "新入账 3 笔" in capsys.readouterr().out
    assert errors(path) == []


def test_the_same_file_twice_changes_nothing(write, capsys):
    worker = make_holder("李明")
    path = write(line(worker))
    call_command("import_credits", path)
    call_command("import_credits", path)
    assert services.personal_balance(worker) == 120_50
    assert "新入账 0 笔,以前已入账 1 笔" in capsys.readouterr().out


def test_a_line_twice_in_one_file_is_credited_once(write):
    worker = make_holder("李明")
    call_command("import_credits", write(line(worker), line(worker)))
    assert services.personal_balance(worker) == 120_50


def test_an_account_is_opened_for_whom_the_registry_gives_one(write):
    worker, resident = make_person("李明"), make_person("王芳")
    insure(worker)
    insure(resident, scheme="390")
    path = write(line(worker), line(resident))
    call_command("import_credits", path)
    assert services.personal_balance(worker) == 120_50
    assert errors(path) == [["3", "id_number", "这位参保人没有个人账户"]]
    assert not LedgerAccount.objects.filter(owner=resident).exists()


def test_bad_lines_are_named_and_the_good_ones_kept(write):
    worker = make_holder("李明")
    path = write(
        line(worker, name="李方"),
        line(worker, period="2026-13"),
        line(worker, kind="gift"),
        line(worker, amount="0"),
        line(worker, amount="1e3"),
        "01,1",
        line(make_holder("王芳")),
        f"01,{worker.id_number},李\x00明,2026-11,contribution,1.00",
    )
    call_command("import_credits", path)
    columns = ["id_number", "period", "kind", "amount", "amount", "", "", ""]
    named = {int(number): column for number, column, _ in errors(path)}
    assert named == {number: columns[number - 2] for number in (2, 3, 4, 5, 6, 7, 9)}
    assert services.personal_balance(worker) == 0


def test_another_amount_for_a_credited_period_is_reported(write):
    worker = make_holder("李明")
    call_command("import_credits", write(line(worker)))
    path = write(line(worker, amount="99.00"))
    call_command("import_credits", path)
    assert errors(path) == [["2", "amount", "这一期已经入账,金额不同"]]
    assert services.personal_balance(worker) == 120_50


def test_interest_is_for_a_month_or_for_a_year(write):
    worker = make_holder("李明")
    path = write(
        line(worker, kind="interest", period="2026", amount="3.21"),
        line(worker, kind="interest", period="2026-06", amount="1.00"),
        line(worker, period="2026"),
        line(worker, kind="opening", period="2025"),
        line(worker, kind="interest", period="2026-00"),
    )
    call_command("import_credits", path)
    assert [(number, column) for number, column, _ in errors(path)] == [(str(n), "period") for n in (4, 5, 6)]
    assert services.personal_balance(worker) == 4_21
    call_command("import_credits", write(line(worker, kind="interest", period="2026", amount="3.22")))
    assert errors(path) == [["2", "amount", "这一期已经入账,金额不同"]]
    assert services.personal_balance(worker) == 4_21


def test_the_same_period_of_another_kind_is_another_credit(write):
    worker = make_holder("李明")
    kinds = ("opening", "contribution", "interest")
    call_command("import_credits", write(*(line(worker, kind=kind, amount="1.00") for kind in kinds)))
    assert services.personal_balance(worker) == 3_00


def test_a_period_that_has_not_come_is_reported(write):
    worker = make_holder("李明")
    path = write(
        line(worker, period="2026-12"),
        line(worker, period="2027-01"),
        line(worker, kind="interest", period="2027"),
    )
    with time_machine.travel("2026-11-21T10:00:00+08:00"):
        call_command("import_credits", path)
    assert [(number, column) for number, column, _ in errors(path)] == [("3", "period"), ("4", "period")]
    assert services.personal_balance(worker) == 120_50


def test_columns_may_stand_in_another_order(write):
    worker = make_holder("李明")
    header = ",".join(reversed(HEADER.split(",")))
    call_command("import_credits", write(",".join(reversed(line(worker).split(","))), header=header))
    assert services.personal_balance(worker) == 120_50


def test_an_interrupted_file_goes_on_where_it_stopped(write, monkeypatch, capsys):
    workers = [make_holder(name) for name in ("李明", "王芳", "张三", "李四", "王五")]
    path = write(*(line(worker) for worker in workers))
    monkeypatch.setattr(credit_files, "BATCH", 2)
    batches = iter([services.credit, KeyboardInterrupt])
    monkeypatch.setattr(credit_files, "credit", lambda items: _next(batches, items))
    with pytest.raises(CommandError, match="再运行同一条命令"):
        call_command("import_credits", path)
    monkeypatch.setattr(credit_files, "credit", services.credit)
    call_command("import_credits", path)
    assert "新入账 3 笔,以前已入账 2 笔" in capsys.readouterr().out
    assert [services.personal_balance(worker) for worker in workers] == [120_50] * 5


def _next(steps, items):
    step = next(steps)
    if step is KeyboardInterrupt:
        raise step
    return step(items)


@pytest.mark.django_db(transaction=True)
def test_the_database_alone_keeps_a_credit_from_coming_twice(write, in_threads):
    """Two imports of one file at once: what one posts, the other finds there."""
    worker = make_holder("李明")
    path = write(line(worker), line(worker, kind="interest", period="2026"))
    in_threads(lambda: call_command("import_credits", path), lambda: call_command("import_credits", path))
    assert services.personal_balance(worker) == 241_00


def test_a_wrong_header_is_said_at_once(write):
    with pytest.raises(CommandError, match="表头"):
        call_command("import_credits", write(header="a,b"))
    with pytest.raises(CommandError):
        call_command("import_credits", Path("/nowhere.csv"))
