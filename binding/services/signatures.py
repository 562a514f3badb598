"""Who put their name to which text: kept for ever, the picture of it as long as pictures are kept."""

from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Person, User
from binding.models import Application, Signature, SignaturePicture
from binding.rules import CLOSED
from binding.rules.letters import full_text
from binding.services.rows import policy_of
from gongji import audit, policy, tracing
from gongji.crypto import sm3
from gongji.policy import Letter
from gongji.uploads.services import drop_pages, files_of_a_transaction, open_page, picture_of, seal_picture

What, How = Signature.What, Signature.How
_CHUNK = 500


def keep(
    *,
    application: Application,
    person: Person,
    what: str,
    how: str,
    picture: bytes | None,
    actor: User,
) -> Signature:
    """Write a signature under the text of the application's rules, with the picture of it, if there is one.

    `picture` is the clean JPEG that `read_drawing` or the reader of uploads made, never bytes as they
    were sent. Several calls in one transaction are fine: nothing is locked.
    """
    letter = letter_of(application, what)
    signature = Signature(
        application=application,
        person=person,
        what=What(what),
        how=How(how),
        version=letter.version,
        text_sm3=sm3(full_text(letter).encode()),
        actor=actor,
        ip=tracing.source_ip.get(),
        at=timezone.now(),
    )
    with files_of_a_transaction() as written, transaction.atomic():
        signature.save(force_insert=True)
        if picture is not None:
            page = seal_picture(SignaturePicture(signature=signature), picture_of(picture))
            written.append(page.key)
            page.save(force_insert=True)
        audit.record(
            action="signature.kept", actor=actor, obj=signature, area=application.area, reason=signature.how
        )
    return signature


def letter_of(application: Application, what: str) -> Letter:
    """Return the text that such a signature of this application stands under."""
    rules = policy_of(application)
    if what == What.CONSENT:
        return rules.notice_for(application.kind)
    return rules.commitment_for(application.kind)


def is_unchanged(signature: Signature) -> bool:
    """Whether the text kept with the application is still, letter by letter, the one that was signed."""
    letter = letter_of(signature.application, signature.what)
    return sm3(full_text(letter).encode()) == bytes(signature.text_sm3)


@transaction.atomic
def open_picture(*, picture: SignaturePicture, actor: User, purpose: str) -> bytes:
    """Return the JPEG of a signature; the record is written before the bytes leave."""
    area = picture.signature.application.area
    audit.record(action="signature.read", actor=actor, obj=picture.signature, area=area, purpose=purpose)
    return open_page(picture)


def forget_old_pictures() -> int:
    """Delete the pictures under cases closed longer than the area keeps documents; return how many."""
    kept = SignaturePicture.objects.all()
    areas = kept.order_by().values_list("signature__application__area", flat=True).distinct()
    return sum(_forget_in(area) for area in list(areas))


def _forget_in(area: str) -> int:
    rules = policy.for_area(area)
    if rules is None:
        return 0
    before = timezone.now() - timedelta(days=rules.retention.proof_days)
    case = "signature__application__"
    closed = Coalesce(f"{case}decided_at", f"{case}submitted_at", f"{case}created_at")
    old = SignaturePicture.objects.alias(closed_at=closed).filter(
        **{f"{case}area": area, f"{case}state__in": CLOSED}, closed_at__lt=before
    )
    forgotten = 0
    while pages := list(old[:_CHUNK]):
        with transaction.atomic():
            drop_pages(pages)
        forgotten += len(pages)
    return forgotten
