"""W1 to W8 as a citizen walks them, without JavaScript: one question a page, answers kept."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.models import EnrollmentStatus, Scheme
from binding import proofs, services
from binding.models import Application, Proof
from binding.rules import State
from gongji.policy import Relation
from tests.binding.browse import ask, at, photo, text
from tests.binding.cases import Case, in_state
from tests.factories import id_number, insure, login_citizen, make_citizen, make_person
from tests.upload_corpus import jpeg, pdf

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.STORAGE_URL = f"file://{tmp_path}/proofs"


@pytest.fixture
def giver(client):
    return login_citizen(client, make_citizen("李明"))


@pytest.fixture
def wife():
    return make_citizen("王小芳").person


def draft_of(giver) -> Application:
    return Application.objects.get(authorizer=giver.person)


def answers(person, **changes):
    return {"name": person.name, "id_type": "01", "id_number": person.id_number, "phone": ""} | changes


def begin(client, giver, person, relation=Relation.SPOUSE):
    ask(client, "relation", relation=relation.value)
    draft = draft_of(giver)
    ask(client, "relative", draft.number, **answers(person))
    draft.refresh_from_db()
    return draft


# ------------------------------------------------------------- the whole way
def test_a_worker_binds_a_spouse_with_one_photograph_in_six_pages_and_twelve_taps(client, giver, wife):
    pages, taps = [client.get("/bindings/")], 1
    pages.append(client.get("/bindings/new/"))
    taps += 1
    pages.append(client.get("/bindings/new/relation/"))
    pages.append(ask(client, "relation", relation="spouse"))
    taps += 2  # the relative, 继续
    number = draft_of(giver).number
    pages.append(ask(client, "relative", number, **answers(wife)))
    taps += 3  # into the name, into the number, 继续
    assert at(pages[-1]).endswith("/proofs/marriage_certificate/")
    pages.append(ask(client, "proof", number, "marriage_certificate", inside=photo()))
    taps += 2  # the photograph, 继续
    assert at(pages[-1]).endswith("/check/")
    last = ask(client, "check", number, health="on", signature="李明")
    taps += 3  # the separate consent, into the signature, 确认提交
    assert "提交好了" in text(last) and number in text(last)
    assert (len(pages), taps) == (6, 12)
    assert draft_of(giver).state == State.SUBMITTED


def test_the_receipt_says_number_date_next_steps_and_how_long_it_can_be_undone(client, giver, wife):
    case = Case(giver=giver, relative=make_citizen("王小芳")).begin().submit()
    page = text(client.get(reverse("binding:status", args=[case.application.number])))
    assert f"受理号{case.application.number}" in page.replace(" ", "")
    assert "最晚" in page and "17:30" in page
    assert "王*芳要同意,请提醒家人登录或打 12393" in page
    assert "10 分钟内" in page and "收回修改" in page and "保存 PDF" in page


def test_a_relation_proven_by_data_needs_no_upload(client):
    giver = login_citizen(client, make_citizen("李明", household="H1"))
    giver.person.enrollments.update(relation_to_head="01")
    wife = make_citizen("王小芳", household="H1").person
    wife.enrollments.update(relation_to_head="10")
    ask(client, "relation", relation="spouse")
    page = ask(client, "relative", draft_of(giver).number, **answers(wife))
    assert at(page).endswith("/check/")
    assert "核对:是夫妻,不用传结婚证" in text(page)


# ------------------------------------------------------------- W1
def test_the_first_page_of_somebody_new_says_what_it_takes(client, giver):
    assert "您还没有给家人开通。大约 3 分钟,准备好家人的身份证号和一份证明。" in text(
        client.get("/bindings/")
    )


def test_a_draft_is_found_again_and_continues_where_it_stopped(client, giver):
    ask(client, "relation", relation="parent")
    page = client.get("/bindings/")
    number = draft_of(giver).number
    assert "父母草稿" in text(page) and "接着填" in text(page)
    assert (
        client.get(reverse("binding:check", args=[number]), follow=True)
        .redirect_chain[-1][0]
        .endswith("/relative/")
    )


def test_a_draft_can_be_thrown_away(client, giver, wife):
    draft = begin(client, giver, wife)
    page = ask(client, "discard", draft.number)
    assert at(page) == "/bindings/" and "接着填" not in text(page)
    assert "这份草稿已经不在了" in text(
        client.get(reverse("binding:check", args=[draft.number]), follow=True)
    )


def test_two_drafts_for_one_name_are_told_apart_by_the_relation(client, giver, wife):
    begin(client, giver, wife)
    assert "王*芳 配偶草稿" in text(client.get("/bindings/"))


def test_a_shorter_time_to_change_ones_mind_is_said_as_it_is(client, giver, settings):
    settings.UNDO_MINUTES = 1
    draft = Case(giver=giver).begin().application
    check = reverse("binding:check", args=[draft.number])
    assert "提交后 1 分钟内可以收回修改" in text(client.get(check))
    settings.UNDO_MINUTES = 0
    assert "分钟内可以收回" not in text(client.get(check))


# ------------------------------------------------------------- W2, W3: who may give, to whom
def test_an_in_law_is_a_page_with_another_way(client, giver):
    page = ask(client, "relation", relation="in_law")
    assert page.status_code == 409
    assert "公婆、岳父母不能用您的个人账户" in text(page) and "这不是您填错了。" in text(page)
    assert "看爱人怎么办" in text(page) and "换一位家人" in text(page)
    assert not Application.objects.exists()


@pytest.mark.parametrize(
    ("enrolled", "words"),
    [
        ({"scheme": Scheme.RESIDENT, "personal_account": False}, "您没有个人账户,不能给家人用"),
        ({"personal_account": False}, "您没有个人账户,不能给家人用"),
        ({"status": EnrollmentStatus.SUSPENDED}, "暂停状态"),
    ],
)
def test_who_cannot_give_is_told_why_and_what_else(client, enrolled, words):
    person = make_person("李明")
    insure(person, **enrolled)
    login_citizen(client, person)
    page = text(client.get("/bindings/new/"))
    assert words in page and "窗口和电话" in page


def test_an_area_that_is_not_open_names_window_and_telephone(client):
    login_citizen(client, make_citizen("李明", area="440100"))
    page = text(client.get("/bindings/new/"))
    assert "本地区网上办理还没有开通" in page and "12393" in page and "窗口" in page


def test_a_ninth_relative_is_a_page_with_the_rule(client, giver):
    for _ in range(8):
        Case(giver=giver, relative=make_citizen("王小芳")).begin().submit()
    page = client.get("/bindings/new/")
    assert "人数满了" in text(page)
    assert (
        "您已给 8 位家人开通,本地最多 8 位(示例省职工医保个人账户家庭共济办法(演示)(示医保发〔2026〕1号))"
        in text(page)
    )


def test_nothing_chosen_is_422_with_a_summary(client, giver):
    page = client.post("/bindings/new/relation/")
    assert page.status_code == 422
    assert "请先改这里" in text(page) and "请选一位家人" in text(page)
    assert "<title>错误:" in page.content.decode()


def test_pressing_continue_twice_makes_one_draft(client, giver):
    for _ in range(2):
        ask(client, "relation", relation="spouse")
    assert Application.objects.count() == 1


# ------------------------------------------------------------- W4
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"id_number": "9901001980010100"}, "身份证号是 18 位,您填了 16 位"),
        ({"id_number": "990100198001010010"}, "请照着证件再看一遍最后 4 位"),
        ({"name": "王小方"}, "姓名和号码对不上"),
        ({"phone": "1380013"}, "手机号是 11 位数字"),
        ({"name": ""}, "请填写家人的姓名"),
        ({"name": "王\x00芳"}, "看起来不对"),
        ({"id_type": "zz"}, "请从列出的几项里选择"),
    ],
)
def test_a_wrong_answer_stands_beside_its_field_and_the_rest_is_kept(client, giver, wife, changes, words):
    ask(client, "relation", relation="spouse")
    page = ask(client, "relative", draft_of(giver).number, **answers(wife, **changes))
    assert page.status_code == 422
    assert words in text(page) and "请先改这里" in text(page)
    kept = answers(wife, **changes)
    if "\x00" not in kept["name"]:
        assert f'value="{kept["name"]}"' in page.content.decode() or not kept["name"]
    assert f'value="{kept["id_number"]}"' in page.content.decode()


def test_unknown_number_and_wrong_name_are_one_text(client, giver, wife):
    ask(client, "relation", relation="spouse")
    number = draft_of(giver).number
    shown = [
        ask(client, "relative", number, **answers(wife, **wrong))
        for wrong in ({"name": "王大方"}, {"id_number": id_number()})
    ]
    errors = [re.findall(r'class="field-error".*?</div>', page.content.decode(), re.S) for page in shown]
    assert errors[0] == errors[1] != []


def test_ones_own_number_is_asked_again(client, giver):
    ask(client, "relation", relation="spouse")
    page = ask(client, "relative", draft_of(giver).number, **answers(giver.person))
    assert "这是您自己的号码,请填家人的" in text(page)


def test_full_width_spaces_and_lower_case_are_understood(client, giver):
    number = id_number()
    while not number.endswith("X"):
        number = id_number()
    mother = make_person("阿依古丽·买买提", number=number)
    insure(mother)
    ask(client, "relation", relation="parent")
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in number.lower())
    typed = f" {wide[:6]} {wide[6:14]} {wide[14:]} "
    page = ask(client, "relative", draft_of(giver).number, **answers(mother, id_number=typed))
    assert page.status_code == 200 and "/proofs/" in at(page)


@pytest.mark.parametrize(
    ("area", "status", "words"),
    [
        ("310000", EnrollmentStatus.ACTIVE, "家人在外省参保,要用“医保钱包”"),
        ("990100", EnrollmentStatus.ENDED, "现在没有参加基本医保"),
        ("990100", EnrollmentStatus.DECEASED, "我们需要当面核实一项信息"),
    ],
)
def test_what_blocks_is_a_page_before_any_upload_and_the_draft_is_kept(client, giver, area, status, words):
    relative = make_person("王小芳")
    insure(relative, area, status=status)
    ask(client, "relation", relation="spouse")
    page = ask(client, "relative", draft_of(giver).number, **answers(relative))
    assert page.status_code == 409
    assert words in text(page) and "窗口和电话" in text(page)
    assert draft_of(giver).entered_name == "王小芳"


def test_two_places_that_are_not_connected_are_named_with_windows(client):
    giver = login_citizen(client, make_citizen("李明", area="440700"))
    relative = make_person("王小芳")
    insure(relative, "440300")
    assert not services.starting_rules(person=giver.person).covers("440300")
    ask(client, "relation", relation="spouse")
    page = text(ask(client, "relative", draft_of(giver).number, **answers(relative, phone="13900000000")))
    assert "两地之间还没有开通,今天办不了" in page and "管您医保的是" in page and "打电话 12393" in page


# ------------------------------------------------------------- W5, W6
def test_the_upload_page_says_what_was_checked_by_whom_and_shows_a_good_picture(client, giver, wife):
    draft = begin(client, giver, wife)
    page = client.get(reverse("binding:proof", args=[draft.number, "marriage_certificate"]))
    assert "核对:没有查到,先收下您的材料,人工核对" in text(page)
    assert "来源 医保参保登记,今天" in text(page)
    assert page.content.decode().count("<svg viewBox") == 3 and "capture" not in page.content.decode()


def test_a_child_under_16_is_decided_by_the_guardian(client, giver):
    child = make_person(
        "小宝", number=id_number(timezone.localdate().replace(year=timezone.localdate().year - 8, day=1))
    )
    insure(child, scheme=Scheme.RESIDENT)
    draft = begin(client, giver, child, Relation.CHILD)
    page = text(client.get(reverse("binding:proof", args=[draft.number, "birth_certificate"])))
    assert "小*不满 16 岁,不用刷脸,由您(监护人)同意。" in page


def test_no_file_chosen_is_422_and_says_which_picture(client, giver, wife):
    draft = begin(client, giver, wife)
    page = ask(client, "proof", draft.number, "marriage_certificate")
    assert page.status_code == 422 and "请选一张结婚证内页的照片" in text(page)


def test_another_document_may_be_chosen_and_what_was_sent_stays(client, giver):
    mother = make_citizen("王芳").person
    draft = begin(client, giver, mother, Relation.PARENT)
    first = services.missing_documents(draft)[0]
    page = client.get(reverse("binding:proof", args=[draft.number, first]))
    assert "没有这种证明?也可以用:" in text(page)
    ask(client, "proof", draft.number, "household_booklet", first=SimpleUploadedFile("b.pdf", pdf(3)))
    other = reverse("binding:proof", args=[draft.number, "birth_certificate"])
    client.post(other, {"front": photo()})
    kinds = set(draft.proofs.current().values_list("kind", flat=True))
    assert kinds == {"household_booklet", "birth_certificate"}


def test_an_earlier_upload_can_be_used_again(client, giver):
    before = Case(giver=giver, relation=Relation.CHILD).begin()
    kind = "birth_certificate"
    proofs.store_pictures(application=before.application, kind=kind, jpegs=[jpeg()], actor=giver)
    before.submit()
    services.withdraw(application=before.application, actor=giver)
    ask(client, "relation", relation="child")
    draft = Application.objects.drafts().get(authorizer=giver.person)
    ask(client, "relative", draft.number, **answers(make_citizen("李丽").person))
    page = client.get(reverse("binding:proof", args=[draft.number, kind]))
    assert "用以前传过的" in text(page)
    old = Proof.objects.reusable(draft, kind).get()
    done = client.post(reverse("binding:reuse", args=[draft.number, kind, old.pk]), follow=True)
    assert at(done).endswith("/check/") and draft.proofs.current().get().pages.count() == 1


def test_somebody_elses_document_cannot_be_reused(client, giver, wife):
    other = Case().begin()
    theirs = other.application.proofs.current().get()
    draft = begin(client, giver, wife)
    url = reverse("binding:reuse", args=[draft.number, "marriage_certificate", theirs.pk])
    assert client.post(url).status_code == 404
    assert not draft.proofs.exists()


def test_a_document_that_could_not_be_opened_is_asked_for_again(client, giver):
    case = Case(giver=giver).begin()
    case.application.proofs.current().update(status=Proof.Status.UNREADABLE)
    page = client.get(reverse("binding:check", args=[case.application.number]), follow=True)
    assert "/proofs/marriage_certificate/" in at(page)


def test_a_kind_that_this_relation_does_not_need_is_absent(client, giver, wife):
    draft = begin(client, giver, wife)
    assert client.get(reverse("binding:proof", args=[draft.number, "no_such_paper"])).status_code == 404


# ------------------------------------------------------------- W7, W8
def test_changing_an_answer_leads_straight_back_to_the_summary(client, giver):
    draft = Case(giver=giver).begin().application
    summary = reverse("binding:check", args=[draft.number])
    for name in ("change_relation", "relative", "cap"):
        page = client.get(reverse(f"binding:{name}", args=[draft.number]))
        assert f'class="back-link" href="{summary}"' in page.content.decode()
    assert at(ask(client, "change_relation", draft.number, relation="spouse")) == summary
    assert at(ask(client, "cap", draft.number, limit="monthly", amount="５００")) == summary
    assert "每月最多 500.00 元" in text(client.get(summary))
    assert at(ask(client, "relative", draft.number, **answers(draft.beneficiary))) == summary


def test_another_relation_asks_only_for_its_document(client, giver):
    draft = Case(giver=giver).begin().application
    page = ask(client, "change_relation", draft.number, relation="parent")
    assert "/proofs/" in at(page) and "王小芳" not in draft_of(giver).number


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("", "请填写每月上限"),
        ("0", "上限最少 0.01 元"),
        *((wrong, "请用数字") for wrong in ("-5", "1e3", "1.234", "九百", "999999999999")),
    ],
)
def test_a_cap_that_is_no_amount_is_asked_again(client, giver, amount, words):
    draft = Case(giver=giver).begin().application
    page = ask(client, "cap", draft.number, limit="monthly", amount=amount)
    assert page.status_code == 422 and words in text(page)
    assert "可以不填" not in text(page)
    assert draft_of(giver).monthly_cap is None


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"signature": "李明"}, "请勾选“同意使用信息”"),
        ({"health": "on"}, "请写您自己的姓名,当作签名"),
        ({"health": "on", "signature": "李小明"}, "签名和您的姓名不一样"),
    ],
)
def test_without_consent_or_signature_nothing_is_submitted(client, giver, sent, words):
    draft = Case(giver=giver).begin().application
    page = ask(client, "check", draft.number, **sent)
    assert page.status_code == 422 and words in text(page)
    assert draft_of(giver).state == State.DRAFT


def test_submitting_twice_is_submitting_once(client, giver):
    draft = Case(giver=giver).begin().application
    pages = [ask(client, "check", draft.number, health="on", signature="李明") for _ in range(2)]
    assert [at(page) for page in pages] == [reverse("binding:status", args=[draft.number])] * 2
    assert draft.events.filter(action="submit").count() == 1


def test_after_the_submission_the_pages_of_the_draft_lead_to_the_case(client, giver):
    draft = Case(giver=giver).begin().submit().application
    for name in ("change_relation", "relative", "cap", "check"):
        page = client.get(reverse(f"binding:{name}", args=[draft.number]))
        assert page.url == reverse("binding:status", args=[draft.number])
    assert ask(client, "cap", draft.number, limit="none").status_code == 409


def test_extra_fields_change_nothing(client, giver):
    draft = Case(giver=giver).begin().application
    stolen = {"state": "approved", "consent_required": "", "area": "110000", "authorizer": "1"}
    ask(client, "check", draft.number, health="on", signature="李明", **stolen)
    saved = draft_of(giver)
    assert (saved.state, saved.consent_required, saved.area) == (State.SUBMITTED, True, "990100")


# ------------------------------------------------------------- how many queries
@pytest.mark.parametrize("name", ["list", "relation", "relative", "proof", "cap", "check"])
def test_pages_cost_few_queries(client, giver, django_assert_max_num_queries, name):
    for _ in range(3):
        in_state(State.APPROVED, giver=giver)
    draft = Case(giver=giver).begin().application
    args = {"list": [], "relation": [], "proof": [draft.number, "marriage_certificate"]}.get(
        name, [draft.number]
    )
    with django_assert_max_num_queries(LIMITS[name]):
        assert client.get(reverse(f"binding:{name}", args=args)).status_code == 200


LIMITS = {"list": 11, "relation": 7, "relative": 8, "proof": 19, "cap": 9, "check": 16}
