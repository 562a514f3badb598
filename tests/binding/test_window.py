"""窗口办理: the clerk acts for whoever stands there with their original, for nobody else, and never alone."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from accounts.models import Consent, Message, VerifiedLevel
from accounts.services import household_index
from binding import services
from binding.models import (
    Application,
    Binding,
    BindingChange,
    Channel,
    Event,
    Kind,
    Proof,
    Signature,
    WindowVisit,
)
from binding.rules import Party, State
from binding.rules.reasons import REVIEW_CHECKS
from binding.rules.verdict import FourEyesCause, Signals, four_eyes, two_reviewers
from binding.services import system, window
from gongji.errors import Refused
from gongji.models import AuditRow
from gongji.policy import for_area
from tests.binding.browse import photo, text
from tests.binding.cases import in_force, in_state
from tests.binding.counter import FRONT, Counter, make_clerk
from tests.binding.desk import seat
from tests.factories import (
    id_number,
    insure,
    login_citizen,
    make_citizen,
    make_holder,
    make_person,
    make_staff,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.STORAGE_URL = f"file://{tmp_path}/proofs"


@pytest.fixture
def counter():
    return Counter()


def family() -> Counter:
    """A father and his small son in one household register: proven by data, nobody else to be asked."""
    father = make_holder("郑涛")
    in_register(father, "H1", "01")
    son = make_person("郑小宝", number=id_number(timezone.localdate() - timedelta(days=8 * 365)))
    insure(son, household="H1", relation_to_head="20", scheme="390")
    return Counter(citizen=father, relative=son)


def couple() -> Counter:
    """A couple in one household register: proven by data, the other one has to agree."""
    counter = Counter()
    in_register(counter.citizen, "H2", "01")
    in_register(counter.relative, "H2", "11")
    return counter


def in_register(person, household, relation):
    """Put an insured person into a household register."""
    person.enrollments.update(household_index=household_index("990100", household), relation_to_head=relation)


# ------------------------------------------------------------- who stands there
def test_a_clerk_begins_with_the_original_in_hand(counter):
    answer = counter.greet()
    assert answer.status_code == 302
    counter.citizen.refresh_from_db()
    assert counter.citizen.level == VerifiedLevel.WINDOW
    page = text(counter.client.get(answer["Location"]))
    assert "郑涛" in page and counter.citizen.id_number not in page


def test_without_the_tick_nobody_is_looked_up(counter):
    answer = counter.greet(originals="")
    assert answer.status_code == 422
    assert "先核对原件" in text(answer)
    assert not WindowVisit.objects.exists()


def test_an_unknown_number_another_name_and_another_area_get_one_answer(counter):
    stranger = make_person("王五")
    elsewhere = make_citizen("赵六", area="990200").person
    answers = [
        counter.greet(name="郑海"),
        counter.greet(name="王五", id_number=id_number()),
        counter.greet(stranger),
        counter.greet(elsewhere),
    ]
    assert {answer.status_code for answer in answers} == {422}
    assert all("没有查到:姓名和号码对不上,或者不在您负责的地区参保" in text(answer) for answer in answers)
    assert AuditRow.objects.filter(action="window.visit", result="not_matched").count() == 4


def test_a_number_that_cannot_be_one_is_said_so_before_any_look(counter):
    answer = counter.greet(id_number="11010119800101001")
    assert "身份证号是 18 位,您填了 17 位" in text(answer)
    assert not AuditRow.objects.filter(action="window.visit").exists()


def test_who_only_tries_numbers_is_stopped(counter):
    for _ in range(window.MISSES[0]):
        counter.greet(name="王五", id_number=id_number())
    assert "查不到的次数太多" in text(counter.greet())


def test_the_citizen_sees_who_looked_and_what_for(counter, client):
    counter.greet(purpose="statement")
    login_citizen(client, counter.citizen)
    assert "窗口:打印使用记录" in text(client.get("/accounts/security/"))


def test_one_person_at_a_time(counter):
    counter.greet()
    first = counter.visit
    counter.greet(counter.relative)
    first.refresh_from_db()
    assert first.ended_at is not None
    page = counter.client.get(reverse("admin:binding_windowvisit_visit", args=[first.pk]))
    assert page.status_code == 409
    assert "这位群众的办理已经结束" in text(page)


def test_a_visit_nobody_ended_is_over_after_an_hour(counter):
    counter.greet()
    later = timezone.now() + timedelta(minutes=61)
    with time_machine.travel(later), pytest.raises(Refused, match="visit_over"):
        window.require_open(counter.visit)


def test_another_clerk_does_not_get_into_the_visit(counter):
    counter.greet()
    other = seat(make_clerk())
    assert other.get(counter.url("visit")).status_code == 404


@pytest.mark.parametrize("duty", ["reviewer", "supervisor", "auditor", "admin"])
def test_the_pages_are_the_clerks_alone(duty):
    assert seat(make_staff(duties=(duty,))).get(FRONT).status_code == 403


def test_a_clerk_serves_neither_themselves_nor_their_family(counter):
    counter.clerk.private_person = counter.citizen
    counter.clerk.save()
    answer = counter.greet()
    assert answer.status_code == 403
    assert "请同事来办" in text(answer)
    counter.clerk.private_person = in_force(relative=make_citizen("刘母")).giver.person
    counter.clerk.save()
    relative = Binding.objects.get().beneficiary
    assert counter.greet(relative).status_code == 403
    assert not WindowVisit.objects.exists()


def test_a_relative_of_the_clerk_cannot_be_entered_either(counter):
    counter.clerk.private_person = counter.relative
    counter.clerk.save()
    counter.greet()
    answer = counter.enter()
    counter.scan() if answer.status_code == 302 else None
    assert counter.hand_in().status_code == 403
    assert not Application.objects.exclude(submitted_at=None).exists()


# ------------------------------------------------------------- an application
def test_a_clerk_enters_a_whole_application_and_prints_the_receipt(counter):
    application = counter.whole()
    assert (application.channel, application.created_by) == (Channel.WINDOW, counter.clerk)
    assert application.authorizer == counter.citizen
    assert application.state == State.IN_REVIEW  # documents, not data: a reviewer looks
    page = text(counter.client.get(counter.url("case", application.pk)))
    assert "收下了,由审核员看。最晚" in page
    receipt = counter.client.get(counter.url("receipt", application.pk))
    assert receipt["Content-Type"] == "application/pdf"


def test_the_signature_on_paper_is_kept_as_the_citizens(counter):
    application = counter.whole()
    signature = Signature.objects.get(application=application)
    assert (signature.person, signature.how, signature.actor) == (counter.citizen, "paper", counter.clerk)
    assert signature.picture is not None
    promises = Consent.objects.filter(about=application.number, person=counter.citizen)
    assert set(promises.values_list("how", flat=True)) == {Consent.How.WINDOW}


def test_without_the_signed_form_nothing_is_handed_in(counter):
    counter.greet()
    counter.enter()
    counter.scan()
    assert "请拍下或扫描签好字的申请表" in text(counter.hand_in(scan=""))
    assert "还没有在平板上签字" in text(counter.hand_in(how="drawn"))
    assert "请先给本人看或者读" in text(counter.hand_in(agreed=""))
    assert counter.application.state == State.DRAFT


def test_the_form_to_sign_is_printed_from_what_was_entered(counter):
    counter.greet()
    counter.enter()
    form = counter.client.get(counter.url("form", counter.application.pk))
    assert form.content.startswith(b"%PDF-")
    assert AuditRow.objects.filter(action="window.form_printed").exists()


def test_what_data_prove_is_open_before_they_leave():
    counter = family()
    counter.greet()
    assert counter.enter(relation="child", amount="300").status_code == 302
    counter.scan()
    counter.hand_in()
    application = counter.application
    assert application.state == State.APPROVED
    binding = Binding.objects.get()
    assert binding.monthly_cap == 300_00
    assert binding.since <= timezone.now()
    assert "当场办好了" in text(counter.client.get(counter.url("case", application.pk)))


def test_a_relative_may_be_the_one_who_stands_there(counter):
    counter.citizen, counter.relative = counter.relative, counter.citizen
    area = for_area("990100")
    counter.greet()
    counter.enter(wish="view:beneficiary", relation="parent", days=str(area.view_days[0]))
    application = counter.application
    assert (application.kind, application.initiator) == (Kind.VIEW, Party.BENEFICIARY)
    assert (application.authorizer, application.beneficiary) == (counter.relative, counter.citizen)
    assert application.relation == "child"  # what the viewer is to whom they look after


def test_a_wallet_is_entered_for_a_relative_far_away(counter):
    counter.relative = make_citizen("何桂兰", area="360100").person
    counter.greet()
    assert counter.enter(wish="wallet:authorizer", relation="parent").status_code == 302
    assert counter.application.kind == Kind.WALLET


def test_what_stands_in_the_way_is_said_with_the_way_on(counter):
    counter.greet()
    counter.relative = make_citizen("外省", area="360100").person
    answer = counter.enter()
    assert answer.status_code == 422
    assert "家人在外省参保,要用“医保钱包”" in text(answer)
    assert "姓名和号码对不上" in text(counter.enter(name="别人"))


def test_a_person_without_a_login_or_a_telephone_is_served(counter):
    counter.citizen = make_holder("郑老")
    counter.citizen.phone = counter.citizen.phone_index = None
    counter.citizen.save()
    application = counter.whole()
    assert application.authorizer == counter.citizen
    assert Message.objects.filter(person=counter.citizen, template="binding.submitted").exists()


def test_the_citizen_finds_it_on_their_own_pages_with_the_window(counter, client):
    application = counter.whole()
    login_citizen(client, counter.citizen)
    page = text(client.get(f"/bindings/applications/{application.number}/"))
    assert f"在{counter.visit.window}办的" in page
    assert "窗口(刘*)" in page
    assert "何* 配偶 正在审核" in text(client.get("/bindings/"))


def test_a_draft_of_the_window_that_is_finished_at_home_came_in_online(counter):
    counter.greet()
    counter.enter()
    counter.scan()
    user = counter.citizen.user
    application = services.submit(
        application=counter.application, actor=user, agreed=True, commitment_name="郑涛"
    )
    assert (application.channel, application.visit) == (Channel.WEB, None)


def test_what_was_scanned_for_one_citizen_is_not_offered_to_the_next(counter):
    counter.whole()
    Proof.objects.update(status=Proof.Status.CLEAN)
    kind = Proof.objects.get().kind
    counter.citizen, counter.relative = make_citizen("下一位").person, make_citizen("她的丈夫").person
    counter.greet()
    counter.enter()
    assert not Proof.objects.reusable(counter.application, kind).exists()


# ------------------------------------------------------------- four eyes
def test_who_entered_it_all_opens_nothing_alone():
    counter = couple()
    application = counter.whole(beside="on")
    assert application.state == State.IN_REVIEW
    assert application.consent.how == Consent.How.WINDOW
    assert "开通前由同事再看" in text(counter.client.get(counter.url("case", application.pk)))


def test_one_reviewer_is_the_second_pair_of_eyes():
    counter = couple()
    application = counter.whole(beside="on")
    application.proofs.update(status=Proof.Status.CLEAN)
    done = services.approve(
        application=application, actor=make_staff(), version=application.version, checks=REVIEW_CHECKS
    )
    assert done.state == State.APPROVED


def test_a_relative_who_is_not_there_answers_for_themselves():
    counter = couple()
    application = counter.whole()
    assert application.state == State.AWAITING_CONSENT
    services.consent(application=application, actor=counter.relative.user)
    assert Binding.objects.active().exists()


def test_the_cause_is_the_clerks_and_asks_for_one_reviewer_only():
    bounds = for_area("990100").four_eyes
    causes = four_eyes(bounds, Signals(one_clerk=True))
    assert causes == [FourEyesCause.CLERK]
    assert two_reviewers(causes) == []
    assert two_reviewers([*causes, FourEyesCause.CAP]) == [FourEyesCause.CAP]


def test_a_reviewer_who_is_also_clerk_does_not_decide_what_they_entered(counter):
    counter.clerk.duties = ["clerk", "reviewer"]
    counter.clerk.save()
    application = counter.whole()
    with pytest.raises(PermissionDenied, match="conflict_of_interest"):
        services.claim(application=application, actor=counter.clerk)
    with pytest.raises(PermissionDenied, match="conflict_of_interest"):
        services.answer_at_window(application=application, actor=counter.clerk, answer="yes")


# ------------------------------------------------------------- later help
def test_the_clerk_withdraws_for_whom_they_serve(counter):
    case = in_state(State.IN_REVIEW)
    counter.greet(case.giver.person, purpose="change")
    answer = counter.client.post(counter.url("act", case.application.pk, "withdraw"))
    assert answer.status_code == 302
    assert case.now().state == State.WITHDRAWN
    event = Event.objects.filter(application=case.application).latest("at")
    assert (event.actor, event.by_clerk) == (counter.clerk, True)


def test_nobody_withdraws_for_whom_they_do_not_serve(counter):
    case = in_state(State.IN_REVIEW)
    counter.greet()
    assert counter.client.post(counter.url("act", case.application.pk, "withdraw")).status_code == 404
    with pytest.raises(PermissionDenied):
        services.withdraw(application=case.application, actor=counter.clerk)
    counter.greet(case.giver.person)
    window.end_visit(visit=counter.visit)
    with pytest.raises(PermissionDenied):
        services.withdraw(application=case.application, actor=counter.clerk)


def test_a_missing_document_is_scanned_and_the_case_goes_on(counter):
    case = in_state(State.RETURNED)
    with time_machine.travel(timezone.now() + timedelta(minutes=10)):
        counter.greet(case.giver.person, purpose="change")
        page = text(counter.client.get(counter.url("documents", case.application.pk)))
        assert "审核员要重新传的" in page
        kind = services.rejected_proofs(case.application).get().kind
        rules = services.policy_of(case.application)
        pages = {
            page.code: photo(f"{n}.jpg", width=600 + n) for n, page in enumerate(rules.documents[kind].pages)
        }
        assert (
            counter.client.post(counter.url("document", case.application.pk, kind), pages).status_code == 302
        )
        assert counter.client.post(counter.url("act", case.application.pk, "resubmit")).status_code == 302
    assert case.now().state == State.IN_REVIEW


def test_an_objection_is_written_down_as_said(counter):
    case = in_state(State.REFUSED)
    with time_machine.travel(timezone.now() + timedelta(minutes=10)):
        counter.greet(case.giver.person, purpose="change")
        url = counter.url("act", case.application.pk, "object")
        assert "请填写" in text(counter.client.post(url, {"text": ""}))
        assert counter.client.post(url, {"text": "本人说结婚证是真的"}).status_code == 302
    assert case.now().state == State.SECOND_REVIEW
    assert case.event().note == "本人说结婚证是真的"


@pytest.mark.parametrize(("action", "what"), [("pause", "paused"), ("end", "ended")])
def test_a_binding_is_paused_or_ended_for_the_one_who_stands_there(counter, client, action, what):
    case = in_force()
    counter.greet(case.giver.person, purpose="change")
    url = counter.url("binding", case.binding().pk, action)
    assert "马上生效" in text(counter.client.get(url))
    assert not BindingChange.objects.filter(what=what).exists()
    assert counter.client.post(url).status_code == 302
    change = BindingChange.objects.get(what=what)
    assert (change.party, change.actor, change.by_clerk) == (Party.AUTHORIZER, counter.clerk, True)
    for end in (case.giver, case.relative):
        login_citizen(client, end)
        page = text(client.get(f"/bindings/{case.binding().pk}/"))
        assert "出钱的人,窗口(刘*)" in page


def test_the_relative_ends_it_too_but_does_not_pause(counter):
    case = in_force()
    counter.greet(case.relative.person, purpose="change")
    pause = counter.url("binding", case.binding().pk, "pause")
    assert counter.client.post(pause).status_code == 404
    assert counter.client.post(counter.url("binding", case.binding().pk, "end")).status_code == 302
    assert case.binding().ended_by == Party.BENEFICIARY


def test_a_binding_of_others_is_absent(counter):
    case = in_force()
    counter.greet()
    assert counter.client.get(counter.url("binding", case.binding().pk, "end")).status_code == 404


# ------------------------------------------------------------- printed records
def test_a_statement_is_printed_and_the_look_is_kept_first(counter):
    counter.citizen = make_holder("郑涛", 100_00)
    counter.greet(purpose="statement")
    month = f"{timezone.localdate():%Y-%m}"
    assert month in text(counter.client.get(counter.url("statements")))
    for role in ("account", "used"):
        printed = counter.client.get(counter.url("statement", role, month))
        assert printed.content.startswith(b"%PDF-")
    looks = AuditRow.objects.filter(action="window.statement_printed", object_id=str(counter.citizen.pk))
    assert looks.count() == 2
    assert {look.purpose for look in looks} == {"窗口:打印使用记录"}


@pytest.mark.parametrize("code", ["2026-13", "1999-01", "abc", "2099-01"])
def test_a_period_that_is_none_is_absent(counter, code):
    counter.greet(purpose="statement")
    assert counter.client.get(counter.url("statement", "used", code)).status_code == 404


# ------------------------------------------------------------- speed
def test_the_front_page_and_a_visit_cost_a_fixed_number_of_queries(counter, django_assert_max_num_queries):
    for _ in range(3):
        counter.relative = make_citizen(f"家人{_}").person
        counter.whole()
    with django_assert_max_num_queries(20):
        counter.client.get(FRONT)
    with django_assert_max_num_queries(26):
        counter.client.get(counter.url("visit"))


def test_the_job_that_comes_after_finds_the_work_done():
    counter = family()
    counter.greet()
    counter.enter(relation="child")
    counter.scan()
    counter.hand_in()
    before = Event.objects.count()
    system.enqueue(counter.application.pk)
    assert Event.objects.count() == before
