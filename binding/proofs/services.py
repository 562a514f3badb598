"""Documents come in, are made safe, are shown, and are forgotten."""

from collections.abc import Sequence
from uuid import UUID

from django.core.files.base import File
from django.db import transaction
from django.db.models import Sum
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts import services as accounts
from accounts.models import User
from binding.models import Application, Proof, ProofPage, Recheck
from binding.proofs import notices
from binding.proofs.rules import MAX_DOCUMENTS, MAX_UNSUBMITTED_BYTES, Current, may_send
from binding.states import State
from gongji import audit, outbox
from gongji.errors import Refused
from gongji.policy import for_area
from gongji.uploads import decoder
from gongji.uploads.checks import SENTENCES
from gongji.uploads.services import (
    drop_pages,
    files_of_a_transaction,
    picture_of,
    pictures_in,
    seal,
    seal_copy,
    seal_picture,
)

SANITIZE = "sanitize_proof"
_CHUNK = 500

Status = Proof.Status


def store(*, application: Application, kind: str, files: Sequence["File[bytes]"], actor: User) -> Proof:
    """Keep the files of one document, encrypted as they came, and have them sanitized.

    A document of the same kind is replaced. Raises Refused: `document_not_open` (not wanted now),
    `same_file`, `too_many_documents`, `file_quota_exceeded`. The form has checked the files
    (`check_upload`); one that was not is found out by the sanitizer.
    """
    proof = Proof(application=application, kind=kind, uploaded_by=actor)
    with files_of_a_transaction() as written, transaction.atomic():
        pages = [
            seal(ProofPage(proof=proof, ordinal=ordinal), file.read())
            for ordinal, file in enumerate(files, start=1)
        ]
        written.extend(page.key for page in pages)
        _add(proof, pages, action="proof.store")
        outbox.post(SANITIZE, proof.pk)
    return proof


def reuse(*, application: Application, kind: str, earlier: Proof, actor: User) -> Proof:
    """Take a document the same person sent before; it needs no second look by the sanitizer.

    Raises Refused as `store`, Proof.DoesNotExist when `earlier` is not one of theirs or cannot be read.
    """
    mine = Proof.objects.reusable(application, kind).get(pk=earlier.pk, uploaded_by=actor)
    proof = Proof(application=application, kind=kind, uploaded_by=actor, status=Status.CLEAN)
    with files_of_a_transaction() as written, transaction.atomic():
        pages = [seal_copy(ProofPage(proof=proof, ordinal=page.ordinal), page) for page in mine.pages.ready()]
        written.extend(page.key for page in pages)
        _add(proof, pages, action="proof.reuse")
    return proof


def store_pictures(*, application: Application, kind: str, jpegs: Sequence[bytes], actor: User) -> Proof:
    """Keep pictures that the portal itself made, as the demo does; no sanitizer has to see them."""
    proof = Proof(application=application, kind=kind, uploaded_by=actor, status=Status.CLEAN)
    with files_of_a_transaction() as written, transaction.atomic():
        pages = [
            seal_picture(ProofPage(proof=proof, ordinal=ordinal), picture_of(jpeg))
            for ordinal, jpeg in enumerate(jpegs, start=1)
        ]
        written.extend(page.key for page in pages)
        _add(proof, pages, action="proof.store")
    return proof


def sanitize(*, proof_id: UUID | str) -> None:
    """Replace the files of a document by pictures of our own making, or say that it cannot be read.

    Safe to repeat and to be killed anywhere: new files without rows are orphans, and the originals
    go only after the commit.
    """
    proof = Proof.objects.filter(pk=proof_id, status=Status.RECEIVED).select_related("application").first()
    if proof is None:
        return
    originals = list(proof.pages.filter(sanitized_at=None))
    try:
        made = [(original, picture) for original in originals for picture in pictures_in(original)]
    except decoder.Unusable as unusable:
        _mark_unreadable(proof, unusable.code)
        return
    pages = []
    with files_of_a_transaction() as written, transaction.atomic():
        if not _still_received(proof):
            return
        for ordinal, (original, picture) in enumerate(made, start=1):
            page = ProofPage(proof=proof, ordinal=ordinal)
            pages.append(seal_picture(page, picture, bytes(original.source_sm3)))
            written.append(pages[-1].key)
        drop_pages(originals)
        ProofPage.objects.bulk_create(pages)
        Proof.objects.filter(pk=proof.pk).update(status=Status.CLEAN, problem="")


def forget(*, application: Application) -> None:
    """Delete the documents of an application that was never submitted; in the caller's transaction."""
    for proof in application.proofs.all():
        _delete(proof)


def forget_abandoned() -> int:
    """Delete the documents of drafts that lapsed or were thrown away; return of how many drafts."""
    drafts = Application.objects.filter(state=State.LAPSED, submitted_at=None, proofs__isnull=False)
    forgotten = 0
    for draft in drafts.distinct()[:_CHUNK]:
        with transaction.atomic():
            forget(application=draft)
        forgotten += 1
    return forgotten


# ---------------------------------------------------------------- what may come in
def _add(proof: Proof, pages: Sequence[ProofPage], *, action: str) -> None:
    """Write the rows of a new document if it may come in, under the lock of its application."""
    application = Application.objects.select_for_update(of=("self",), no_key=True).get(
        pk=proof.application_id
    )
    _refuse_what_does_not_fit(application, proof.kind, pages, proof.uploaded_by)
    _retire(application, proof.kind)
    proof.save(force_insert=True)
    ProofPage.objects.bulk_create(pages)
    audit.record(action=action, actor=proof.uploaded_by, obj=proof, area=application.area)


def _refuse_what_does_not_fit(
    application: Application, kind: str, pages: Sequence[ProofPage], actor: User
) -> None:
    """Raise Refused unless this document may be added to the application; its row is locked."""
    current = {proof.kind: proof for proof in application.proofs.current()}
    before = current.pop(kind, None)
    unwelcome = (Status.REJECTED, Status.UNREADABLE)
    now = Current(before.created_at, before.status in unwelcome) if before else None
    state, returned_at = State(application.state), application.clock_stopped_at
    rechecked = (
        state == State.APPROVED and Recheck.objects.asking(application).filter(asked_for=kind).exists()
    )
    if not may_send(state, now, returned_at=returned_at, rechecked=rechecked):
        raise Refused(
            "document_not_open",
            _("这份材料现在不用传,也不能换。"),
            _("请看办理进度,上面写着还需要什么。"),
        )
    if len(current) >= MAX_DOCUMENTS:
        message = _("一件申请最多传 {most} 份材料,已经够了。")
        raise Refused("too_many_documents", format_lazy(message, most=MAX_DOCUMENTS), _("请直接点“继续”。"))
    _refuse_a_repeat(application, kind, pages, before)
    _refuse_over_quota(actor, pages)


def _refuse_a_repeat(
    application: Application, kind: str, pages: Sequence[ProofPage], before: Proof | None
) -> None:
    """The same file for two documents, or once more after it was turned down, helps nobody."""
    others = ProofPage.objects.filter(
        proof__application=application, source_sm3__in=[page.source_sm3 for page in pages]
    )
    elsewhere = others.filter(proof__in=application.proofs.current()).exclude(proof__kind=kind)
    turned_down = before is not None and before.status == Status.REJECTED
    if elsewhere.exists() or (turned_down and others.filter(proof=before).exists()):
        message = _("这张和上一张一样。请拍{document}")
        raise Refused("same_file", format_lazy(message, document=label_of(application, kind)))


def _refuse_over_quota(actor: User, pages: Sequence[ProofPage]) -> None:
    waiting = ProofPage.objects.filter(proof__uploaded_by=actor, proof__application__submitted_at=None)
    kept = waiting.aggregate(size=Sum("size"))["size"] or 0
    if kept + sum(page.size for page in pages) > MAX_UNSUBMITTED_BYTES:
        raise Refused(
            "file_quota_exceeded",
            _("您还没提交的申请里,材料已经太多了。"),
            _("请先提交,或者删掉不要的草稿,再传这一份。"),
        )


def label_of(application: Application, kind: str) -> str:
    """Return how people call a document where this application is handled."""
    policy = for_area(application.area)
    document = policy.documents.get(kind) if policy else None
    return document.label if document else kind


# ---------------------------------------------------------------- rows and files
def _still_received(proof: Proof) -> bool:
    """Lock the document; False when it was replaced or done while its pictures were being made."""
    waiting = Proof.objects.filter(pk=proof.pk, status=Status.RECEIVED)
    return waiting.select_for_update(of=("self",), no_key=True).exists()


@transaction.atomic
def _mark_unreadable(proof: Proof, problem: str) -> None:
    """Say so in the document's status and to its sender, by SMS too once the application is submitted."""
    if not _still_received(proof):
        return
    Proof.objects.filter(pk=proof.pk).update(status=Status.UNREADABLE, problem=problem)
    drop_pages(list(proof.pages.all()))
    application, person = proof.application, proof.uploaded_by.person
    audit.record(action="proof.unreadable", actor=None, obj=proof, area=application.area, reason=problem)
    if person is not None:
        why = str(SENTENCES.get(problem, SENTENCES["unreadable"]))
        accounts.notify(
            person=person,
            template=notices.UNREADABLE,
            params={"document": label_of(application, proof.kind), "why": why},
            about=application.number,
            sms=application.state != State.DRAFT,
            dedup=f"proof-unreadable:{proof.pk}",
        )


def _retire(application: Application, kind: str) -> None:
    """Make room for a new document: a draft's old one is deleted, one that staff have seen is kept."""
    before = application.proofs.current().filter(kind=kind).first()
    if before is None:
        return
    if application.state == State.DRAFT:
        _delete(before)
    else:
        Proof.objects.filter(pk=before.pk).update(status=Status.REPLACED)


def _delete(proof: Proof) -> None:
    drop_pages(list(proof.pages.all()))
    proof.delete()
