"""The registry file: streamed, twice changes nothing, bad lines reported."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts import services
from accounts.models import Enrollment, Person
from accounts.registry import importing
from accounts.registry.importing import import_insured
from accounts.registry.rows import COLUMNS
from gongji.crypto import blind_index
from gongji.csvfiles import NotReadable
from tests.accounts.registry_file import LI, errors_of, registry_file
from tests.factories import id_number, make_login

pytestmark = pytest.mark.django_db

WANG = id_number(date(1950, 3, 5))


@pytest.fixture
def registry(tmp_path):
    """Write a registry file of rows given as changes to a good one."""
    return lambda *rows, **options: registry_file(tmp_path, *rows, **options)


def everything():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p::text FROM accounts_person p UNION ALL SELECT e::text FROM accounts_enrollment e"
        )
        return sorted(cursor.fetchall())


def test_a_row_becomes_a_person_and_an_enrolment(registry):
    import_insured(registry({}))
    person = services.find_person(id_type="01", id_number=LI, name="李明")
    enrollment = services.current_enrollment(person)
    assert (person.name, person.id_number, person.phone, person.birth_date) == (
        "李明",
        LI,
        "13800138000",
        date(1980, 1, 1),
    )
    assert (enrollment.area, enrollment.scheme, enrollment.personal_account) == ("990100", "310", True)
    assert bytes(person.phone_index) == blind_index("phone", "13800138000")
    assert list(services.new_account_holders()) == [person]


def test_nothing_that_identifies_is_stored_in_the_clear(registry):
    import_insured(registry({}))
    text = str(everything())
    assert not any(secret in text for secret in (LI, "李明", "13800138000", "1980-01-01"))


def test_the_same_file_twice_changes_nothing(registry):
    path = registry(
        {},
        {"id_number": WANG, "birth_date": "", "name": "王芳"},
        {"area": "990200", "valid_from": "2024-05-01"},
    )
    import_insured(path)
    before = everything()
    summary = import_insured(path)
    assert summary.changed_nothing
    assert everything() == before


def test_a_changed_phone_is_sealed_under_the_same_person(registry):
    import_insured(registry({}))
    known = Person.objects.get()
    summary = import_insured(registry({"phone": "13900139000"}))
    person = Person.objects.get()
    assert (person.pk, person.phone, summary.people_changed, summary.people_new) == (
        known.pk,
        "13900139000",
        1,
        0,
    )


def test_a_move_closes_the_old_row_and_leaves_one_current(registry):
    import_insured(registry({}))
    import_insured(registry({"area": "990200", "valid_from": "2026-03-01"}))
    old, new = Enrollment.objects.order_by("valid_from")
    assert (old.current, old.valid_to) == (False, date(2026, 3, 1))
    assert (new.current, new.area) == (True, "990200")


def test_a_move_within_one_file_is_the_same_in_any_order(registry):
    moved = {"area": "990200", "valid_from": "2026-03-01"}
    import_insured(registry(moved, {}))
    assert Enrollment.objects.get(current=True).area == "990200"


def test_an_ended_enrolment_gives_way_to_one_that_lasts(registry):
    import_insured(
        registry(
            {"status": "ended", "valid_from": "2026-05-01"}, {"area": "990200", "valid_from": "2020-01-01"}
        )
    )
    assert Enrollment.objects.get(current=True).area == "990200"


def test_a_death_counts_above_all(registry):
    import_insured(registry({"status": "deceased", "valid_from": "2010-01-01"}, {"area": "990200"}))
    assert Enrollment.objects.get(current=True).status == "deceased"


def test_bad_lines_are_listed_and_good_ones_kept(registry):
    path = registry(
        {"id_number": LI[:17] + ("0" if LI[17] != "0" else "1")},
        {"id_number": WANG, "birth_date": ""},
        {"phone": "12345"},
    )
    summary = import_insured(path)
    assert (summary.read, summary.bad, summary.people_new) == (3, 2, 1)
    assert errors_of(path) == [(2, "id_number", "身份证号的最后一位对不上"), (4, "phone", "不是 11 位手机号")]


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"id_type": "77"}, "id_type"),
        ({"id_number": LI[:17]}, "id_number"),
        ({"name": ""}, "name"),
        ({"name": "李\x00明"}, "name"),
        ({"birth_date": "1980-01-02"}, "birth_date"),
        ({"birth_date": "昨天"}, "birth_date"),
        ({"area": "9901"}, "area"),
        ({"scheme": "311"}, "scheme"),
        ({"scheme": "390", "personal_account": "1"}, "personal_account"),
        ({"personal_account": "yes"}, "personal_account"),
        ({"status": "正常"}, "status"),
        ({"valid_from": "20200101"}, "valid_from"),
        ({"valid_to": "2019-01-01"}, "valid_to"),
        ({"household_no": "H" * 41}, "household_no"),
        ({"relation_to_head": "1"}, "relation_to_head"),
        ({"employer": "长" * 201}, "employer"),
    ],
)
def test_what_is_wrong_is_named_by_its_column(registry, change, column):
    path = registry(change)
    import_insured(path)
    assert [error[1] for error in errors_of(path)] == [column]
    assert not Person.objects.exists()


def test_the_list_of_errors_never_repeats_a_value(registry):
    path = registry({"id_number": "110101198001011234", "phone": "1391234"})
    import_insured(path)
    text = path.with_name(path.name + ".errors.csv").read_text()
    assert "110101" not in text and "1391234" not in text


def test_an_errors_file_of_an_earlier_run_goes_when_all_is_well(registry):
    import_insured(registry({"area": "1"}))
    path = registry({})
    import_insured(path)
    assert errors_of(path) is None


def test_two_lines_of_one_enrolment_keep_the_first(registry):
    path = registry({}, {"status": "suspended"})
    import_insured(path)
    assert Enrollment.objects.get().status == "active"
    assert errors_of(path)[0][:2] == (3, "")
    before = everything()
    import_insured(path)
    assert everything() == before


def test_one_number_with_two_names_keeps_the_first(registry):
    path = registry({}, {"name": "王芳", "area": "990200"})
    import_insured(path)
    assert Person.objects.get().name == "李明"
    assert errors_of(path)[0][:2] == (3, "id_number")


def test_an_old_15_digit_number_and_a_full_width_one_are_the_same_person(registry):
    old = LI[:6] + LI[8:17]
    import_insured(registry({"id_number": old}))
    import_insured(registry({"id_number": "".join(chr(ord(character) + 0xFEE0) for character in LI)}))
    assert Person.objects.get().id_number == LI


def test_other_documents_are_taken(registry):
    import_insured(registry({"id_type": "08", "id_number": "e1234567", "name": "Li Ming"}))
    assert services.find_person(id_type="08", id_number="Ｅ 1234567", name="LI MING")


def test_a_byte_order_mark_and_another_order_of_columns_are_fine(registry):
    import_insured(registry({}, encoding="utf-8-sig", columns=[*reversed(COLUMNS), "extra"]))
    assert Person.objects.get().name == "李明"


def test_a_missing_column_is_told_by_name(registry):
    with pytest.raises(NotReadable, match="employer"):
        import_insured(registry({}, columns=COLUMNS[:-1]))


def test_an_empty_file_and_another_encoding_are_told(tmp_path, registry):
    empty = tmp_path / "empty.csv"
    empty.touch()
    with pytest.raises(NotReadable):
        import_insured(empty)
    gbk = registry({}, encoding="gbk")
    import_insured(gbk)
    assert {error[1] for error in errors_of(gbk)} == {"name", "employer"}


def test_a_broken_quotation_does_not_stop_the_rest(registry):
    path = registry({"id_number": WANG, "birth_date": ""})
    text = path.read_text().splitlines()
    path.write_text("\n".join([text[0], '01,"a"b,c', text[1]]) + "\n")
    summary = import_insured(path)
    assert (summary.people_new, summary.bad) == (1, 1)


def test_a_backslash_and_a_quotation_in_a_text_stay_as_they_are(registry):
    import_insured(registry({"employer": 'A\\tB "公司", \\N'}))
    assert Enrollment.objects.get().employer == 'A\\tB "公司", \\N'


def test_batches_and_processes_make_no_difference(registry, monkeypatch):
    monkeypatch.setattr(importing, "BATCH", 2)
    rows = [{"id_number": id_number(), "birth_date": ""} for _ in range(5)]
    rows += [rows[0] | {"area": "990200", "valid_from": "2025-01-01"}]
    import_insured(registry(*rows))
    assert (Person.objects.count(), Enrollment.objects.filter(current=True).count()) == (5, 5)
    assert Enrollment.objects.filter(current=True, area="990200").exists()


def test_an_interrupted_import_goes_on_where_it_stopped(registry, monkeypatch):
    monkeypatch.setattr(importing, "BATCH", 2)
    path = registry(*({"id_number": id_number(), "birth_date": ""} for _ in range(6)))

    def interrupt(summary):
        if summary.read == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_insured(path, progress=interrupt)
    assert Person.objects.count() == 4
    assert import_insured(path).people_new == 2


def test_the_command_tells_what_it_did(registry, capsys):
    call_command("import_insured", str(registry({}, {"area": "x"})))
    out = capsys.readouterr().out
    assert "新增 1 人" in out and "errors.csv" in out


def test_the_command_says_what_is_wrong_with_the_whole_file(tmp_path):
    with pytest.raises(CommandError, match="nowhere"):
        call_command("import_insured", str(tmp_path / "nowhere.csv"))


@pytest.mark.django_db(transaction=True)
def test_worker_processes_give_the_same_result(registry):
    path = registry(*({"id_number": id_number(), "birth_date": ""} for _ in range(30)))
    assert import_insured(path, processes=2).people_new == 30
    assert import_insured(path, processes=1).changed_nothing


@pytest.mark.django_db(transaction=True)
def test_a_second_import_at_the_same_time_is_turned_away(registry, in_threads):
    path = registry({})
    with importing._alone():
        (answer,) = in_threads(lambda: import_insured(path))
    assert isinstance(answer, NotReadable)


# ------------------------------------------------------------- two people with one number
def test_a_new_name_alone_is_a_change_of_name(registry):
    import_insured(registry({}))
    import_insured(registry({"name": "李明远"}))
    assert Person.objects.get().name == "李明远"


def test_one_passport_number_with_another_name_and_birth_is_another_human(registry):
    passport = {"id_type": "08", "id_number": "E1234567", "birth_date": "1980-01-01", "name": "LI MING"}
    import_insured(registry(passport))
    path = registry(passport | {"birth_date": "1991-05-06", "name": "ANNA MEYER", "phone": "13900139000"})
    summary = import_insured(path)
    assert (summary.bad, summary.people_changed, Person.objects.get().name) == (1, 0, "LI MING")
    assert errors_of(path)[0][1] == "id_number"
    assert "已登记给另一个人" in errors_of(path)[0][2]


def test_another_name_and_phone_never_take_over_a_login(registry):
    import_insured(registry({}))
    make_login(Person.objects.get())
    path = registry(
        {"name": "王强", "phone": "13900139000"},
        {"name": "王强", "phone": "13900139000", "area": "990200", "valid_from": "2026-05-01"},
    )
    summary = import_insured(path)
    assert (summary.bad, Person.objects.get().name, Enrollment.objects.count()) == (2, "李明", 1)


def test_two_people_with_one_number_in_one_file_are_told_apart_by_line(registry):
    path = registry({}, {"name": "王强"})
    assert import_insured(path).bad == 1
    reason = "前面同一个证件号码的姓名、出生日期或手机号和这一行不一样"
    assert errors_of(path) == [(3, "id_number", reason)]
    assert Person.objects.get().name == "李明"


def test_a_number_of_15_digits_and_its_18_are_one_person(registry):
    import_insured(registry({"id_number": LI[:6] + LI[8:17]}))
    known = Person.objects.get()
    summary = import_insured(registry({}))
    assert (summary.changed_nothing, Person.objects.get().pk, known.id_number) == (True, known.pk, LI)


@pytest.mark.parametrize("name", ["买买提·艾力", "𠮷田", "㛃" * 2, "Nguyễn Thị Hoa", "O\u2019Brien-Li"])
def test_a_name_with_a_dot_or_rare_characters_comes_in_and_is_found(registry, name):
    import_insured(registry({"name": name}))
    found = services.find_person(id_type="01", id_number=LI, name=name.replace("·", "•"))
    assert found.name == name
