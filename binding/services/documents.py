"""What is known of a draft before a document is sent, what was sent, and one document instead of another."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Person, User
from accounts.services import current_enrollment
from binding.models import Application, Kind, Proof
from binding.rules import Party, State
from binding.services import kinship, rows
from binding.services.checks import is_insured, is_minor
from binding.services.drafts import proof_choices
from binding.services.rows import policy_of
from gongji import audit, policy
from gongji.policy import DocumentsAsked, Relation
from gongji.templatetags.gongji import cn_datetime


@dataclass(frozen=True)
class Known:
    """One thing the registry was asked (W5): yes, no, or None where it cannot tell; who said so, and when."""

    label: str
    passed: bool | None
    words: str
    source: str
    at: datetime


def known_about(application: Application) -> list[Known]:
    """Return what the registers say of a matched relative and of the relation; empty before the match.

    Of somebody who is asked to give, and under 亲情账户, nothing but the relation is told.
    """
    if application.authorizer is None or application.beneficiary is None or not application.relation:
        return []
    tells = application.initiator == Party.AUTHORIZER and application.kind != Kind.VIEW
    insured = [_insurance(application.beneficiary), *_between_cities(application)] if tells else []
    return [*insured, known_kinship(application)]


def _between_cities(application: Application) -> list[Known]:
    """M3 (a): another city of the province is no obstacle here; said where people expect one."""
    assert application.authorizer is not None and application.beneficiary is not None
    ours, theirs = current_enrollment(application.authorizer), current_enrollment(application.beneficiary)
    if application.kind != Kind.MUTUAL_AID or ours is None or theirs is None:
        return []
    rules = policy.for_area(ours.area)
    if rules is None or ours.area[:4] == theirs.area[:4] or not rules.covers(theirs.area, ours.area):
        return []
    there = policy.for_area(theirs.area)
    words = _("家人在%(there)s参保,您在%(here)s参保。本省已经可以跨市共用,请继续。") % {
        "there": there.name if there else _("本省别的市"),
        "here": rules.name,
    }
    return [Known(_("两个人的参保地"), True, words, str(rules.cite("area_scope").source), timezone.now())]


def _insurance(relative: Person) -> Known:
    found = current_enrollment(relative)
    words = _("没有查到参保")
    if found is not None:
        words = f"{found.get_scheme_display()},{found.get_status_display()}"
    return Known(_("家人参保"), is_insured(found), words, _("医保参保登记"), timezone.now())


def told_of_kinship(application: Application) -> list[Known]:
    """Return what the registers said of the relation, for the page of a case; empty when never asked."""
    return [known_kinship(application)] if kinship.kept(application) else []


def known_kinship(application: Application) -> Known:
    """Return what the registers said of the relation, who and when, and what follows for the documents."""
    check = kinship.kept(application)
    passed = kinship.passed(check)
    follows = _follows(application, passed, documents=bool(proof_choices(application)))
    if check is None:
        return Known(_("亲属关系"), None, follows, "", timezone.now())
    said = _("%(source)s %(when)s 核对:%(what)s") % {
        "source": check.source,
        "when": cn_datetime(check.at),
        "what": check.detail,
    }
    return Known(_("亲属关系"), passed, f"{said},{follows}", "", check.at)


def _follows(application: Application, passed: bool | None, *, documents: bool) -> str:
    if passed:
        return _("本地规定还要传证明") if documents else _spared(application)
    if passed is False:
        return _("要传证明,由工作人员看")
    return _("先收下您的材料,人工核对") if documents else _("凭您的承诺书办理")


def _spared(application: Application) -> str:
    """Name what need not be sent: the first choice the area would ask for."""
    rules = policy_of(application)
    choices = rules.proofs.get(Relation(application.relation), ())
    if not choices or rules.documents_asked is DocumentsAsked.NEVER:
        return _("不用传材料")
    labels = [_(rules.documents[kind].label) for kind in choices[0].documents]
    return _("不用传%(documents)s") % {"documents": "、".join(labels)}


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
