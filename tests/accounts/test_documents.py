"""A document photographed by its holder and compared by staff: what is shown, kept, and worth."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts import liveness
from accounts.models import Consent, IdentityCheck, IdentityPage, Message, Verification, VerifiedLevel
from accounts.services import phones
from accounts.services.identity import documents, has_level, next_ways
from accounts.services.identity.documents import Code, Sent, Why
from accounts.services.identity.levels import LEVEL_OF
from gongji import outbox
from gongji.errors import Refused
from gongji.models import AuditRow
from gongji.policy import Level
from tests.factories import (
    insure,
    login_citizen,
    login_staff,
    make_citizen,
    make_login,
    make_person,
    make_staff,
)
from tests.upload_corpus import hostile, jpeg

pytestmark = pytest.mark.django_db

SEND, LEVELS = "/accounts/levels/documents/", "/accounts/levels/"
LIST = "/admin/accounts/identitycheck/"
Status = IdentityCheck.Status


@pytest.fixture(autouse=True)
def folder(tmp_path, settings) -> Path:
    settings.STORAGE_URL = f"file://{tmp_path}/proofs"
    return tmp_path / "proofs"


@pytest.fixture
def run(django_capture_on_commit_callbacks):
    """Call a function as a transaction of its own, what follows its commit included."""

    def call(function, **arguments):
        with django_capture_on_commit_callbacks(execute=True):
            return function(**arguments)

    return call


@pytest.fixture
def citizen():
    return make_citizen()


@pytest.fixture
def reviewer():
    return make_staff()


def files(folder: Path) -> int:
    return len(list(folder.glob("??/*")))


def sent(*codes: Code) -> list[Sent]:
    return [
        Sent(code, ContentFile(jpeg(300 + 10 * number), name="IMG.jpg")) for number, code in enumerate(codes)
    ]


def waiting(citizen, *codes: Code, **arguments) -> IdentityCheck:
    """A check that staff can compare."""
    check = documents.submit(user=citizen, sent=sent(*(codes or (Code.FRONT, Code.BACK))), **arguments)
    documents.sanitize(check_id=check.pk)
    check.refresh_from_db()
    assert check.status == Status.WAITING
    return check


def approve(check, actor, **arguments):
    documents.approve(check=check, actor=actor, **{"same_face": False, "valid_until": None} | arguments)


# ------------------------------------------------------------- the citizen's pages
def upload(client, address=SEND, **pictures: bytes):
    return client.post(
        address, {name: SimpleUploadedFile("IMG.jpg", data) for name, data in pictures.items()}
    )


def test_both_sides_go_in_and_are_kept_encrypted(client, citizen, folder):
    login_citizen(client, citizen)
    data = jpeg(400)
    assert (
        upload(client, SEND + "?next=/ledger/", front=data, back=jpeg(410)).url
        == LEVELS + "?next=%2Fledger%2F"
    )
    check = IdentityCheck.objects.get()
    assert (check.status, check.with_face, check.person) == (Status.RECEIVED, False, citizen.person)
    assert [page.code for page in check.pages.all()] == ["front", "back"]
    assert all(data[:200] not in path.read_bytes() for path in folder.glob("??/*"))
    assert "等工作人员核对" in client.get(LEVELS).content.decode()


def test_a_photograph_of_oneself_is_offered_and_not_asked_for(client, citizen):
    login_citizen(client, citizen)
    page = client.get(SEND).content.decode()
    assert 'capture="user"' in page and page.count("capture") == 1
    assert "本人照片(可以不拍)" in page
    upload(client, front=jpeg(400), back=jpeg(410), face=jpeg(420))
    check = IdentityCheck.objects.get()
    assert check.with_face
    assert Consent.objects.get(about=str(check.pk)).text == "identity_face"


@pytest.mark.parametrize(
    ("id_type", "number", "fields"),
    [("08", "E1234567", ["main"]), ("04", "H12345678", ["front", "back"]), ("16", None, ["front", "back"])],
)
def test_the_sides_are_those_of_ones_own_document(client, id_type, number, fields):
    person = make_person("LI MING", id_type=id_type, number=number)
    insure(person)
    login_citizen(client, make_login(person))
    form = client.get(SEND).context["form"]
    assert list(form.fields) == [*fields, "face"]


def test_a_missing_side_is_asked_for_beside_the_field(client, citizen):
    login_citizen(client, citizen)
    answer = upload(client, front=jpeg(400))
    assert answer.status_code == 422
    assert "请选一张有国徽或有效期的一面的照片" in answer.content.decode()
    assert not IdentityCheck.objects.exists()


def test_sending_again_replaces_what_waits_and_deletes_it(citizen, folder, run):
    first = run(waiting, citizen=citizen)
    second = run(waiting, citizen=citizen)
    first.refresh_from_db()
    assert (first.status, second.status, files(folder)) == (Status.REPLACED, Status.WAITING, 2)


def test_a_sixth_time_in_a_day_waits_until_tomorrow(client, citizen):
    IdentityCheck.objects.bulk_create(
        IdentityCheck(user=citizen, person=citizen.person, id_type="01", status=Status.RETURNED)
        for _ in range(documents.CHECKS_A_DAY)
    )
    login_citizen(client, citizen)
    answer = upload(client, front=jpeg(400), back=jpeg(410))
    assert answer.status_code == 422
    assert "窗口" in answer.content.decode()


def test_what_was_sent_can_be_taken_back(client, citizen, folder, run):
    run(waiting, citizen=citizen)
    login_citizen(client, citizen)
    run(client.post, path=LEVELS + "documents/withdraw/")
    assert IdentityCheck.objects.get().status == Status.REPLACED
    assert files(folder) == 0


def test_a_photograph_that_cannot_be_opened_is_told(citizen, folder, run):
    bad = [Sent(Code.FRONT, ContentFile(hostile("truncated jpeg")[1], name="IMG.jpg"))]
    check = documents.submit(user=citizen, sent=bad)
    run(documents.sanitize, check_id=check.pk)
    check.refresh_from_db()
    assert (check.status, files(folder)) == (Status.UNREADABLE, 0)
    assert "打不开" in Message.objects.get(template="identity_returned").body


def test_the_worker_makes_them_safe(citizen):
    check = documents.submit(user=citizen, sent=sent(Code.FRONT, Code.BACK))
    outbox.drain()
    check.refresh_from_db()
    assert check.status == Status.WAITING


# ------------------------------------------------------------- the desk
def test_staff_of_the_area_see_masked_data_beside_the_pictures(client, citizen, reviewer):
    check = waiting(citizen)
    login_staff(client, reviewer)
    assert "李*" in client.get(LIST).content.decode()
    page = client.get(f"{LIST}{check.pk}/").content.decode()
    assert citizen.person.id_number not in page
    assert page.count("<img") == 2
    assert AuditRow.objects.filter(action="person.viewed", object_id=str(citizen.person.pk)).exists()


def test_the_full_number_is_shown_on_demand_and_recorded(client, citizen, reviewer):
    check = waiting(citizen)
    login_staff(client, reviewer)
    assert citizen.person.id_number in client.post(f"{LIST}{check.pk}/reveal/").content.decode()
    row = AuditRow.objects.get(action="person.reveal")
    assert (row.object_id, row.actor) == (str(citizen.person.pk), str(reviewer.pk))


def test_a_picture_carries_the_readers_name_and_is_recorded(client, citizen, reviewer):
    page = waiting(citizen).pages.first()
    login_staff(client, reviewer)
    answer = client.get(f"{LIST}picture/{page.pk}/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert "no-store" in answer["Cache-Control"]
    assert AuditRow.objects.filter(action="identity.read", object_id=str(page.pk)).exists()


def other_area(check):
    return make_staff(areas=("990200",))


def clerk_of_another_duty(check):
    return make_staff(duties=("auditor",))


def holder_as_staff(check):
    return make_staff(private_person=check.person)


@pytest.mark.parametrize(
    ("who", "status"), [(other_area, 404), (clerk_of_another_duty, 403), (holder_as_staff, 404)]
)
def test_nobody_else_comes_near(client, citizen, who, status):
    check = waiting(citizen)
    login_staff(client, who(check))
    for address in (f"{check.pk}/", f"picture/{check.pages.first().pk}/"):
        assert client.get(LIST + address).status_code == status
    assert client.post(f"{LIST}{check.pk}/approve/", {"same": ["name", "number"]}).status_code == status


def test_a_citizen_has_no_way_to_anybodys_pictures(client, citizen):
    page = waiting(citizen).pages.first()
    login_citizen(client, citizen)
    assert client.get(f"{LIST}picture/{page.pk}/").status_code in (302, 403)


# ------------------------------------------------------------- the decision
def test_approval_raises_the_level_and_deletes_the_pictures(client, citizen, reviewer, folder, run):
    check = run(waiting, citizen=citizen)
    login_staff(client, reviewer)
    until = timezone.localdate() + timedelta(days=1000)
    form = {"same": ["name", "number"], "valid_until": until.isoformat()}
    assert run(client.post, path=f"{LIST}{check.pk}/approve/", data=form).url == LIST
    check.refresh_from_db(), citizen.person.refresh_from_db()
    kept = Verification.objects.get(method="documents")
    assert (check.status, check.valid_until, check.decided_by) == (Status.PASSED, until, reviewer)
    assert citizen.person.level == VerifiedLevel.DOCUMENTS
    assert (kept.person, kept.result) == (citizen.person, "passed")
    assert (files(folder), IdentityPage.objects.count()) == (0, 0)
    assert Message.objects.filter(template="identity_raised", person=citizen.person).exists()


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"endless": "on"}, "姓名和号码都一样才能通过"),
        ({"same": ["name"], "endless": "on"}, "姓名和号码都一样才能通过"),
        ({"same": ["name", "number"]}, "只选一个"),
        ({"same": ["name", "number"], "endless": "on", "valid_until": "2036-05-01"}, "只选一个"),
        ({"same": ["name", "number"], "valid_until": "2036-02-30"}, "有效期到看起来不对"),
    ],
)
def test_nothing_passes_without_every_line_looked_at(client, citizen, reviewer, form, words):
    check = waiting(citizen)
    login_staff(client, reviewer)
    answer = client.post(f"{LIST}{check.pk}/approve/", form)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    check.refresh_from_db()
    assert check.status == Status.WAITING


def test_an_expired_document_does_not_pass(citizen, reviewer):
    check = waiting(citizen)
    with pytest.raises(Refused) as refused:
        approve(check, reviewer, valid_until=date(2020, 1, 1))
    assert refused.value.code == "document_expired"


def test_a_face_that_staff_recognise_is_worth_more(citizen, reviewer):
    approve(waiting(citizen, Code.FRONT, Code.BACK, Code.FACE), reviewer, same_face=True)
    citizen.person.refresh_from_db()
    assert citizen.person.level == VerifiedLevel.PHOTO


def test_a_face_that_staff_cannot_tell_costs_nothing(citizen, reviewer):
    approve(waiting(citizen, Code.FRONT, Code.BACK, Code.FACE), reviewer)
    citizen.person.refresh_from_db()
    assert citizen.person.level == VerifiedLevel.DOCUMENTS


def test_a_tick_without_a_face_is_worth_nothing(citizen, reviewer):
    approve(waiting(citizen), reviewer, same_face=True)
    citizen.person.refresh_from_db()
    assert citizen.person.level == VerifiedLevel.DOCUMENTS


def test_a_level_never_falls(citizen, reviewer):
    type(citizen.person).objects.filter(pk=citizen.person.pk).update(level=VerifiedLevel.WINDOW)
    approve(waiting(citizen), reviewer)
    citizen.person.refresh_from_db()
    assert citizen.person.level == VerifiedLevel.WINDOW


def test_a_return_says_why_in_the_words_staff_chose(client, citizen, reviewer, folder, run):
    check = run(waiting, citizen=citizen)
    login_staff(client, reviewer)
    run(client.post, path=f"{LIST}{check.pk}/return/", data={"why": "blurred"})
    message = Message.objects.get(template="identity_returned")
    login_citizen(client, citizen)
    page = client.get(LEVELS).content.decode()
    assert files(folder) == 0
    assert "照片看不清字" in message.body and "照片看不清字" in page
    assert "重新拍" in page


@pytest.mark.parametrize("why", list(Why))
def test_every_reason_fits_an_sms_and_says_what_to_do(citizen, reviewer, why):
    documents.return_(check=waiting(citizen), actor=reviewer, why=why)
    message = Message.objects.get(template="identity_returned")
    assert str(documents.WORDS[why]) in message.sms_text
    assert len(message.sms_text) <= 70


def test_two_reviewers_decide_once(client, citizen, reviewer):
    check = waiting(citizen)
    approve(check, make_staff())
    login_staff(client, reviewer)
    answer = client.post(f"{LIST}{check.pk}/return/", {"why": "blurred"}, follow=True)
    assert "由其他人员办理" in answer.content.decode()
    assert IdentityCheck.objects.get().status == Status.PASSED


@pytest.mark.django_db(transaction=True)
def test_of_parallel_decisions_one_counts(in_threads):
    check = waiting(make_citizen())
    actors = [make_staff() for _ in range(4)]
    answers = in_threads(*[lambda actor=actor: approve(check, actor) for actor in actors])
    assert sum(isinstance(answer, Refused) for answer in answers) == 3
    assert Verification.objects.filter(method="documents").count() == 1


def test_a_check_sent_in_for_a_new_phone_changes_it(citizen, reviewer):
    change = phones.ask(user=citizen, phone="13900000001", session_key="here")
    approve(waiting(citizen, change=change), reviewer)
    citizen.refresh_from_db()
    assert citizen.phone == "13900000001"


def test_a_check_sent_in_for_something_else_does_not(citizen, reviewer):
    phones.ask(user=citizen, phone="13900000001", session_key="here")
    before = citizen.phone
    approve(waiting(citizen), reviewer)
    citizen.refresh_from_db()
    assert citizen.phone == before


# ------------------------------------------------------------- a machine may advise
class Machine:
    """A service that knows every face, or answers nothing."""

    asks, timeout = True, 1.0
    away = False

    def compare(self, *, document: bytes, face: bytes) -> IdentityCheck.Machine:
        assert document.startswith(b"\xff\xd8\xff") and face.startswith(b"\xff\xd8\xff")
        if self.away:
            raise liveness.Unavailable
        return IdentityCheck.Machine.OTHER


class AwayMachine(Machine):
    away = True


@pytest.fixture
def machine(settings):
    def use(name: str) -> None:
        settings.LIVENESS_SERVICE = f"tests.accounts.test_documents.{name}"
        liveness.service.cache_clear(), liveness.breaker.cache_clear()

    yield use
    liveness.service.cache_clear(), liveness.breaker.cache_clear()


@pytest.mark.parametrize(("name", "says"), [("Machine", "other"), ("AwayMachine", "unknown")])
def test_what_a_machine_says_is_a_hint_and_staff_decide(client, citizen, reviewer, machine, name, says):
    machine(name)
    check = documents.submit(user=citizen, sent=sent(Code.FRONT, Code.BACK, Code.FACE))
    outbox.drain()
    check.refresh_from_db()
    assert check.machine == says
    login_staff(client, reviewer)
    assert "以您看的为准" in client.get(f"{LIST}{check.pk}/").content.decode()
    approve(check, reviewer, same_face=True)
    citizen.person.refresh_from_db()
    assert citizen.person.level == VerifiedLevel.PHOTO


def test_no_machine_is_asked_as_shipped(citizen):
    check = documents.submit(user=citizen, sent=sent(Code.FRONT, Code.BACK, Code.FACE))
    outbox.drain()
    check.refresh_from_db()
    assert check.machine == ""


# ------------------------------------------------------------- levels
@pytest.mark.parametrize("level", list(Level))
def test_each_level_includes_the_ones_before(level):
    person = make_person(level=VerifiedLevel[level.name])
    order = list(Level)
    assert [has_level(person, other) for other in order] == [
        order.index(other) <= order.index(level) for other in order
    ]


def test_a_face_is_never_the_only_way_to_any_level():
    """Two ways without a camera lead at least as high as the one with."""
    person = make_person(level=VerifiedLevel.REGISTRY)
    without_a_face = set(next_ways(person)) - {Verification.Method.PHOTO}
    assert {Verification.Method.OIDC, Verification.Method.WINDOW} <= without_a_face
    assert VerifiedLevel.PHOTO < VerifiedLevel.OIDC < VerifiedLevel.WINDOW


@pytest.mark.parametrize("level", list(Level))
def test_whatever_level_an_area_asks_for_is_reached_without_a_face(level):
    worth = {way: value for way, value in LEVEL_OF.items() if way != Verification.Method.PHOTO}
    assert max(worth.values()) >= VerifiedLevel[level.name]


def test_the_page_of_levels_says_what_is_allowed_and_what_leads_higher(
    client, citizen, django_assert_num_queries
):
    login_citizen(client, citizen)
    client.get(LEVELS)
    with django_assert_num_queries(5):
        page = client.get(LEVELS + "?next=/bindings/").content.decode()
    for words in ("参保登记与手机号一致", "申请家庭共济", "去拍证件", "到窗口", 'href="/bindings/"'):
        assert words in page


def test_who_is_known_best_is_offered_nothing_more(client):
    login_citizen(client, make_citizen(level=VerifiedLevel.WINDOW))
    page = client.get(LEVELS).content.decode()
    assert "已经是最牢的一种" in page
    assert "去拍证件" not in page


def test_next_leads_nowhere_else(client, citizen):
    login_citizen(client, citizen)
    page = client.get(LEVELS + "?next=https://evil.example/").content.decode()
    assert 'href="https://evil.example' not in page
    assert "next=https://evil" not in page


def test_the_security_page_leads_here(client, citizen):
    login_citizen(client, citizen)
    assert reverse("accounts:levels") in client.get("/accounts/security/").content.decode()
