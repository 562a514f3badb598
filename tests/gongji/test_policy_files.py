"""Rule files: inheritance, citations, and every way in which a file can be wrong."""

from datetime import date
from pathlib import Path

import pytest

from gongji import checks, policy
from gongji.policy import Category, Consent, Model, PolicyError, Relation, ReviewMode, ShareOrder, words
from gongji.policy.convert import FIELDS

HEAD = """area = "980000"
name = "云山省"

[sources.notice]
title = "云山省通知"
number = "云医保发〔2026〕1号"
grade = "demo"
"""

OPEN = """
[open]
value = true
source = "notice"
effective = 2026-02-01
"""


def rule(key: str, value: str, source: str = "notice", effective: str = "2026-02-01") -> str:
    return f'\n[{key}]\nvalue = {value}\nsource = "{source}"\neffective = {effective}\n'


def _premiums(*, times: int = 1, **changes: str) -> str:
    row = {"category": "premium_resident", "amount": "400.00", "opens": "2026-09-01", "closes": "2026-12-31"}
    fields = ", ".join(f'{name} = "{value}"' for name, value in (row | changes).items())
    return "[" + ", ".join([f"{{ year = 2027, {fields} }}"] * times) + "]"


@pytest.fixture
def write(tmp_path):
    """Write a made-up area file and return what loading says."""

    def write_and_load(text: str, name: str = "980000-yunshan.toml"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return policy.load(policy.AREAS, tmp_path)

    return write_and_load


def test_the_shipped_files_are_in_order():
    assert policy.problems() == []


def test_a_new_province_needs_no_python(write):
    text = HEAD + OPEN + rule("max_beneficiaries", "3") + rule("relations", '["spouse"]')
    yunshan = write(text)["980000"]
    assert yunshan.open
    assert yunshan.max_beneficiaries == 3
    assert yunshan.relations == (Relation.SPOUSE,)
    assert yunshan.cite("max_beneficiaries").source.number == "云医保发〔2026〕1号"
    assert yunshan.cite("max_beneficiaries").effective == date(2026, 2, 1)


def test_the_folder_of_the_bureau_is_read_as_well(write, tmp_path, monkeypatch):
    write(HEAD + OPEN)
    monkeypatch.setenv("POLICY_DIR", str(tmp_path))
    assert policy.for_area("980223").name == "云山省"


def test_a_county_follows_its_city_and_a_city_its_province():
    assert policy.for_area("990101").area == "990100"
    assert policy.for_area("990500").area == "990000"


def test_an_area_without_any_file_is_not_open():
    assert policy.for_area("110000") is None
    assert policy.for_area("999") is None
    assert policy.for_area("") is None


def test_the_national_file_speaks_for_nobody_by_itself():
    assert policy.for_area("000000").area == policy.NATIONAL
    assert policy.NATIONAL not in {area.area for area in policy.open_areas()}


def test_an_inherited_rule_names_the_area_that_made_it():
    city = policy.for_area("990100")
    assert city.cite("credit_day").area == "990100"
    assert city.cite("max_beneficiaries").area == "990000"
    assert city.cite("relations").area == policy.NATIONAL


def test_the_made_up_province_is_not_there_in_production(monkeypatch):
    monkeypatch.setenv("DJANGO_ENV", "production")
    assert policy.for_area("990100") is None
    assert policy.for_area("530100").name == "昆明市"


def test_the_areas_of_the_guides_say_what_the_guides_say():
    kunming, jiangmen, jiangxi = (policy.for_area(code) for code in ("530100", "440700", "360000"))
    assert kunming.relations == (Relation.SPOUSE, Relation.PARENT, Relation.CHILD)
    assert kunming.share_order is ShareOrder.BALANCE_DESC
    assert Category.PREMIUM_COMMERCIAL in kunming.allowed
    assert jiangmen.max_beneficiaries == 7
    assert jiangmen.review_mode is ReviewMode.STAFF
    assert not jiangmen.covers("440300")
    assert jiangxi.max_beneficiaries == 8
    assert jiangxi.beneficiary_consent is Consent.NOTICE


def test_pool_and_group_provinces_take_applications_online():
    fujian, xinjiang = (policy.for_area(code) for code in ("350000", "650000"))
    assert (fujian.open, fujian.model) == (True, Model.POOL)
    assert (xinjiang.open, xinjiang.model) == (True, Model.GROUP)
    assert (fujian.min_balance, fujian.pool_transfers_per_month) == (200_000, 1)
    assert xinjiang.share_order is ShareOrder.BENEFICIARY_ORDER


def test_premiums_name_the_year_the_amount_and_the_season():
    resident = policy.load()[policy.NATIONAL].premiums_on(date(2026, 11, 21))
    assert [(p.category, p.year, p.amount) for p in resident] == [(Category.PREMIUM_RESIDENT, 2027, 40_000)]
    assert not policy.load()[policy.NATIONAL].premiums_on(date(2026, 8, 31))


def test_a_city_without_a_file_is_measured_from_itself(write):
    province = write(HEAD + OPEN + rule("area_scope", '"city"'))["980000"]
    assert province.covers("980301", own_area="980300")
    assert not province.covers("980400", own_area="980300")


def test_the_two_demo_cities_differ_but_ask_for_consent_both():
    left, right = policy.for_area("990100"), policy.for_area("990200")
    assert left.share_order is not right.share_order
    assert left.max_beneficiaries != right.max_beneficiaries
    assert {left.beneficiary_consent, right.beneficiary_consent} == {Consent.REQUIRED}


def test_no_area_tells_people_to_show_the_code_of_somebody_else():
    assert {area.credential for area in policy.load().values()} == {policy.Credential.OWN}


def test_every_rule_has_a_source_and_a_date():
    for area in policy.load().values():
        assert area.rules.keys() == FIELDS.keys()
        assert all(rule.source.title and rule.effective for rule in area.rules.values())


def test_a_version_can_be_read_back_years_later():
    for area in policy.load().values():
        assert policy.from_canonical(area.canonical()) == area


def test_the_digest_changes_with_any_value_source_or_date(write):
    plain = write(HEAD + rule("credit_day", "5"))["980000"].digest()
    texts = [
        HEAD + rule("credit_day", "6"),
        HEAD + rule("credit_day", "5", effective="2026-02-02"),
        HEAD.replace("云医保发〔2026〕1号", "云医保发〔2026〕2号") + rule("credit_day", "5"),
    ]
    for number, text in enumerate(texts):
        policy._load.cache_clear()
        assert write(text)["980000"].digest() != plain, number


def test_a_version_from_before_a_key_existed_takes_the_national_value():
    text = policy.for_area("990100").canonical().replace('"credit_day"', '"gone_key"')
    assert policy.from_canonical(text).credit_day == policy.load()[policy.NATIONAL].credit_day


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('area = "98"\nname = "云山省"', "1: area: expected a code"),
        ('area = "980000"', "1: name: every area has a name"),
        (HEAD + rule("max_relatives", "8"), "9: max_relatives: unknown key"),
        (HEAD + rule("relations", '["cousin"]'), "9: relations: 'cousin' is not one of"),
        (HEAD + rule("relations", "[]"), "9: relations: expected a list"),
        (HEAD + rule("relations", '["spouse", "spouse"]'), "9: relations: an item stands twice"),
        (HEAD + OPEN + rule("max_beneficiaries", "-1"), "14: max_beneficiaries: expected a whole number"),
        (HEAD + rule("max_beneficiaries", "true"), "9: max_beneficiaries: expected a whole number"),
        (HEAD + rule("max_beneficiaries", '"many"'), "9: max_beneficiaries: expected a whole number"),
        (HEAD + rule("min_balance", "2000"), "9: min_balance: expected an amount"),
        (HEAD + rule("min_balance", '"-1.00"'), "9: min_balance: an amount is a decimal string"),
        (HEAD + rule("open", '"yes"'), "9: open: expected true or false"),
        (HEAD + rule("hotline", '" "'), "9: hotline: expected a text"),
        (HEAD + rule("credit_day", "31"), "9: credit_day: expected a whole number from 1 to 28"),
        (HEAD + rule("credit_day", "5", source="rumour"), "9: credit_day: source 'rumour'"),
        (HEAD + rule("credit_day", "5", effective='"2026"'), "9: credit_day: effective"),
        (HEAD + "\n[credit_day]\nvalue = 5\n", "9: credit_day: a rule is a table with exactly"),
        (HEAD + "\ncredit_day = 5\n", "4: notice: a source has a title"),
        ('credit_day = 5\narea = "980000"\nname = "云山省"', "1: credit_day: a rule is a table with exactly"),
        (HEAD.replace('grade = "demo"', 'grade = "Z"'), "4: notice: grade 'Z'"),
        (HEAD.replace('title = "云山省通知"\n', ""), "4: notice: a source has a title"),
        (HEAD + rule("office_hours", '[["17:30", "09:00"]]'), "9: office_hours: office hours must follow"),
        (HEAD + rule("office_hours", '[["9:00", "12:00"]]'), "9: office_hours: expected a time of day"),
        (HEAD + rule("proofs", '{ spouse = [["horoscope"]] }'), "9: proofs: spouse: the document horoscope"),
        (HEAD + rule("proofs", '{ parent = [["household_booklet"]] }'), "9: proofs: no document proves"),
        (HEAD + rule("allowed", '["outpatient", "fitness"]'), "9: allowed: allowed and prohibited at once"),
        (HEAD + OPEN + rule("allowed", '["drug"]'), "14: allowed: an open area pays at least"),
        (HEAD + rule("model", '"pool"'), "1: max_authorizers: nobody is in two household pools at once"),
        (HEAD + rule("pool_leave", '"lost"'), "9: pool_leave: 'lost' is not one of"),
        (HEAD + rule("premiums", _premiums(category="drug")), "9: premiums: drug is no premium"),
        (HEAD + rule("premiums", _premiums(amount="0.00")), "9: premiums: premium_resident 2027"),
        (HEAD + rule("premiums", _premiums(closes="2026-08-31")), "9: premiums: premium_resident 2027"),
        (HEAD + rule("premiums", _premiums(opens="1 Sep")), "9: premiums: opens: expected a day in quotes"),
        (HEAD + rule("premiums", _premiums(amount="1.00", times=2)), "9: premiums: an item stands twice"),
        (HEAD + rule("recheck_workdays", "9"), "9: recheck_workdays: looking again"),
        (HEAD + rule("remind_percent", "[80, 50]"), "9: remind_percent: expected percentages in rising"),
        (HEAD + rule("retention", "{ proof_days = 1 }"), "9: retention: missing or unknown"),
        (HEAD + "\n[open\n", "9: Expected"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_with_file_and_line(write, text, says):
    with pytest.raises(PolicyError) as refused:
        write(text)
    assert str(refused.value).startswith(f"980000-yunshan.toml:{says}")


CONSENT = rule("beneficiary_consent", '"required"')
WALLET = (
    '{{ open = true, daily_transfers = {n}, max_transfer = "{yuan}", '
    'closed_from = "{a}", closed_until = "06:00" }}'
)


def entrance(rules: str, code: str = "app") -> str:
    way_in = f'{{ code = "{code}", name = "小程序", channel = "web", rules = {rules} }}'
    return rule("entrances", f"[{way_in}]")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (CONSENT + rule("consent_ways", "[]"), "14: consent_ways: the other side must agree and has no way"),
        (
            rule("who_may_initiate", '["beneficiary"]') + rule("consent_ways", "[]"),
            "14: consent_ways: the other side must agree and has no way",
        ),
        (
            rule("same_household_fast_path", "true") + rule("documents_asked", '"always"'),
            "9: same_household_fast_path: spares documents",
        ),
        (
            rule("validity_months", "1") + rule("unbind_lock_days", "60"),
            "14: unbind_lock_days: locked for longer than a binding lasts",
        ),
        (
            rule("retention", "{ proof_days = 7, draft_days = 30, application_days = 1825 }"),
            "9: retention: proof_days: pictures would be gone while an appeal",
        ),
        (
            rule("retention", "{ proof_days = 365, draft_days = 30, application_days = 100 }"),
            "9: retention: application_days: a case would be gone before its pictures",
        ),
        (rule("wallet", WALLET.format(n=0, yuan="1.00", a="22:00")), "9: wallet: an open wallet allows"),
        (rule("wallet", WALLET.format(n=1, yuan="0.00", a="22:00")), "9: wallet: an open wallet allows"),
        (rule("wallet", WALLET.format(n=1, yuan="1.00", a="06:00")), "9: wallet: an open wallet is"),
        (entrance('{ proofs = { spouse = [["marriage_certificate"]] } }'), "9: entrances: app: proofs"),
        (entrance('{ consent_ways = [] }'), "9: entrances: app: consent_ways: the other side must agree"),
        (entrance("{ max_beneficiaries = 9 }"), "9: entrances: rules: max_beneficiaries cannot differ by"),
        (entrance('{ signature = "thumb" }'), "9: entrances: rules: signature: 'thumb' is not one of"),
        (entrance("{}", code="APP"), "9: entrances: code: 'APP': expected up to 20 small letters"),
        (entrance("[]"), "9: entrances: rules: expected a table of rules"),
        (rule("credit_day", "5", effective="2026-02-30"), "12: Invalid date or datetime (at line 12"),
        (rule("credit_day", "5", effective="2026-02-01T00:00:00"), "9: credit_day: effective"),
        ("\n[[credit_day]]\nvalue = 5\n", "9: credit_day: a rule is a table with exactly"),
        ("\ncredit_day = []\n", "4: notice: a source has a title"),
        ("\n[[sources]]\n", "9: Cannot"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_named_with_file_and_line(write, text, says):
    with pytest.raises(PolicyError) as refused:
        write(HEAD + text)
    assert str(refused.value).startswith(f"980000-yunshan.toml:{says}")


def test_a_contradiction_of_the_area_is_not_told_again_for_each_entrance(write):
    with pytest.raises(PolicyError, match="14: consent_ways"):
        write(HEAD + CONSENT + rule("consent_ways", "[]") + entrance("{ phone_required = true }"))


TWICE = (
    HEAD
    + rule("max_beneficiaries", "8").replace("[max", "[[max").replace("ies]", "ies]]")
    + rule("max_beneficiaries", "5", effective="2027-01-01").replace("[max", "[[max").replace("ies]", "ies]]")
)


def test_a_rule_written_twice_changes_on_its_day(write, tmp_path):
    write(TWICE)
    folders = (policy.AREAS, tmp_path)
    before, after = (
        policy.load(*folders, day=day)["980000"] for day in (date(2026, 12, 31), date(2027, 1, 1))
    )
    assert (before.max_beneficiaries, after.max_beneficiaries) == (8, 5)
    assert [rule.effective for rule in before.coming] == [date(2027, 1, 1)]
    assert not after.coming
    assert before.digest() != after.digest()


def test_a_city_inherits_what_its_province_announces(write, tmp_path):
    write('area = "980100"\nname = "云山市"\n', name="980100.toml")
    policy._load.cache_clear()
    write(TWICE)
    city = policy.load(policy.AREAS, tmp_path, day=date(2026, 12, 1))["980100"]
    assert [rule.value for rule in city.coming] == [5]
    assert policy.load(policy.AREAS, tmp_path, day=date(2027, 2, 1))["980100"].max_beneficiaries == 5


def test_what_stands_alone_holds_though_its_day_is_to_come(write):
    early = write(HEAD + rule("max_beneficiaries", "5", effective="2999-01-01"))["980000"]
    assert early.max_beneficiaries == 5


def test_values_of_one_rule_stand_in_the_order_of_their_days(write):
    backwards = TWICE.replace("2027-01-01", "2025-01-01")
    with pytest.raises(
        PolicyError, match=r"980000-yunshan\.toml:9: max_beneficiaries: written more than once"
    ):
        write(backwards)


def test_an_announced_contradiction_is_refused_today(write):
    later = '\n[[model]]\nvalue = "pairwise"\nsource = "notice"\neffective = 2026-02-01\n'
    later += later.replace("pairwise", "pool").replace("2026-02-01", "2027-01-01")
    with pytest.raises(PolicyError, match="max_authorizers: nobody is in two household pools"):
        write(HEAD + later)


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path):
    text = (HEAD + rule("max_beneficiaries", "3")).replace("\n", "\r\n")
    (tmp_path / "980000.toml").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert policy.load(policy.AREAS, tmp_path)["980000"].max_beneficiaries == 3


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_a_file_in_another_encoding_is_named_with_the_line(tmp_path, encoding):
    (tmp_path / "980000.toml").write_bytes(HEAD.encode(encoding))
    with pytest.raises(PolicyError, match=r"980000.toml:[12]: not UTF-8; save the file as UTF-8"):
        policy.load(policy.AREAS, tmp_path)


def test_a_city_without_a_province_inherits_the_national_rules(write):
    city = write('area = "980100"\nname = "云山市"\n', name="980100.toml")["980100"]
    assert city.parent == policy.NATIONAL


def test_a_file_that_names_its_parent_is_told_that_the_code_decides(write):
    with pytest.raises(PolicyError, match=r"980000-yunshan\.toml:3: parent: unknown key"):
        write(HEAD.replace('name = "云山省"', 'name = "云山省"\nparent = "980000"'))


def test_two_files_for_one_area_are_refused(write):
    write(HEAD)
    policy._load.cache_clear()
    with pytest.raises(PolicyError, match="another file"):
        write(HEAD, name="980000-again.toml")


def test_without_a_national_file_nothing_is_complete(tmp_path):
    with pytest.raises(PolicyError, match="nothing to inherit from"):
        policy.load(Path(tmp_path))


def test_the_problems_of_a_bureaus_own_file_are_told_in_words(tmp_path, monkeypatch):
    (tmp_path / "980000.toml").write_text(HEAD + rule("credit_day", "0"), encoding="utf-8")
    monkeypatch.setenv("POLICY_DIR", str(tmp_path))
    assert policy.problems() == [
        "980000.toml:9: credit_day: expected a whole number from 1 to 28, not 0",
    ]


def test_nothing_starts_on_a_bad_rule_file(tmp_path, monkeypatch):
    (tmp_path / "980000.toml").write_text(HEAD + rule("credit_day", "0"), encoding="utf-8")
    monkeypatch.setenv("POLICY_DIR", str(tmp_path))
    (error,) = checks.rule_files_are_in_order(None)
    assert error.id == "gongji.E004"
    assert "980000.toml:9" in error.msg


def test_minors_are_counted_to_the_day():
    area = policy.for_area("990100")
    assert area.is_minor(date(2010, 11, 22), date(2026, 11, 21))
    assert not area.is_minor(date(2010, 11, 21), date(2026, 11, 21))


def test_what_an_account_may_pay_for_is_answered_with_the_rule():
    area = policy.for_area("990100")
    assert area.pays_for(Category.OUTPATIENT) is None
    assert area.pays_for(Category.FITNESS).source.number == "国办发〔2021〕14号"
    assert area.pays_for(Category.PREMIUM_COMMERCIAL).key == "allowed"


@pytest.mark.parametrize(
    ("area", "start"),
    [("990000", "99"), ("990100", "9901"), ("990101", "990101"), ("500000", "50"), ("371000", "3710")],
)
def test_a_code_reaches_down_by_pairs_of_digits(area, start):
    assert policy.reach(area) == start


def test_every_rule_is_put_into_words_once():
    said = [line.key for line in words.words(policy.load()[policy.NATIONAL])]
    assert sorted(said) == sorted(FIELDS)
