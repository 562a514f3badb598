"""Documents that a citizen photographs and staff compare: sent in, made safe, passed or returned, deleted."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import liveness
from accounts.models import (
    Consent,
    Duty,
    IdentityCheck,
    IdentityPage,
    IdType,
    Person,
    PhoneChange,
    User,
    Verification,
)
from accounts.services import current_enrollment, give_consent, notify, phones
from accounts.services.identity.levels import passed
from accounts.services.identity.registry import PRIVACY_VERSION
from gongji import audit, outbox
from gongji.breaker import Resting
from gongji.errors import Refused
from gongji.uploads import decoder
from gongji.uploads.services import (
    drop_pages,
    files_of_a_transaction,
    open_page,
    pictures_in,
    seal,
    seal_picture,
)

SANITIZE, COMPARE = "sanitize_identity", "compare_faces"
CHECKS_A_DAY = 5
Code, Status = IdentityPage.Code, IdentityCheck.Status
_ONE_PAGE = (IdType.PASSPORT, IdType.BIRTH_CERTIFICATE)


class Why(StrEnum):
    """Why staff send a check back; the words for the citizen are in WORDS."""

    BLURRED = "blurred"
    CUT = "cut"
    COVERED = "covered"
    OTHER_DOCUMENT = "other_document"
    EXPIRED = "expired"
    NAME = "name"
    NUMBER = "number"


WORDS = {
    Why.BLURRED: _("照片看不清字。请在亮一点的地方,拿稳了再拍一张。"),
    Why.CUT: _("证件没有拍全。四个角都要在照片里。"),
    Why.COVERED: _("有反光或手指挡住了字。请换个角度再拍。"),
    Why.OTHER_DOCUMENT: _("拍的不是您登记的那种证件。请拍登记的那一种。"),
    Why.EXPIRED: _("证件过了有效期。请先换新证件,再来拍;急的话到窗口问。"),
    Why.NAME: _("证件上的姓名和登记的不一样。改过名的,请先到窗口更新登记。"),
    Why.NUMBER: _("证件上的号码和登记的不一样。请先到窗口更新登记。"),
}


class Sent(NamedTuple):
    """One file of the form and which side of the document it shows."""

    code: IdentityPage.Code
    file: "File[bytes]"


def sides_of(id_type: str) -> tuple[IdentityPage.Code, ...]:
    """Return the sides of a document that have to be photographed."""
    return (Code.MAIN,) if id_type in _ONE_PAGE else (Code.FRONT, Code.BACK)


# ------------------------------------------------------------- sending in
def submit(*, user: User, sent: Sequence[Sent], change: PhoneChange | None = None) -> IdentityCheck:
    """Keep the photographs, encrypted, and have them made safe; an undecided check before is replaced.

    `change`: the change of phone that is to happen when this check passes. Raises Refused
    `too_many_checks` after five in a day; PermissionDenied for a login without a person.
    """
    if user.person is None:
        raise PermissionDenied
    face = any(each.code == Code.FACE for each in sent)
    check = IdentityCheck(
        user=user, person=user.person, id_type=user.person.id_type, with_face=face, phone_change=change
    )
    with files_of_a_transaction() as written, transaction.atomic():
        Person.objects.select_for_update(no_key=True).get(pk=user.person.pk)
        _refuse_too_many(user.person)
        for before in user.person.identity_checks.open():
            _close(before, Status.REPLACED)
        pages = [
            seal(IdentityPage(check_of=check, ordinal=ordinal, code=each.code), each.file.read())
            for ordinal, each in enumerate(sent, start=1)
        ]
        written.extend(page.key for page in pages)
        check.save(force_insert=True)
        IdentityPage.objects.bulk_create(pages)
        give_consent(
            person=user.person,
            text="identity_face" if face else "identity_documents",
            version=PRIVACY_VERSION,
            about=str(check.pk),
            how=Consent.How.WEB,
        )
        audit.record(action="identity.sent", actor=user, obj=check, area=_area_of(user.person))
        outbox.post(SANITIZE, check.pk)
    return check


def _refuse_too_many(person: Person) -> None:
    since = timezone.now() - timedelta(days=1)
    if person.identity_checks.filter(created_at__gt=since).count() >= CHECKS_A_DAY:
        raise Refused(
            "too_many_checks", _("今天传的次数够多了。"), _("请明天再传,或带证件原件到窗口,当场就能核对。")
        )


def _area_of(person: Person) -> str:
    enrollment = current_enrollment(person)
    return enrollment.area if enrollment else ""


def withdraw(*, check: IdentityCheck, user: User) -> None:
    """Take back what was not decided; the pictures are deleted."""
    with transaction.atomic():
        waiting = IdentityCheck.objects.open().select_for_update().filter(pk=check.pk, user=user).first()
        if waiting is not None:
            _close(waiting, Status.REPLACED)
            audit.record(action="identity.withdrawn", actor=user, obj=waiting, area=_area_of(check.person))


def _close(check: IdentityCheck, status: IdentityCheck.Status) -> None:
    """Give a check its end and delete its pictures; the row is locked or its person is."""
    check.status = status
    check.save()
    drop_pages(check.pages.all())


# ------------------------------------------------------------- making safe
def sanitize(*, check_id: UUID) -> None:
    """Replace the photographs by pictures of our own making, or say that one cannot be opened.

    Safe to repeat and to be killed anywhere, as with the documents of applications.
    """
    check = IdentityCheck.objects.filter(pk=check_id, status=Status.RECEIVED).first()
    if check is None:
        return
    originals = list(check.pages.filter(sanitized_at=None))
    try:
        made = [(original, picture) for original in originals for picture in pictures_in(original)]
    except decoder.Unusable as unusable:
        _unreadable(check, unusable.code)
        return
    with files_of_a_transaction() as written, transaction.atomic():
        if not _still(check, Status.RECEIVED):
            return
        pages = list(_redrawn(check, made, written))
        drop_pages(originals)
        IdentityPage.objects.bulk_create(pages)
        IdentityCheck.objects.filter(pk=check.pk).update(status=Status.WAITING)
        if check.with_face and liveness.service().asks:
            outbox.post(COMPARE, check.pk)


def _redrawn(
    check: IdentityCheck, made: Sequence[tuple[IdentityPage, decoder.Picture]], written: list[str]
) -> Iterable[IdentityPage]:
    for ordinal, (original, picture) in enumerate(made, start=1):
        page = IdentityPage(check_of=check, ordinal=ordinal, code=original.code)
        seal_picture(page, picture, bytes(original.source_sm3))
        written.append(page.key)
        yield page


def _still(check: IdentityCheck, status: IdentityCheck.Status) -> bool:
    """Lock the check; False when it was replaced or decided meanwhile."""
    rows = IdentityCheck.objects.filter(pk=check.pk, status=status)
    return rows.select_for_update(of=("self",), no_key=True).exists()


@transaction.atomic
def _unreadable(check: IdentityCheck, problem: str) -> None:
    if not _still(check, Status.RECEIVED):
        return
    check.reason = problem
    _close(check, Status.UNREADABLE)
    why = _("有一张照片打不开。请重新拍一张。")
    notify(person=check.person, template="identity_returned", params={"why": str(why)}, about=str(check.pk))


def compare(*, check_id: UUID) -> None:
    """Ask the machine about both pictures; its answer is a hint to staff and decides nothing.

    Raises nothing when the service is away: staff compare without it.
    """
    pages = {page.code: page for page in IdentityPage.objects.ready().filter(check_of=check_id)}
    document = pages.get(Code.FRONT) or pages.get(Code.MAIN)
    face = pages.get(Code.FACE)
    if document is None or face is None:
        return
    try:
        with liveness.breaker().watching(liveness.Unavailable):
            found = liveness.service().compare(document=open_page(document), face=open_page(face))
    except (liveness.Unavailable, Resting):
        found = IdentityCheck.Machine.UNKNOWN
    IdentityCheck.objects.filter(pk=check_id, status=Status.WAITING).update(machine=found)


# ------------------------------------------------------------- deciding
def approve(*, check: IdentityCheck, actor: User, same_face: bool, valid_until: date | None) -> None:
    """Keep that staff compared name, number and validity with the document, and delete the pictures.

    `same_face` says that the photograph of oneself shows the holder: level photo, else documents; a face
    that staff cannot tell is no reason to return anything. `valid_until` is None for a document without
    end. Raises Refused `document_expired`, `decided_by_other`; PermissionDenied.
    """
    if valid_until is not None and valid_until < timezone.localdate():
        raise Refused("document_expired", _("证件已经过了有效期。"), _("请用“退回重拍”,选“证件过期”。"))
    with transaction.atomic():
        check = _locked(check, actor)
        check.valid_until, check.decided_by, check.decided_at = valid_until, actor, timezone.now()
        _close(check, Status.PASSED)
        photo = check.with_face and same_face
        method = Verification.Method.PHOTO if photo else Verification.Method.DOCUMENTS
        passed(person=check.person, user=check.user, method=method, actor=actor)
        if check.phone_change is not None:
            phones.finish_after_check(change=check.phone_change)


def return_(*, check: IdentityCheck, actor: User, why: Why) -> None:
    """Send a check back with what to do; the pictures are deleted. Raises as `approve`."""
    with transaction.atomic():
        check = _locked(check, actor)
        check.reason, check.decided_by, check.decided_at = why.value, actor, timezone.now()
        _close(check, Status.RETURNED)
        audit.record(
            action="identity.returned",
            actor=actor,
            obj=check.person,
            area=_area_of(check.person),
            reason=why.value,
        )
        params = {"why": str(WORDS[why])}
        notify(person=check.person, template="identity_returned", params=params, about=str(check.pk))


def _locked(check: IdentityCheck, actor: User) -> IdentityCheck:
    if not actor.has_duty(Duty.REVIEWER, Duty.SUPERVISOR):
        raise PermissionDenied
    if check.person_id == actor.private_person_id:
        raise PermissionDenied("conflict_of_interest")
    waiting = IdentityCheck.objects.select_for_update(of=("self",)).filter(status=Status.WAITING)
    found = waiting.select_related("person", "user", "phone_change").filter(pk=check.pk).first()
    if found is None:
        raise Refused(
            "decided_by_other", _("这一件已由其他人员办理,或者本人重新传过。"), _("请回列表看下一件。")
        )
    return found
