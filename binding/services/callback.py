"""Answers that staff hear when they call back from 12393. Never by a code read aloud."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Duty, Person, User
from accounts.services import contact_phone
from binding.models import Application, CallBack
from binding.rules import Party
from binding.services import desk, rows
from binding.services.answers import How, Terms, require_way
from binding.services.heard import keep_answer, require_asked
from binding.services.rows import policy_of
from gongji import audit
from gongji.errors import Refused

Answer, Line = CallBack.Answer, CallBack.Line
HEARD_BY = (Duty.CLERK, Duty.REVIEWER, Duty.SUPERVISOR)


@dataclass(frozen=True)
class Number:
    """A number of the one who was asked that staff may call."""

    line: CallBack.Line
    phone: str


def require_hearer(application: Application, actor: User) -> None:
    """Raise PermissionDenied unless `actor` may record an answer: staff of the area who did not enter the
    case themselves, did not approve the wish of a relative, and are nobody's family
    (`conflict_of_interest`).
    """
    if not actor.has_duty(*HEARD_BY) or not actor.covers(application.area):
        raise PermissionDenied("not staff of this area")
    desk.require_no_conflict(application, actor)
    if application.initiator == Party.BENEFICIARY and application.decided_by_id == actor.pk:
        raise PermissionDenied("conflict_of_interest")


def numbers_of(application: Application) -> list[Number]:
    """Return the numbers to call: the registered one and the one they log in with, never one somebody says.

    A number that is the applicant's as well proves nothing and is left out.
    """
    person, applicant = application.other_person, application.initiator_person
    if person is None or applicant is None:
        return []
    theirs = {contact_phone(applicant), applicant.phone}
    known = {Line.REGISTERED: person.phone, Line.LOGIN: _login_phone(person)}
    found: dict[str, Number] = {}
    for line, phone in known.items():
        if phone and phone not in theirs:
            found.setdefault(phone, Number(line, phone))
    return list(found.values())


def _login_phone(person: Person) -> str | None:
    user: User | None = getattr(person, "user", None)
    phone: str | None = user.phone if user is not None and user.is_active else None
    return phone


@transaction.atomic
def record_call(
    *,
    application: Application,
    actor: User,
    line: str,
    answer: str,
    terms: Terms | None = None,
    note: str = "",
) -> CallBack:
    """Keep a call and what came of it: a yes or a no counts as the person's own, nobody reached changes
    nothing. Raises Refused: `not_asked_any_more`, `no_such_number`, `consent_way_closed`, and as
    `record_yes`; PermissionDenied.
    """
    row = rows.locked(application)
    require_hearer(row, actor)
    rules = policy_of(row)
    require_way(rules, How.CALL_BACK)
    require_asked(row)
    number = _number(row, line)
    assert row.other_person is not None
    call = CallBack.objects.create(
        application=row,
        person=row.other_person,
        line=number.line,
        phone=number.phone,
        text=rules.notice_for(row.kind).version,
        answer=Answer(answer),
        note=note.strip()[:200],
        actor=actor,
    )
    audit.record(action="consent.call", actor=actor, obj=row, area=row.area, result=call.answer)
    if call.answer != Answer.NOBODY:
        keep_answer(row, actor=actor, how=How.CALL_BACK, answer=call.answer, terms=terms)
    return call


def _number(row: Application, line: str) -> Number:
    for number in numbers_of(row):
        if number.line == line:
            return number
    raise Refused("no_such_number", _("只能打登记过的号码。"), _("没有号码的,请本人到窗口。"))
