"""The upload page and the pictures: what is said beside the field, who sees what, and how it is sent."""

import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image, ImageChops

from binding import proofs
from binding.models import Application, Proof
from binding.proofs import rules
from binding.proofs.serving import staff_page
from binding.rules import State
from gongji.models import AuditRow
from gongji.policy import NATIONAL, load
from gongji.uploads import decoder
from gongji.uploads.fields import DocumentForm
from gongji.uploads.pictures import thumbnail, watermark
from tests.binding.cases import Case
from tests.factories import login_citizen, login_staff, make_citizen, make_staff
from tests.upload_corpus import HOSTILE, MIB, archive, benign, hostile, jpeg, pdf, pdf_with_password

MARRIAGE = load()[NATIONAL].documents["marriage_certificate"]
BOOKLET = load()[NATIONAL].documents["household_booklet"]


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.STORAGE_URL = f"file://{tmp_path}/proofs"


def upload(data: bytes, name: str = "IMG.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def form_of(document=MARRIAGE, **files: bytes) -> DocumentForm:
    return DocumentForm({}, {code: upload(data) for code, data in files.items()}, document=document)


# ---------------------------------------------------------------- the words beside the field
WORDS = [
    (archive("word/document.xml"), "证明.docx", "这个文件是 docx。请用照片(JPG、PNG、HEIC)或 PDF"),
    (jpeg().ljust(25 * MIB + 5, b"\0"), "IMG.jpg", "照片太大(26 MB,最大 20 MB)。用手机重新拍一张就可以"),
    (b"", "IMG.jpg", "文件是空的。请重新选一个"),
    (pdf_with_password(), "a.pdf", "PDF 有密码,打不开。请去掉密码"),
    (pdf(11, size=(60, 80)), "a.pdf", "PDF 页数太多,最多 10 页。请只传需要的那几页"),
    (hostile("png of 81 million pixels")[1], "a.png", "照片的像素太多,我们处理不了。用手机重新拍一张就可以"),
    (hostile("header only")[1], "a.jpg", "这个文件打不开,可能没有传完整。请重新拍一张,或者换一个文件"),
    ("文字".encode(), "说明.txt", "这个文件是 txt。请用照片(JPG、PNG、HEIC)或 PDF"),
    (b"\0\1\2", '"><b>.<i>', "这个文件是 我们不认识的格式。请用照片(JPG、PNG、HEIC)或 PDF"),
]


@pytest.mark.parametrize(("data", "name", "words"), WORDS, ids=[words[2][:12] for words in WORDS])
def test_the_form_says_what_is_wrong_and_what_to_do(data, name, words):
    form = DocumentForm({}, {"inside": upload(data, name)}, document=MARRIAGE)
    assert form.errors["inside"] == [words]


def test_a_missing_photograph_is_asked_for_by_name():
    assert form_of().errors["inside"] == ["请选一张结婚证内页的照片"]


def test_every_page_of_a_booklet_has_its_own_input_without_capture():
    html = str(form_of(BOOKLET))
    assert html.count('type="file"') == 3
    assert "image/*,.heic,.heif,application/pdf" in html
    assert "capture" not in html
    assert "multiple" not in html


def test_the_same_picture_for_two_pages_is_noticed():
    form = form_of(BOOKLET, first=jpeg(), authorizer=jpeg(), beneficiary=jpeg(300))
    assert form.errors == {"authorizer": ["这张和上一张一样。这一张请拍您本人页"]}


def test_one_pdf_may_hold_all_pages():
    form = form_of(BOOKLET, first=pdf(3))
    assert form.is_valid(), form.errors
    assert len(form.files_in_order()) == 1


def test_a_pdf_of_too_few_pages_does_not():
    assert set(form_of(BOOKLET, first=pdf(2)).errors) == {"authorizer", "beneficiary"}


def test_files_come_in_the_order_of_the_pages_and_from_their_start():
    form = form_of(BOOKLET, beneficiary=jpeg(100), first=jpeg(200), authorizer=jpeg(300))
    assert form.is_valid()
    assert [file.read() for file in form.files_in_order()] == [jpeg(200), jpeg(300), jpeg(100)]


def test_when_no_process_can_be_started_the_upload_is_taken_and_looked_at_later(monkeypatch):
    def nothing_starts(*args):
        raise OSError("no memory")

    monkeypatch.setattr(decoder, "_run", nothing_starts)
    assert form_of(inside=jpeg()).is_valid()


# ---------------------------------------------------------------- when something may be sent
NOW = timezone.now()
SENT = rules.Current(NOW, wanted_again=False)
WANTED = rules.Current(NOW, wanted_again=True)
CASES = [
    (State.DRAFT, None, True),
    (State.DRAFT, SENT, True),
    (State.SUBMITTED, None, False),
    (State.SUBMITTED, SENT, False),
    (State.IN_REVIEW, WANTED, True),
    (State.RETURNED, None, True),
    (State.RETURNED, SENT, False),
    (State.RETURNED, WANTED, True),
    (State.APPROVED, WANTED, False),
    (State.WITHDRAWN, None, False),
]


@pytest.mark.parametrize(("state", "current", "allowed"), CASES)
def test_a_document_comes_in_only_when_it_is_wanted(state, current, allowed):
    assert rules.may_send(state, current, returned_at=NOW + timedelta(hours=1)) == allowed


def test_what_was_sent_after_the_return_may_be_sent_again():
    assert rules.may_send(State.RETURNED, SENT, returned_at=NOW - timedelta(hours=1))


# ---------------------------------------------------------------- pictures of our own
def test_a_watermark_covers_every_quarter_of_the_page():
    plain = Image.new("RGB", (1600, 1200), "white")
    out = io.BytesIO()
    plain.save(out, "JPEG")
    marked = Image.open(io.BytesIO(watermark(out.getvalue(), "审核专用 张审 2026-11-21 10:30")))
    difference = ImageChops.difference(plain, marked.convert("RGB")).convert("L")
    for x in (0, 800):
        for y in (0, 600):
            assert difference.crop((x, y, x + 800, y + 600)).getextrema()[1] > 30


def test_a_thumbnail_is_small():
    small = thumbnail(jpeg(2000, 1500))
    assert Image.open(io.BytesIO(small)).size == (360, 270)


# ---------------------------------------------------------------- who sees what
@pytest.fixture
def document(db) -> Proof:
    """A sanitized document in a submitted application."""
    case = Case().begin()
    case.application.proofs.all().delete()
    proof = proofs.store_pictures(
        application=case.application, kind=MARRIAGE.kind, jpegs=[jpeg(800, 600)], actor=case.giver
    )
    case.submit()
    return proof


def address(proof: Proof) -> str:
    return reverse("binding:proof_page", args=[proof.pages.get().pk])


def test_citizens_see_their_own_document_and_the_look_is_recorded(client, document):
    login_citizen(client, document.uploaded_by)
    answer = client.get(address(document))
    assert answer.status_code == 200
    assert answer.content == jpeg(800, 600)
    assert answer["Content-Type"] == "image/jpeg"
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Content-Disposition"].startswith("inline")
    row = AuditRow.objects.get(action="proof.read")
    assert (row.object_id, row.purpose) == (str(document.pages.get().pk), "own")


def test_a_thumbnail_of_ones_own_document(client, document):
    login_citizen(client, document.uploaded_by)
    answer = client.get(address(document), {"small": 1})
    assert Image.open(io.BytesIO(answer.content)).size == (360, 270)


def test_without_its_audit_row_no_picture_leaves(client, document, monkeypatch):
    login_citizen(client, document.uploaded_by)
    client.raise_request_exception = False
    monkeypatch.setattr("gongji.audit.record", _fail)
    answer = client.get(address(document))
    assert answer.status_code == 500
    assert b"\xff\xd8\xff" not in answer.content


def _fail(**values):
    raise RuntimeError("the trail cannot be written")


def test_somebody_elses_document_is_as_absent_as_none(client, document):
    login_citizen(client, make_citizen("陈生"))
    theirs = client.get(address(document))
    absent = client.get(reverse("binding:proof_page", args=[uuid4()]))
    assert (theirs.status_code, absent.status_code) == (404, 404)
    assert not AuditRow.objects.filter(action="proof.read").exists()


def test_the_relative_does_not_see_the_document(client, document):
    login_citizen(client, document.application.beneficiary)
    assert client.get(address(document)).status_code == 404


def test_a_visitor_is_sent_to_the_login(client, document):
    answer = client.get(address(document))
    assert answer.status_code == 302
    assert "/accounts/login/" in answer["Location"]


def test_staff_do_not_use_the_citizens_address(client, document):
    login_staff(client)
    assert client.get(address(document)).status_code == 403


def test_staff_see_their_own_name_across_the_picture(rf, document):
    request = rf.get("/")
    request.user = make_staff()
    answer = staff_page(request, document.pages.get())
    assert answer.status_code == 200
    assert answer.content != jpeg(800, 600)
    row = AuditRow.objects.get(action="proof.read")
    assert (row.actor, row.purpose) == (str(request.user.pk), "review")


# ---------------------------------------------------------------- the page itself
@pytest.fixture
def draft(db) -> Application:
    case = Case().begin()
    case.application.proofs.all().delete()
    return case.application


def test_an_unsuitable_file_comes_back_with_the_reason_beside_the_field(client, draft):
    login_citizen(client, draft.created_by)
    page = reverse("binding:proof", args=[draft.number, MARRIAGE.kind])
    answer = client.post(page, {"inside": upload(archive("word/a"), "证明.docx")})
    assert answer.status_code == 422
    assert "这个文件是 docx。请用照片(JPG、PNG、HEIC)或 PDF" in answer.content.decode()
    assert not draft.proofs.exists()


NAMES = [name for name in HOSTILE if name.startswith("name ")]


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_is_ignored(client, draft, name):
    file_name, data = hostile(name)
    login_citizen(client, draft.created_by)
    page = reverse("binding:proof", args=[draft.number, MARRIAGE.kind])
    answer = client.post(page, {"inside": upload(data, file_name)})
    assert answer.status_code in (302, 422)
    assert "alert(1)</script>" not in answer.content.decode()


def test_a_photograph_goes_in_and_the_next_question_follows(client, draft):
    login_citizen(client, draft.created_by)
    page = reverse("binding:proof", args=[draft.number, MARRIAGE.kind])
    answer = client.post(page, {"inside": upload(benign("heic")[1], "IMG_0001.HEIC")})
    assert answer.status_code == 302
    assert draft.proofs.get().status == Proof.Status.RECEIVED


def test_the_desk_shows_pictures_of_its_own_areas_only(client, document):
    address = reverse("admin:binding_application_proof", args=[document.pages.get().pk])
    login_staff(client)
    assert client.get(address).status_code == 200
    login_staff(client, make_staff(areas=("990200",)))
    assert client.get(address).status_code == 404
