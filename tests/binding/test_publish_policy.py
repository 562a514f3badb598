"""Publishing rule files: a version per changed area, the ledger's rules derived, twice is once."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from binding.models import PolicyVersion
from binding.services.policy import publish_policies, unpublished
from gongji import policy
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

    def write(amount: str) -> None:
        (tmp_path / "980000-yunshan.toml").write_text(YUNSHAN.format(amount=amount), encoding="utf-8")
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
