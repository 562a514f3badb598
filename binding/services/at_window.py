"""Answers given at the window: in person, with the ID seen."""

from django.db import transaction

from accounts.models import User
from accounts.services.identity import verified_at_window
from binding.models import Application, CallBack, Signature
from binding.rules.letters import Signed
from binding.services import rows
from binding.services.answers import How, Terms, confirms_as_giver, require_way, sign
from binding.services.callback import require_hearer
from binding.services.heard import keep_answer, require_asked
from binding.services.rows import policy_of
from gongji import audit

Answer = CallBack.Answer


@transaction.atomic
def answer_at_window(
    *,
    application: Application,
    actor: User,
    answer: str,
    signed: Signed | None = None,
    terms: Terms | None = None,
) -> Application:
    """Record what somebody says at the window, in person and with the ID seen: they are known for sure then.

    A giver who confirms signs on paper or screen. Raises Refused: `not_asked_any_more`,
    `consent_way_closed`, `wrong_signature`, and as `record_yes`; PermissionDenied.
    """
    row = rows.locked(application)
    require_hearer(row, actor)
    require_way(policy_of(row), How.WINDOW)
    require_asked(row)
    assert row.other_person is not None
    verified_at_window(person=row.other_person, clerk=actor)
    audit.record(action="consent.window", actor=actor, obj=row, area=row.area, result=answer)
    if answer == Answer.YES and confirms_as_giver(row):
        sign(row, actor, Signature.What.COMMITMENT, signed)
    return keep_answer(row, actor=actor, how=How.WINDOW, answer=answer, terms=terms)
