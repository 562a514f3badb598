"""The other side's verbs: agree or decline. Always as oneself; agreeing may come before the approval."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Consent, User
from accounts.services import give_consent
from binding.models import Application
from binding.rules import UNDECIDED, Action, Role, State, next_state
from binding.services import rows
from binding.services.opening import open_binding, require_room
from binding.services.rows import policy_of
from binding.services.wording import take_back_messages, tell


def can_answer(application: Application) -> bool:
    """Whether the one who was asked can still say yes or no."""
    return application.state in UNDECIDED


@transaction.atomic
def consent(*, application: Application, actor: User, how: str) -> Application:
    """Record that the other party agrees; opens the binding when only that was missing. Twice is once.

    Raises Refused: `invalid_transition` when it is over, or as `require_room` does.
    """
    row = rows.locked(application)
    rows.require_other(row, actor)
    assert row.other_person is not None
    if row.consent_id is not None and can_answer(row):
        return row
    if not can_answer(row):
        next_state(State(row.state), Action.CONSENT, Role.OTHER)
    if row.state == State.AWAITING_CONSENT:
        require_room(row)
    given = give_consent(
        person=row.other_person,
        text=row.kind,
        version=policy_of(row).notice.version,
        about=row.number,
        how=how,
    )
    if row.state != State.AWAITING_CONSENT:
        return _agreed_early(row, actor, given)
    rows.step(row, Action.CONSENT, Role.OTHER, actor=actor, consent=given)
    open_binding(row, actor=actor)
    return row


def _agreed_early(row: Application, actor: User, given: Consent) -> Application:
    row.consent = given
    row.save(update_fields=["consent"])
    rows.trace(row, Action.CONSENT, Role.OTHER, before=State(row.state), actor=actor)
    return row


@transaction.atomic
def decline(*, application: Application, actor: User, stranger: bool = False) -> Application:
    """Say no: final, without appeal; the applicant is told that it was so, never why.

    `stranger` (「我不认识他」) is kept for the supervisors.
    """
    row = rows.locked(application)
    rows.require_other(row, actor)
    note = _("对方说不认识申请人") if stranger else ""
    rows.step(row, Action.DECLINE, Role.OTHER, actor=actor, note=note)
    if row.other_person is not None:
        give_consent(
            person=row.other_person,
            text=row.kind,
            version=policy_of(row).notice.version,
            about=row.number,
            how=Consent.How.WEB,
            agreed=False,
        )
    take_back_messages(row)
    tell(row, row.initiator_person, "declined")
    return row
