"""A new province needs no Python: a made-up area file leads from the first answer to the end of a binding."""

import json
import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from binding import services
from binding.models import PolicyVersion
from binding.rules import State
from binding.rules.letters import Signed
from gongji import policy
from gongji.errors import Refused
from gongji.policy import Relation
from gongji.policy.eligibility import Answers, Insured, Place, Scheme, check
from ledger import services as ledger
from ledger.models import Mandate
from tests.binding.cases import Case
from tests.factories import PAST, make_account, make_citizen, make_provider, make_staff, settlement
from tests.roles import as_owner

pytestmark = pytest.mark.django_db

YUNSHAN = """area = "980000"
name = "云山省"

[sources.notice]
title = "云山省家庭共济通知"
number = "云山医保发〔2026〕7号"
grade = "demo"

[open]
value = true
source = "notice"
effective = 2026-02-01

[max_beneficiaries]
value = 2
source = "notice"
effective = 2026-02-01

[relations]
value = ["spouse", "parent", "child"]
source = "notice"
effective = 2026-02-01

[review_mode]
value = "staff"
source = "notice"
effective = 2026-02-01

[beneficiary_consent]
value = "notice"
source = "notice"
effective = 2026-02-01

[review_workdays]
value = 5
source = "notice"
effective = 2026-02-01

[unbind_lock_days]
value = 30
source = "notice"
effective = 2026-02-01
"""


@pytest.fixture
def yunshan(tmp_path, monkeypatch):
    """A province of whose existence no line of Python knows."""
    (tmp_path / "980000-yunshan.toml").write_text(YUNSHAN)
    monkeypatch.setenv("POLICY_DIR", str(tmp_path))
    return "980000"


@pytest.fixture
def giver(yunshan):
    return make_citizen("李明", area="980100")


def _case(giver, relative="王小芳", **changes) -> Case:
    staff = {"reviewer": make_staff(areas=("980000",)), "second": make_staff(areas=("980000",))}
    return Case(giver=giver, relative=make_citizen(relative, area="980200"), **(staff | changes))


def test_the_whole_life_follows_the_file(giver, time_machine):
    time_machine.move_to("2026-11-23T10:00:00+08:00", tick=False)
    case = _case(giver).begin().submit()
    assert timezone.localtime(case.now().due_at).isoformat() == "2026-11-30T17:30:00+08:00"
    assert not case.now().consent_required
    case.after_undo_time()
    assert case.now().state == State.IN_REVIEW
    assert case.approve().state == State.APPROVED
    assert Mandate.objects.get().account.area == "980100"
    services.end_binding(binding=case.binding(), actor=case.relative)
    assert Mandate.objects.get().valid_until is not None


def test_the_files_limit_holds_with_its_own_source(giver):
    for name in ("王一", "王二"):
        _case(giver, name).begin().submit()
    with pytest.raises(Refused, match="limit_reached") as refused:
        services.start_draft(user=giver)
    assert "云山医保发〔2026〕7号" in str(refused.value.message)


def test_a_relation_the_file_leaves_out_is_refused(giver):
    with pytest.raises(Refused, match="relation_not_allowed"):
        services.start_draft(user=giver, relation=Relation.SIBLING)


def test_the_giver_waits_as_long_as_the_file_says_the_relative_never(giver):
    case = _case(giver).begin().submit().after_undo_time()
    case.approve()
    with pytest.raises(Refused, match="unbind_locked"):
        services.end_binding(binding=case.binding(), actor=giver)
    assert services.end_binding(binding=case.binding(), actor=case.relative).until is not None


def test_an_application_is_decided_by_the_rules_of_its_day(giver, tmp_path):
    case = _case(giver).begin().submit()
    (tmp_path / "980000-yunshan.toml").write_text(YUNSHAN.replace("value = 2", "value = 1"))
    policy._load.cache_clear()
    assert services.policy_of(case.now()).max_beneficiaries == 2
    late = _case(giver, "王二")
    with pytest.raises(Refused, match="limit_reached"):
        late.begin()
    assert PolicyVersion.objects.filter(area="980000").count() == 1


@pytest.fixture(autouse=True)
def _files_are_read_anew():
    policy._load.cache_clear()
    yield
    policy._load.cache_clear()


def rewritten(tmp_path, *lines: str) -> None:
    """Begin a file with `policy new`, take the # from some rules and change them."""
    call_command("policy", "new", "980000", "--name", "云山省", "--into", str(tmp_path), stdout=StringIO())
    path = tmp_path / "980000.toml"
    text = re.sub("^#(?=\\[sources.notice|title|number|grade)", "", path.read_text(), flags=re.MULTILINE)
    for line in lines:
        key, value = line.split(" = ")
        text = re.sub(rf"^#\[{key}\]\n#value = [^\n]*\n#(.*)\n#(.*)$", rf"[{key}]\nvalue = {value}\n\1\n\2",
                      text, flags=re.MULTILINE)  # fmt: skip
    path.write_text(text)
    policy._load.cache_clear()


def test_a_file_begun_by_the_command_runs_from_the_first_answer_to_the_counter(tmp_path, monkeypatch):
    monkeypatch.setenv("POLICY_DIR", str(tmp_path))
    rewritten(
        tmp_path, "open = true", 'review_mode = "commitment"', 'documents_asked = "never"',
        'beneficiary_consent = "none"', 'area_scope = "city"', 'min_balance = "10.00"', 'signature = "tick"',
    )  # fmt: skip
    with as_owner():
        ledger.derive_area_rules(policy.load(), PAST)
    answers = Answers(Scheme.EMPLOYEE, Relation.SPOUSE, Place.SAME_CITY, Insured.YES)
    assert check(answers, policy.for_area("980100")).allowed
    giver, relative = make_citizen("李明", area="980100"), make_citizen("王小芳", area="980101")
    make_account(giver.person, 50_00, area="980100")
    case = Case(giver=giver, relative=relative).begin()
    services.submit(application=case.application, actor=giver, agreed=True, signed=Signed("tick"))
    assert case.now().state == State.APPROVED
    reply = ledger.settle(settlement=settlement(make_provider(area="980100"), relative.person, 60_00))
    assert [json.loads(reply.body)[part] for part in ("mutual_aid", "cash")] == ["40.00", "20.00"]


def test_where_a_province_speaks_for_its_cities_the_same_city_is_the_givers(tmp_path, monkeypatch):
    monkeypatch.setenv("POLICY_DIR", str(tmp_path))
    rewritten(tmp_path, "open = true", 'area_scope = "city"')
    giver = make_citizen("李明", area="980100")
    assert Case(giver=giver, relative=make_citizen("王小芳", area="980101")).begin().application.beneficiary
    with pytest.raises(Refused, match="not_connected"):
        Case(giver=giver, relative=make_citizen("王芳", area="980200")).begin()
