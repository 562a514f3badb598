"""医保钱包 for a relative in another province: the same way as every application, and a limit of its own."""

import pytest
from django.urls import reverse

from accounts.models import Message
from binding import services
from binding.models import Application, Binding, Kind
from binding.rules import State
from binding.services.ways import reaches
from gongji import policy
from gongji.errors import Refused
from gongji.policy import Relation
from gongji.templatetags.gongji import ta
from ledger.models import LedgerAccount, Mandate
from tests.binding.browse import ask, text
from tests.binding.cases import Case, in_force, in_state
from tests.factories import login_citizen, make_citizen

pytestmark = pytest.mark.django_db

ELSEWHERE = "360100"


def far_away(name: str = "王小芳"):
    return make_citizen(name, area=ELSEWHERE)


def wallet_case(state=State.APPROVED, **people) -> Case:
    return in_state(state, **{"relative": far_away(), "kind": Kind.WALLET} | people)


def draft_of(user) -> Application:
    return Application.objects.get(authorizer=user.person, state=State.DRAFT)


def answers(person) -> dict[str, str]:
    return {"name": person.name, "id_type": person.id_type, "id_number": person.id_number, "phone": ""}


# ------------------------------------------------------------- what an approval opens
def test_an_approved_wallet_opens_an_account_of_the_relative_and_the_right_to_draw_on_it():
    case = wallet_case()
    binding, mandate = case.binding(), Mandate.objects.get(binding_id=case.binding().pk)
    assert binding.kind == mandate.kind == "wallet"
    assert (mandate.account.kind, mandate.account.owner) == ("wallet", case.relative.person)
    assert LedgerAccount.objects.filter(owner=case.giver.person, kind="personal").exists()


def test_limits_are_counted_for_each_kind():
    rules = policy.for_area("990200")
    giver = make_citizen("李明", area="990200")
    for _ in range(rules.max_beneficiaries):
        in_state(State.SUBMITTED, giver=giver)
    with pytest.raises(Refused):
        services.starting_rules(person=giver.person)
    assert services.starting_rules(person=giver.person, kind=Kind.WALLET) == rules


def test_texts_speak_of_the_wallet_to_both_sides():
    case = in_force(relative=far_away(), kind=Kind.WALLET)
    told = Message.objects.filter(about=case.application.number).values_list("template", flat=True)
    assert {"binding.please_consent_wallet", "binding.opened_wallet", "binding.opened_for_you_wallet"} <= set(
        told
    )
    services.end_binding(binding=case.binding(), actor=case.giver)
    told = Message.objects.filter(template__startswith="binding.ended").values_list("template", flat=True)
    assert set(told) == {"binding.ended_giver_wallet", "binding.ended_relative_wallet"}


# ------------------------------------------------------------- which way leads where
@pytest.mark.parametrize(
    ("kind", "area", "leads"),
    [
        (Kind.MUTUAL_AID, "990200", True),
        (Kind.MUTUAL_AID, ELSEWHERE, False),
        (Kind.WALLET, ELSEWHERE, True),
        (Kind.WALLET, "990200", False),
        (Kind.WALLET, "110100", True),
        (Kind.WALLET, "440700", False),
    ],
)
def test_mutual_aid_stays_in_the_province_and_the_wallet_leaves_it(kind, area, leads):
    assert reaches(kind, policy.for_area("990100"), area) is leads


def test_an_area_without_wallets_says_so_with_its_source(client):
    giver = login_citizen(client, make_citizen("李明", area="440700"))
    page = text(client.get("/bindings/new/?kind=wallet"))
    assert "医保钱包还没有开通" in page
    assert str(policy.for_area("440700").cite("wallet").source) in page
    with pytest.raises(Refused, match="wallet_not_open"):
        services.start_draft(user=giver, relation=Relation.PARENT, kind=Kind.WALLET)


# ------------------------------------------------------------- the pages
def test_the_first_page_of_the_wallet_names_the_areas_numbers(client):
    login_citizen(client, make_citizen("李明"))
    page = text(client.get("/bindings/new/?kind=wallet"))
    assert "每天最多 3 次,每次最多 2000.00 元。22:00 到第二天 06:00 不能转。" in page
    assert "家人在外省参保?用医保钱包" in text(client.get("/bindings/new/?kind=mutual_aid"))
    assert "家人在外省参保,您划出一笔额度给家人。" in text(client.get("/bindings/new/"))


def test_the_whole_way_of_a_wallet_through_the_pages(client):
    giver, relative = login_citizen(client, make_citizen("李明")), far_away()
    client.post("/bindings/new/relation/?kind=wallet", {"relation": "spouse"})
    draft = draft_of(giver)
    assert draft.kind == Kind.WALLET
    ask(client, "relative", draft.number, **answers(relative.person))
    case = Case(giver=giver, relative=relative, application=draft)
    case.hand_in("marriage_certificate")
    page = text(client.get(reverse("binding:check", args=[draft.number])))
    assert "医保钱包" in page and "您转多少,家人用多少。每次最多转 2000.00 元" in page
    done = ask(client, "check", draft.number, health="on", signature="李明")
    assert "提交好了" in text(done)
    login_citizen(client, relative)
    page = text(client.get(reverse("binding:invitation", args=[draft.number])))
    assert "想给您开通医保钱包,转钱给您看病买药" in page
    assert f"解除以后退回给{ta(giver.person.id_number)}。" in page


def test_a_relative_abroad_leads_to_the_wallet_with_everything_kept(client):
    giver, relative = login_citizen(client, make_citizen("李明")), far_away()
    ask(client, "relation", relation="spouse")
    draft = draft_of(giver)
    page = ask(client, "relative", draft.number, **answers(relative.person))
    assert page.status_code == 409 and "办医保钱包" in text(page)
    ask(client, "change_kind", draft.number, kind="wallet")
    draft.refresh_from_db()
    assert (draft.kind, draft.beneficiary, draft.relation) == (Kind.WALLET, relative.person, "spouse")


def test_a_relative_at_home_leads_back_to_mutual_aid(client):
    giver, relative = login_citizen(client, make_citizen("李明")), make_citizen("王小芳", area="990200")
    client.post("/bindings/new/relation/?kind=wallet", {"relation": "spouse"})
    draft = draft_of(giver)
    page = ask(client, "relative", draft.number, **answers(relative.person))
    assert page.status_code == 409 and "家人就在本省参保,不用医保钱包。" in text(page)
    ask(client, "change_kind", draft.number, kind="mutual_aid")
    draft.refresh_from_db()
    assert (draft.kind, draft.beneficiary) == (Kind.MUTUAL_AID, relative.person)


def test_nobody_changes_the_way_of_a_strangers_draft(client):
    case = wallet_case(State.DRAFT)
    login_citizen(client, make_citizen("赵敏"))
    assert ask(client, "change_kind", case.application.number, kind="mutual_aid").status_code == 404


def test_my_bindings_and_the_detail_speak_of_the_wallet(client, django_assert_max_num_queries):
    case = in_force(relative=far_away(), kind=Kind.WALLET)
    login_citizen(client, case.giver)
    page = text(client.get("/bindings/"))
    assert "医保钱包:您转多少,家人用多少" in page and "转钱给家人" in page
    with django_assert_max_num_queries(12):
        page = text(client.get(reverse("binding:detail", args=[case.binding().pk])))
    assert "钱包里还有" in page and "每月上限" not in page
    assert "没用完的钱" in text(client.get(reverse("binding:end", args=[case.binding().pk])))
    login_citizen(client, case.relative)
    assert "医保钱包:家人转来的钱,您收下就能用" in text(client.get("/bindings/"))


def test_an_ended_wallet_says_where_the_money_goes(client):
    case = in_force(relative=far_away(), kind=Kind.WALLET)
    services.end_binding(binding=case.binding(), actor=case.relative)
    login_citizen(client, case.giver)
    page = client.get(reverse("binding:detail", args=[case.binding().pk]))
    assert "没用完的钱退回您的个人账户。" in text(page) and "?kind=wallet" in page.content.decode()
    assert Binding.objects.get().until is not None
