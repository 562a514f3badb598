"""Proof by data before proof by paper: asked after the match, kept, told, and decided by."""

from datetime import timedelta
from threading import Event

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.kinship.hearing import registers
from binding import services
from binding.models import Application, Kind, WindowVisit
from binding.rules import Action, Party, State
from binding.services import kinship, system, window
from gongji import outbox
from gongji.errors import Refused
from gongji.models import AuditRow
from gongji.policy import Relation
from tests.accounts.registers import answer, born, married, played_register
from tests.binding.browse import ask, at, text
from tests.binding.cases import Case, in_state
from tests.factories import (
    insure,
    login_citizen,
    login_staff,
    make_citizen,
    make_login,
    make_person,
    make_staff,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def couple():
    """Two who are married by the register."""
    case = Case()
    married(case.giver.person, case.relative.person)
    return case


@pytest.fixture
def played(settings):
    """A register of marriages that is a service."""
    with played_register() as played:
        settings.MARRIAGE_REGISTER_URL, settings.MARRIAGE_REGISTER_KEY = played.url, "key"
        settings.REGISTER_SECONDS = 5
        registers.cache_clear()
        yield played
    registers.cache_clear()


def check_of(case):
    return case.application.checks.get(code="kinship")


def answers(person):
    """What W4 is sent with."""
    return {"name": person.name, "id_type": "01", "id_number": person.id_number, "no_phone": "on"}


def unknown(people):
    return answer({"known": False} for _person in people)


# ------------------------------------------------------------- asked and kept
def test_a_marriage_spares_the_certificate_and_says_who_told_it_and_when(couple):
    couple.begin()
    check = check_of(couple)
    assert (check.outcome, check.source, check.detail) == ("yes", "民政婚姻登记", "是夫妻")
    assert timezone.now() - check.at < timedelta(minutes=1)
    assert kinship.proven(couple.application) is True
    assert services.proof_choices(couple.application) == ()


def test_a_divorce_wants_documents_and_two_readers():
    case = Case()
    married(case.giver.person, case.relative.person, until="2026-01-01")
    case.begin()
    assert kinship.proven(case.application) is False
    assert services.proof_choices(case.application)
    case.submit().after_undo_time()
    assert case.approve().state == State.SECOND_REVIEW


def test_nothing_found_leaves_it_to_documents_and_a_person():
    case = Case().begin()
    check = check_of(case)
    assert (check.outcome, check.detail, check.incomplete) == ("unknown", "没有查到", False)
    assert check.source == "参保登记里的户口信息、民政婚姻登记、卫健出生登记"
    assert services.proof_choices(case.application)


def test_a_grandmother_by_two_births():
    case = Case(relation=Relation.MATERNAL_GRANDPARENT)
    mother = make_person("王芳")
    born(case.giver.person, mother=mother)
    born(mother, mother=case.relative.person)
    assert check_of(case.begin()).detail == "是祖孙"
    assert case.submit().after_undo_time().now().state == State.AWAITING_CONSENT
    assert case.event().action == Action.ACCEPT


def test_a_brother_by_a_common_parent():
    case = Case(relation=Relation.SIBLING)
    father = make_person("李刚")
    for child in (case.giver, case.relative):
        born(child.person, father=father)
    assert kinship.proven(case.begin().application) is True


def test_another_relation_needs_another_answer(couple):
    couple.begin()
    draft = services.save_relation(
        application=couple.application, actor=couple.giver, relation=Relation.SIBLING
    )
    assert kinship.proven(draft) is False
    draft = services.save_relation(application=draft, actor=couple.giver, relation=Relation.SPOUSE)
    assert kinship.proven(draft) is True


def test_the_answer_about_somebody_else_does_not_count(couple):
    couple.begin()
    Application.objects.filter(pk=couple.application.pk).update(beneficiary=make_person("王芳"))
    assert kinship.proven(couple.now()) is None


def test_the_relative_who_applies_is_proven_the_same_way():
    giver, relative = make_citizen("李明", area="990300"), make_citizen("王小芳", area="990300")
    married(giver.person, relative.person)
    draft = services.start_draft(user=relative, relation=Relation.SPOUSE, side=Party.BENEFICIARY)
    person = giver.person
    draft = services.save_relative(
        application=draft, actor=relative, name=person.name, id_type="01", id_number=person.id_number
    )
    assert kinship.proven(draft) is True
    assert [known.label for known in services.known_about(draft)] == ["亲属关系"]


def test_every_question_to_the_registers_is_on_record(couple):
    couple.begin()
    (row,) = AuditRow.objects.filter(action="kinship.asked")
    assert (row.object_id, row.result) == (str(couple.application.pk), "yes")


# ------------------------------------------------------------- asked again or not
def test_a_yes_is_used_again_for_a_day(couple, played):
    played.reply = unknown
    couple.begin()
    kinship.ask(couple.application)
    assert len(played.requests) == 1
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        kinship.ask(couple.application)
    assert len(played.requests) == 2


def test_not_known_is_used_again_too(played):
    played.reply = unknown
    case = Case().begin().submit()
    system.precheck(case.application.pk)
    assert len(played.requests) == 1


def test_a_no_is_asked_again_somebody_may_have_mended_it(played):
    played.reply = lambda people: answer([{"known": True, "marriages": []}] * len(people))
    case = Case().begin()
    assert check_of(case).outcome == "no"
    married(case.giver.person, case.relative.person)
    kinship.ask(case.application)
    assert check_of(case).outcome == "yes"
    assert len(played.requests) == 2


def test_a_register_that_was_down_is_asked_again_after_the_submission(played):
    played.reply = lambda people: answer([], 503)
    case = Case().begin()
    check = check_of(case)
    assert (check.outcome, check.detail, check.incomplete) == ("unknown", "民政婚姻登记暂时查不到", True)
    wife, husband = case.relative.person, case.giver.person
    spouse_of = {wife.id_number: husband, husband.id_number: wife}
    played.reply = lambda people: answer(
        {
            "known": True,
            "marriages": [
                {"spouse": {"id_type": "01", "id_number": spouse_of[person["id_number"]].id_number}}
            ],
        }
        for person in people
    )
    case.submit()
    outbox.drain()
    assert check_of(case).outcome == "yes"
    assert case.after_undo_time().now().state == State.AWAITING_CONSENT


def test_a_slow_register_holds_nobody_up(played, settings):
    settings.REGISTER_SECONDS = 0.2
    played.hold = Event()
    assert check_of(Case().begin()).incomplete


def test_the_decision_asks_nobody(played):
    played.reply = unknown
    case = Case().begin().submit()
    asked = len(played.requests)
    case.after_undo_time()
    assert case.now().state == State.IN_REVIEW
    assert len(played.requests) == asked


@pytest.mark.django_db(transaction=True)
def test_while_a_register_is_asked_no_row_is_held(played):
    """The register itself takes the application's and both people's rows while it is being asked."""
    taken = []

    def reply(people):
        try:
            with transaction.atomic():
                for table in ("binding_application", "accounts_person"):
                    with connection.cursor() as cursor:
                        cursor.execute(f"SELECT 1 FROM {table} FOR UPDATE NOWAIT")
                        taken.append(len(cursor.fetchall()))
        finally:
            connection.close()
        return unknown(people)

    played.reply = reply
    case = Case().begin()
    assert taken == [1, 2]
    Application.objects.filter(pk=case.application.pk).update(state=State.DRAFT)
    case.application.checks.all().delete()
    case.submit()
    outbox.drain()
    assert taken == [1, 2, 1, 2]


# ------------------------------------------------------------- not near enough
@pytest.fixture
def in_law():
    """A mother of the wife, by a marriage and a birth."""
    case = Case(relation=Relation.PARENT)
    wife = make_person("王芳")
    married(case.giver.person, wife)
    born(wife, mother=case.relative.person)
    return case


def test_the_mother_of_a_wife_is_refused_at_once_and_taken_out_again(in_law):
    with pytest.raises(Refused, match="in_law") as caught:
        in_law.begin()
    assert caught.value.message == "按户口、婚姻和出生登记,这位家人是您的公婆、岳父母。"
    draft = Application.objects.get()
    assert draft.beneficiary is None
    assert draft.entered_name == "王小芳"


def test_at_the_window_the_papers_count_and_two_look(in_law):
    giver, relative, clerk = in_law.giver.person, in_law.relative.person, make_staff(duties=("clerk",))
    document = {"name": giver.name, "id_type": "01", "id_number": giver.id_number}
    place, purpose = window.windows_of(clerk)[0], WindowVisit.Purpose.APPLY
    visit = window.begin_visit(clerk=clerk, window=place, purpose=purpose, **document)
    draft = window.start_at_window(
        visit=visit, kind=Kind.MUTUAL_AID, side=Party.AUTHORIZER, relation=Relation.PARENT
    )
    draft = services.save_relative(
        application=draft, actor=clerk, name=relative.name, id_type="01", id_number=relative.id_number
    )
    assert (draft.beneficiary, kinship.proven(draft)) == (relative, False)
    assert draft.checks.get().detail == "登记里是公婆、岳父母"


def test_pressed_again_it_is_refused_again(in_law):
    for _time in range(2):
        with pytest.raises(Refused, match="in_law"):
            in_law.begin()


def test_the_page_of_w4_says_m2_with_the_window_for_a_wrong_register(client, in_law):
    login_citizen(client, in_law.giver)
    ask(client, "relation", relation="parent")
    page = ask(client, "relative", Application.objects.get().number, **answers(in_law.relative.person))
    assert page.status_code == 409
    words = text(page)
    assert "公婆、岳父母不能用您的个人账户" in words
    assert "按户口、婚姻和出生登记,这位家人是您的公婆、岳父母。" in words
    assert "爱人参加了职工医保的,请爱人自己登录" in words
    assert "登记写错了?" in words and "到窗口核对" in words
    assert "换一位家人" in words and "看爱人怎么办" in words


def test_a_great_grandmother_is_told_so(client):
    case = Case(relation=Relation.GRANDPARENT)
    father, grandfather = make_person("李刚"), make_person("李国")
    born(case.giver.person, father=father)
    born(father, father=grandfather)
    born(grandfather, mother=case.relative.person)
    login_citizen(client, case.giver)
    ask(client, "relation", relation="grandparent")
    page = ask(client, "relative", Application.objects.get().number, **answers(case.relative.person))
    assert page.status_code == 409
    assert "这位家人是您的曾祖父母" in text(page) and "近亲属" in text(page) and "到窗口核对" in text(page)


def test_a_relation_changed_to_one_that_cannot_be_is_refused_too(client, in_law):
    in_law.relation = Relation.SIBLING
    in_law.begin()
    with pytest.raises(Refused, match="in_law"):
        services.save_relation(application=in_law.application, actor=in_law.giver, relation=Relation.PARENT)
    assert in_law.now().beneficiary is None


def test_a_mother_in_law_who_applies_is_told_from_her_side():
    giver, mother_in_law = make_citizen("李明", area="990300"), make_citizen("张秀英", area="990300")
    wife = make_person("王芳")
    married(giver.person, wife)
    born(wife, mother=mother_in_law.person)
    draft = services.start_draft(user=mother_in_law, relation=Relation.PARENT, side=Party.BENEFICIARY)
    with pytest.raises(Refused, match="not_near") as caught:
        services.save_relative(
            application=draft,
            actor=mother_in_law,
            name=giver.person.name,
            id_type="01",
            id_number=giver.person.id_number,
        )
    assert caught.value.message.endswith("这位家人是您的儿媳、女婿。")
    draft.refresh_from_db()
    assert (draft.authorizer, draft.beneficiary) == (None, mother_in_law.person)


def test_what_a_register_learns_after_the_submission_is_for_a_person():
    case = Case(relation=Relation.PARENT).begin().submit()
    wife = make_person("王芳")
    married(case.giver.person, wife)
    born(wife, mother=case.relative.person)
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        system.precheck(case.application.pk)
        assert check_of(case).detail == "登记里是公婆、岳父母"
        system.enqueue(case.application.pk)
    assert case.now().state == State.IN_REVIEW


# ------------------------------------------------------------- the area's fast path
def test_one_household_number_spares_documents_where_the_entrance_says_so():
    giver, wife = make_person("李明"), make_person("王芳")
    insure(giver, household="H-1", relation_to_head="20")
    insure(wife, household="H-1", relation_to_head="38")
    user = make_login(giver)
    for entrance, holds in (("", None), ("alipay", True)):
        draft = services.start_draft(user=user, relation=Relation.SPOUSE, entrance=entrance)
        draft = services.save_relative(
            application=draft, actor=user, name=wife.name, id_type="01", id_number=wife.id_number
        )
        assert kinship.proven(draft) is holds
        assert bool(services.proof_choices(draft)) is not bool(holds)
    assert draft.checks.get().detail == "在同一户口簿上"
    assert draft.checks.get().source == "参保登记里的户口信息"


# ------------------------------------------------------------- what people read
def test_a_citizen_reads_who_said_it_and_what_is_spared(client, couple):
    login_citizen(client, couple.giver)
    ask(client, "relation", relation="spouse")
    with time_machine.travel("2026-11-23T02:02:00Z", tick=False):
        login_citizen(client, couple.giver)
        page = ask(client, "relative", Application.objects.get().number, **answers(couple.relative.person))
    assert at(page).endswith("/check/")
    assert "亲属关系 民政婚姻登记 11月23日(星期一) 10:02 核对:是夫妻,不用传结婚证" in text(page)


def test_the_page_of_the_case_says_it_too(client, couple):
    couple.begin().submit()
    login_citizen(client, couple.giver)
    page = text(client.get(reverse("binding:status", args=[couple.application.number])))
    assert "核对:是夫妻,不用传结婚证" in page


def test_what_is_not_known_is_taken_in_first(client):
    case = in_state(State.SUBMITTED)
    login_citizen(client, case.giver)
    page = text(client.get(reverse("binding:status", args=[case.application.number])))
    assert "核对:没有查到,先收下您的材料,人工核对" in page


def test_the_reviewer_sees_source_and_time(client):
    case = Case()
    married(case.giver.person, case.relative.person, until="2026-01-01")
    case.begin().submit().after_undo_time()
    login_staff(client, make_staff())
    page = text(client.get(reverse("admin:binding_application_review", args=[case.application.pk])))
    said = f"亲属关系✗不符和登记的不一样民政婚姻登记{timezone.localtime():%m-%d}"
    assert said in page.replace(" ", "")


def test_a_third_person_of_a_record_is_named_to_nobody(client):
    case = Case()
    married(case.giver.person, make_person("赵六六"))
    case.begin()
    login_citizen(client, case.giver)
    page = text(client.get(reverse("binding:check", args=[case.application.number])))
    assert "和登记的不一样,要传证明,由工作人员看" in page and "赵" not in page


# ------------------------------------------------------------- what it costs
def test_pages_read_one_kept_answer_however_many_records_there_are(client):
    counts = []
    for records in (0, 5):
        case = Case(giver=make_citizen("李明"), relative=make_citizen("王小芳"))
        for _number in range(records):
            married(case.giver.person, make_person("王芳"), until="2020-01-01")
            born(make_person("李小宝"), father=case.giver.person)
        case.begin()
        login_citizen(client, case.giver)
        page = reverse("binding:proof", args=[case.application.number, "marriage_certificate"])
        client.get(page)

        with CaptureQueriesContext(connection) as queries:
            client.get(page)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_asking_costs_the_same_however_many_records_there_are():
    counts = []
    for records in (1, 6):
        case = Case()
        for _number in range(records):
            married(case.giver.person, make_person("王芳"), until="2020-01-01")
        case.begin()

        case.application.checks.all().delete()
        with CaptureQueriesContext(connection) as queries:
            kinship.ask(case.application)
        counts.append(len(queries))
    assert counts[0] == counts[1]
