"""The applicant's verbs: submit, take back, mend, withdraw, ask for another look."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Consent, User
from accounts.services import current_enrollment, give_consent
from binding.models import Application, Channel, Proof, Signature
from binding.rules import Action, Party, Role, State
from binding.rules.letters import Signed, signs
from binding.rules.verdict import consent_needed
from binding.rules.viewing import subject_of as subject_end
from binding.services import rows, signatures
from binding.services.checks import active_binding, can_give, is_minor, subject_as, subject_of
from binding.services.denials import require_known
from binding.services.drafts import amount_missing, days_missing, missing_documents, require_draft
from binding.services.eligible import require_level, require_place
from binding.services.letters import notice_to_read
from binding.services.other_end import already_applied, already_bound
from binding.services.rows import policy_of, undo_until
from binding.services.system import open_at_once
from binding.services.wording import take_back_messages, tell
from gongji import outbox, policy
from gongji.errors import Refused
from gongji.policy import Policy, Relation, Signing


# ------------------------------------------------------------- submit
@transaction.atomic
def submit(
    *,
    application: Application,
    actor: User,
    agreed: bool,
    commitment_name: str = "",
    signed: Signed | None = None,
    notice_version: str = "",
) -> Application:
    """Hand in a draft, signed, under the rules of today. Where nothing is waited for, it opens at once.

    `signed` is how the commitment was signed, `commitment_name` short for a typed name; `notice_version` the
    告知书 agreed to on the last page. Limit and duplicates are counted while both people's rows are held.
    Raises Refused: `wrong_signature`, `not_agreed`, `notice_not_read`, `incomplete`, `limit_reached`,
    `already_bound`, `already_applied`, `not_open`, `no_personal_account`, `giver_cannot`, `level_too_low`,
    `not_a_draft` (another tab was quicker).
    """
    draft = rows.locked(application)
    rows.require_initiator(draft, actor)
    require_draft(draft)
    _finished_at_home(draft, actor)
    rules = _rules_of_today(draft)
    assert draft.initiator_person is not None
    as_entered = rules.through(draft.entrance)
    require_level(draft.initiator_person, as_entered.levels.apply)
    require_known(draft.initiator_person, rules)
    signed = signed or Signed("name", commitment_name.strip())
    _require_signature(draft, as_entered.signature, signed, agreed=agreed)
    _require_notice(draft, as_entered, notice_version)
    _require_complete(draft)
    rows.hold_people(draft.authorizer_id, draft.beneficiary_id)
    _require_free_place(draft, rules)
    return _hand_in(draft, actor, rules, signed)


def _finished_at_home(draft: Application, actor: User) -> None:
    """What was begun at a window and is handed in by the citizen themselves came in online."""
    if draft.channel == Channel.WINDOW and not actor.is_staff:
        draft.channel, draft.visit = Channel.WEB, None
        draft.save(update_fields=["channel", "visit"])


def _rules_of_today(draft: Application) -> Policy:
    """The rules where the authorizer is insured now; whole, as they are kept with the case."""
    enrollment = current_enrollment(draft.authorizer) if draft.authorizer else None
    if not can_give(draft.kind, enrollment):
        raise _cannot_give(draft)
    rules = policy.for_area(enrollment.area if enrollment else draft.area)
    if rules is None or not rules.open:
        raise Refused("not_open", _("本地区网上办理还没有开通。"), _("请到当地医保窗口办理。"))
    return rules


def _cannot_give(draft: Application) -> Refused:
    if draft.initiator == Party.BENEFICIARY:
        return Refused(
            "giver_cannot",
            _("%(name)s现在不能在网上给家人开通。") % {"name": draft.entered_name},
            _("请家人自己登录看看是什么原因,或打 12393。"),
        )
    return Refused(
        "no_personal_account", _("您现在没有可以共用的职工医保个人账户。"), _("有疑问请打 12393。")
    )


def _require_signature(draft: Application, signing: Signing, signed: Signed, *, agreed: bool) -> None:
    person = draft.initiator_person
    if not agreed:
        raise Refused("not_agreed", _("还没有勾选承诺。"), _("请先看承诺书和单独同意书,再勾选。"))
    if person is None or not signs(signing, signed, person.name):
        raise Refused("wrong_signature", _("签名和您的姓名不一样。"), _("请写您自己的姓名。"))


def _require_notice(draft: Application, rules: Policy, just_read: str) -> None:
    """Where the 告知书 comes first, it is the one in force now that was agreed to."""
    unread = notice_to_read(draft, rules)
    if unread is not None and just_read != unread.version:
        raise Refused(
            "notice_not_read", _("告知书还没有看过,或者改了。"), _("请看一遍告知书,勾选以后再提交。")
        )
    if unread is not None:
        draft.notice_version = unread.version
        draft.save(update_fields=["notice_version"])


def _require_complete(draft: Application) -> None:
    if not draft.relation or draft.other_person is None:
        raise Refused("incomplete", _("家人信息还没有填完。"), _("请先填好家人是谁,再提交。"))
    if missing_documents(draft):
        raise Refused("incomplete", _("还差证明材料。"), _("请先传好材料,再提交。"))
    if days_missing(draft):
        raise Refused("incomplete", _("还没有选看多久。"), _("请先选好,再提交。"))
    if amount_missing(draft):
        raise Refused("incomplete", _("还没有写给家人授权多少钱。"), _("请先写好金额,再提交。"))


def _require_free_place(draft: Application, rules: Policy) -> None:
    """Call it while holding both people. How many the other side has is no reason to refuse here."""
    _require_no_other(draft)
    if draft.initiator == Party.AUTHORIZER:
        assert draft.authorizer is not None
        require_place(draft.authorizer, rules, draft.kind, besides=draft)


def _require_no_other(application: Application) -> None:
    bound = active_binding(application)
    if bound is not None:
        raise already_bound(bound.since)
    same = Application.objects.counted().filter(
        authorizer_id=application.authorizer_id,
        beneficiary_id=application.beneficiary_id,
        kind=application.kind,
    )
    if same.exclude(pk=application.pk).exists():
        raise already_applied()


def _hand_in(draft: Application, actor: User, rules: Policy, signed: Signed) -> Application:
    now = timezone.now()
    as_entered = rules.through(draft.entrance)
    due = rows.promised(rules, as_entered.review_workdays, since=now)
    minor = is_minor(subject_of(draft), rules, timezone.localdate(now))
    draft.commitment_name = signed.name or None
    draft.save(update_fields=["commitment_name"])
    rows.step(
        draft,
        Action.SUBMIT,
        Role.INITIATOR,
        actor=actor,
        policy_version=rows.frozen(rules),
        area=_account_area(draft),
        submitted_at=now,
        due_at=due,
        promised_at=due,
        apologised_at=None,
        raised=False,
        escalated=False,
        commitment_version=rules.commitment_for(draft.kind).version,
        consent_required=consent_needed(
            as_entered, draft.initiator, relative_is_minor=minor, kind=draft.kind
        ),
        consent=None,
    )
    _record_promises(draft, as_entered, guardian=minor and _is_own_child(draft))
    _keep_signature(draft, actor, signed)
    if not open_at_once(draft):
        _start_work(draft)
    return draft


def _is_own_child(draft: Application) -> bool:
    """Whether the applicant speaks for their own child; of 亲情账户 that is who is looked at."""
    return subject_as(draft) is Relation.CHILD and draft.initiator != subject_end(draft.kind)


def _keep_signature(application: Application, actor: User, signed: Signed) -> None:
    assert application.initiator_person is not None
    signatures.keep(
        application=application,
        person=application.initiator_person,
        what=Signature.What.COMMITMENT,
        how=signed.how,
        picture=signed.picture,
        actor=actor,
    )


def _account_area(draft: Application) -> str:
    enrollment = current_enrollment(draft.authorizer) if draft.authorizer else None
    return enrollment.area if enrollment else draft.area


def _record_promises(application: Application, rules: Policy, *, guardian: bool) -> None:
    """The notice where it comes first, the commitment, the use of health data, a guardian's word."""
    person, kind = application.initiator_person, application.kind
    assert person is not None
    letters = {"notice": rules.notice_for(kind)} if rules.notice_first else {}
    letters |= {"commitment": rules.commitment_for(kind), "health_data": rules.health_consent}
    if guardian:
        letters["guardian"] = rules.commitment_for(kind)
    for text, letter in letters.items():
        give_consent(
            person=person,
            text=text,
            version=letter.version,
            about=application.number,
            how=Consent.How.WINDOW if application.channel == Channel.WINDOW else Consent.How.WEB,
        )


def _start_work(application: Application) -> None:
    """Post what follows and tell both sides; the other side hears of it when the undo time is over."""
    later = undo_until(application)
    once = f"{application.pk}:{application.version}"
    outbox.post("precheck", application.pk, dedup=f"precheck:{once}")
    outbox.post("enqueue", application.pk, dedup=f"enqueue:{once}", run_at=later)
    tell(application, application.initiator_person, "submitted")
    if application.consent_required:
        tell(application, application.other_person, "please_consent", visible_from=later)


# ------------------------------------------------------------- take back
@transaction.atomic
def undo_submit(*, application: Application, actor: User) -> Application:
    """Within ten minutes a submission becomes a draft again. Raises Refused (`too_late`)."""
    row = _own(application, actor)
    if row.state == State.SUBMITTED and timezone.now() >= undo_until(row):
        raise Refused("too_late", _("能修改的时间已经过了。"), _("还没办结以前,您可以撤回,再重新申请。"))
    rules = policy_of(row)
    take_back_messages(row)
    rows.step(
        row,
        Action.UNDO,
        Role.INITIATOR,
        actor=actor,
        submitted_at=None,
        due_at=None,
        promised_at=None,
        policy_version=None,
        consent=None,
        deadline_at=timezone.now() + timedelta(days=rules.draft_days),
    )
    return row


@transaction.atomic
def withdraw(*, application: Application, actor: User) -> Application:
    """Take an undecided application back for good. Raises Refused (`invalid_transition`) once decided."""
    row = _own(application, actor)
    rows.step(row, Action.WITHDRAW, Role.INITIATOR, actor=actor)
    take_back_messages(row)
    return row


# ------------------------------------------------------------- mend
def rejected_proofs(application: Application) -> QuerySet[Proof]:
    """Return the documents a reviewer asked for again, and those that could not be opened."""
    bad = [Proof.Status.REJECTED, Proof.Status.UNREADABLE]
    return application.proofs.current().filter(status__in=bad).order_by("created_at", "id")


@transaction.atomic
def resubmit(*, application: Application, actor: User) -> Application:
    """Hand a returned application in again; the clock runs anew, for the area's days of a second look.

    Raises Refused: `documents_missing` while an asked-for document has not been replaced.
    """
    row = _own(application, actor)
    if row.state == State.RETURNED and rejected_proofs(row).exists():
        raise Refused("documents_missing", _("还差照片没有补。"), _("请把要补的都补上,再提交。"))
    now, rules = timezone.now(), policy_of(row)
    due = rows.promised(rules, rules.recheck_workdays, since=now)
    rows.step(
        row, Action.RESUBMIT, Role.INITIATOR, actor=actor, due_at=due, raised=False, escalated=False,
        apologised_at=None,
    )  # fmt: skip
    outbox.post("precheck", row.pk, dedup=f"precheck:{row.pk}:{row.version}")
    rows.start_clock(row, rules, since=now)
    return row


# ------------------------------------------------------------- appeal
def appeal_until(application: Application) -> datetime | None:
    """Until when a refusal may be looked at again; None where there is nothing to appeal, or it was used."""
    if application.state != State.REFUSED or application.appealed_at or application.decided_at is None:
        return None
    return application.decided_at + timedelta(days=policy_of(application).appeal_days)


def may_appeal(application: Application, *, now: datetime) -> bool:
    """Whether the applicant can still ask for another look."""
    until = appeal_until(application)
    return until is not None and now < until


@transaction.atomic
def appeal(*, application: Application, actor: User, text: str) -> Application:
    """Ask that another reviewer looks at a refusal: once, within the area's days.

    Raises Refused: `already_appealed`, `too_late`, `already_bound`, `already_applied`, `limit_reached`.
    """
    row = _own(application, actor)
    if row.state == State.REFUSED:
        _require_may_appeal(row)
        rows.hold_people(row.authorizer_id, row.beneficiary_id)
        _require_free_place(row, policy_of(row))
    now, rules = timezone.now(), policy_of(row)
    due = rows.promised(rules, rules.review_workdays, since=now)
    rows.step(
        row, Action.APPEAL, Role.INITIATOR, actor=actor, note=text.strip(), appealed_at=now, due_at=due,
        promised_at=due, apologised_at=None, raised=False, escalated=False, decided_at=None, decided_by=None,
    )  # fmt: skip
    rows.start_clock(row, rules, since=now)
    tell(row, row.initiator_person, "appealed")
    return row


def _require_may_appeal(row: Application) -> None:
    if row.appealed_at is not None:
        raise Refused(
            "already_appealed", _("这件申请已经复核过一次。"), _("可以换一份材料重新申请,或到窗口问。")
        )
    if not may_appeal(row, now=timezone.now()):
        raise Refused("too_late", _("申请复核的时间已经过了。"), _("您可以换一份材料,重新申请。"))


# ------------------------------------------------------------- shared
def _own(application: Application, actor: User) -> Application:
    row = rows.locked(application)
    rows.require_initiator(row, actor)
    return row
