"""Several relatives in one go: the list, one signature, each its own application, limits held."""

import pytest
from django.urls import reverse

from accounts.models import Consent
from binding import services
from binding.models import Application, Proof, Signature
from binding.rules import State
from binding.rules.letters import Signed
from binding.services.several import Gap
from gongji.policy import Relation
from tests.binding.browse import ask, at, text
from tests.binding.cases import Case
from tests.factories import login_citizen, make_citizen

pytestmark = pytest.mark.django_db

PAGE = reverse("binding:several")
SIGNED = {"signature": "李明", "health": "on"}


@pytest.fixture
def giver(client):
    user = make_citizen("李明")
    login_citizen(client, user)
    return user


def begun(giver, name="王小芳", relation=Relation.SPOUSE, *, documents=True):
    """A draft for one more relative, complete unless its documents are left out."""
    case = Case(giver=giver, relative=make_citizen(name), relation=relation)
    draft = services.start_draft(user=giver, relation=relation)
    person = case.relative.person
    case.application = services.save_relative(
        application=draft, actor=giver, name=name, id_type=person.id_type, id_number=person.id_number
    )
    for kind in services.missing_documents(case.application) if documents else []:
        case.hand_in(kind)
    return case


def test_the_list_says_of_each_relative_what_is_still_missing(client, giver):
    begun(giver)
    begun(giver, "李大山", Relation.PARENT, documents=False)
    services.start_draft(user=giver, relation=Relation.CHILD)
    page = text(client.get(PAGE))
    for words in ("王*芳", "已填好,还没提交", "李*山", "还差材料", "还没写姓名", "还没填完", "再加一位"):
        assert words in page
    gaps = [task.gap for task in services.tasks_of(giver)]
    assert gaps == [Gap.NOTHING, Gap.DOCUMENTS, Gap.ANSWERS]
    assert "提交填好的 1 份" in page


def test_one_signature_hands_in_all_that_are_complete_each_by_itself(client, giver):
    cases = [begun(giver), begun(giver, "李大山", Relation.PARENT)]
    unfinished = begun(giver, "李小山", Relation.CHILD, documents=False)
    page = client.post(PAGE, SIGNED, follow=True)
    assert at(page) == "/bindings/" and "2 位家人的申请提交好了" in text(page)
    assert {case.now().state for case in cases} == {State.SUBMITTED}
    assert unfinished.now().state == State.DRAFT
    for case in cases:
        assert Signature.objects.filter(application=case.application, person=giver.person).count() == 1
        assert Consent.objects.filter(about=case.application.number, text="commitment").count() == 1
    assert len({case.now().number for case in cases}) == 2


def test_what_is_refused_stays_a_draft_with_its_reason(client, giver):
    first, second = begun(giver), begun(giver, "李大山", Relation.PARENT)
    second.giver.person.enrollments.update(area=second.giver.person.enrollments.get().area)
    other = Case(giver=giver, relative=second.relative, relation=Relation.PARENT)
    other.application = _another_draft(second)
    page = client.post(PAGE, SIGNED, follow=True)
    states = sorted(Application.objects.values_list("state", flat=True))
    assert states == [State.DRAFT, State.SUBMITTED, State.SUBMITTED]
    assert at(page) == PAGE and "没有提交:" in text(page) and "申请正在办" in text(page)
    assert first.now().state == State.SUBMITTED
    assert "没有提交:" not in text(client.get(PAGE))


def _another_draft(case):
    """A second draft for the same two, as another window's entry may leave it."""
    draft = services.start_draft(user=case.giver, relation=case.relation)
    draft.beneficiary, draft.entered_name = case.relative.person, case.relative.person.name
    draft.save()
    for proof in case.application.proofs.all():
        Proof.objects.create(application=draft, kind=proof.kind, status=proof.status, uploaded_by=case.giver)
    return draft


def test_a_wrong_name_hands_in_nothing(client, giver):
    cases = [begun(giver), begun(giver, "李大山", Relation.PARENT)]
    page = client.post(PAGE, SIGNED | {"signature": "王小芳"})
    assert page.status_code == 422 and "签名和您的姓名不一样" in text(page)
    page = client.post(PAGE, {"signature": "李明"})
    assert page.status_code == 422 and "请勾选" in text(page)
    assert {case.now().state for case in cases} == {State.DRAFT}


def test_pressing_twice_hands_in_once(client, giver):
    case = begun(giver)
    client.post(PAGE, SIGNED)
    page = client.post(PAGE, SIGNED, follow=True)
    assert at(page) == PAGE and case.now().state == State.SUBMITTED
    assert case.application.events.count() == 1


def test_an_empty_list_says_how_to_begin(client, giver):
    assert "加一位家人" in text(client.get(PAGE))
    assert client.post(PAGE, SIGNED).url == PAGE


def test_it_lists_only_ones_own_drafts_as_a_giver(client, giver):
    begun(make_citizen("赵敏"), "赵大山")
    assert services.tasks_of(giver) == []
    assert "赵*山" not in text(client.get(PAGE))


def test_a_second_draft_for_the_same_relative_leads_to_the_first(client, giver):
    first = begun(giver)
    draft = services.start_draft(user=giver, relation=Relation.SPOUSE)
    assert draft.pk != first.application.pk
    person = first.relative.person
    page = ask(
        client, "relative", draft.number, name=person.name, id_type="01", id_number=person.id_number,
        phone="",
    )  # fmt: skip
    assert at(page) == reverse("binding:check", args=[first.application.number])
    assert "接着填那一份就好" in text(page)
    draft.refresh_from_db()
    assert draft.state == State.LAPSED
    assert Application.objects.drafts().count() == 1


def test_the_second_of_two_drafts_gives_way_whichever_is_asked_first(giver):
    first = begun(giver)
    later = _another_draft(first)
    assert services.go_on_with(draft=first.application, actor=giver).pk == first.application.pk
    assert services.go_on_with(draft=later, actor=giver).pk == first.application.pk
    assert first.now().state == State.DRAFT


def test_the_questions_to_the_database_grow_by_the_same_for_each_relative(
    client, giver, django_assert_max_num_queries
):
    counts = []
    for name in ("王一", "王二", "王三"):
        begun(giver, name, Relation.SIBLING)
        with django_assert_max_num_queries(200) as queries:
            client.get(PAGE)
        counts.append(len(queries))
    assert counts[2] - counts[1] <= counts[1] - counts[0]


@pytest.mark.django_db(transaction=True)
def test_two_browsers_at_once_never_pass_the_limit(in_threads, monkeypatch):
    giver = make_citizen("李明")
    cases = [begun(giver, f"王{letter}", Relation.SIBLING) for letter in "甲乙丙丁戊己庚辛"]
    cases += [begun(giver, "王壬", Relation.SIBLING)]
    drafts = [case.now() for case in cases]
    halves = [drafts[:5], drafts[4:]]

    def hand_in(mine):
        return lambda: services.submit_several(
            drafts=mine, actor=giver, signed=Signed("name", "李明"), agreed=True
        )

    results = in_threads(*(hand_in(half) for half in halves))
    assert all(isinstance(result, list) for result in results), results
    assert Application.objects.filter(state=State.SUBMITTED).count() == 8
    refused = {outcome.refused.code for result in results for outcome in result if outcome.refused}
    assert refused == {"limit_reached"}
