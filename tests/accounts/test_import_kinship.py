"""Marriages and births from a file: every good line once, every bad one named, no number in the clear."""

import csv

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.kinship import importing
from accounts.kinship.facts import Birth, Marriage, Who
from accounts.kinship.rows import BIRTHS, MARRIAGES
from accounts.kinship.tables import Births, Marriages
from accounts.models import BirthRecord, MarriageRecord
from tests.factories import id_number

pytestmark = pytest.mark.django_db
ONE, OTHER, THIRD = (Who.of("01", id_number()) for _ in range(3))


@pytest.fixture
def marriages(csv_file):
    return lambda *lines: csv_file(",".join(MARRIAGES), *lines)


@pytest.fixture
def births(csv_file):
    return lambda *lines: csv_file(",".join(BIRTHS), *lines)


def wed(certificate="J990100-2015-000001", one=ONE, other=OTHER, since="2015-05-20", until=""):
    return f"{certificate},01,{one.number},01,{other.number},{since},{until}"


def born(certificate="K440012345", child=ONE, mother=OTHER, father=THIRD):
    cells = [f"01,{who.number}" if who else "," for who in (child, mother, father)]
    return ",".join([certificate, *cells])


def errors(path):
    found = path.with_name(path.name + ".errors.csv")
    return list(csv.reader(found.read_text("utf-8-sig").splitlines()))[1:] if found.exists() else []


def found(register, *who):
    return register.look_up(who, within=1).facts


def test_a_marriage_is_imported_and_found(marriages, capsys):
    call_command("import_kinship", marriages(wed()))
    (fact,) = found(Marriages(), ONE)
    assert isinstance(fact, Marriage) and fact.people == {ONE, OTHER}
    assert str(fact.since) == "2015-05-20"
    assert "新增 1 条,更新 0 条,以前已有 0 条" in capsys.readouterr().out


def test_a_birth_is_imported_and_found(births):
    call_command("import_kinship", births(born()))
    assert found(Births(), ONE) == (Birth(ONE, mother=OTHER, father=THIRD),)


def test_a_newborn_without_a_number_is_found_by_its_certificate(births):
    call_command("import_kinship", births(born(child=None, father=None)))
    newborn = Who.of("99", "K440012345")
    assert found(Births(), newborn) == (Birth(newborn, mother=OTHER),)


def test_the_same_file_twice_changes_nothing(marriages, capsys):
    path = marriages(wed(), wed("J990100-2015-000002", OTHER, THIRD))
    call_command("import_kinship", path)
    before = list(MarriageRecord.objects.order_by("pk").values())
    call_command("import_kinship", path)
    assert list(MarriageRecord.objects.order_by("pk").values()) == before
    assert "新增 0 条,更新 0 条,以前已有 2 条" in capsys.readouterr().out


def test_a_later_file_brings_the_divorce(marriages, capsys):
    call_command("import_kinship", marriages(wed()))
    call_command("import_kinship", marriages(wed(until="2026-03-01")))
    (fact,) = found(Marriages(), OTHER)
    assert isinstance(fact, Marriage) and str(fact.until) == "2026-03-01"
    assert "更新 1 条" in capsys.readouterr().out


def test_a_child_that_got_its_number_stays_one_record(births):
    call_command("import_kinship", births(born(child=None)))
    call_command("import_kinship", births(born(child=ONE)))
    assert BirthRecord.objects.count() == 1
    assert found(Births(), ONE) == (Birth(ONE, mother=OTHER, father=THIRD),)


def test_an_old_number_of_fifteen_digits_is_the_same_person(marriages):
    number = id_number()
    old = number[:6] + number[8:17] if number[6:8] == "19" else ""
    call_command("import_kinship", marriages(f"J1,01,{old},01,{OTHER.number},,"))
    assert found(Marriages(), Who.of("01", number))


@pytest.mark.parametrize("batch", [1, 1_000])
def test_a_file_that_contradicts_itself_keeps_what_it_said_first(marriages, monkeypatch, batch):
    monkeypatch.setattr(importing, "BATCH", batch)
    path = marriages(wed(), wed(), wed(until="2026-03-01"))
    for _run in range(2):
        call_command("import_kinship", path)
        assert errors(path) == [["4", "certificate", "前面同一个证号的一行和这一行不一样"]]
        assert MarriageRecord.objects.get().until is None


def test_bad_lines_are_named_without_their_values_and_the_good_ones_kept(marriages):
    path = marriages(
        wed(certificate=""),
        wed(one=Who.of("01", ONE.number[:-1] + "K")),
        wed(other=ONE),
        wed(since="2015-02-30"),
        wed(since="20150520"),
        wed(until="2015-05-19"),
        wed(certificate="J" * 41),
        f"J2,77,{ONE.number},01,{OTHER.number},,",
        "J3,01",
        f"J4,01,,01,{OTHER.number},,",
        wed("J5\x00"),
        wed("J990100-2015-000009"),
    )
    call_command("import_kinship", path)
    columns = ["certificate", "one_id_number", "other_id_number", "since", "since", "until", "certificate"]
    columns += ["one_id_number", "", "one_id_number", ""]
    assert [(int(line), column) for line, column, _ in errors(path)] == list(enumerate(columns, start=2))
    assert not any(ONE.number[:-1] in "".join(error) for error in errors(path))
    assert MarriageRecord.objects.count() == 1


def test_a_birth_needs_a_parent_and_three_people(births):
    path = births(born(mother=None, father=None), born(mother=ONE), born(father=OTHER))
    call_command("import_kinship", path)
    assert [column for _line, column, _reason in errors(path)] == ["mother_id_number", "", ""]
    assert not BirthRecord.objects.exists()


def test_another_header_is_refused_in_words(csv_file):
    with pytest.raises(CommandError, match="表头"):
        call_command("import_kinship", csv_file("name,age", "x,1"))


def test_no_number_is_kept_in_the_clear(marriages, births):
    call_command("import_kinship", marriages(wed()))
    call_command("import_kinship", births(born()))
    with connection.cursor() as cursor:
        cursor.execute("SELECT m::text || b::text FROM accounts_marriagerecord m, accounts_birthrecord b")
        (row,) = cursor.fetchone()
    for who in (ONE, OTHER, THIRD):
        assert who.number not in row and who.number.encode().hex() not in row
    assert b"K440012345".hex() not in row


def test_queries_do_not_grow_with_the_lines_of_a_batch(marriages, django_assert_max_num_queries):
    path = marriages(*[wed(f"J{number}") for number in range(200)])
    with django_assert_max_num_queries(12):
        call_command("import_kinship", path)
    assert MarriageRecord.objects.count() == 200
