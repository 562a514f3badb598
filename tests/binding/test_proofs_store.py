"""Documents: kept encrypted, replaced by pictures of our own making, shown only so."""

import io
import os
import time
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from PIL import Image

from binding import proofs
from binding.models import Application, Proof, ProofPage
from binding.proofs import rules
from binding.proofs import services as proof_services
from binding.rules import State
from gongji.crypto import sm3
from gongji.errors import Refused
from gongji.models import AuditRow, OutboxJob
from gongji.uploads import decoder, storage
from gongji.uploads import services as uploads
from tests.binding.cases import Case, in_state
from tests.factories import make_citizen
from tests.upload_corpus import benign, hostile, jpeg, pdf

pytestmark = pytest.mark.django_db

KIND = "marriage_certificate"
Status = Proof.Status


@pytest.fixture(autouse=True)
def folder(tmp_path, settings) -> Path:
    """A storage of one's own."""
    settings.STORAGE_URL = f"file://{tmp_path}/proofs"
    return tmp_path / "proofs"


@pytest.fixture
def draft() -> Application:
    """An application of 李明 to which nothing has been handed in."""
    case = Case().begin()
    case.application.proofs.all().delete()
    return case.application


@pytest.fixture
def run(django_capture_on_commit_callbacks):
    """Call a function as a transaction of its own, what follows its commit included."""

    def call(function, **arguments):
        with django_capture_on_commit_callbacks(execute=True):
            return function(**arguments)

    return call


def send(application: Application, data: bytes | None = None, kind: str = KIND) -> Proof:
    file = ContentFile(data if data is not None else jpeg(), name="IMG.jpg")
    return proofs.store(application=application, kind=kind, files=[file], actor=application.created_by)


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("??/*")}


# ---------------------------------------------------------------- coming in
def test_an_upload_is_encrypted_at_once_and_waits_for_the_sanitizer(draft, folder):
    data = jpeg()
    proof = send(draft, data)
    page = proof.pages.get()
    stored = folder.joinpath(page.key[:2], page.key)
    assert proof.status == Status.RECEIVED
    assert data[:200] not in stored.read_bytes()
    assert stored.stat().st_mode & 0o777 == 0o600
    assert bytes(page.source_sm3) == sm3(data)
    assert OutboxJob.objects.filter(kind="sanitize_proof", ref=str(proof.pk), queue="evidence").exists()
    assert AuditRow.objects.filter(action="proof.store", object_id=str(proof.pk)).exists()


def test_an_upload_as_it_was_sent_is_shown_to_nobody(draft):
    page = send(draft).pages.get()
    with pytest.raises(ValueError, match="shown to nobody"):
        proofs.open_page(page)
    assert not ProofPage.objects.visible_to(draft.created_by).exists()


def test_a_refused_document_leaves_no_file(draft, folder, monkeypatch):
    monkeypatch.setattr(proof_services, "MAX_DOCUMENTS", 0)
    with pytest.raises(Refused) as refused:
        send(draft)
    assert refused.value.code == "too_many_documents"
    assert files(folder) == set()


def test_the_same_photograph_cannot_prove_two_things(draft):
    send(draft, jpeg(), KIND)
    with pytest.raises(Refused) as refused:
        send(draft, jpeg(), "household_booklet")
    assert refused.value.code == "same_file"
    assert "户口簿" in str(refused.value.message)


def test_a_seventh_document_is_refused(draft):
    for number in range(rules.MAX_DOCUMENTS):
        send(draft, jpeg(64 + number), f"kind{number}")
    with pytest.raises(Refused) as refused:
        send(draft, jpeg(90), "one more")
    assert refused.value.code == "too_many_documents"


def test_what_is_kept_before_anything_is_submitted_is_limited(draft, monkeypatch):
    monkeypatch.setattr(proof_services, "MAX_UNSUBMITTED_BYTES", len(jpeg()) + 100)
    send(draft)
    with pytest.raises(Refused) as refused:
        send(draft, jpeg(700), "household_booklet")
    assert refused.value.code == "file_quota_exceeded"


# ---------------------------------------------------------------- sanitizing
def test_the_sanitizer_leaves_only_a_picture_of_our_own_making(draft, folder, run):
    data = benign("jpeg with gps")[1]
    proof = send(draft, data)
    original = proof.pages.get()
    run(proofs.sanitize, proof_id=proof.pk)
    proof.refresh_from_db()
    page = proof.pages.get()
    made = proofs.open_page(page)
    image = Image.open(io.BytesIO(made))
    assert proof.status == Status.CLEAN
    assert (image.size, dict(image.getexif())) == ((page.width, page.height), {})
    assert (bytes(page.sm3), page.size) == (sm3(made), len(made))
    assert bytes(page.source_sm3) == sm3(data)
    assert files(folder) == {page.key}
    assert original.key != page.key


def test_the_pages_of_a_pdf_are_kept_in_order(draft, run):
    proof = send(draft, pdf(3))
    run(proofs.sanitize, proof_id=proof.pk)
    assert list(proof.pages.values_list("ordinal", flat=True)) == [1, 2, 3]


def test_a_page_opens_only_in_its_own_row(draft, run):
    proof = send(draft, pdf(2))
    run(proofs.sanitize, proof_id=proof.pk)
    first, second = proof.pages.all()
    first.key = second.key
    with pytest.raises(Exception, match="another row"):
        proofs.open_page(first)


def test_sanitizing_twice_changes_nothing(draft, run):
    proof = send(draft)
    run(proofs.sanitize, proof_id=proof.pk)
    before = list(proof.pages.values())
    run(proofs.sanitize, proof_id=proof.pk)
    assert list(proof.pages.values()) == before


def test_a_sanitizer_that_fails_half_way_is_repeated(draft, folder, run, monkeypatch):
    proof = send(draft)
    before = files(folder)
    with monkeypatch.context() as broken:
        broken.setattr(ProofPage.objects, "bulk_create", _die)
        with pytest.raises(RuntimeError):
            run(proofs.sanitize, proof_id=proof.pk)
    assert files(folder) == before
    run(proofs.sanitize, proof_id=proof.pk)
    proof.refresh_from_db()
    assert proof.status == Status.CLEAN


def _die(*args, **kwargs):
    raise RuntimeError("killed")


def test_a_document_replaced_while_it_was_being_sanitized_stays_replaced(draft, run, monkeypatch):
    proof = send(draft)

    def replace_meanwhile(original):
        send(draft, jpeg(300))
        return [decoder.Picture(jpeg(), 640, 480)]

    monkeypatch.setattr(proof_services, "pictures_in", replace_meanwhile)
    run(proofs.sanitize, proof_id=proof.pk)
    assert not Proof.objects.filter(pk=proof.pk).exists()
    assert draft.proofs.get().status == Status.RECEIVED


def test_what_cannot_be_decoded_is_said_and_can_be_replaced(draft, folder, run):
    proof = send(draft, hostile("truncated jpeg")[1])
    run(proofs.sanitize, proof_id=proof.pk)
    proof.refresh_from_db()
    message = draft.created_by.person.messages.get(template="proof_unreadable")
    assert (proof.status, proof.problem) == (Status.UNREADABLE, "unreadable")
    assert "结婚证" in message.body
    assert message.sms_text == ""
    assert files(folder) == set()
    assert send(draft).status == Status.RECEIVED


def test_somebody_who_has_submitted_is_told_by_sms_too(draft, run):
    proof = send(draft, hostile("truncated jpeg")[1])
    submit(draft)
    run(proofs.sanitize, proof_id=proof.pk)
    message = draft.created_by.person.messages.get(template="proof_unreadable")
    assert message.sms_text
    assert len(message.sms_text) <= 70


def submit(application: Application) -> None:
    case = Case(giver=application.created_by)
    case.application = application
    case.submit()


def test_a_lost_file_is_a_document_to_be_sent_again(draft, run):
    proof = send(draft)
    storage.delete(proof.pages.get().key)
    run(proofs.sanitize, proof_id=proof.pk)
    proof.refresh_from_db()
    assert proof.status == Status.UNREADABLE


# ---------------------------------------------------------------- replacing and reusing
def test_a_new_photograph_in_a_draft_deletes_the_old_one(draft, folder, run):
    first = send(draft)
    second = run(send, application=draft, data=jpeg(300))
    assert list(draft.proofs.all()) == [second]
    assert first.pk != second.pk
    assert len(files(folder)) == 1


def test_a_document_under_review_is_not_changed():
    case = in_state(State.IN_REVIEW)
    with pytest.raises(Refused) as refused:
        send(case.application)
    assert refused.value.code == "document_not_open"


def test_an_unreadable_document_is_replaced_even_under_review():
    case = in_state(State.IN_REVIEW)
    case.application.proofs.update(status=Status.UNREADABLE)
    assert send(case.application).status == Status.RECEIVED
    assert case.application.proofs.filter(status=Status.REPLACED).count() == 1


def test_a_returned_document_is_replaced_and_the_old_one_kept():
    case = in_state(State.RETURNED)
    old = case.application.proofs.get(status=Status.REJECTED)
    send(case.application, kind=old.kind)
    old.refresh_from_db()
    assert old.status == Status.REPLACED


def test_an_earlier_document_is_used_again_without_a_second_look(draft, run):
    earlier = send(draft)
    run(proofs.sanitize, proof_id=earlier.pk)
    later = another_draft(draft)
    copy = proofs.reuse(application=later, kind=KIND, earlier=earlier, actor=draft.created_by)
    assert copy.status == Status.CLEAN
    assert proofs.open_page(copy.pages.get()) == proofs.open_page(earlier.pages.get())
    assert copy.pages.get().key != earlier.pages.get().key


def another_draft(draft: Application) -> Application:
    return Case(giver=draft.created_by, relative=make_citizen("李小宝")).begin().application


def test_somebody_elses_document_cannot_be_used(draft, run):
    theirs = send(draft)
    run(proofs.sanitize, proof_id=theirs.pk)
    mine = Case().begin().application
    with pytest.raises(Proof.DoesNotExist):
        proofs.reuse(application=mine, kind=KIND, earlier=theirs, actor=mine.created_by)


def test_pictures_of_our_own_need_no_sanitizer(draft):
    proof = proofs.store_pictures(
        application=draft, kind=KIND, jpegs=[jpeg(800, 600)], actor=draft.created_by
    )
    assert proof.status == Status.CLEAN
    assert (proof.pages.get().width, proof.pages.get().height) == (800, 600)


# ---------------------------------------------------------------- tidying up
def make_older(folder: Path, seconds: int = 7200) -> None:
    for path in folder.glob("??/*"):
        os.utime(path, (time.time() - seconds,) * 2)


def test_files_without_a_row_go_and_files_with_one_stay(draft, folder):
    page = send(draft).pages.get()
    storage.write(b"of a worker that was killed")
    make_older(folder)
    fresh = storage.write(b"of a transaction that is still open")
    assert uploads.remove_orphans() == 1
    assert files(folder) == {page.key, fresh}


def test_documents_of_abandoned_drafts_are_forgotten(draft, folder, run):
    send(draft)
    Application.objects.filter(pk=draft.pk).update(state=State.LAPSED)
    run(proof_services.forget_abandoned)
    assert not draft.proofs.exists()
    assert files(folder) == set()


def test_a_key_never_leads_out_of_the_folder():
    for key in ("../../etc/passwd", "a" * 63, "A" * 64, ""):
        with pytest.raises(ValueError, match="not a key"):
            storage.read(key)
