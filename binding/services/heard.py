"""What staff heard from the one who was asked, whether before the opening or after a doubtful yes."""

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Consent, User
from accounts.services import give_consent
from binding.models import Application, BindingChange, CallBack, Denial
from binding.rules import UNDECIDED, Party, State
from binding.services import life
from binding.services.answers import How, Terms, record_no, record_yes
from binding.services.changes import changed
from binding.services.rows import policy_of
from binding.services.wording import clock, tell
from gongji import audit
from gongji.errors import Refused
from ledger import services as ledger

Answer = CallBack.Answer
OBJECTED = "objected"
"""Why a binding ended: the one in whose name somebody agreed on the applicant's phone did not."""


def may_object(row: Application) -> bool:
    """Whether something was opened on a yes given on the applicant's phone, of which nobody is certain."""
    doubtful = row.consent is not None and row.consent.how == How.HANDED_PHONE
    return row.state == State.APPROVED and doubtful and row.bindings.active().exists()


def require_asked(row: Application) -> None:
    """Raise Refused (`not_asked_any_more`) unless an answer still counts for something."""
    if row.state in UNDECIDED or may_object(row):
        return
    raise Refused(
        "not_asked_any_more",
        _("这件申请现在是“%(state)s”,不用再问了。") % {"state": row.get_state_display()},
        _("已经开通的,家人不想要,可以自己解除,或到窗口办。"),
    )


def keep_answer(row: Application, *, actor: User, how: str, answer: str, terms: Terms | None) -> Application:
    """Keep a yes or a no that staff heard, for a locked application. Raises as `record_yes`."""
    stranger = answer == Answer.STRANGER
    if row.state in UNDECIDED and answer == Answer.YES:
        return record_yes(row, actor=actor, how=how, terms=terms)
    if row.state in UNDECIDED:
        return record_no(row, actor=actor, how=how, stranger=stranger)
    given = _put_down(row, how, agreed=answer == Answer.YES)
    if given.agreed:
        row.consent = given
        row.save(update_fields=["consent"])
        return row
    if stranger and row.initiator_person is not None:
        Denial.objects.get_or_create(application=row, defaults={"applicant": row.initiator_person})
    _end(row, actor)
    return row


def _put_down(row: Application, how: str, *, agreed: bool) -> Consent:
    assert row.other_person is not None
    version = policy_of(row).notice_for(row.kind).version
    return give_consent(
        person=row.other_person, text=row.kind, version=version, about=row.number, how=how, agreed=agreed
    )


def _end(row: Application, actor: User) -> None:
    """End what was opened, as the one who never agreed would: at once, both are told."""
    binding, now = life.held(row.bindings.active().get()), timezone.now()
    binding.until, binding.ended_by, binding.ended_why = now, row.other_side, OBJECTED
    binding.save(update_fields=["until", "ended_by", "ended_why"])
    ledger.end_mandate(binding_id=binding.pk, at=now)
    changed(binding, BindingChange.What.ENDED, Party(row.other_side), actor)
    audit.record(action="binding.ended", actor=actor, obj=binding, area=binding.area, reason=OBJECTED)
    tell(row, row.authorizer, "ended_giver", ended_at=clock(now))
    tell(row, row.beneficiary, "ended_relative", ended_at=clock(now))
