"""The other side's yes and no: always as oneself, or as recorded by somebody who heard it from them.

Agreeing may come before the approval. A yes on the applicant's own phone is no certain yes: it leads to a
reviewer, and gives way to one that the person gives for sure.
"""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Consent, Message, User
from accounts.services import give_consent
from binding.models import Application, Denial, Kind, Signature
from binding.rules import UNDECIDED, Action, Party, Role, State, next_state
from binding.rules.letters import Signed, signs
from binding.services import rows, signatures
from binding.services.eligible import require_level
from binding.services.opening import open_binding, require_room
from binding.services.rows import policy_of
from binding.services.wording import take_back_messages, tell
from gongji import outbox
from gongji.errors import Refused
from gongji.policy import ConsentWay, Model, Policy

How = Consent.How
WAYS = {
    How.WEB: ConsentWay.LOGIN,
    How.HANDED_PHONE: ConsentWay.HANDED,
    How.WINDOW: ConsentWay.WINDOW,
    How.CALL_BACK: ConsentWay.CALL,
}


@dataclass(frozen=True)
class Terms:
    """What an authorizer says along with the yes to a relative who applied; money in 分."""

    monthly_cap: int | None = None
    authorized: int | None = None


# ------------------------------------------------------------- what a page asks first
def can_answer(application: Application) -> bool:
    """Whether the one who was asked can still say yes or no."""
    return application.state in UNDECIDED


def confirms_as_giver(application: Application) -> bool:
    """Whether the one who was asked gives the money, and so signs the promise and names the limit."""
    return application.initiator == Party.BENEFICIARY and application.kind != Kind.VIEW


def certainly_agreed(application: Application) -> bool:
    """Whether nobody doubts who agreed: not by the applicant's own phone in the other's hand."""
    return application.consent is not None and application.consent.how != How.HANDED_PHONE


def total_missing(application: Application, terms: Terms) -> bool:
    """Whether the giver's area shares by groups and no total was named."""
    rules = policy_of(application)
    shares = application.kind == Kind.MUTUAL_AID and rules.model is Model.GROUP
    return shares and terms.authorized is None and application.authorized is None


def require_way(rules: Policy, how: str) -> None:
    """Raise Refused (`consent_way_closed`) where the area does not take answers in this way."""
    if WAYS[How(how)] not in rules.consent_ways:
        raise Refused(
            "consent_way_closed",
            _("%(area)s不用这种方式回答。") % {"area": rules.name},
            _("怎样回答,请看“本地规则”,或打 12393。"),
        )


# ------------------------------------------------------------- by one's own login
@transaction.atomic
def consent(
    *,
    application: Application,
    actor: User,
    how: str = How.WEB,
    monthly_cap: int | None = None,
    authorized: int | None = None,
    signed: Signed | None = None,
) -> Application:
    """Agree under one's own login; opens the binding when only that was missing. Twice is once.

    A giver who confirms a relative's wish signs the promise and may set a cap a month or, where families
    share by groups, the total (分). Raises Refused: `invalid_transition` when it is over, `level_too_low`,
    `consent_way_closed`, `wrong_signature`, `total_missing`, or as `require_room` does.
    """
    row = rows.locked(application)
    rows.require_other(row, actor)
    rules = policy_of(row)
    require_way(rules, how)
    assert row.other_person is not None
    require_level(row.other_person, rules.levels.consent)
    if confirms_as_giver(row) and not certainly_agreed(row):
        sign(row, actor, Signature.What.COMMITMENT, signed)
    return record_yes(row, actor=actor, how=how, terms=Terms(monthly_cap, authorized))


def sign(row: Application, actor: User, what: str, signed: Signed | None) -> None:
    """Keep the signature of the one who was asked. Raises Refused (`wrong_signature`) for another's name."""
    person = row.other_person
    assert person is not None
    if signed is None or not signs(policy_of(row).signature, signed, person.name):
        raise Refused("wrong_signature", _("签名和您的姓名不一样。"), _("请写您自己的姓名。"))
    signatures.keep(
        application=row, person=person, what=what, how=signed.how, picture=signed.picture, actor=actor
    )


@transaction.atomic
def decline(*, application: Application, actor: User, stranger: bool = False) -> Application:
    """Say no: final, without appeal; the applicant is told that it was so, never why.

    `stranger` (「我不认识他」) is kept for the supervisors.
    """
    row = rows.locked(application)
    rows.require_other(row, actor)
    return record_no(row, actor=actor, how=How.WEB, stranger=stranger)


# ------------------------------------------------------------- however it was heard
def record_yes(row: Application, *, actor: User, how: str, terms: Terms | None = None) -> Application:
    """Keep the yes of the one who was asked, for a locked application; `actor` is who hands it in.

    Without a doubt, and after the approval, it opens the binding. Raises Refused as `consent` does.
    """
    terms = terms or Terms()
    sure = how != How.HANDED_PHONE
    if can_answer(row) and row.other_party_agreed and (certainly_agreed(row) or not sure):
        return row
    waiting = row.state == State.AWAITING_CONSENT
    if not can_answer(row):
        next_state(State(row.state), Action.CONSENT, Role.OTHER)
    if waiting and sure:
        _require_room(row)
    _set_terms(row, terms)
    given = _put_down(row, how)
    close_invitation(row)
    if not waiting:
        return _agreed_early(row, actor, given)
    if not sure:
        return _for_a_reviewer(row, actor, given)
    rows.step(row, Action.CONSENT, Role.OTHER, actor=actor, consent=given)
    open_binding(row, actor=actor)
    return row


def _require_room(row: Application) -> None:
    """As `require_room`, in words for whoever answers: nothing of the applicant's own affairs."""
    try:
        require_room(row)
    except Refused as refused:
        if refused.code == "already_bound":
            raise
        raise Refused(
            refused.code, _("现在还不能开通。"), _("您不用做什么。请和家人商量,或打 12393 问。")
        ) from refused


def _set_terms(row: Application, terms: Terms) -> None:
    if not confirms_as_giver(row):
        return
    if total_missing(row, terms):
        raise Refused("total_missing", _("还没有写给家人授权多少钱。"), _("请先写好金额,再点“同意”。"))
    row.monthly_cap, row.authorized = terms.monthly_cap, terms.authorized or row.authorized
    row.save(update_fields=["monthly_cap", "authorized"])


def _put_down(row: Application, how: str) -> Consent:
    """The consent itself and, of whoever gives the money, the promise."""
    rules = policy_of(row)
    assert row.other_person is not None
    if confirms_as_giver(row):
        give_consent(
            person=row.other_person,
            text="commitment",
            version=rules.commitment_for(row.kind).version,
            about=row.number,
            how=how,
        )
    return give_consent(
        person=row.other_person,
        text=row.kind,
        version=rules.notice_for(row.kind).version,
        about=row.number,
        how=how,
    )


def _agreed_early(row: Application, actor: User, given: Consent) -> Application:
    row.consent = given
    row.save(update_fields=["consent"])
    rows.trace(row, Action.CONSENT, Role.OTHER, before=State(row.state), actor=actor)
    if row.state == State.SUBMITTED:  # perhaps nothing else was waited for
        outbox.post("precheck", row.pk, dedup=f"precheck:{row.pk}:{row.version}:agreed:{given.pk}")
    return row


def _for_a_reviewer(row: Application, actor: User, given: Consent) -> Application:
    """Nobody can tell who held the phone: a person looks at it, in the days of a second look."""
    now, rules = timezone.now(), policy_of(row)
    due = rows.promised(rules, rules.recheck_workdays, since=now)
    take_back_messages(row)
    rows.step(
        row, Action.HAND_OVER, Role.OTHER, actor=actor, consent=given, decided_at=None, decided_by=None,
        due_at=due, promised_at=due, apologised_at=None, raised=False, escalated=False,
    )  # fmt: skip
    rows.start_clock(row, rules, since=now)
    return row


def record_no(row: Application, *, actor: User, how: str, stranger: bool) -> Application:
    """Keep the no of the one who was asked, for a locked application: final. Raises `invalid_transition`."""
    note = _("对方说不认识申请人") if stranger else ""
    rows.step(row, Action.DECLINE, Role.OTHER, actor=actor, note=note)
    assert row.other_person is not None and row.initiator_person is not None
    give_consent(
        person=row.other_person,
        text=row.kind,
        version=policy_of(row).notice_for(row.kind).version,
        about=row.number,
        how=how,
        agreed=False,
    )
    if stranger:
        Denial.objects.get_or_create(application=row, defaults={"applicant": row.initiator_person})
    close_invitation(row)
    take_back_messages(row)
    tell(row, row.initiator_person, "declined")
    return row


def close_invitation(row: Application) -> None:
    """Whoever has answered has read the question."""
    asked = Message.objects.filter(
        person=row.other_person, about=row.number, template__startswith="binding.please_consent"
    )
    asked.unread().update(read_at=timezone.now())
