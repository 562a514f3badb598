"""亲情账户 from the first question to the end: who starts, who agrees, what is asked, and its own limits."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Consent, Message, Person
from binding import services
from binding.models import Application, Binding, Kind
from binding.rules import Party, State
from gongji import policy
from gongji.errors import Refused
from gongji.policy import Relation
from ledger.models import Mandate
from tests.binding.browse import ask, at, text
from tests.binding.cases import in_force
from tests.binding.views_of import decided, looked_after, view_draft
from tests.factories import (
    id_number,
    insure,
    login_citizen,
    login_staff,
    make_citizen,
    make_login,
    make_person,
)

pytestmark = pytest.mark.django_db
MONEY = ("出钱", "用您的钱", "医保卡里的钱", "共济支付", "每月上限", "不设上限")
"""Words that have no place where nothing is paid."""


@pytest.fixture
def mother():
    return make_citizen("王芳")


@pytest.fixture
def daughter():
    return make_citizen("李小丽")


def child_of(_parent, name: str = "李小宝", years: int = 8) -> Person:
    birth = date(timezone.localdate().year - years, 1, 1)
    child = make_person(name, number=id_number(birth), phone=None)
    insure(child, scheme="390")
    return child


def answers(person) -> dict[str, str]:
    return {"name": person.name, "id_type": person.id_type, "id_number": person.id_number, "phone": ""}


def draft_of(user) -> Application:
    return Application.objects.get(created_by=user, state=State.DRAFT)


def of_the_page(response) -> str:
    """What stands between head and foot: the name of the portal is in both."""
    html = response.content.decode()
    main = html[html.index("<main") : html.index("</main>")]
    response_of = type("Part", (), {"content": main.encode()})
    return text(response_of)


# ------------------------------------------------------------- the first question
def test_the_first_page_asks_whose_money_it_is_and_each_answer_leads_its_own_way(client):
    login_citizen(client, make_citizen("李明"))
    page = client.get("/bindings/new/")
    words = of_the_page(page)
    assert "花您的钱,还是只出示家人的码?" in words
    assert "家人看病买药,花您医保卡里的钱;家人出示自己的医保码。" in words
    assert "用您的手机,出示家人的医保码;花的是家人自己的钱。" in words
    assert "家人在外省参保,您划出一笔额度给家人。" in words
    html = page.content.decode()
    for way in ("/bindings/new/relation/", "/bindings/new/?kind=view&amp;side=relative"):
        assert f'href="{way}"' in html
    assert 'href="/bindings/new/?kind=wallet"' in html


@pytest.mark.parametrize(
    ("address", "heading"),
    [
        ("?kind=mutual_aid", "给家人开通,先看三句话"),
        ("?kind=wallet", "医保钱包,先看三句话"),
        ("?kind=view", "请家人代看,先看三句话"),
        ("?kind=view&side=relative", "代看家人的医保,先看三句话"),
    ],
)
def test_an_address_that_names_the_way_goes_there_at_once(client, address, heading):
    login_citizen(client, make_citizen("李明"))
    words = of_the_page(client.get(f"/bindings/new/{address}"))
    assert heading in words and "花您的钱,还是只出示家人的码?" not in words


def test_somebody_without_an_account_of_their_own_is_shown_the_way_that_needs_none(client):
    person = make_person("李明")
    insure(person, scheme="390")
    login_citizen(client, person)
    refused = client.get("/bindings/new/")
    assert "您没有个人账户,不能给家人用" in text(refused) and "办亲情账户" in text(refused)
    assert "代看家人的医保,先看三句话" in text(client.get("/bindings/new/?kind=view&side=relative"))


# ------------------------------------------------------------- the way through the pages
def walk(client, actor, other, *, side: str, relation: str, days: str = "30"):
    """All pages up to the summary, as they follow from one another."""
    query = f"?kind=view{side}"
    login_citizen(client, actor)
    page = client.post(f"/bindings/new/relation/{query}", {"relation": relation}, follow=True)
    draft = draft_of(actor)
    assert at(page).endswith("/relative/")
    page = ask(client, "relative", draft.number, **answers(other.person))
    assert at(page).endswith("/days/") and "看多久?" in text(page)
    page = ask(client, "days", draft.number, view_days=days)
    assert at(page).endswith("/check/")
    return draft, of_the_page(page)


def test_the_viewer_applies_without_documents_and_the_person_agrees(client, mother, daughter):
    draft, words = walk(client, daughter, mother, side="&side=relative", relation="child")
    assert (
        "亲情账户个人承诺书" in words and "30 天,到期自动停" in words and "关系父母" in words.replace(" ", "")
    )
    assert not [word for word in MONEY if word in words]
    done = ask(client, "check", draft.number, health="on", signature="李小丽")
    assert "提交好了" in text(done) and "王*要同意" in text(done)
    draft.refresh_from_db()
    assert (draft.authorizer, draft.beneficiary) == (mother.person, daughter.person)
    assert (draft.initiator, draft.consent_required) == (Party.BENEFICIARY, True)

    login_citizen(client, mother)
    assert "李*丽想代看您的医保。" in text(client.get("/bindings/"))
    page = of_the_page(client.get(reverse("binding:invitation", args=[draft.number])))
    assert "李*丽(您的子女)想代看您的医保" in page and "看 30 天,到期自动停。" in page
    assert not [word for word in MONEY if word in page]
    client.post(reverse("binding:invitation", args=[draft.number]), {"answer": "agree"})
    assert Consent.objects.get(text="view").version == policy.for_area("990100").view_notice.version
    services_case = Application.objects.get(pk=draft.pk)
    assert services_case.consent_id is not None


def test_the_person_asks_to_be_looked_after_and_it_opens_without_waiting(client, mother, daughter):
    draft, words = walk(client, mother, daughter, side="", relation="child", days="90")
    assert "家人代看您的医保,替您出示付款码。花您自己的钱。" in words
    ask(client, "check", draft.number, health="on", signature="王芳")
    draft.refresh_from_db()
    assert draft.state == State.APPROVED and not draft.consent_required
    binding = draft.bindings.get()
    assert binding.expires_at == binding.since + timedelta(days=90)
    mandate = Mandate.objects.get(binding_id=binding.pk)
    assert (mandate.kind, mandate.account, mandate.valid_until) == ("view", None, binding.expires_at)
    page = of_the_page(client.get(reverse("binding:status", args=[draft.number])))
    assert "家人可以看了" in page and not [word for word in MONEY if word in page]


def test_pages_of_a_view_in_force_never_speak_of_paying(client, mother, daughter):
    binding = looked_after(mother, daughter)
    Binding.objects.filter(pk=binding.pk).update(since=timezone.now() - timedelta(hours=1))
    addresses = [reverse(f"binding:{name}", args=[binding.pk]) for name in ("detail", "end")]
    for who, said in ((mother, "李*丽代看您的医保"), (daughter, "代看王*的医保")):
        login_citizen(client, who)
        words = [of_the_page(client.get(address)) for address in addresses]
        assert said in words[0]
        assert not [word for word in MONEY if word in "".join(words)]
    page = text(client.get("/bindings/"))
    assert "我代看的家人" in page and "为止" in page
    login_citizen(client, mother)
    assert "谁在代看我的" in text(client.get("/bindings/"))
    told = Message.objects.filter(about=binding.application.number).values_list("template", flat=True)
    assert told and all(template.endswith("_view") for template in told)


def test_a_pause_is_said_as_not_letting_them_look(client, mother, daughter):
    binding = looked_after(mother, daughter)
    login_citizen(client, mother)
    page = client.post(reverse("binding:pause", args=[binding.pk]), follow=True)
    assert "家人现在看不到您的医保" in text(page) and "暂时不让看" in text(page)
    login_citizen(client, daughter)
    page = of_the_page(client.get(reverse("binding:detail", args=[binding.pk])))
    assert "王*暂时不让看。" in page and "看家人的医保" not in page
    assert client.post(reverse("binding:pause", args=[binding.pk])).status_code == 403


def test_the_person_can_stop_it_at_once_even_where_giving_is_locked_for_a_while(
    client, mother, daughter, monkeypatch
):
    rules = policy.for_area("990100")
    monkeypatch.setattr(type(rules), "unbind_lock_days", 90, raising=False)
    binding = looked_after(mother, daughter)
    ended = services.end_binding(binding=binding, actor=mother)
    assert ended.until is not None
    login_citizen(client, daughter)
    page = of_the_page(client.get(reverse("binding:detail", args=[binding.pk])))
    assert "由被看的家人停用" in page and not [word for word in MONEY if word in page]


# ------------------------------------------------------------- who decides
def test_an_adults_own_word_is_enough_wherever_they_live(mother, daughter):
    assert services.missing_documents(view_draft(mother, daughter).application) == []
    staff_area = make_citizen("王芳", area="440700")
    assert policy.for_area("440700").review_mode == "staff"
    assert decided(view_draft(staff_area, daughter)).state == State.AWAITING_CONSENT


def test_a_parent_adds_a_child_of_their_own_without_asking_it(mother):
    case = view_draft(make_login(child_of(mother)), mother, relation=Relation.PARENT)
    for kind in services.missing_documents(case.application):
        case.hand_in(kind)
    application = decided(case)
    assert not application.consent_required
    said = Consent.objects.filter(about=application.number).values_list("text", flat=True)
    assert "guardian" in said


def test_another_ones_child_is_for_a_person_to_judge(mother):
    case = view_draft(make_login(child_of(mother)), mother, relation=Relation.GRANDPARENT)
    assert services.missing_documents(case.application)
    for kind in services.missing_documents(case.application):
        case.hand_in(kind)
    assert decided(case).state == State.IN_REVIEW


def test_a_child_who_asks_needs_the_yes_of_the_parent(mother):
    child = make_login(child_of(mother, years=14))
    case = view_draft(child, mother, by=Party.AUTHORIZER, relation=Relation.PARENT)
    for kind in services.missing_documents(case.application):
        case.hand_in(kind)
    assert decided(case).consent_required


def test_a_viewer_learns_nothing_of_an_insurance_before_the_yes(client, mother, daughter):
    _draft, words = walk(client, daughter, mother, side="&side=relative", relation="child")
    assert "正常参保" not in words and "家人参保" not in words


def test_a_viewer_abroad_and_one_without_an_account_may_look(mother):
    abroad = make_citizen("李小丽", area="360100")
    poor = make_person("李大强")
    insure(poor, scheme="390")
    for viewer in (abroad, make_login(poor)):
        assert looked_after(mother, viewer).kind == Kind.VIEW


# ------------------------------------------------------------- limits
def test_so_many_may_look_at_one_person_and_no_more(mother):
    rules = policy.for_area("990100")
    for _ in range(rules.view_max_viewers):
        looked_after(mother, make_citizen("李小丽"))
    with pytest.raises(Refused, match="limit_reached") as refused:
        services.starting_rules(person=mother.person, kind=Kind.VIEW)
    assert f"已有 {rules.view_max_viewers} 位家人代看您的医保" in refused.value.message
    late = decided(view_draft(mother, make_citizen("李大强")))
    assert late.state == State.REFUSED
    assert str(rules.view_max_viewers) not in services.reasons_of(late)[0]["text"]


def test_one_person_looks_after_so_many_and_no_more(daughter):
    rules = policy.for_area("990100")
    for _ in range(rules.view_max_delegates):
        looked_after(make_citizen("王芳"), daughter)
    with pytest.raises(Refused, match="limit_reached") as refused:
        services.starting_rules(person=daughter.person, kind=Kind.VIEW, side=Party.BENEFICIARY)
    assert f"您已代看 {rules.view_max_delegates} 位家人" in refused.value.message


def test_places_of_one_kind_are_not_places_of_another(mother, daughter):
    in_force(giver=mother, relative=daughter)
    in_force(giver=mother, relative=make_citizen("李大强", area="360100"), kind=Kind.WALLET)
    assert looked_after(mother, daughter).kind == Kind.VIEW
    for kind in Kind:
        assert services.checks.places_taken(mother.person_id, kind, besides=None, undecided=True) == 1


def test_a_number_of_days_that_is_not_offered_is_not_taken(client, mother, daughter):
    case = view_draft(mother, daughter)
    login_citizen(client, daughter)
    page = client.post(reverse("binding:days", args=[case.application.number]), {"view_days": "3650"})
    assert page.status_code == 422
    with pytest.raises(Refused, match="incomplete"):
        services.save_days(application=case.application, actor=daughter, view_days=3650)
    assert case.now().view_days == 90


def test_a_stranger_finds_no_draft_of_days(client, mother, daughter):
    case = view_draft(mother, daughter)
    login_citizen(client, make_citizen("赵敏"))
    assert client.get(reverse("binding:days", args=[case.application.number])).status_code == 404


def test_a_rule_that_offers_other_days_meanwhile_asks_again(client, mother, daughter, monkeypatch):
    case = view_draft(mother, daughter)
    Application.objects.filter(pk=case.application.pk).update(view_days=45)
    login_citizen(client, daughter)
    page = client.get(reverse("binding:check", args=[case.application.number]), follow=True)
    assert at(page).endswith("/days/")
    with pytest.raises(Refused, match="incomplete"):
        case.submit()


def test_at_the_desk_nobody_is_called_a_giver(client, mother):
    case = view_draft(make_login(child_of(mother)), mother, relation=Relation.GRANDPARENT)
    for kind in services.missing_documents(case.application):
        case.hand_in(kind)
    decided(case)
    login_staff(client)
    page = text(client.get(f"/admin/binding/application/{case.application.pk}/review/"))
    assert "亲情账户 · 看 90 天" in page and "被看的家人" in page and "代看的家人" in page
    assert not [word for word in MONEY if word in page]
