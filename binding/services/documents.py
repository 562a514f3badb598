"""What is known of a draft before a document is sent, what was sent, and one document instead of another."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Enrollment, User
from accounts.services import current_enrollment
from binding.models import Application, Proof
from binding.rules import State
from binding.services import rows
from binding.services.checks import is_insured, is_minor, register_says
from binding.services.drafts import proof_choices
from binding.services.rows import policy_of
from gongji import audit
from gongji.policy import Relation


@dataclass(frozen=True)
class Known:
    """One thing the registry was asked (W5): yes, no, or None where it cannot tell; who said so, and when."""

    label: str
    passed: bool | None
    words: str
    source: str
    at: datetime


def known_about(application: Application) -> list[Known]:
    """Return what the registry says of a matched relative and of the relation; empty before the match.

    Nothing is stored: `precheck` asks again, and keeps the answers, once the case is submitted.
    """
    relative = application.beneficiary
    if relative is None or application.authorizer is None or not application.relation:
        return []
    now = timezone.now()
    enrollment = current_enrollment(relative)
    proven = register_says(application.authorizer, relative, Relation(application.relation))
    related = _related(proven, documents=bool(proof_choices(application)))
    return [
        Known(_("家人参保"), is_insured(enrollment), _insured(enrollment), _("医保参保登记"), now),
        Known(_("亲属关系"), proven, related, _("参保登记里的户口信息"), now),
    ]


def _insured(enrollment: Enrollment | None) -> str:
    if enrollment is None:
        return _("没有查到参保")
    return f"{enrollment.get_scheme_display()},{enrollment.get_status_display()}"


def _related(proven: bool | None, *, documents: bool) -> str:
    if proven:
        return _("同一户口簿可以证明,不用传材料")
    if not documents:
        return _("凭您的承诺书办理")
    if proven is False:
        return _("和户口登记的不一样,要传证明,由工作人员看")
    return _("数据里没有查到。先收下您的材料,人工核对")


def is_for_a_minor(application: Application) -> bool:
    """Whether the relative is so young that the guardian decides (M13)."""
    relative = application.beneficiary
    return relative is not None and is_minor(relative, policy_of(application), timezone.localdate())


def handed_in(application: Application) -> set[str]:
    """Return the kinds of documents that are with us and can be read."""
    usable = application.proofs.current().exclude(status=Proof.Status.UNREADABLE)
    return set(usable.values_list("kind", flat=True))


@transaction.atomic
def supersede(*, application: Application, asked: Proof, actor: User) -> None:
    """Let a document of another kind, sent since the return, stand for the one that was asked for again.

    Changes nothing unless the application was returned, the asked one is still wanted, and another came.
    """
    row = rows.locked(application)
    rows.require_initiator(row, actor)
    wanted = row.proofs.filter(pk=asked.pk, status__in=[Proof.Status.REJECTED, Proof.Status.UNREADABLE])
    since = row.proofs.current().filter(status__in=[Proof.Status.RECEIVED, Proof.Status.CLEAN])
    newer = since.exclude(kind=asked.kind).filter(created_at__gt=row.clock_stopped_at or timezone.now())
    if row.state == State.RETURNED and newer.exists() and wanted.update(status=Proof.Status.REPLACED):
        audit.record(action="proof.superseded", actor=actor, obj=asked, area=row.area)
