"""Publishing rule files: a version per changed area, the ledger's rules derived, twice is once."""

import re
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from binding.models import PolicyVersion
from binding.services.policy import publish_policies, unpublished
from gongji import policy
from gongji.policy import words
from gongji.policy.convert import FIELDS
from gongji.policy.meanings import MEANINGS
from ledger.models import AreaRule

NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)
LATER = datetime(2026, 11, 22, 2, tzinfo=UTC)

YUNSHAN = """area = "980000"
name = "云山省"
[sources.notice]
title = "云山省通知"
grade = "demo"
[open]
value = true
source = "notice"
effective = 2026-02-01
[min_balance]
value = "{amount}"
source = "notice"
effective = 2026-02-01
"""


@pytest.fixture
def yunshan(tmp_path, monkeypatch):
    """A made-up province in the bureau's own folder; call it to change the balance that must stay."""
    monkeypatch.setenv("POLICY_DIR", str(tmp_path))

    def write(amount: str, more: str = "") -> None:
        (tmp_path / "980000-yunshan.toml").write_text(YUNSHAN.format(amount=amount) + more, encoding="utf-8")
        policy._load.cache_clear()

    yield write
    policy._load.cache_clear()


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("policy", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.owner
@pytest.mark.django_db
def test_every_area_gets_a_version_and_its_ledger_rule():
    PolicyVersion.objects.all().delete()
    done = publish_policies(now=NOW)
    assert set(done.areas) == set(policy.load())
    assert unpublished() == []
    assert set(AreaRule.objects.values_list("area", flat=True)) >= set(policy.load())


@pytest.mark.owner
@pytest.mark.django_db
def test_publishing_twice_changes_nothing():
    publish_policies(now=NOW)
    done = publish_policies(now=LATER)
    assert done.areas == ()
    assert done.area_rules == 0


@pytest.mark.owner
@pytest.mark.django_db
def test_a_changed_area_gets_a_new_version_and_keeps_the_old_one(yunshan):
    yunshan("10.00")
    publish_policies(now=NOW)
    yunshan("20.00")
    assert "980000" in publish_policies(now=LATER).areas
    versions = PolicyVersion.objects.filter(area="980000").order_by("published_at")
    assert [policy.from_canonical(version.canonical).min_balance for version in versions] == [1000, 2000]
    rules = AreaRule.objects.filter(area="980000").order_by("valid_from")
    assert [rule.min_balance for rule in rules] == [1000, 2000]


@pytest.mark.owner
@pytest.mark.django_db
def test_a_bad_file_publishes_nothing(yunshan):
    yunshan("-1")
    with pytest.raises(policy.PolicyError):
        publish_policies(now=NOW)
    assert not PolicyVersion.objects.filter(area="980000").exists()


@pytest.mark.owner
@pytest.mark.django_db
def test_the_command_publishes():
    PolicyVersion.objects.all().delete()
    assert "990100" in run("publish")
    assert PolicyVersion.objects.filter(area="990100").count() == 1


def test_the_command_checks():
    assert "rule files are in order" in run("check")


def test_the_command_names_file_and_line_of_a_bad_rule(yunshan):
    yunshan("-1")
    with pytest.raises(CommandError, match=r"980000-yunshan.toml:10: min_balance"):
        run("check")


def test_the_command_explains_an_area_in_words():
    said = run("explain", "990200")
    assert "一个人最多给 6 位家人开通" in said
    assert "青医保发〔2026〕5号" in said


def test_the_command_compares_two_areas():
    said = run("diff", "990100", "990200")
    assert "先用谁的钱" in said
    assert "谁先开通先用谁的" in said
    assert "可以给谁用" not in said


def test_the_command_knows_no_area_without_rules():
    with pytest.raises(CommandError, match="no rule file speaks for 110000"):
        run("explain", "110000")


NEW_YEAR = datetime(2026, 12, 31, 16, tzinfo=UTC)
"""Midnight in Beijing."""
ANNOUNCED = """
[[share_order]]
value = "balance_desc"
source = "notice"
effective = 2026-02-01
[[share_order]]
value = "bind_order"
source = "notice"
effective = 2027-01-01
"""


def orders() -> list[tuple[datetime, str]]:
    rows = AreaRule.objects.filter(area="980000").order_by("valid_from")
    return list(rows.values_list("valid_from", "share_order"))


@pytest.mark.owner
@pytest.mark.django_db
def test_an_announced_change_is_published_in_advance(yunshan, time_machine):
    yunshan("10.00", ANNOUNCED)
    publish_policies(now=NOW)
    assert orders() == [(NOW, "balance_desc"), (NEW_YEAR, "bind_order")]
    assert publish_policies(now=LATER).area_rules == 0
    time_machine.move_to(NEW_YEAR)
    assert unpublished() == []
    assert policy.for_area("980000").share_order is policy.ShareOrder.BIND_ORDER


@pytest.mark.owner
@pytest.mark.django_db
def test_an_announcement_that_is_taken_back_never_takes_effect(yunshan):
    yunshan("10.00", ANNOUNCED)
    publish_policies(now=NOW)
    yunshan("10.00")
    assert publish_policies(now=LATER).area_rules == 1
    assert orders()[-1] == (NEW_YEAR + timedelta(microseconds=1), "balance_desc")
    assert publish_policies(now=LATER).area_rules == 0


def test_the_command_tells_what_is_announced(yunshan):
    yunshan("10.00", ANNOUNCED.replace("2027", "2999"))
    assert "980000 share_order: changes on 2999-01-01" in run("check")


def test_the_command_wonders_at_a_rule_that_holds_before_its_day(yunshan):
    yunshan("10.00", '[credit_day]\nvalue = 5\nsource = "notice"\neffective = 2999-01-01\n')
    assert "980000 credit_day: dated 2999-01-01, yet it holds" in run("check")


# ------------------------------------------------------------- a new area
@pytest.fixture
def empty(tmp_path, monkeypatch):
    """The bureau's own folder, with nothing in it."""
    monkeypatch.setenv("POLICY_DIR", str(tmp_path))
    policy._load.cache_clear()
    yield tmp_path
    policy._load.cache_clear()


def uncommented(text: str) -> str:
    """The file as it is when every rule is decided: prose begins with "##", a rule with "#"."""
    return re.sub("^#(?!#)", "", text, flags=re.MULTILINE)


def test_a_new_file_decides_nothing_and_is_in_order(empty):
    said = run("new", "980000", "--name", "云山省")
    assert f"{empty}/980000.toml" in said
    policy._load.cache_clear()
    assert "rule files are in order" in run("check")
    national, new = policy.load()[policy.NATIONAL], policy.for_area("980000")
    assert new.name == "云山省"
    assert new.rules == national.rules


def test_a_new_file_shows_every_key_as_it_would_be_written(empty):
    run("new", "980000", "--name", "云山省")
    path = empty / "980000.toml"
    path.write_text(uncommented(path.read_text()))
    policy._load.cache_clear()
    national, new = policy.load()[policy.NATIONAL], policy.for_area("980000")
    assert {key: rule.value for key, rule in new.rules.items()} == {
        key: rule.value for key, rule in national.rules.items()
    }
    assert {rule.area for rule in new.rules.values()} == {"980000"}


def test_a_new_file_explains_every_key_in_two_languages(empty):
    run("new", "980000", "--name", "云山省")
    text = (empty / "980000.toml").read_text()
    for key in FIELDS:
        assert f"\n#[{key}]\n" in text
        assert f"## {words.label(key)}: " in text
        assert f"## {MEANINGS[key][0]}\n" in text


def test_a_new_city_shows_the_values_of_its_province(empty):
    run("new", "440800", "--parent", "440000")
    assert "一个人最多给 7 位家人开通" in (empty / "440800.toml").read_text()


def test_a_file_that_is_there_is_never_overwritten(empty):
    mine = empty / "980000-yunshan.toml"
    mine.write_text('area = "980000"\nname = "云山省"\n')
    with pytest.raises(CommandError, match=r"980000-yunshan\.toml is there already"):
        run("new", "980000")
    assert [path.name for path in empty.iterdir()] == [mine.name]


@pytest.mark.parametrize("code", ["98000", "9800000", "000000", "98000a", "../../x", "９８００００"])
def test_what_is_no_code_of_an_area_is_refused(empty, code):
    with pytest.raises(CommandError, match="is no code of an area"):
        run("new", code)


def test_a_parent_that_the_code_does_not_lead_to_is_refused(empty):
    with pytest.raises(CommandError, match="980000 inherits from 000000"):
        run("new", "980000", "--parent", "360000")


def test_without_a_folder_nothing_is_written(monkeypatch, tmp_path):
    monkeypatch.delenv("POLICY_DIR", raising=False)
    with pytest.raises(CommandError, match="name a folder"):
        run("new", "980000")
    with pytest.raises(CommandError, match="name a folder"):
        run("new", "980000", "--into", str(tmp_path / "nowhere"))
    assert "980000.toml" in run("new", "980000", "--into", str(tmp_path))
